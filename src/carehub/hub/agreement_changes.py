"""Which agreements are in force: the last change that a second person approved, else the site's file. Asked at every reading, from the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from carehub.governance import agreements
from carehub.governance.agreements import Agreements
from carehub.hub.agreements_feed import FEED, Answered, Change, Proposed, read
from carehub.store.ports import MessageLog, Records
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal. id: the message that made it. answered: None while it waits."""

    id: str
    proposed: Proposed
    answered: Answered | None = None

    @property
    def approved(self) -> str:
        """When it came into force, ISO UTC; "" where it did not."""
        return self.answered.at if self.answered and self.answered.verdict == "approved" else ""


@dataclass(slots=True)
class AgreementChanges:
    """Over the outcomes of the feed and the log. passed: the place up to which every change was heard; they are few and kept."""

    records: Records
    log: MessageLog
    passed: int = 0
    _heard: dict[str, Change] = field(default_factory=dict)
    _read: dict[str, Agreements] = field(default_factory=dict)

    def all(self) -> list[Proposal]:
        """Every proposal there was, oldest first."""
        while outcomes := self.records.unsettled("accepted", self.passed, _MOST, FEED):
            bodies = self.log.read([outcome.message for outcome in outcomes])
            # By message, and never back: of two readers at once the slower must not make an answered proposal one that waits.
            self._heard |= {outcome.message: read(bodies[outcome.message].body) for outcome in outcomes}
            self.passed = max(self.passed, outcomes[-1].position)
        return _joined(list(self._heard.items()))

    def standing(self, at: str, told: Iterable[Proposal] | None = None) -> Proposal | None:
        """The proposal in force at an instant (ISO UTC), None where the site's file is. Of two, the one that was approved last. told: as `all` tells."""
        approved = [one for one in (self.all() if told is None else told) if one.approved and one.approved <= at]
        return max(approved, key=lambda one: one.approved, default=None)

    def in_force(self, at: str, told: Iterable[Proposal] | None = None) -> Agreements | None:
        """The agreements of the proposal in force. told: as `all` tells. Raises StoreBusy for a text that this version of carehub cannot read: showing by
        the site's file instead could show what was suspended."""
        standing = self.standing(at, told)
        if standing is None:
            return None
        if standing.id not in self._read:
            try:
                self._read[standing.id] = agreements.read(standing.proposed.text, where=standing.id)
            except ValueError:
                raise StoreBusy(issue("GOV-004")) from None
        return self._read[standing.id]


def _joined(heard: Iterable[tuple[str, Change]]) -> list[Proposal]:
    found: dict[str, Proposal] = {}
    for message, told in heard:
        if told.proposed is not None:
            found[message] = Proposal(message, told.proposed)
        elif told.answered is not None and told.answered.of in found and found[told.answered.of].answered is None:
            found[told.answered.of] = replace(found[told.answered.of], answered=told.answered)
    return list(found.values())
