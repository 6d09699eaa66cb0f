"""Tries over a dictionary; part of the memory store."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from carehub.store.trying import Tried


class MemoryTries:
    """carehub.store.trying.Tries."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._held: dict[str, Tried] = {}

    def of(self, messages: Iterable[str] | None = None) -> dict[str, Tried]:
        with self._lock:
            return dict(self._held) if messages is None else {id: self._held[id] for id in messages if id in self._held}

    def add(self, versions: Mapping[str, int], *, alone: bool) -> None:
        with self._lock:
            for message, version in versions.items():
                before = self._held.get(message)
                times, by_itself = before[1:] if before and before.version == version else (0, 0)
                self._held[message] = Tried(version, times + 1, by_itself + alone)

    def forget(self, messages: Sequence[str]) -> None:
        with self._lock:
            for message in messages:
                self._held.pop(message, None)
