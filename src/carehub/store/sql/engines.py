"""SQLAlchemy engines, set so that a commit is durable: one that writes and one that reads for each database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

WAIT_SECONDS = 10.0
"""How long anyone waits for a lock, a connection or a server before the store says it is busy."""

LOCKS = {"log": 7301, "records": 7302, "lane": 7303, "migrate": 7304, "audit": 7305, "exports": 7306}
"""PostgreSQL advisory locks by what they guard; each schema has its own."""

# A computer at either end that says nothing for so long is asked so often, so many times, and is then taken to be gone.
_SILENT_SECONDS, _ASKED_SECONDS, _TIMES_ASKED = 10, 5, 3
_GONE_SECONDS = _SILENT_SECONDS + _ASKED_SECONDS * _TIMES_ASKED
_READERS = 8
_WRITER_CACHE_KIB = {"record": 65536}
_CACHE_KIB = 8192


def sqlite_engines(url: URL, area: str) -> tuple[Engine, Engine]:
    """(writing, reading) for one file. One connection writes; SQLite has one writer for a file anyway."""
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": WAIT_SECONDS, "cached_statements": 256},
        "pool_timeout": WAIT_SECONDS,
        "hide_parameters": True,  # an error's words may reach a log, and what was asked for is a patient's
        "pool_reset_on_return": None,
    }
    writing = create_engine(url, pool_size=1, max_overflow=0, **options)
    reading = create_engine(url, pool_size=_READERS, max_overflow=64, **options)
    cache = _WRITER_CACHE_KIB.get(area, _CACHE_KIB)
    event.listen(writing, "connect", lambda connection, _: _settings(connection, cache))
    event.listen(reading, "connect", lambda connection, _: _settings(connection, _CACHE_KIB))
    # For migrations, which begin their transactions through SQLAlchemy.
    event.listen(writing, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return writing, reading


def postgresql_engines(url: URL) -> tuple[Engine, Engine]:
    """(writing, reading) for one database."""
    options: dict[str, Any] = {
        "paramstyle": "format",
        "pool_timeout": WAIT_SECONDS,
        "hide_parameters": True,  # an error's words may reach a log, and what was asked for is a patient's
        "connect_args": {
            "connect_timeout": int(WAIT_SECONDS),
            "keepalives_idle": _SILENT_SECONDS,
            "keepalives_interval": _ASKED_SECONDS,
            "keepalives_count": _TIMES_ASKED,
            "tcp_user_timeout": _GONE_SECONDS * 1000,
        },
    }
    writing = create_engine(url, pool_size=_READERS, max_overflow=16, **options)
    reading = create_engine(url, pool_size=_READERS, max_overflow=64, isolation_level="AUTOCOMMIT", **options)
    for engine in (writing, reading):
        event.listen(engine, "connect", lambda connection, _: _at_first(connection))
    return writing, reading


# Every statement is a look-up by key: planning it anew each time costs ten times the look-up.
_PLANNED_ONCE = ("plan_cache_mode = force_generic_plan", "jit = off")
# What a computer that is lost held, such as the identity lane's turn, the server lets go of in half a minute. By itself it takes over two hours.
_GIVEN_UP = (
    f"tcp_keepalives_idle = {_SILENT_SECONDS}",
    f"tcp_keepalives_interval = {_ASKED_SECONDS}",
    f"tcp_keepalives_count = {_TIMES_ASKED}",
    f"tcp_user_timeout = '{_GONE_SECONDS}s'",
)


def _at_first(connection: Any) -> None:
    for setting in (*_PLANNED_ONCE, *_GIVEN_UP):
        connection.execute(f"SET {setting}")
    connection.commit()


def _settings(connection: sqlite3.Connection, cache_kib: int) -> None:
    connection.isolation_level = None  # Transactions begin where we say so.
    run = connection.execute
    run(f"PRAGMA busy_timeout={int(WAIT_SECONDS * 1000)}")
    if run("PRAGMA journal_mode").fetchone()[0] != "wal":
        _to_wal(connection)
    # FULL: a commit survives a power cut. The default of 1,000 pages would stop a writer for a checkpoint four times as often as it hurts.
    run("PRAGMA synchronous=FULL")
    run("PRAGMA wal_autocheckpoint=20000")
    run("PRAGMA foreign_keys=ON")
    run(f"PRAGMA cache_size=-{cache_kib}")
    run("PRAGMA temp_store=MEMORY")


def _to_wal(connection: sqlite3.Connection) -> None:
    # The change needs the file alone and does not wait for the busy time-out, so two processes starting together must try again.
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def lock_text(name: str) -> str:
    """SQL that waits for an advisory lock of this schema and holds it until the transaction ends."""
    return f"SELECT pg_advisory_xact_lock({LOCKS[name]}, hashtext(current_schema()))"
