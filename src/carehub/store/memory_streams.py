"""Streams over dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from carehub.feeds.message import Arrival, Receipt
from carehub.store.ports import MessageLog
from carehub.store.stored import Delivery
from carehub.store.streaming import Piece
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue


@dataclass(slots=True)
class _Staged:
    touched: str
    body: bytearray = field(default_factory=bytearray)
    pieces: list[Piece] = field(default_factory=list)


class MemoryStreams:
    """carehub.store.streaming.Streams over a log in memory."""

    def __init__(self, lock: threading.RLock, log: MessageLog) -> None:
        self._lock = lock
        self._log = log
        self._staged: dict[int, _Staged] = {}
        self._last = 0

    def begin(self, now: str) -> int:
        with self._lock:
            self._last += 1
            self._staged[self._last] = _Staged(now)
            return self._last

    def add(self, stream: int, at: int, body: bytes, now: str) -> None:
        with self._lock:
            self._open(stream, now).body[at:] = body

    def bytes_at(self, stream: int, at: int, length: int) -> bytes:
        with self._lock:
            return bytes(self._staged[stream].body[at : at + length])

    def add_pieces(self, stream: int, submission: str, first: int, pieces: Sequence[Piece], now: str) -> None:
        with self._lock:
            self._open(stream, now).pieces[first:] = pieces

    def _open(self, stream: int, now: str) -> _Staged:
        staged = self._staged.get(stream)
        if staged is None:
            raise StoreBusy(issue("STORE-001"))
        staged.touched = now
        return staged

    def finish(self, stream: int, arrival: Arrival, sha256: str, size: int, parts: int, head: bytes) -> Receipt:
        with self._lock:
            staged = self._open(stream, "")
            body = bytes(staged.body)
            del self._staged[stream]
            bodies = (
                (head if piece.headed else b"") + body[piece.start : piece.start + piece.length] if piece.body is None else piece.body
                for piece in staged.pieces
            )
            return self._log.append([Delivery(arrival.whole(body), tuple(bodies))])[0]

    def drop_pieces(self, stream: int) -> None:
        with self._lock:
            self._staged[stream].pieces.clear()

    def discard(self, stream: int) -> None:
        with self._lock:
            self._staged.pop(stream, None)

    def discard_before(self, moment: str) -> int:
        with self._lock:
            left = [stream for stream, staged in self._staged.items() if staged.touched < moment]
            for stream in left:
                del self._staged[stream]
            return len(left)
