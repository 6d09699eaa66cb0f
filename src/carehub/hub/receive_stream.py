"""DOOR IN for submissions of any size: bytes go to the store as they come, and are split there. Memory stays the same whatever the size."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from types import TracebackType
from typing import Any, BinaryIO

from carehub.feeds.adapter import Adapter
from carehub.feeds.message import Arrival, Receipt, submission_id
from carehub.hub.placing import Placing
from carehub.store.ports import MessageLog
from carehub.store.streaming import Piece, Streams
from carehub.terms.errors import CarehubError, Overtaken, Rejected
from carehub.terms.issue_catalogue import issue

WHOLE = 4 * 1024 * 1024
"""Bytes. A submission up to this size is received whole, which is quicker; a larger one is staged."""

_BLOCK = 4 * 1024 * 1024
READ = 1024 * 1024
_MOST_PIECES = 4000
_MOST_PIECE_BYTES = 2 * 1024 * 1024


def read_up_to(stream: BinaryIO, most: int) -> bytes:
    """Up to so many bytes, fewer only at the end: a stream without a buffer may give less at a time."""
    read = bytearray()
    while more := stream.read(most - len(read)):
        read += more
        if len(read) == most:
            break
    return bytes(read)


class Incoming:
    """A submission whose bytes are arriving: `write` them, then `finish`. Leaving the block without finishing leaves nothing of it.

    now: ISO UTC. held_whole: the most bytes an adapter is given at once when it cannot read a stream; None for no limit.
    """

    def __init__(
        self,
        arrival: Arrival,
        adapter: Adapter,
        *,
        log: MessageLog,
        streams: Streams,
        now: Callable[[], str],
        held_whole: int | None = None,
    ) -> None:
        self._arrival = arrival
        self._adapter = adapter
        self._log = log
        self._streams = streams
        self._now = now
        self._held_whole = held_whole
        self._hash = sha256()
        self._waiting = bytearray()
        self._size = 0
        self._done = False
        self._stream = streams.begin(now())

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        """Take more bytes. Raises StoreBusy."""
        self._hash.update(data)
        self._waiting += data
        while len(self._waiting) >= _BLOCK:
            self._stage(bytes(self._waiting[:_BLOCK]))
            del self._waiting[:_BLOCK]

    def _stage(self, block: bytes) -> None:
        self._streams.add(self._stream, self._size, block, self._now())
        self._size += len(block)

    def finish(self) -> Receipt:
        """Split what came and make it part of the log; the receipt is given after commit. The same submission again gets its first receipt.

        Raises Rejected (API-006, or the adapter's own reason) when it is no stream of messages and too large to be one, Overtaken (FEED-003),
        StoreBusy.
        """
        if self._waiting:
            self._stage(bytes(self._waiting))
            self._waiting.clear()
        sha = self._hash.hexdigest()
        id = submission_id(self._arrival.feed, self._arrival.delivery_key, sha)
        known = self._log.receipt(id)
        if known is not None:
            if known.sha256 != sha:
                raise Overtaken(issue("FEED-003"))
            self.discard()
            return known
        parts, head = self._split(id)
        receipt = self._streams.finish(self._stream, self._arrival, sha, self._size, parts, head)
        self._done = True
        return receipt

    def discard(self) -> None:
        """Take away what was staged, unless it is finished. When the store is away too, the sweep does it later."""
        if not self._done:
            self._done = True
            with suppress(CarehubError):
                self._streams.discard(self._stream)

    def _split(self, id: str) -> tuple[int, bytes]:
        """How many messages were staged, and their head. What cannot be split is one message, as in hub.receive_submission."""
        placing = Placing()
        reader = _StagedReader(self._streams, self._stream, self._size, placing, self._held_whole)
        batches = _batches(self._adapter, io.BufferedReader(reader, READ), placing)
        number = 0
        reason: Rejected | None = None
        while True:
            try:
                pieces = next(batches, None)
            except Exception as error:  # unreadable, or a bug in the adapter: as in hub.receive_submission
                if reader.failed is not None:
                    raise reader.failed from error
                self._streams.drop_pieces(self._stream)
                number, reason = 0, error if isinstance(error, Rejected) else None
                break
            if pieces is None:
                break
            self._add(id, number, pieces)
            number += len(pieces)
        if number:
            return number, placing.head
        if self._held_whole is not None and self._size > self._held_whole:
            raise reason or Rejected(issue("API-006"))
        self._add(id, 0, [Piece(0, self._size, False, None)])
        return 1, b""

    def _add(self, id: str, first: int, pieces: list[Piece]) -> None:
        self._streams.add_pieces(self._stream, id, first, pieces, self._now())


def _batches(adapter: Adapter, stream: BinaryIO, placing: Placing) -> Iterator[list[Piece]]:
    pieces: list[Piece] = []
    size = 0
    for part in adapter.parts(stream):
        piece = placing.place(part)
        pieces.append(piece)
        size += len(piece.body or b"")
        if len(pieces) == _MOST_PIECES or size > _MOST_PIECE_BYTES:
            yield pieces
            pieces, size = [], 0
    if pieces:
        yield pieces


class _StagedReader(io.RawIOBase):
    """What was staged, read back. failed: the store's error, or that all was asked for at once and is too much; adapters may not hide it."""

    def __init__(self, streams: Streams, stream: int, size: int, placing: Placing, held_whole: int | None) -> None:
        self._streams = streams
        self._stream = stream
        self._size = size
        self._placing = placing
        self._held_whole = held_whole
        self._at = self._seen = 0
        self.failed: CarehubError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        into = memoryview(buffer).cast("B")
        data = self._read(len(into))
        into[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        if self._held_whole is not None and self._size > self._held_whole:
            self.failed = Rejected(issue("API-006"))
            raise self.failed
        return self._read(self._size - self._at)

    def _read(self, length: int) -> bytes:
        try:
            data = self._streams.bytes_at(self._stream, self._at, length)
        except CarehubError as error:
            self.failed = error
            raise
        if fresh := data[max(0, self._seen - self._at) :] if self._at <= self._seen else b"":
            self._placing.saw(fresh)
            self._seen = self._at + len(data)
        self._at += len(data)
        return data
