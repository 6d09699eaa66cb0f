"""Editions: whether anybody has written to a SQLite file since, in whichever process, by one question that reads no page of it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any

_NUMBERS = itertools.count()


class Editions:
    """Of one file. connect: gives a connection of this one's own, over which nothing is written.

    SQLite counts for each connection what others have committed (https://www.sqlite.org/pragma.html#pragma_data_version): a count says something only
    beside an earlier one of the same connection, so an edition names both.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._connection: Any = None
        self._number = 0

    def now(self) -> Hashable | None:
        """Equal to an earlier one only where nothing was committed in between. None where it cannot be told: whoever asks for more is told why."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection, self._number = self._connect(), next(_NUMBERS)
                return self._number, self._connection.execute("PRAGMA data_version").fetchall()[0][0]
            except Exception:
                self._let_go()
                return None

    def close(self) -> None:
        """Let the connection go; the next question opens another."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        with suppress(Exception):
            connection.close()
