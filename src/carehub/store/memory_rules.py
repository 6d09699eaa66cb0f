"""By which rules the memory store was decided, and its members in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carehub.identity.links import Member
from carehub.store.rules_standing import ClosedReview, RulesStanding

if TYPE_CHECKING:
    from carehub.store.memory_lane import Kept


class MemoryRules:
    """carehub.store.rules_standing: InOrder and SaysClosed."""

    _kept: Kept

    def rules(self) -> RulesStanding | None:
        return self._kept.rules

    def closed_review(self, id: str) -> ClosedReview | None:
        return self._kept.closed.get(id)

    def in_order(self, after: int, limit: int) -> list[Member]:
        return [member for _, member in sorted(self._kept.members.items())[after : after + limit]]
