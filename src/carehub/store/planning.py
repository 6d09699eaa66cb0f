"""The store's port for assembled plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from carehub.store.stored import StoredPlan


class Plans(Protocol):
    """Assembled plans, and which are out of date: the queue of record of the assemble stage."""

    def dirty(self, limit: int) -> list[tuple[str, int]]:
        """(person, number of the lane commit that last said so) of persons whose plan is out of date, oldest first."""

    def stale(self) -> int:
        """How many persons have a plan that is out of date."""

    def put(self, plans: Sequence[StoredPlan], emptied: Sequence[tuple[str, int]]) -> None:
        """Store plans and clear their dirt up to each plan's position, unless a newer plan is there. `emptied` persons lose theirs."""

    def get(self, person: str) -> StoredPlan | None: ...

    def get_each(self, persons: Sequence[str]) -> dict[str, StoredPlan]:
        """The plans that there are of these persons."""

    def marked(self) -> list[tuple[str, str]]:
        """(person, marks) of every plan that was stored with marks, sorted. A plan that was stored since without any may still be here."""

    def hashes(self) -> list[str]:
        """Content hashes of all plans, sorted."""

    def totals(self) -> tuple[int, int, int]:
        """(plans, conflicts, gaps)."""
