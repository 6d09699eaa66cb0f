"""Which disputes stand: what the log says of them, asked at every reading, so that a word is beside its entry from the next page on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from carehub.careplan.disputes import Dispute, Withdrawal, disputed
from carehub.careplan.plan import UnifiedCarePlan
from carehub.hub.dispute_feed import FEED, read
from carehub.store.ports import Links, MessageLog, Records

_MOST = 1000


@dataclass(slots=True)
class Disputes:
    """Over the outcomes of the feed and the log. passed: a place in the log up to which every word was heard; what was heard is kept, by record."""

    records: Records
    links: Links
    log: MessageLog
    passed: int = 0
    _said: dict[str, dict[str, Dispute]] = field(default_factory=dict)
    _withdrawn: dict[str, Withdrawal] = field(default_factory=dict)

    def of_record(self, record: str) -> list[Dispute]:
        """Every dispute of a record ("Type/id") there was, those withdrawn too, oldest first."""
        self._hear()
        return sorted(self._said.get(record, {}).values(), key=lambda one: one.number)

    def one(self, id: str) -> Dispute | None:
        """A dispute by its id."""
        self._hear()
        return next((held[id] for held in self._said.values() if id in held), None)

    def withdrawn(self, id: str) -> Withdrawal | None:
        """How a dispute was withdrawn; None while it stands."""
        return self._withdrawn.get(id)

    def standing(self, records: Collection[str], at: str = "") -> dict[str, Dispute]:
        """The dispute that stands of each of these records. at: as of an instant (ISO UTC), "" for now."""
        self._hear()
        found: dict[str, Dispute] = {}
        for record in self._said.keys() & set(records):
            for one in sorted(self._said[record].values(), key=lambda said: said.number):
                taken = self._withdrawn.get(one.id)
                if (not at or one.at <= at) and (taken is None or (at and at < taken.at)):
                    found[record] = one
        return found

    def beside(self, plan: UnifiedCarePlan, at: str = "") -> UnifiedCarePlan:
        """The plan, as a reader is shown it, with what the person disputes. at: as of `standing`."""
        self._hear()
        if not self._said:
            return plan
        return disputed(plan, self.standing(list(self._said), at))

    def _hear(self) -> None:
        settled, after = self.links.lane_position(), self.passed
        while outcomes := self.records.unsettled("accepted", after, _MOST, FEED):
            bodies = self.log.read([outcome.message for outcome in outcomes])
            for outcome in outcomes:
                word = read(bodies[outcome.message].body)
                if word.dispute is not None:
                    said = replace(word.dispute, id=outcome.message)
                    self._said.setdefault(said.record, {})[said.id] = said
                if word.withdrawal is not None:
                    self._withdrawn[word.withdrawal.of] = word.withdrawal
            after = outcomes[-1].position
        # A message before the last that was heard may be mapped after it, until the lane has passed both.
        self.passed = max(self.passed, min(after, settled))
