"""Folding: what a SQLite write-ahead log holds is brought into its file beside what is asked for, so that the log is written over and does not grow.

A log that grows costs each commit the file system's own commit of its new length: two to three times the wait, and more on a busy disk.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

_EVERY = 200
_TRIES, _AGAIN_SECONDS = 20, 0.002

Held = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""A connection to a database, for as long as a block."""


class Folding:
    """Of one file. beside: a connection while others write. in_turn: one while nobody else of this process does; raises where there is no turn."""

    def __init__(self, beside: Held, in_turn: Held) -> None:
        self._beside = beside
        self._in_turn = in_turn
        self._commits = 0
        self._at_work: threading.Thread | None = None

    def committed(self) -> None:
        """One more, by whoever may write just now. Every so often a thread is begun that folds, unless the last one is still at it."""
        self._commits += 1
        if self._commits >= _EVERY and not (self._at_work and self._at_work.is_alive()):
            self._commits = 0
            at_work = threading.Thread(target=self._fold, name="carehub-fold", daemon=True)
            with suppress(RuntimeError):  # no thread to be had: what was committed stays committed
                at_work.start()
                self._at_work = at_work

    def wait(self) -> None:
        """Until nothing is being folded."""
        if self._at_work:
            self._at_work.join()

    def _fold(self) -> None:
        """Most of it beside those who write; then the little they wrote meanwhile, with nobody writing, after which the log begins anew. What cannot be
        had now is done next time, or by SQLite itself once the log is long."""
        try:
            with self._beside() as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            for _ in range(_TRIES):
                with self._in_turn() as connection:
                    if begun_anew(connection):
                        return
                time.sleep(_AGAIN_SECONDS)
        except Exception:  # noqa: S110 - the file, or its disk, is away: whoever commits is told that
            pass


def begun_anew(connection: sqlite3.Connection) -> bool:
    """Whether all of the log is in its file now, on the disk, and the next to write begins at the log's beginning. False while others read or write."""
    return not connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0]
