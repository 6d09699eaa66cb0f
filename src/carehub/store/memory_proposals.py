"""What a batch linkage proposed, over dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from carehub.identity.links import Member
from carehub.identity.proposals import Proposal

if TYPE_CHECKING:
    from carehub.store.memory_lane import Kept


class MemoryProposals:
    """carehub.store.proposing.SaysProposals, and members in turn for whoever links in batch."""

    _kept: Kept

    def proposals(self, patients: Iterable[str] | None = None) -> list[Proposal]:
        with self._kept.lock:
            wanted = None if patients is None else set(patients)
            return [told for pair, told in sorted(self._kept.proposals.items()) if wanted is None or not wanted.isdisjoint(pair)]

    def in_turn(self, after: str, limit: int) -> list[Member]:
        with self._kept.lock:
            return [self._kept.members[patient] for patient in sorted(p for p in self._kept.members if p > after)[:limit]]
