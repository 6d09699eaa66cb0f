"""The PostgreSQL and the Redis of a stack: those that the settings name, else private ones of the programs installed here, on sockets in a folder
that nobody else may enter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.stack.parts import Part

_LONGEST_SOCKET = 90
_DATABASE = "carehub"
_GET_POSTGRES = (
    "PostgreSQL is needed: install it (Debian: apt install postgresql; macOS: brew install postgresql), "
    "or name one by CAREHUB_DATABASE_URL=postgresql+psycopg://user:password@host:5432/carehub"
)
_GET_REDIS = (
    "Redis is needed: install it (Debian: apt install redis-server; macOS: brew install redis), "
    "or name one by CAREHUB_REDIS_URL=redis://host:6379/0"
)


@dataclass(frozen=True, slots=True)
class Servers:
    """database_url, redis_url: what the hub's processes are told. own: servers to start first, with the hub's."""

    database_url: str
    redis_url: str
    own: tuple[Part, ...]


def servers(settings: Settings) -> Servers:
    """Found or made ready. Raises UnsafeSettings with what to install or to name."""
    place = settings.var.resolve() / "up"
    own: list[Part] = []
    database, redis = settings.database_url, settings.redis_url
    if database.startswith("sqlite"):
        raise UnsafeSettings("CAREHUB_DATABASE_URL names SQLite; several processes need PostgreSQL")
    if not redis:
        program = shutil.which("redis-server")
        if not program:
            raise UnsafeSettings(_GET_REDIS)
        socket = _private(place / "redis") / "socket"
        kept = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", str(socket.parent))
        own.append(Part("redis", (program, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", *kept)))
        redis = f"redis+socket://{socket}"
    if not database:
        folder = _private(place / "postgres")
        own.insert(0, Part("postgres", _postgres(folder)))
        database = f"postgresql+psycopg://{_DATABASE}@/{_DATABASE}?host={folder}"
    return Servers(database, redis, tuple(own))


def _private(folder: Path) -> Path:
    if len(str(folder)) > _LONGEST_SOCKET:
        raise UnsafeSettings("CAREHUB_VAR is too long a path for a socket in it")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _postgres(folder: Path) -> tuple[str, ...]:
    """The command of a server over a cluster in this folder, which is made if it is not there."""
    program, maker = _program("postgres"), _program("initdb")
    if not program or not maker:
        raise UnsafeSettings(_GET_POSTGRES)
    if os.geteuid() == 0:
        raise UnsafeSettings("PostgreSQL does not run as root: start carehub up as another user, or name a server by CAREHUB_DATABASE_URL")
    cluster = folder / "cluster"
    if not (cluster / "PG_VERSION").is_file():
        new = (maker, "-D", str(cluster), "-U", _DATABASE, "-A", "trust", "-E", "UTF8", "--no-locale")
        subprocess.run(new, check=True, capture_output=True)  # noqa: S603
        first = f"CREATE DATABASE {_DATABASE};\n"
        single = (program, "--single", "-D", str(cluster), "postgres")
        subprocess.run(single, input=first, text=True, check=True, capture_output=True)  # noqa: S603
    return (program, "-D", str(cluster), "-k", str(folder), "-c", "listen_addresses=")


def _program(name: str) -> str:
    """Where a program of PostgreSQL is: on the path, else the newest that Debian keeps beside it."""
    found = shutil.which(name)
    if found:
        return found
    kept = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    return str(max(kept, key=lambda path: int(path.parts[-3]))) if kept else ""
