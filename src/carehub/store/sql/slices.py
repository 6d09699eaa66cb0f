"""Where messages lie in their submission, and how a large submission is cut for storing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carehub.store.streaming import CHUNK

_TRIES = 3


def slices(body: bytes, parts: Sequence[bytes]) -> list[tuple[int, int] | None]:
    """For each part its (start, length) in body, or None when the bytes are not there as they are.

    Parts are looked for in order, each after the one before. When a few are not found the adapter rewrites its parts, and the search,
    which reads to the end of the body each time, is given up.
    """
    if len(parts) == 1 and parts[0] == body:
        return [(0, len(body))]
    placed: list[tuple[int, int] | None] = []
    after = misses = 0
    for part in parts:
        start = body.find(part, after) if misses < _TRIES else -1
        if start < 0:
            misses += 1
            placed.append(None)
        else:
            after = start + len(part)
            placed.append((start, len(part)))
    return placed


def cut(body: bytes) -> Iterator[bytes]:
    """The body in pieces of CHUNK bytes, the last one shorter."""
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


def cover(start: int, length: int) -> tuple[int, int]:
    """The first and last piece that hold bytes start to start + length."""
    return start // CHUNK, max(start, start + length - 1) // CHUNK
