"""Opening databases: one connection that writes, several that read, and driver failures turned into the house's errors."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import ClauseElement

from carehub.store.sql.statements import Statement, compiled, inserting, listed
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue

_WAIT_SECONDS = 10.0
# Primary result codes that pass with time or space (https://www.sqlite.org/rescode.html): BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR,
# FULL, CANTOPEN, PROTOCOL.
_PASSING = {5, 6, 7, 8, 9, 10, 13, 14, 15}

# PostgreSQL advisory locks: (what, which schema).
LOCKS = {"log": 7301, "records": 7302, "lane": 7303, "migrate": 7304}
_LOCK = "SELECT pg_advisory_xact_lock({number}, hashtext(current_schema()))"


def passing(error: BaseException) -> bool:
    """True for a driver error that another try may cure: locked, full, not reachable."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _PASSING
    # psycopg is an extra and may not be installed: its classes are known by their DB-API names.
    if type(error).__module__.partition(".")[0] == "psycopg":
        return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(error).__mro__)
    return False


@contextmanager
def house_errors() -> Iterator[None]:
    """Driver errors that pass become StoreBusy(STORE-001); the rest are bugs and stay as they are."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        if passing(error):
            raise StoreBusy(issue("STORE-001")) from error
        raise
    except Exception as error:
        if passing(error):
            raise StoreBusy(issue("STORE-001")) from error
        raise


class Writing:
    """One write transaction, open. Reads inside it see its own writes."""

    def __init__(self, connection: Any, cursor: Any) -> None:
        self._connection = connection
        self._cursor = cursor

    def rows(self, statement: Statement, **named: Any) -> list[Any]:
        self._cursor.execute(statement.sql, statement.arguments(named))
        found: list[Any] = self._cursor.fetchall()
        return found

    def run(self, statement: Statement, **named: Any) -> None:
        self._cursor.execute(statement.sql, statement.arguments(named))

    def many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """Once for each row; rows in the statement's argument order."""
        if rows:
            self._cursor.executemany(statement.sql, rows)

    def text(self, sql: str) -> None:
        self._cursor.execute(sql)

    def commit(self) -> None:
        """Commit before the block ends; nothing may be written after."""
        self._connection.commit()

    def undo(self) -> None:
        """Take everything back; what is left of the block does nothing."""
        self._connection.rollback()


class Place:
    """One database: a SQLite file, or a PostgreSQL database."""

    def __init__(self, url: URL, *, readers: int = 8) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        self._open(readers)
        self._lock = threading.Lock()
        self.dialect = self._reading.dialect
        # A child process must not use, or close, connections it inherited.
        ref = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget(ref))

    def _open(self, readers: int) -> None:
        if self.sqlite:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            options: dict[str, Any] = {
                "connect_args": {"check_same_thread": False, "timeout": _WAIT_SECONDS, "cached_statements": 256},
                "pool_timeout": _WAIT_SECONDS,
                "pool_reset_on_return": None,
            }
            self._writing = create_engine(self.url, pool_size=1, max_overflow=0, **options)
            self._reading = create_engine(self.url, pool_size=readers, max_overflow=64, **options)
            event.listen(self._writing, "connect", lambda connection, _: _settings(connection, cache_kib=65536))
            event.listen(self._reading, "connect", lambda connection, _: _settings(connection, cache_kib=16384))
            event.listen(self._writing, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        else:
            options = {"paramstyle": "format", "pool_timeout": _WAIT_SECONDS, "connect_args": {"connect_timeout": int(_WAIT_SECONDS)}}
            self._writing = create_engine(self.url, pool_size=readers, max_overflow=16, **options)
            self._reading = create_engine(self.url, pool_size=readers, max_overflow=64, isolation_level="AUTOCOMMIT", **options)
            for engine in (self._writing, self._reading):
                event.listen(engine, "connect", lambda connection, _: _plan_once(connection))

    @property
    def writing_engine(self) -> Engine:
        """For migrations and for checking settings."""
        return self._writing

    def prepare(self, clause: ClauseElement) -> Statement:
        return compiled(clause, self.dialect)

    def inserting(self, table: Any, *, update: Iterable[str] | None = None, where: str = "") -> Statement:
        return inserting(table, self.dialect, update=update, where=where)

    def listed(self, values: Iterable[Any]) -> Any:
        return listed(values, self.dialect)

    def rows(self, statement: Statement, **named: Any) -> list[Any]:
        """Read, as of now. Raises StoreBusy."""
        arguments = statement.arguments(named)
        with house_errors():
            try:
                return self._rows(statement.sql, arguments)
            except Exception as error:
                if self.sqlite or isinstance(error, PoolTimeout) or not passing(error):
                    raise
                # After a server restart every pooled connection is dead; a read may simply be asked again on a new one.
                self._reading.dispose()
                return self._rows(statement.sql, arguments)

    def _rows(self, sql: str, arguments: tuple[Any, ...]) -> list[Any]:
        connection = self._reading.raw_connection()
        try:
            cursor = self._cursor(connection)
            try:
                cursor.execute(sql, arguments)
                return list(cursor.fetchall())
            finally:
                cursor.close()
        finally:
            self._give_back(connection)

    @contextmanager
    def writing(self, lock: str = "") -> Iterator[Writing]:
        """One transaction: committed when the block ends, undone when it raises. Raises StoreBusy.

        SQLite: begins by taking the file's write lock, because a transaction that reads first and then writes fails at once when another
        writer came between. PostgreSQL: takes the advisory lock named `lock` (see LOCKS), "" for none.
        """
        with house_errors(), self._turn():
            connection = self._writing.raw_connection()
            try:
                cursor = self._cursor(connection)
                try:
                    if self.sqlite:
                        cursor.execute("BEGIN IMMEDIATE")
                    elif lock:
                        cursor.execute(_LOCK.format(number=LOCKS[lock]))
                    yield Writing(connection, cursor)
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
                finally:
                    cursor.close()
            finally:
                self._give_back(connection)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise StoreBusy(issue("STORE-001"))
        try:
            yield
        finally:
            self._lock.release()

    def _cursor(self, connection: Any) -> Any:
        # Bytes cross the wire as they are, not as twice as many hex digits.
        return connection.cursor() if self.sqlite else connection.driver_connection.cursor(binary=True)

    def _give_back(self, connection: Any) -> None:
        if not self.sqlite and connection.driver_connection.closed:
            connection.invalidate()
        connection.close()

    def close(self) -> None:
        """Let all connections go; for SQLite fold the write-ahead log into the file first, where nobody else is using it."""
        if self.sqlite:
            try:
                connection = self._writing.raw_connection()
                try:
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    connection.close()
            except (DBAPIError, PoolTimeout, sqlite3.Error):
                pass  # The next process to open the file does it; nothing is lost.
        self._writing.dispose()
        self._reading.dispose()

    def forget(self) -> None:
        """In a forked child: begin again with connections of its own."""
        self._lock = threading.Lock()
        self._writing.dispose(close=False)
        self._reading.dispose(close=False)


def _forget(ref: weakref.ref[Place]) -> None:
    place = ref()
    if place is not None:
        place.forget()


def _plan_once(connection: Any) -> None:
    # Every statement is a look-up by key: planning it anew each time costs ten times the look-up.
    for setting in ("plan_cache_mode = force_generic_plan", "jit = off"):
        connection.execute(f"SET {setting}")
    connection.commit()


def _settings(connection: sqlite3.Connection, cache_kib: int) -> None:
    connection.isolation_level = None  # Transactions begin where we say so.
    run = connection.execute
    run(f"PRAGMA busy_timeout={int(_WAIT_SECONDS * 1000)}")
    if run("PRAGMA journal_mode").fetchone()[0] != "wal":
        _to_wal(connection)
    run("PRAGMA synchronous=FULL")
    run("PRAGMA foreign_keys=ON")
    run("PRAGMA wal_autocheckpoint=20000")
    run(f"PRAGMA cache_size=-{cache_kib}")
    run("PRAGMA temp_store=MEMORY")


def _to_wal(connection: sqlite3.Connection) -> None:
    # The change needs the file alone and does not wait for the busy time-out, so two processes starting together must try again.
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def places(url: str) -> dict[str, Place]:
    """The databases of the three areas.

    "sqlite:///var/carehub.db" names three files beside each other: carehub-log.db, carehub-audit.db and carehub-record.db, because a file
    has one writer at a time and intake must not wait for the identity lane. PostgreSQL: one database ("postgresql+psycopg://…").
    Raises ValueError for another kind of database, or SQLite in memory.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("a SQLite store needs a file path")
        base = Path(parsed.database)
        return {area: Place(parsed.set(database=str(base.with_name(f"{base.stem}-{area}.db")))) for area in ("log", "audit", "record")}
    if parsed.get_backend_name() == "postgresql":
        place = Place(parsed.set(drivername="postgresql+psycopg"))
        return dict.fromkeys(("log", "audit", "record"), place)
    raise ValueError("the store runs on SQLite and PostgreSQL")
