"""What sources told, written short: synthetic records and views for the record's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from carehub.careplan.assembly import assemble
from carehub.careplan.plan import Entry, ExpectedSource, Notice, SourceRecord, SourceView, UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.terms.attribution import Attribution
from carehub.terms.codes import SNOMED
from carehub.terms.organisations import SourceKind, SourceOrganisation

NOW = datetime(2026, 11, 22, 9, 1, tzinfo=UTC)
GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
HOSPITAL = SourceOrganisation("X99002", "Northvale General", SourceKind.ACUTE)
COMMUNITY = SourceOrganisation("X99003", "Northvale Community", SourceKind.COMMUNITY)
COUNCIL = SourceOrganisation("X99004", "Northvale Council", SourceKind.LOCAL_AUTHORITY)
SECTIONS = tuple(heading.key for heading in HEADINGS)
RECORDED = {GP: "2026-11-22T06:00:00.000Z", HOSPITAL: "2026-11-20T22:00:00.000Z"}


def concept(code: str, display: str, text: str = "", system: str = SNOMED) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}], **({"text": text} if text else {})}


def status(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def feed(source: SourceOrganisation) -> str:
    return f"{source.kind.value}/records"


def record(source: SourceOrganisation, type: str, id: str, elements: dict[str, Any] | None = None, **more: Any) -> SourceRecord:
    """One source record. elements: FHIR elements. more: attribution fields, or withdrawn."""
    withdrawn = more.pop("withdrawn", False)
    told = Attribution(
        source=source,
        feed=feed(source),
        record=f"{type}/{id}",
        record_version=1,
        message="message-1",
        recorded=RECORDED.get(source, "2026-11-21T10:00:00.000Z"),
        received="2026-11-22T06:10:00.000Z",
        author="",
        adapter=source.kind.value,
        mapping_version=1,
    )
    return SourceRecord({"resourceType": type, "id": id, **(elements or {})}, replace(told, **more), withdrawn)


def view(source: SourceOrganisation, *records: SourceRecord, **more: Any) -> SourceView:
    """One view, received an hour ago unless told otherwise."""
    base = SourceView(
        source=source,
        patient=f"Patient/of-{source.code}",
        feeds=(feed(source),),
        sections=SECTIONS,
        received="2026-11-22T08:01:00.000Z",
        recorded=RECORDED.get(source, ""),
        expected_every="P1D",
        stale_after="P7D",
        records=records,
        notices=(),
        linked_because="The NHS number and the date of birth agree.",
    )
    return replace(base, **more)


def plan(*views: SourceView, expected: tuple[ExpectedSource, ...] = (), reviews: int = 0) -> UnifiedCarePlan:
    return assemble("person-1", views, expected, reviews)


def entries(of: UnifiedCarePlan, key: str) -> tuple[Entry, ...]:
    return of.section(key).entries


def only(of: UnifiedCarePlan, key: str) -> Entry:
    """The one entry of a section."""
    (entry,) = entries(of, key)
    return entry


def sentences(of: UnifiedCarePlan, type: str) -> list[str]:
    """Sentences of the conflicts of one type, in order."""
    return [conflict.sentence for conflict in of.conflicts if conflict.type == type]


def notice(about: str, *, kind: str = "unreadable", number: str = "MAP-004", count: int = 1) -> Notice:
    return Notice(kind, number, about, count)  # type: ignore[arg-type]


DOCTOR = ("Practitioner", "d1", {"name": [{"prefix": ["Dr"], "given": ["A"], "family": "Khan"}]})
BY_DOCTOR = {"reference": "Practitioner/d1"}


def doctor(source: SourceOrganisation = GP) -> SourceRecord:
    return record(source, *DOCTOR)


def allergy(source: SourceOrganisation, id: str, code: dict[str, Any], **more: Any) -> SourceRecord:
    base = {"clinicalStatus": status("active"), "code": code, "recordedDate": "2019-02-02", "recorder": BY_DOCTOR}
    return record(source, "AllergyIntolerance", id, {**base, **more})


def none_known(source: SourceOrganisation = GP, id: str = "nka", **more: Any) -> SourceRecord:
    return allergy(source, id, concept("716186003", "No known allergy"), **more)


PENICILLIN = concept("91936005", "Allergy to penicillin")
LATEX = concept("300916003", "Latex allergy")


def medicine(source: SourceOrganisation, id: str, name: str, **more: Any) -> SourceRecord:
    """A MedicationStatement by name; code: dm+d code, dose: its text."""
    code, dose = more.pop("code", ""), more.pop("dose", "")
    base: dict[str, Any] = {"status": "active", "medicationCodeableConcept": concept(code, name) if code else {"text": name}}
    if dose:
        base["dosage"] = [{"text": dose}]
    return record(source, "MedicationStatement", id, {**base, **more})


def patient(source: SourceOrganisation, id: str = "", **more: Any) -> SourceRecord:
    base: dict[str, Any] = {"name": [{"use": "official", "family": "Smith", "given": ["Margaret"], "prefix": ["Mrs"]}]}
    base |= {"birthDate": "1941-03-09", "gender": "female"}
    return record(source, "Patient", id or f"p-{source.code}", {**base, **more})


def facts(entry: Entry) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in entry.facts]


def one(section: str, type: str, elements: dict[str, Any], *others: SourceRecord, source: SourceOrganisation = GP) -> Entry:
    """The one entry that a record of these elements gives in a section."""
    return only(plan(view(source, record(source, type, "x", elements), *others)), section)
