"""A place: one database, with one connection that writes at a time in SQLite, and many that read."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import ClauseElement

from carehub.store.sql import engines
from carehub.store.sql.editions import Editions
from carehub.store.sql.failures import house_errors, passing, raise_house_error
from carehub.store.sql.flushing import Flushing
from carehub.store.sql.folding import Folding
from carehub.store.sql.statements import Statement, compiled, inserting, listed
from carehub.store.sql.writing import Writing, begin
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue

T = TypeVar("T")

_PROBE_SECONDS = 0.2
_FLUSHED = ("audit",)  # one small commit after the other, for each of which somebody waits


class Place:
    """One database: a SQLite file, or a PostgreSQL database. writing_engine: also for migrations. reading_engine: also for a copy of it as it stands."""

    def __init__(self, url: URL, area: str = "", before_writing: Callable[[], None] = lambda: None) -> None:
        self.url = url
        self._before_writing = before_writing
        self.sqlite = url.get_backend_name() == "sqlite"
        self.writing_engine, self.reading_engine = engines.sqlite_engines(url, area) if self.sqlite else engines.postgresql_engines(url)
        self._lock = threading.Lock()
        self._writer: Any = None
        self._readers: deque[Any] = deque()
        self._inherited: list[Any] = []
        self._flushing = self._flushed() if area in _FLUSHED and self.sqlite else None
        self._editions = Editions(partial(self._own, self.reading_engine)) if self.sqlite else None
        self.dialect = self.reading_engine.dialect
        # A child process must not use, or close, connections it inherited.
        ref = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget(ref))

    @property
    def file(self) -> Path | None:
        """Of a SQLite database, whether it is there or not."""
        return Path(str(self.url.database)) if self.sqlite else None

    def prepare(self, clause: ClauseElement) -> Statement:
        return compiled(clause, self.dialect)

    def inserting(self, table: Any, *, update: Iterable[str] | None = None, where: str = "") -> Statement:
        return inserting(table, self.dialect, update=update, where=where)

    def listed(self, values: Iterable[Any]) -> Any:
        return listed(values, self.dialect)

    def rows(self, statement: Statement, **named: Any) -> list[Any]:
        """Read, as of now. Raises StoreBusy."""
        arguments = statement.arguments(named)
        try:
            return self._rows(statement.sql, arguments)
        except Exception as error:
            if self.sqlite or isinstance(error, PoolTimeout) or not passing(error):
                raise_house_error(error)
        # After a server restart every pooled connection is dead; a read may simply be asked again on a new one.
        with house_errors():
            self.reading_engine.dispose()
            return self._rows(statement.sql, arguments)

    def _rows(self, sql: str, arguments: tuple[Any, ...]) -> list[Any]:
        connection = self._to_read()
        try:
            cursor = self._cursor(connection)
            try:
                found: list[Any] = cursor.execute(sql, arguments).fetchall()
                return found
            finally:
                cursor.close()
        finally:
            self._give_back(connection)

    def _to_read(self) -> Any:
        """A SQLite connection is kept by hand: the pool takes a third of the time of a small question. As many are open as have ever read at once."""
        try:
            return self._readers.pop()
        except IndexError:
            return self._own(self.reading_engine) if self.sqlite else self.reading_engine.raw_connection()

    @staticmethod
    def _own(engine: Engine) -> Any:
        """The driver's own connection, taken out of the pool for good."""
        pooled = engine.raw_connection()
        own = pooled.driver_connection
        pooled.detach()
        return own

    @contextmanager
    def writing(self, lock: str = "") -> Iterator[Writing]:
        """One transaction: committed when the block ends, undone when it raises. Raises StoreBusy.

        SQLite: begins by taking the file's write lock, because a transaction that reads first and then writes fails at once when another
        writer came between. PostgreSQL: takes the advisory lock named `lock` (see engines.LOCKS), "" for none.
        Whatever `places` was told to ask before writing is asked first, but for the audit trail: who looks is written down all the same.
        """
        if lock != "audit":
            self._before_writing()
        with self._transaction(lock) as writing:
            yield writing

    @contextmanager
    def _transaction(self, lock: str = "") -> Iterator[Writing]:
        number = 0
        with house_errors(), self._turn(engines.WAIT_SECONDS):
            connection = self._to_write()
            if self._flushing:
                self._flushing.ready(connection)
            try:
                cursor = self._cursor(connection)
                try:
                    if self.sqlite:
                        begin(cursor)
                    elif lock:
                        cursor.execute(engines.lock_text(lock))
                    yield Writing(connection, cursor)
                    connection.commit()
                    number = self._flushing.committed() if self._flushing else 0
                except BaseException:
                    connection.rollback()
                    raise
                finally:
                    cursor.close()
            finally:
                if connection is not self._writer:
                    self._give_back(connection)
        if self._flushing:
            self._flushing.durable(number)

    def _flushed(self) -> Flushing:
        return Flushing(Path(str(self.url.database)), Folding(self._reading, self._turn_to_write))

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        connection = self._to_read()
        try:
            yield connection
        finally:
            self._give_back(connection)

    @contextmanager
    def _turn_to_write(self) -> Iterator[Any]:
        with self._turn(engines.WAIT_SECONDS):
            yield self._to_write()

    def _to_write(self) -> Any:
        """SQLite has one writer, so its turn is the right to one connection: the pool takes a tenth of the time of a small commit."""
        if not self.sqlite:
            return self.writing_engine.raw_connection()
        if self._writer is None:
            self._writer = self._own(self.writing_engine)
            self._writer.execute("PRAGMA busy_timeout=0")
            if self._flushing:
                self._writer.execute("PRAGMA synchronous=NORMAL")
        return self._writer

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._lock.acquire(timeout=seconds):
            raise StoreBusy(issue("STORE-001"))
        try:
            yield
        finally:
            self._lock.release()

    def _cursor(self, connection: Any) -> Any:
        # Bytes cross the wire as they are, not as twice as many hex digits.
        return connection.cursor() if self.sqlite else connection.driver_connection.cursor(binary=True)

    def _give_back(self, connection: Any) -> None:
        if self.sqlite:
            return self._readers.append(connection)
        if connection.driver_connection.closed:
            connection.invalidate()
        connection.close()

    def edition(self) -> Hashable | None:
        """See store.editions: of this database. None on PostgreSQL, which has no such count."""
        return self._editions.now() if self._editions else None

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Ask over a reading connection. Raises StoreBusy."""
        with house_errors(), self.reading_engine.connect() as connection:
            return question(connection)

    def durability(self) -> str | None:
        """The setting that says whether commits outlive a power cut, from the connection that writes; None when it is writing just now.

        Raises StoreBusy when nothing can be written.
        """
        try:
            with self._turn(_PROBE_SECONDS):
                pass
        except StoreBusy:
            return None
        with self._transaction() as writing:
            if self.sqlite:
                level = str(writing.rows(Statement("PRAGMA synchronous", [], {}))[0][0])
                return "2" if self._flushing and level == "1" else level  # what SQLite leaves out at 1 is done here
            asked = "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')"
            [(commit, *below)] = writing.rows(Statement(asked, [], {}))
            return str(commit) if below == ["on", "on"] else "off"

    def scrub(self) -> None:
        """Give up what deleted rows took. SQLite: the file is written anew, and its write-ahead log is emptied; it needs as much room again. PostgreSQL:
        their place may be written over. Raises StoreBusy where somebody else is at it."""
        if not self.sqlite:
            with house_errors(), self.reading_engine.connect() as asked:
                asked.exec_driver_sql("VACUUM")
            return
        with house_errors(), self._turn_to_write() as connection:
            connection.execute("VACUUM")
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise StoreBusy(issue("STORE-001"))

    def close(self) -> None:
        """Let all connections go; for SQLite fold the write-ahead log into the file first, where nobody else is using it.

        What is being written may end first: it is waited for, as long as for a turn to write.
        """
        for one in (self._flushing, self._editions):
            if one:
                one.close()
        if self.file and self.file.exists():
            try:
                with self._turn(engines.WAIT_SECONDS):
                    connection, self._writer = self._to_write(), None
                    try:
                        connection.execute(f"PRAGMA busy_timeout={int(engines.WAIT_SECONDS * 1000)}")
                        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    finally:
                        connection.close()
            except (StoreBusy, DBAPIError, PoolTimeout, sqlite3.Error):
                pass  # The next process to open the file does it; nothing is lost.
        while self._readers:
            self._readers.pop().close()
        self.writing_engine.dispose()
        self.reading_engine.dispose()

    def forget(self) -> None:
        """In a forked child: begin again with connections of its own. The inherited ones are kept, so that nothing ever closes them."""
        self._inherited += [self.writing_engine.pool, self.reading_engine.pool, self._writer, self._readers, self._editions]
        self._writer, self._readers = None, deque()
        self._lock = threading.Lock()
        self._flushing = self._flushed() if self._flushing else None
        self._editions = Editions(partial(self._own, self.reading_engine)) if self._editions else None
        self.writing_engine.dispose(close=False)
        self.reading_engine.dispose(close=False)


def _forget(ref: weakref.ref[Place]) -> None:
    place = ref()
    if place is not None:
        place.forget()


def places(url: str, audit_url: str = "", before_writing: Callable[[], None] = lambda: None) -> dict[str, Place]:
    """The databases of the three areas. before_writing: called before anything but the audit trail is written; what it raises keeps it from being.

    "sqlite:///var/carehub.db" names three files, carehub-log.db, carehub-audit.db and carehub-record.db, because a file has one writer at a time
    and intake must not wait for the identity lane. PostgreSQL: one database ("postgresql+psycopg://…"). audit_url: a database of its own for the
    audit trail, so that reading can be written down while the other takes nothing. Raises ValueError for another kind, or SQLite in memory.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("a SQLite store needs a file path")
        base = Path(parsed.database)
        files = {area: parsed.set(database=str(base.with_name(f"{base.stem}-{area}.db"))) for area in ("log", "audit", "record")}
        found = {area: Place(file, area, before_writing) for area, file in files.items() if not (audit_url and area == "audit")}
    elif parsed.get_backend_name() == "postgresql":
        found = dict.fromkeys(("log", "audit", "record"), Place(parsed.set(drivername="postgresql+psycopg"), "", before_writing))
    else:
        raise ValueError("the store runs on SQLite and PostgreSQL")
    return found | {"audit": places(audit_url)["audit"]} if audit_url else found
