"""Remembered: what was worked out a moment ago, kept in this process alone, so that a new message costs what it changes and not the whole record."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WORTH = 64
"""Records below which a person is read anew each time: it takes some milliseconds, and nothing need be kept of the many who have few."""


class Remembered(Generic[K, V]):
    """Values by key, of which those used last are kept, up to `most` records in all.

    Whoever takes a value out must see for themselves that it still holds: it does for the very same objects that it was made from, and no others.
    Nothing outlives the process, so nothing outlives a change of the code. Threads may share one: each step on the dictionary is whole, and a
    value put by another thread is as good.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[K, tuple[V, int]] = {}

    def get(self, key: K) -> V | None:
        """What was put last under this key, or None."""
        found = self._held.pop(key, None)
        if found is None:
            return None
        self._held[key] = found  # now the newest
        return found[0]

    def put(self, key: K, value: V, records: int) -> None:
        """Keep a value made from so many records. Of fewer than `WORTH`, or more than there is room for, nothing is kept, nor what was there before."""
        self._held.pop(key, None)
        if WORTH <= records <= self._most:
            self._held[key] = value, records
        for oldest in [*self._held]:
            if sum(size for _, size in [*self._held.values()]) <= self._most:
                break
            self._held.pop(oldest, None)

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()
