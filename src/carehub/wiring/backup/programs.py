"""pg_dump and pg_restore, run for a database by its address. The password goes by the environment and is in no list of processes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL

from carehub.wiring.settings import Settings, UnsafeSettings


def dump(url: URL, snapshot: str, target: Path) -> Path:
    """The whole database as an exported snapshot shows it, in PostgreSQL's own format; uncompressed, as the archive is compressed."""
    _run("pg_dump", url, "--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")
    return target


def load(url: URL, source: Path) -> None:
    """Into an empty database, all or nothing."""
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source))


def _run(name: str, url: URL, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise UnsafeSettings(f"{name} is needed: install PostgreSQL's client programs (Debian: apt install postgresql-client)")
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environment = Settings.environment() | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run([program, f"--dbname={address}", *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        # Only the first line: what follows may quote a row.
        raise UnsafeSettings(f"{name} ended with {done.returncode}: {(done.stderr.splitlines() or [''])[0]}")
