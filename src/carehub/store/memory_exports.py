"""Exports over dictionaries; part of the memory store."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace

from carehub.governance.export import Export, ExportStanding, Progress, State


class MemoryExports:
    """carehub.store.exporting.Exports."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._held: dict[str, ExportStanding] = {}
        self._persons: dict[str, list[str]] = {}
        self._written: dict[str, set[str]] = {}

    def keep(self, asked: Export, until: str, most_of_one: int, most: int) -> bool:
        with self._lock:
            own = sum(one.export.asker == asked.asker for one in self._held.values())
            if own >= most_of_one or len(self._held) >= most:
                return False
            self._held[asked.id] = ExportStanding(asked, "waiting", until)
            return True

    def of(self, export: str) -> ExportStanding | None:
        with self._lock:
            return self._held.get(export)

    def all(self) -> list[ExportStanding]:
        with self._lock:
            return sorted(self._held.values(), key=lambda one: (one.export.at, one.export.id))

    def begin(self, export: str, progress: Progress, persons: Sequence[str]) -> bool:
        with self._lock:
            if not self._moved(export, progress):
                return False
            self._persons[export], self._written[export] = list(persons), set()
            return True

    def persons(self, export: str, after: int, limit: int) -> list[str]:
        with self._lock:
            return self._persons.get(export, [])[after : after + limit]

    def written(self, export: str, patients: Collection[str]) -> set[str]:
        with self._lock:
            return self._written.get(export, set()).intersection(patients)

    def advance(self, export: str, progress: Progress, patients: Collection[str]) -> bool:
        with self._lock:
            if not self._moved(export, progress):
                return False
            self._written.setdefault(export, set()).update(patients)
            return True

    def end(self, export: str, state: State, until: str, progress: Progress) -> bool:
        with self._lock:
            if not self._moved(export, progress):
                return False
            self._held[export] = replace(self._held[export], state=state, until=until)
            return True

    def forget(self, export: str) -> None:
        with self._lock:
            for held in (self._held, self._persons, self._written):
                held.pop(export, None)

    def _moved(self, export: str, progress: Progress) -> bool:
        one = self._held.get(export)
        if one is None or one.state != "waiting":
            return False
        self._held[export] = replace(one, progress=progress)
        return True
