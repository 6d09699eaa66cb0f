"""DOOR IN for what the person disputes of their record: written down by whoever may read the entry, or by a privacy officer for them (UK GDPR Article
16). What a source says is never touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carehub.careplan.disagreement.steps import Professional
from carehub.careplan.disputes import Dispute, Withdrawal, moment_of
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.governance.decision import decide
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.attributing import attribution_of
from carehub.hub.dispute_feed import disputing, withdrawing
from carehub.hub.disputes_told import Disputes
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonRecord
from carehub.terms.attribution import Attribution
from carehub.terms.errors import Missing, Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

LEAST_WORDS, MOST_WORDS = 15, 2000


@dataclass(frozen=True, slots=True)
class Disputing:
    """The verbs, over a hub. Each is decided by policy and written down before anything else, and raises Refused and StoreBusy."""

    hub: Hub

    def dispute(self, requester: Requester, person: str, record: str, words: str) -> str:
        """Say that the person disputes what a source record ("Type/id") says, in their words; the dispute's id.

        Raises Missing for a person or an entry that is not there or not shown to the requester; Rejected (RGT-001) for fewer than 15 letters or digits;
        Overtaken (RGT-002) where one stands already, or somebody was first.
        """
        current = self._current(person)

        def store() -> str:
            told = _checked(words)
            seen = self._seen(requester, current, record)
            before = self._told.of_record(record)
            if any(self._told.withdrawn(one.id) is None and not one.changed_by(seen) for one in before):
                raise Overtaken(issue("RGT-002"))
            now = iso(self.hub.clock())
            said = Dispute(record, len(before) + 1, told, self._said_to(requester), _who(requester), now, seen.message, moment_of(seen))
            try:
                return self.hub.tell(disputing(said))
            except Overtaken:
                raise Overtaken(issue("RGT-002")) from None

        return self.hub.disclosing.identity(requester, "record_dispute", [current], "dispute of an entry", store).value

    def withdraw(self, requester: Requester, person: str, id: str, words: str) -> None:
        """Say that the person disputes it no more, and why. Raises as `dispute`, and Missing for a dispute that is not of this person's entries, or was
        withdrawn."""
        current = self._current(person)

        def store() -> None:
            told = _checked(words)
            dispute = self._told.one(id)
            if dispute is None:
                raise Missing(issue("API-003"))
            self._seen(requester, current, dispute.record)
            if self._told.withdrawn(id) is not None:
                raise Missing(issue("API-003"))
            try:
                self.hub.tell(withdrawing(Withdrawal(id, told, _who(requester), iso(self.hub.clock()))))
            except Overtaken:
                raise Missing(issue("API-003")) from None

        self.hub.disclosing.identity(requester, "record_dispute", [current], "dispute of an entry withdrawn", store)

    def of_entry(self, requester: Requester, person: str, record: str) -> tuple[Disclosed[PersonRecord], Entry, Dispute | None]:
        """A person's record, the entry in it that this source record tells, and the dispute of it that stands. Raises Missing, Refused."""
        released = self.hub.disclosing.person_record(requester, person, "dispute of an entry")
        rows = [row for row in rows_of(released.value.plan) if any(told.record == record for told in row.attributions)]
        if not rows:
            raise Missing(issue("API-003"))
        return released, rows[-1], self._told.standing([record]).get(record)

    @property
    def _told(self) -> Disputes:
        held = self.hub.disclosing.disputes
        return held if held is not None else Disputes(self.hub.store.records, self.hub.store.links, self.hub.store.log)

    def _current(self, person: str) -> str:
        return self.hub.store.links.current_person(person) or person

    def _seen(self, requester: Requester, person: str, record: str) -> Attribution:
        """Who says the record, and when, as it stands: of what the requester is shown where they may read records, else of what is held."""
        if decide(requester, "read_record", person, self.hub.disclosing.policy).permitted:
            plan = self.hub.disclosing.person_record(requester, person, "dispute of an entry").value.plan
            found = next((told for row in rows_of(plan) for told in row.attributions if told.record == record), None)
        else:
            type_, _, id_ = record.partition("/")
            stored = self.hub.store.records.record(type_, id_)
            patients = {link.patient for link in self.hub.store.links.links_of(person)}
            held = stored is not None and not stored.withdrawn and stored.patient in patients
            found = attribution_of(stored) if stored is not None and held else None
        if found is None:
            raise Missing(issue("API-003"))
        return found

    def _said_to(self, requester: Requester) -> str:
        row = self.hub.disclosing.policy[requester.role, requester.purpose]
        return f"{row.title} of {requester.organisation_name or requester.organisation}"


def rows_of(plan: UnifiedCarePlan) -> Iterator[Entry]:
    """Every entry of a plan, and each that a folded one stands for."""
    return (row for section in plan.sections for entry in section.entries for row in (entry, *entry.members))


def _checked(words: str) -> str:
    told = words.strip()
    if sum(map(str.isalnum, told)) < LEAST_WORDS or len(told) > MOST_WORDS:
        raise Rejected(issue("RGT-001"))
    return told


def _who(requester: Requester) -> Professional:
    return Professional(requester.user, requester.name, requester.role, requester.organisation, requester.organisation_name)
