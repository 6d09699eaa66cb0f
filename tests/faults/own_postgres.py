"""A PostgreSQL of a test's own, which can be killed, destroyed and set up otherwise than the one all tests share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.processes import Program, until

AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups") if os.geteuid() == 0 else ()


def tool(name: str) -> str:
    """Where Debian keeps a program of the newest PostgreSQL that is installed."""
    return str(sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1] / name)


def given_to_postgres(folder: Path) -> Path:
    """A new folder that the server may write, for PostgreSQL does not run as root; the folders above it, as far as they are this user's, can be passed
    through."""
    folder.mkdir(parents=True)
    for place in folder.parents:
        if place.stat().st_uid == os.geteuid() and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o711)
    if AS_POSTGRES:
        shutil.chown(folder, "postgres", "postgres")
    return folder


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder that PostgreSQL can reach: pytest's own are closed to other users again by the next pytest."""
    with TemporaryDirectory(prefix="carehub-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


def new_cluster(folder: Path) -> Path:
    """The data folder of an empty cluster in a new folder; its owner is `carehub`, whom it asks for no password."""
    data = given_to_postgres(folder) / "data"
    made = [*AS_POSTGRES, tool("initdb"), "-D", str(data), "-U", "carehub", "-A", "trust", "-E", "UTF8", "--no-locale"]
    subprocess.run(made, check=True, capture_output=True)
    return data


class OwnPostgres(Program):
    """A server over a cluster, at a socket file beside its data. settings: as after -c."""

    def __init__(self, folder: Path, data: Path, settings: Mapping[str, str]) -> None:
        told = [word for name, value in {"listen_addresses": "", **settings}.items() for word in ("-c", f"{name}={value}")]
        super().__init__(folder, {})
        self.at = data.parent
        self._command = [*AS_POSTGRES, tool("postgres"), "-D", str(data), "-k", str(self.at), *told]

    @property
    def url(self) -> str:
        """Of its database `carehub`, for SQLAlchemy."""
        return f"postgresql+psycopg://carehub@/carehub?host={self.at}"

    def start(self) -> None:
        super().start()
        ready = [tool("pg_isready"), "-q", "-h", str(self.at), "-U", "carehub"]
        until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL answers", self)
