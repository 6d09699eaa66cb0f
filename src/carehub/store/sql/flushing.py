"""Flushing: what several commit to one SQLite write-ahead log is brought to the disk by one flush, while others commit already.

SQLite by itself waits for the disk within its one writer's turn, so many who each write a row wait one after the other. Such a log is written from its
beginning to its end, and after a power cut read as far as it is whole (https://www.sqlite.org/walformat.html): so a flush of the file that began after a
commit makes durable that commit and every one before it, whichever process made them. With `synchronous=NORMAL` SQLite leaves the flush to us, and
still flushes where it folds the log into its file (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

from carehub.store.sql.folding import Folding, begun_anew
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue

_TRIES, _AGAIN_SECONDS = 20, 0.002
_flush = getattr(os, "fdatasync", os.fsync)


class Flushing:
    """Of the log of one database file. folding: what keeps the log short."""

    def __init__(self, database: Path, folding: Folding) -> None:
        self._log = Path(f"{database}-wal")
        self._folding = folding
        self._committed = self._durable = 0
        self._one_flush = threading.Lock()
        self._file: int | None = None
        self._gap = False

    def ready(self, connection: sqlite3.Connection) -> None:
        """Before anything is written over this connection, in turn. After a flush that failed the log may have a gap on the disk, and what is written
        after a gap is lost with it: first all of it is folded into the file, and the log begun anew. Raises StoreBusy."""
        if self._gap:
            for _ in range(_TRIES):
                if begun_anew(connection):
                    self._gap = False
                    return
                time.sleep(_AGAIN_SECONDS)
            raise StoreBusy(issue("STORE-001"))

    def committed(self) -> int:
        """One commit more, by whoever may write just now: its number."""
        self._committed += 1
        self._folding.committed()
        return self._committed

    def durable(self, number: int) -> None:
        """Returns once the commit of this number outlives a power cut. Raises StoreBusy where the disk does not take it."""
        with self._one_flush:
            if self._durable >= number:
                return
            latest = self._committed
            try:
                if self._file is None:
                    self._file = os.open(self._log, os.O_RDWR)
                _flush(self._file)
            except OSError:
                self._gap = True
                raise StoreBusy(issue("STORE-001")) from None
            self._durable = latest

    def close(self) -> None:
        """Let go of the log, once nothing is being folded."""
        self._folding.wait()
        with self._one_flush:
            if self._file is not None:
                os.close(self._file)
                self._file = None
