"""A review that other identity rules ended: by which, put in force when, by whom and why, and how its two records stand now."""

from __future__ import annotations

from dataclasses import dataclass

from carehub.hub.rules_in_force import activation
from carehub.store.ports import Links, MessageLog


@dataclass(frozen=True, slots=True)
class EndedReview:
    """version: of the rules; at: ISO UTC; by: user id. persons: of the two records as they are now, once where they are one person's."""

    version: int
    at: str
    by: str
    reason: str
    persons: tuple[str, ...]

    @property
    def together(self) -> bool:
        """Whether the two records are one person's now."""
        return len(self.persons) == 1


def ended(id: str, links: Links, log: MessageLog) -> EndedReview | None:
    """How the review of this id ended; None for one that no rules ended."""
    closed = links.closed_review(id)
    if closed is None:
        return None
    told = activation(log.heads(closed.position - 1, 1)[0].id, log)
    persons = links.person_of([closed.a, closed.b])
    return EndedReview(told.version, told.at, told.by, told.reason, tuple(dict.fromkeys(persons[p] for p in sorted(persons))))
