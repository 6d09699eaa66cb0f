"""Who is who, through the door: every look and every word is decided on and written down first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub import explain_link, report_match, settle_review, worklist
from carehub.hub.hub import Heard, Hub
from carehub.hub.report_match import Doubt
from carehub.hub.settle_review import Given
from carehub.hub.worklist import Pair, Worklist, persons_of
from carehub.identity.explaining import Belonging, Explanation, belonged
from carehub.identity.links import Review
from carehub.identity.rulings import Steward
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

T = TypeVar("T")
SENIOR = "senior-identity-steward"


@dataclass(frozen=True, slots=True)
class Stewards:
    """The verbs of the identity desk, over a hub. Each raises Refused, and StoreBusy, besides what it says."""

    hub: Hub

    def rule(self, requester: Requester, given: Given) -> Disclosed[Heard]:
        """DOOR IN: a ruling, stored and then in effect. Raises as settle_review.give."""
        by, links = steward(requester), self.hub.store.links
        given = replace(given, may_settle=requester.role == SENIOR)

        def work() -> Heard:
            return self.hub.hear(settle_review.give(given, by, links=links, records=self.hub.store.records, now=iso(self.hub.clock())))

        named = [patient for patient in (given.record, given.other) if patient]
        return self._settling(requester, named, f"ruling {given.answer} on {' '.join(named)}", work)

    def take_back(self, requester: Requester, ruling: str, reason: str) -> Disclosed[Heard]:
        """DOOR IN: a ruling counts no more. Raises Missing (IDN-005), Rejected (IDN-004)."""
        held = next((one for one in self.hub.store.links.rulings() if one.id == ruling), None)

        def work() -> Heard:
            return self.hub.hear(settle_review.take_back(held, reason, steward(requester), now=iso(self.hub.clock())))

        return self._settling(requester, held.named if held else (), f"ruling {ruling} taken back", work)

    def report(self, requester: Requester, doubt: Doubt) -> Disclosed[Heard]:
        """DOOR IN: that a record of a person may be another's; hidden, if asked, from the next reading on. Raises as report_match.report."""
        by, links = steward(requester), self.hub.store.links

        def work() -> Heard:
            return self.hub.hear(report_match.report(doubt, by, links=links, now=iso(self.hub.clock())))

        person = links.current_person(doubt.person) or doubt.person
        detail = f"wrong match reported, {'hidden' if doubt.hide else 'not hidden'}: {doubt.record}"
        return self.hub.disclosing.identity(requester, "report_wrong_match", [person], detail, work)

    def lift(self, requester: Requester, report: str, reason: str) -> Disclosed[Heard]:
        """DOOR IN: a report is taken back, and what it hid is shown again. Raises as report_match.lift."""
        links = self.hub.store.links
        held = next((one for one in links.reports() if one.id == report), None)

        def work() -> Heard:
            return self.hub.hear(report_match.lift(held, reason, steward(requester), now=iso(self.hub.clock())))

        persons = persons_of([held.record], links) if held else []
        return self.hub.disclosing.identity(requester, "report_wrong_match", persons, f"report {report} taken back", work)

    def reviews(self, requester: Requester) -> Disclosed[Worklist]:
        """The pairs that wait."""
        store = self.hub.store
        return self._settling(requester, (), "review list", lambda: worklist.worklist(requester.user, store.links, store.records))

    def review(self, requester: Requester, id: str) -> Disclosed[Pair]:
        """One of them, side by side. Raises Missing (IDN-007)."""
        store, scales = self.hub.store, self.hub.scales
        found = self._pair(requester, id)

        def shown() -> Pair:
            return worklist.pair(found, requester.user, store.links, store.records, scales)

        return self._settling(requester, (found.a, found.b), f"review {id}", shown)

    def decide(self, requester: Requester, id: str, given: Callable[[str, str], Given]) -> Disclosed[Heard]:
        """DOOR IN: the answer to a review. given: (record, other) → the answer. Raises as `rule`, Missing (IDN-007)."""
        found = self._pair(requester, id)
        return self.rule(requester, given(found.a, found.b))

    def opened(self, requester: Requester, id: str) -> Disclosed[None]:
        """That the total of a pair was looked at, written down."""
        found = self._pair(requester, id)
        return self._settling(requester, (found.a, found.b), f"review {id}: total opened", lambda: None)

    def explain(self, requester: Requester, record: str, other: str = "") -> Disclosed[Explanation]:
        """Why two records are one person's or not; without other, why a record is where it is. Raises Missing."""
        links = self.hub.store.links

        def work() -> Explanation:
            found = (
                explain_link.explain_pair(record, other, links, self.hub.scales)
                if other
                else explain_link.explain_link(record, links, self.hub.scales)
            )
            if found is None:
                raise Missing(issue("IDN-008"))
            return found

        return self._looking(requester, [record, other], f"explanation of {record} {other}".strip(), work)

    def reasons(self, requester: Requester, person: str) -> Disclosed[tuple[tuple[str, Explanation | None], ...]]:
        """Every record of a person with why it is there (None for one that stands alone). Raises Missing for an unknown person."""
        links = self.hub.store.links
        current = links.current_person(person) or person

        def work() -> tuple[tuple[str, Explanation | None], ...]:
            standing = links.links_of(current)
            if not standing:
                raise Missing(issue("API-003"))
            return tuple((link.patient, explain_link.explain_link(link.patient, links)) for link in standing)

        return self.hub.disclosing.identity(requester, "explain_links", [current], "why these records are joined", work)

    def history(self, requester: Requester, record: str) -> Disclosed[tuple[Belonging, ...]]:
        """Every person a record has belonged to, oldest first; () for one that nobody ever told. The look is one at each of them."""
        links = self.hub.store.links
        told = explain_link.history(record, links)
        persons = {one.link.person for one in told}
        return self.hub.disclosing.identity(requester, "explain_links", persons, f"history of {record}", lambda: told)

    def belonged(self, requester: Requester, record: str, at: str) -> Disclosed[Belonging]:
        """Where a record belonged when everything received until `at` (ISO UTC) was known. Raises Missing when it was nobody's."""
        told = explain_link.history(record, self.hub.store.links)
        found = belonged(told, at)

        def work() -> Belonging:
            if found is None:
                raise Missing(issue("API-003"))
            return found

        persons = [found.link.person] if found else []
        return self.hub.disclosing.identity(requester, "explain_links", persons, f"whose {record} was at {at}", work)

    def _pair(self, requester: Requester, id: str) -> Review:
        # Whether a review is there is told only to who may know: an unknown one is asked for first, and refused or not.
        return self._settling(requester, (), f"review {id} looked up", lambda: worklist.pair_of(id, self.hub.store.links)).value

    def _settling(self, requester: Requester, records: Iterable[str], detail: str, work: Callable[[], T]) -> Disclosed[T]:
        return self.hub.disclosing.identity(requester, "settle_reviews", persons_of(records, self.hub.store.links), detail, work)

    def _looking(self, requester: Requester, records: Iterable[str], detail: str, work: Callable[[], T]) -> Disclosed[T]:
        named = [record for record in records if record]
        return self.hub.disclosing.identity(requester, "explain_links", persons_of(named, self.hub.store.links), detail, work)


def steward(requester: Requester) -> Steward:
    """Who speaks, as it is kept with what they say."""
    return Steward(requester.user, requester.name, requester.role, requester.organisation)
