"""Who is who, through the door: every look and every word is decided on and written down first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub import awaiting, explain_link, report_match, settle_review, worklist
from carehub.hub.awaiting import Question
from carehub.hub.ended_review import EndedReview, ended
from carehub.hub.explain_person import Joined, explain_person
from carehub.hub.hiding import hidden_records
from carehub.hub.hub import Hub
from carehub.hub.lookers import Looker, lookers
from carehub.hub.own_feeds import Heard
from carehub.hub.report_match import Doubt
from carehub.hub.rules_in_force import in_force
from carehub.hub.settle_review import Given
from carehub.hub.shielding import restricted, shielded
from carehub.hub.worklist import Pair, Worklist, persons_of
from carehub.identity.explaining import Belonging, Explanation, belonged
from carehub.identity.rulings import Steward
from carehub.identity.scales import Scales
from carehub.terms.errors import Missing, Refused
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

T = TypeVar("T")
SENIOR = "senior-identity-steward"
LOOKED_BACK = timedelta(days=90)
"""So long back a steward is shown who opened a record that was reported (SCREENS S7)."""


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

    def _scales(self) -> Scales | None:
        return in_force(self.hub.store.links.rules(), self.hub.log, self.hub.scales)

    def reviews(self, requester: Requester) -> Disclosed[Worklist]:
        """What waits for a steward."""
        store, senior = self.hub.store, requester.role == SENIOR

        def found() -> Worklist:
            return worklist.worklist(requester.user, store.links, store.records, senior=senior)

        return self._settling(requester, (), "review list", found)

    def next_after(self, requester: Requester, id: str) -> Disclosed[str]:
        """The id of the pair after this one that the requester may answer, or of the first one after ""; "" when there is none."""
        store, senior = self.hub.store, requester.role == SENIOR

        def found() -> str:
            return worklist.next_after(id, requester.user, store.links, store.records, senior=senior)

        return self._settling(requester, (), "next in the review list", found)

    def review(self, requester: Requester, id: str) -> Disclosed[Pair]:
        """One of them, side by side, written down as a look at everybody it shows. Raises Missing (IDN-007)."""
        store, asked = self.hub.store, self._question(requester, id)
        found = worklist.pair(asked, requester.user, store.links, store.records, self._scales(), senior=requester.role == SENIOR)
        return self.hub.disclosing.identity(requester, "settle_reviews", found.concerned, f"review {id}", lambda: found)

    def ended(self, requester: Requester, id: str) -> Disclosed[EndedReview | None]:
        """How a review ended that other identity rules decided; None for any other."""
        return self._settling(requester, (), f"review {id}: how it ended", lambda: ended(id, self.hub.store.links, self.hub.log))

    def looked(self, requester: Requester, id: str) -> Disclosed[tuple[Looker, ...]]:
        """Who opened the record that was reported, in the last 90 days; () for a pair that nobody reported. Raises Missing (IDN-007)."""
        asked, store = self._question(requester, id), self.hub.store
        named = [asked.review.a, asked.review.b]
        since = iso(self.hub.clock() - LOOKED_BACK)

        def found() -> tuple[Looker, ...]:
            return tuple(one for person in persons_of(named, store.links) for one in lookers(person, since, store.audit))

        return self._settling(requester, named, f"review {id}: who opened the record", found if asked.report else tuple)

    def decide(self, requester: Requester, id: str, given: Callable[[str, str], Given]) -> Disclosed[Heard]:
        """DOOR IN: the answer to a review. given: (record, other) → the answer. Raises as `rule`, Missing (IDN-007)."""
        found = self._question(requester, id).review
        return self.rule(requester, given(found.a, found.b))

    def opened(self, requester: Requester, id: str) -> Disclosed[None]:
        """That the total of a pair was looked at, written down."""
        found = self._question(requester, id).review
        return self._settling(requester, (found.a, found.b), f"review {id}: total opened", lambda: None)

    def explain(self, requester: Requester, record: str, other: str = "") -> Disclosed[Explanation]:
        """Why two records are one person's or not; without other, why a record is where it is. Raises Missing, and Refused (IDN-009) to a reader
        when one of them is hidden."""
        store, scales = self.hub.store, self._scales()
        named = [one for one in (record, other) if one]

        def work() -> Explanation:
            unseen = self._unseen(requester, store.links.person_of(named))
            if unseen & set(named):
                raise Refused(issue("IDN-009"))
            pair = explain_link.explain_pair(record, other, store.links, scales) if other else None
            found = pair or explain_link.explain_link(record, store.links, scales, but=unseen)
            if found is None:
                raise Missing(issue("IDN-008"))
            beside = {link.patient for person in persons_of([found.a, found.b], store.links) for link in store.links.links_of(person)}
            return shielded(found) if restricted(beside, store.records) else found

        return self._looking(requester, named, f"explanation of {record} {other}".strip(), work)

    def joined(self, requester: Requester, person: str) -> Disclosed[Joined]:
        """Why the records of a person are joined: every one with what holds it and whose it has been. What is hidden is not told to a reader.
        Raises Missing for an unknown person."""
        store = self.hub.store
        current = store.links.current_person(person) or person

        def work() -> Joined:
            unseen = self._unseen(requester, {link.patient: current for link in store.links.links_of(current)})
            return explain_person(current, store.links, store.records, self.hub.log, self._scales(), unseen=unseen)

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

    def _question(self, requester: Requester, id: str) -> Question:
        # Whether a review is there is told only to who may know: an unknown one is asked for first, and refused or not.
        return self._settling(requester, (), f"review {id} looked up", lambda: awaiting.question(id, self.hub.store.links)).value

    def _unseen(self, requester: Requester, person_of: Mapping[str, str]) -> set[str]:
        """Of these records, with their persons, and of those beside them: the hidden ones, unless the requester settles reports."""
        row = self.hub.disclosing.policy.get((requester.role, requester.purpose))
        if row and "settle_reviews" in row.actions:
            return set()
        links = self.hub.store.links
        held = {link.patient: person for person in set(person_of.values()) for link in links.links_of(person)}
        return set(hidden_records(held, links))

    def _settling(self, requester: Requester, records: Iterable[str], detail: str, work: Callable[[], T]) -> Disclosed[T]:
        return self.hub.disclosing.identity(requester, "settle_reviews", persons_of(records, self.hub.store.links), detail, work)

    def _looking(self, requester: Requester, records: Iterable[str], detail: str, work: Callable[[], T]) -> Disclosed[T]:
        named = [record for record in records if record]
        return self.hub.disclosing.identity(requester, "explain_links", persons_of(named, self.hub.store.links), detail, work)


def steward(requester: Requester) -> Steward:
    """Who speaks, as it is kept with what they say."""
    return Steward(requester.user, requester.name, requester.role, requester.organisation)
