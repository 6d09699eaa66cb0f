"""The plans over dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from carehub.store.memory_lane import Kept
from carehub.store.stored import StoredPlan


class MemoryPlans:
    """Plans over dictionaries."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def dirty(self, limit: int) -> list[tuple[str, int]]:
        with self._kept.lock:
            waiting = sorted((since, person, position) for person, (since, position) in self._kept.dirt.items())
        return [(person, position) for _, person, position in waiting[:limit]]

    def stale(self) -> int:
        with self._kept.lock:
            return len(self._kept.dirt)

    def put(self, plans: Sequence[StoredPlan], emptied: Sequence[tuple[str, int]]) -> None:
        with self._kept.lock:
            held = self._kept.plans
            for plan in plans:
                if plan.person not in held or held[plan.person].position <= plan.position:
                    held[plan.person] = replace(plan, marks="")
                    self._mark(plan.person, plan.marks)
                self._settle(plan.person, plan.position)
            for person, position in emptied:
                if person in held and held[person].position <= position:
                    del held[person]
                    self._mark(person, "")
                self._settle(person, position)

    def _mark(self, person: str, marks: str) -> None:
        if marks:
            self._kept.marks[person] = marks
        else:
            self._kept.marks.pop(person, None)

    def _settle(self, person: str, position: int) -> None:
        if person in self._kept.dirt and self._kept.dirt[person][1] <= position:
            del self._kept.dirt[person]

    def get(self, person: str) -> StoredPlan | None:
        return self._kept.plans.get(person)

    def get_each(self, persons: Sequence[str]) -> dict[str, StoredPlan]:
        return {person: plan for person in persons if (plan := self.get(person)) is not None}

    def marked(self) -> list[tuple[str, str]]:
        with self._kept.lock:
            return sorted(self._kept.marks.items())

    def hashes(self) -> list[str]:
        with self._kept.lock:
            return sorted(plan.content_hash for plan in self._kept.plans.values())

    def totals(self) -> tuple[int, int, int]:
        with self._kept.lock:
            held = self._kept.plans.values()
            return len(held), sum(p.conflicts for p in held), sum(p.gaps for p in held)
