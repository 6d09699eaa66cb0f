"""One message on its way to Mapped: the records so far and what could not be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from carehub.feeds.formats.hl7v2 import Field, Hl7Message, Segment
from carehub.feeds.mapped import Change, MappedRecord
from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue
from carehub.terms.organisations import SourceOrganisation
from carehub.terms.refs import RecordRef

from .coding import coding
from .source import address
from .timing import moment

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
# Clinicians and practices are named in many places, here with more and there with less; that is no contradiction.
_NAMED_IN_PASSING = frozenset(("Practitioner", "Organization"))


class Label(NamedTuple):
    """A coding of meta.security."""

    system: str
    code: str
    display: str = ""


RESTRICTED, VERY_RESTRICTED = Label(CONFIDENTIALITY, "R"), Label(CONFIDENTIALITY, "V")


class Portion(NamedTuple):
    """What was put into a draft: its records, and its issues with how often each was noted."""

    records: tuple[MappedRecord, ...]
    notes: tuple[tuple[tuple[str, str, str], int], ...]


class Draft:
    """patient: whose message it is; subject: "Patient/id". encounter: "Encounter/id" once the visit is mapped; visit: what the source calls it. closes: lists
    that the message tells completely. Issues of one kind are counted."""

    def __init__(self, message: Hl7Message, source: SourceOrganisation, patient: RecordRef) -> None:
        self.message = message
        self.source = source
        self.patient = patient
        self._patient_id = patient.id
        self.subject: dict[str, str] = {"reference": f"Patient/{self._patient_id}"}
        self.encounter = ""
        self.visit = ""
        self.closes: list[str] = []
        self._records: dict[tuple[str, str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        type: str,
        local: str,
        elements: Resource,
        *,
        at: str,
        profile: str | None = "",
        change: Change = "snapshot",
        clears: tuple[str, ...] = (),
        patient: RecordRef | None = None,
        scope: str = "",
        labels: Sequence[Label] = (),
    ) -> str:
        """Put one record in, named by its type and the source's id for it; "Type/id".

        The first of a name stands. Another with different content is noted (MAP-015). profile: of UK Core, by default the type's own, None for
        a type that has none. labels: of confidentiality. scope: the list of the patient's that the record belongs to.
        """
        mine = (patient or self.patient).patient
        key = (mine, type, local)
        if type == "Patient" and patient is None:
            ref, id = self.patient, self._patient_id
        else:
            ref = RecordRef(self.source.code, mine, type, local)
            id = ref.id
        resource: Resource = {"resourceType": type, "id": id}
        meta: dict[str, Any] = {} if profile is None or change == "withdrawn" else {"profile": [ukcore(profile or type)]}
        if labels:
            meta["security"] = [{name: value for name, value in label._asdict().items() if value} for label in dict.fromkeys(labels)]
        if meta:
            resource["meta"] = meta
        resource.update(elements)
        before = self._records.get(key)
        if before is None:
            self._records[key] = MappedRecord(ref, resource, change, clears, at, scope)
        else:
            self._again(before, resource, at)
        return f"{type}/{id}"

    def _again(self, before: MappedRecord, resource: Resource, at: str) -> None:
        if before.ref.type not in _NAMED_IN_PASSING and before.resource != resource:
            self.note("MAP-015", at, before.ref.type)

    def portion(self) -> Portion:
        """All that is in the draft."""
        return Portion(tuple(self._records.values()), tuple(self._issues.items()))

    def take(self, portion: Portion) -> None:
        """Put in what another draft of this patient holds, as if it had been added and noted here."""
        for record in portion.records:
            ref = record.ref
            before = self._records.setdefault((ref.patient, ref.type, ref.local), record)
            if before is not record:
                self._again(before, record.resource, record.at)
        for (number, at, about), count in portion.notes:
            self.note(number, at, about, count)

    def has(self, type: str, local: str) -> bool:
        """True when this patient's record of that name is in already."""
        return (self.patient.patient, type, local) in self._records

    def records(self) -> tuple[MappedRecord, ...]:
        return tuple(self._records.values())

    def withdraw(self, type: str, local: str, *, at: str, patient: RecordRef | None = None) -> None:
        """The source takes a record back."""
        self.add(type, local, {}, at=at, change="withdrawn", patient=patient)

    def note(self, number: str, at: str, about: str = "", count: int = 1) -> None:
        """Something that could not be said, by catalogue number and place."""
        key = (number, at, about)
        self._issues[key] = self._issues.get(key, 0) + count

    def issues(self) -> tuple[Issue, ...]:
        return tuple(issue(number, at=at, about=about, count=count) for (number, at, about), count in self._issues.items())

    def left_out(self, segment: Segment, mapped: frozenset[int], about: str) -> None:
        """Say which fields of a mapped segment hold something that is not mapped yet."""
        for number, raw in enumerate(segment.fields):
            if raw and number and number not in mapped and raw != '""':
                self.note("MAP-017", f"{segment.name}-{number}", about)

    def time(self, segment: Segment, number: int, about: str, component: int = 1) -> str:
        """A field as a FHIR date or dateTime; one that cannot be is left out and said so."""
        text = segment.text(number, component)
        value = moment(text) if text else ""
        if text and not value:
            self.note("MAP-010", f"{segment.name}-{number}", about)
        return value

    def scope_of_visit(self) -> str:
        """The list of what belongs to the visit of this message and goes when that is deleted; "" where there is none."""
        return f"visit|{self.visit}" if self.visit else ""

    def concept(self, field: Field, at: str, about: str, system: str = "") -> dict[str, Any] | None:
        """A coded field (CE, CWE, CF, IS) to a CodeableConcept with the sender's code and words; None when it is empty.

        system: of the first code where the field names none.
        A code of no known system keeps the sender's, under an address the source owns, and is noted (MAP-006).
        """
        if not field.raw:
            return None
        codings = []
        known = False
        for base in (1, 4) if len(field.parts) > 3 else (1,):
            code, display = field.text(base), field.text(base + 1)
            of = field.text(base + 2) or (system if base == 1 else "")
            if code:
                found = coding(code, display, of)
                known = known or found is not None
                codings.append(found or self.local_coding(code, display, of))
        text = field.text(9) or field.text(2) or field.text(5) or (codings[0]["code"] if codings else "")
        if not text:
            return None
        if codings and not known:
            self.note("MAP-006", at, about)
        concept: dict[str, Any] = {"coding": codings} if codings else {}
        concept["text"] = text
        return concept

    def local_coding(self, code: str, display: str, system: str) -> dict[str, str]:
        """The sender's own code under an address of its own."""
        mine = {"system": address(self.source, "code", system or "local"), "code": " ".join(code.split())}
        if display:
            mine["display"] = display
        return mine
