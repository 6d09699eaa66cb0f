"""$match: which persons a description would be linked with, by the rules and the lane that link records; decided on and written down first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.resource import Resource, many, text
from carehub.governance.redaction import Disclosed
from carehub.governance.requester import Requester
from carehub.hub.hiding import hidden_records
from carehub.hub.hub import Hub
from carehub.hub.lane_tracing import Tracing
from carehub.hub.lane_view import LaneView
from carehub.hub.rules_in_force import in_force
from carehub.hub.shielding import restricted
from carehub.identity import demographics
from carehub.identity.demographics import Demographics
from carehub.identity.likeness import DESCRIBED, Grade, Likeness, likenesses
from carehub.store.ports import Lane
from carehub.terms import nhs_number
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

# A description that says less could only be guessed at.
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Matching:
    """The verb, over a hub."""

    hub: Hub

    def match(
        self, requester: Requester, patient: Resource, *, only_certain: bool = False
    ) -> Disclosed[tuple[tuple[UnifiedCarePlan, Likeness], ...]]:
        """The persons that an R4 Patient may be, the most likely first, each with its plan masked for the requester.

        only_certain: nobody unless there is exactly one certain match. A person whose record was reported as a wrong match is never certain.
        Whether a restricted person is meant is told by everything but address, telephone and e-mail, so that nobody finds out by asking where they
        live. Raises Refused; Rejected (API-005) for an NHS number that is none, or fewer than two of number, family name, given name, birth date,
        postcode and contact; StoreBusy when the lane was not free for 10 seconds.
        """
        says = described(patient)

        def graded() -> dict[str, Likeness]:
            found = self._found(says)
            if only_certain:
                certain = [person for person, told in found.items() if told.grade is Grade.CERTAIN]
                return {certain[0]: found[certain[0]]} if len(certain) == 1 else {}
            return found

        return self.hub.disclosing.graded_people(requester, graded)

    def _found(self, says: Demographics) -> dict[str, Likeness]:
        unplaced = replace(says, postcode="", phones=(), address_line="", address="", email="")
        with self.hub.store.links.lane() as lane:
            found = self._likenesses(says, lane)
            by_itself = self._likenesses(unplaced, lane) if unplaced != says else found
        links, records = self.hub.store.links, self.hub.store.records
        patients = {person: [link.patient for link in links.links_of(person)] for person in found.keys() | by_itself.keys()}
        closed = {person for person, theirs in patients.items() if restricted(theirs, records)}
        told = {person: one for person, one in found.items() if person not in closed}
        told |= {person: one for person, one in by_itself.items() if person in closed}
        hidden = hidden_records({patient: person for person, theirs in patients.items() for patient in theirs}, links)
        for person in {person for person, theirs in patients.items() if not hidden.keys().isdisjoint(theirs)} & told.keys():
            if told[person].grade is Grade.CERTAIN:
                told[person] = told[person]._replace(grade=Grade.PROBABLE)
        return dict(sorted(told.items(), key=lambda one: ([*Grade].index(one[1].grade), -one[1].score, one[0])))

    def _likenesses(self, says: Demographics, lane: Lane) -> dict[str, Likeness]:
        view = LaneView(lane)
        mine = {DESCRIBED: says}
        resolved = Tracing(view, mine, self.hub.log).resolved(mine, None, ())[DESCRIBED]
        return likenesses(resolved, view, in_force(lane.rules(), self.hub.log, self.hub.scales))


def described(patient: Resource) -> Demographics:
    """What an R4 Patient says of somebody, as the lane reads it of a source's. Raises Rejected as Matching.match."""
    given = [text(one, "value") for one in many(patient, "identifier") if isinstance(one, dict) and one.get("system") == nhs_number.SYSTEM]
    if any(nhs_number.valid(value) is None for value in given):
        raise Rejected(issue("API-005", at="Patient.identifier"))
    says = demographics.read(patient, kind="", source="")
    said = (says.nhs_number, says.family_key, says.given_key, says.birth_date, says.postcode, says.phones or says.email)
    if sum(map(bool, said)) < _LEAST and not says.nhs_number:
        raise Rejected(issue("API-005", at="Patient"))
    return says
