"""Passes over a dictionary; part of the memory store."""

from __future__ import annotations

import threading


class MemoryPasses:
    """carehub.store.passing.Passes."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._held: dict[tuple[str, str], tuple[bytes, str, str]] = {}

    def keep(self, kind: str, key: str, said: bytes, until: str, owner: str, now: str) -> bool:
        with self._lock:
            self._held = {one: held for one, held in self._held.items() if held[1] > now}
            return self._held.setdefault((kind, key), mine := (said, until, owner)) is mine

    def find(self, kind: str, key: str, now: str) -> tuple[bytes, str] | None:
        with self._lock:
            said, until, _ = self._held.get((kind, key), (b"", "", ""))
            return (said, until) if until > now else None

    def take(self, kind: str, key: str, now: str) -> bytes | None:
        with self._lock:
            said, until, _ = self._held.pop((kind, key), (None, "", ""))
            return said if until > now else None

    def renew(self, kind: str, key: str, until: str) -> None:
        with self._lock:
            if (kind, key) in self._held:
                said, _, owner = self._held[kind, key]
                self._held[kind, key] = (said, until, owner)

    def end(self, *, key: str = "", owner: str = "") -> None:
        with self._lock:
            self._held = {one: held for one, held in self._held.items() if not (key and one[1] == key) and not (owner and held[2] == owner)}
