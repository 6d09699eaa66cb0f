"""The port for submissions too large for one transaction. They are staged in short ones, unseen, and one short commit makes them part of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from carehub.feeds.message import Arrival, Receipt

CHUNK = 256 * 1024
"""Bytes. A submission up to this size is one value; a larger one is cut into values of this size."""


class Piece(NamedTuple):
    """One message of a staged submission: its body; or, with None, `length` bytes of the submission from `start`, after the head if `headed`."""

    start: int
    length: int
    headed: bool
    body: bytes | None


class Streams(Protocol):
    """Staged submissions. What a sender or a process left half done is never seen by the log's readers and goes with `discard_before`.

    Each call is one short transaction or several. Any may raise StoreBusy, also because the stream was discarded meanwhile.
    """

    def begin(self, now: str) -> int:
        """The number of a new stream."""

    def add(self, stream: int, at: int, body: bytes, now: str) -> None:
        """Stage bytes that belong at `at`, a multiple of CHUNK, as is their length but for the last."""

    def bytes_at(self, stream: int, at: int, length: int) -> bytes:
        """Staged bytes, fewer at the end."""

    def add_pieces(self, stream: int, submission: str, first: int, pieces: Sequence[Piece], now: str) -> None:
        """Stage messages, the first of which is part `first` of the submission."""

    def drop_pieces(self, stream: int) -> None:
        """Take back the messages staged so far; the bytes stay."""

    def finish(self, stream: int, arrival: Arrival, sha256: str, size: int, parts: int, head: bytes) -> Receipt:
        """Make the submission and all its messages part of the log, in one transaction; the receipt is given after commit.

        head: what headed pieces begin with. A submission stored meanwhile keeps its receipt, and the stream is discarded. Raises
        Overtaken(FEED-003) as MessageLog.append does.
        """

    def discard(self, stream: int) -> None:
        """Take away what is staged. A stream that was finished stays."""

    def discard_before(self, moment: str) -> int:
        """Discard streams that nothing was added to since a moment (ISO UTC), and what is left of those discarded before; how many."""
