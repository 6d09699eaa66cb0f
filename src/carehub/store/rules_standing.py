"""By which rules the identity lane decided what the store holds: kept in the store, so that other rules are noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from carehub.identity.links import Member

DONE = -1


@dataclass(frozen=True, slots=True)
class RulesStanding:
    """position: in the log, of the message that put the rules in force; 0 for the rules of the settings. version: of the rules file; content: of its
    text (rule_file.short). reached: how many members, in order, are decided anew; DONE once all are."""

    position: int
    version: int
    content: int
    reached: int = DONE


@dataclass(frozen=True, slots=True)
class ClosedReview:
    """A review (its id, and its two records, a < b) that stood until the rules that the message at `position` of the log put in force decided it."""

    id: str
    a: str
    b: str
    position: int


class SaysRules(Protocol):
    """The part of a store's ports that says by which rules it was decided."""

    def rules(self) -> RulesStanding | None:
        """None for a store that nothing was decided in, or before this was kept."""


class SaysClosed(SaysRules, Protocol):
    """The same, and which reviews that ended."""

    def closed_review(self, id: str) -> ClosedReview | None:
        """The last time it ended so; whether it stands again is for `reviews` to say."""


class InOrder(SaysRules, Protocol):
    """What deciding everything anew asks of the held lane."""

    def in_order(self, after: int, limit: int) -> list[Member]:
        """Members in order of patient, without the first `after` of them."""
