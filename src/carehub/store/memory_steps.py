"""Steps about conflicts over a dictionary; part of the memory store."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from carehub.careplan.disagreement.steps import Step


class MemorySteps:
    """carehub.store.stepping.Steps."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._held: dict[str, Step] = {}

    def put(self, steps: Sequence[Step]) -> None:
        with self._lock:
            self._held.update({step.message: step for step in steps})

    def of_patients(self, patients: Iterable[str]) -> list[Step]:
        wanted = set(patients)
        with self._lock:
            found = [step for step in self._held.values() if not wanted.isdisjoint(step.conflict.patients)]
        return sorted(found, key=lambda step: (step.position, step.message))
