"""One message on its way to Mapped: the records so far and what could not be said."""

from __future__ import annotations

from typing import Any

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

# Clinicians and practices are named in many places, here with more and there with less; that is no contradiction.
_NAMED_IN_PASSING = frozenset(("Practitioner", "Organization"))


class Draft:
    """patient: whose message it is; subject: "Patient/id". encounter: "Encounter/id" once the visit is mapped. Issues of one kind are counted."""

    def __init__(self, message: Hl7Message, source: SourceOrganisation, patient: RecordRef) -> None:
        self.message = message
        self.source = source
        self.patient = patient
        self._patient_id = patient.id
        self.subject: dict[str, str] = {"reference": f"Patient/{self._patient_id}"}
        self.encounter = ""
        self._records: dict[tuple[str, str, str], MappedRecord] = {}
        self._issues: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        type: str,
        local: str,
        elements: Resource,
        *,
        at: str,
        profile: str = "",
        change: Change = "snapshot",
        clears: tuple[str, ...] = (),
        patient: RecordRef | None = None,
    ) -> str:
        """Put one record in, named by its type and the source's id for it; "Type/id".

        The first of a name stands. Another with different content is noted (MAP-015).
        """
        mine = (patient or self.patient).patient
        key = (mine, type, local)
        if type == "Patient" and patient is None:
            ref, id = self.patient, self._patient_id
        else:
            ref = RecordRef(self.source.code, mine, type, local)
            id = ref.id
        meta = {"profile": [ukcore(profile or type)]}
        resource = {"resourceType": type, "id": id, "meta": meta, **elements}
        before = self._records.get(key)
        if before is None:
            self._records[key] = MappedRecord(ref, resource, change, clears, at)
        elif type not in _NAMED_IN_PASSING and before.resource != resource:
            self.note("MAP-015", at, type)
        return f"{type}/{id}"

    def has(self, type: str, local: str) -> bool:
        """True when this patient's record of that name is in already."""
        return (self.patient.patient, type, local) in self._records

    def records(self) -> tuple[MappedRecord, ...]:
        return tuple(self._records.values())

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

    def concept(self, field: Field, at: str, about: str) -> dict[str, Any] | None:
        """A coded field (CE, CWE, CF, IS) to a CodeableConcept with the sender's code and words; None when it is empty.

        A code of no known system keeps the sender's, under an address the source owns, and is noted (MAP-006).
        """
        if not field.raw:
            return None
        codings = []
        known = False
        for base in (1, 4) if len(field.parts) > 3 else (1,):
            code, display, system = field.text(base), field.text(base + 1), field.text(base + 2)
            if code:
                found = coding(code, display, system)
                known = known or found is not None
                codings.append(found or self.local_coding(code, display, system))
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
