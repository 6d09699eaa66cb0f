"""What a network does to a stream of bytes, in the words of Toxiproxy (https://github.com/Shopify/toxiproxy#toxics).

A toxic takes the pieces that came in, and gives the pieces that go out. When it ends before they do, the connection is closed; when it raises
ConnectionResetError, it is reset.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

Toxic = Callable[[Iterator[bytes]], Iterator[bytes]]


def clean(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Nothing is done to it."""
    yield from pieces


def latency(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Everything comes late, and never equally late."""
    for n, piece in enumerate(pieces):
        time.sleep(0.02 + 0.03 * (n % 3))
        yield piece


def bandwidth(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """No more than 40 kB come through in a second."""
    for piece in pieces:
        for part in _parts(piece, 1000):
            time.sleep(len(part) / 40_000)
            yield part


def slicer(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """It comes in small parts of unequal length, with pauses."""
    for piece in pieces:
        for part in _parts(piece, 37):
            time.sleep(0.001)
            yield from (part[:1], part[1:])


def limit_data(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """After 700 bytes the connection is closed."""
    left = 700
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def reset_peer(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """In the middle of the first piece the connection is reset."""
    for piece in pieces:
        yield piece[: len(piece) // 2]
        raise ConnectionResetError


def slow_close(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """That one side has hung up comes late to the other."""
    yield from pieces
    time.sleep(0.3)


def timeout(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Nothing comes through, and nobody hangs up."""
    for _ in pieces:
        yield b""


# `down` is the eighth: nobody listens (FaultProxy.down).
DOWN = "down"
TOXICS: dict[str, Toxic] = {one.__name__: one for one in (latency, bandwidth, reset_peer, timeout, slow_close, slicer, limit_data)}


def _parts(piece: bytes, size: int) -> Iterator[bytes]:
    return (piece[start : start + size] for start in range(0, len(piece), size))
