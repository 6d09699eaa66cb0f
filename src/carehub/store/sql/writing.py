"""Writing: one transaction, and how it begins in SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from carehub.store.sql import engines
from carehub.store.sql.statements import Statement

_AGAIN_SECONDS, _SELDOMEST_SECONDS = 0.0001, 0.0008


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

    def put(self, statement: Statement, *row: Any) -> bool:
        """Once, for values in the statement's argument order: whether a row was written."""
        self._cursor.execute(statement.sql, row)
        return bool(self._cursor.rowcount)

    def many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """Once for each row; rows in the statement's argument order."""
        if len(rows) == 1:  # psycopg would open a pipeline for it, which costs twice as much as the row
            self._cursor.execute(statement.sql, rows[0])
        elif rows:
            self._cursor.executemany(statement.sql, rows)

    def text(self, sql: str) -> None:
        self._cursor.execute(sql)

    def lock(self, name: str) -> None:
        """PostgreSQL: wait for the advisory lock until the transaction ends. SQLite: the file's write lock is held already."""
        if not isinstance(self._cursor, sqlite3.Cursor):
            self._cursor.execute(engines.lock_text(name))

    def commit(self) -> None:
        """Commit before the block ends; nothing may be written after."""
        self._connection.commit()

    def undo(self) -> None:
        """Take everything back; what is left of the block does nothing."""
        self._connection.rollback()


def begin(cursor: sqlite3.Cursor) -> None:
    """Wait for the file's write lock, over a connection that itself does not wait: SQLite looks again after 1, 2, 5, 10, 15 … ms, and two processes
    that write would sleep half of the time."""
    until, again = time.monotonic() + engines.WAIT_SECONDS, _AGAIN_SECONDS
    while True:
        try:
            cursor.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(again)
            again = min(2 * again, _SELDOMEST_SECONDS)
