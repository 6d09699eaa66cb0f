"""Contacts and visits: encounters, stays, appointments, procedures and letters. What is planned says that it is planned."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, draft
from carehub.careplan.reading.narratives import sections
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import any_words, comparable, each, moment, notes, period, said, status_words, value_words
from carehub.fhir.resource import Resource, many, text, words

TYPES = ("Encounter", "EpisodeOfCare", "Appointment", "Procedure", "DocumentReference", "Composition", "Communication")

STATUS: dict[str, tuple[str, bool]] = {
    "planned": ("Planned", True),
    "arrived": ("Arrived", True),
    "triaged": ("Triaged", True),
    "in-progress": ("In progress", True),
    "onleave": ("On leave", True),
    "finished": ("Finished", False),
    "cancelled": ("Cancelled", False),
    "unknown": ("Status not known", True),
    "proposed": ("Planned, not confirmed", True),
    "pending": ("Planned, not confirmed", True),
    "booked": ("Planned", True),
    "waitlist": ("On a waiting list", True),
    "fulfilled": ("Finished", False),
    "noshow": ("Person did not attend", False),
    "checked-in": ("Arrived", True),
    "preparation": ("Being prepared", True),
    "not-done": ("Not done", False),
    "on-hold": ("On hold", True),
    "stopped": ("Stopped", False),
    "completed": ("Completed", False),
    "current": ("Current", False),
    "superseded": ("Superseded", False),
    "active": ("Active", True),
    "final": ("Final", False),
    "amended": ("Amended", False),
    "preliminary": ("Preliminary", False),
}

# ActEncounterCode, the codes UK Core uses.
_CLASS = {
    "AMB": "Outpatient or surgery contact",
    "EMER": "Emergency attendance",
    "IMP": "Inpatient stay",
    "ACUTE": "Inpatient stay",
    "NONAC": "Inpatient stay",
    "OBSENC": "Observation stay",
    "SS": "Short stay",
    "PRENC": "Pre-admission",
    "HH": "Home visit",
    "FLD": "Contact in the field",
    "VR": "Remote contact",
}

_KIND = {
    "EpisodeOfCare": "Episode of care",
    "Appointment": "Appointment",
    "Procedure": "Procedure",
    "DocumentReference": "Letter or document",
    "Composition": "Document",
    "Communication": "Message",
}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry; `when` is its start. Contacts are never folded: two visits on one day are two visits."""
    resource = record.resource
    type = str(resource.get("resourceType"))
    shown, active = STATUS.get(text(resource, "status"), (status_words(text(resource, "status"), {}), True))
    kind = _kind(resource, type)
    title = (
        next((w for w in (words(c) for c in many(resource, "type")) if w), "")
        or words(resource.get("code"))
        or text(resource, "title")
        or words(resource.get("serviceType"))
        or text(resource, "description")
        or next((w for w in (words(c) for c in many(resource, "category")) if w), "")
    )
    places = [r for r in (shelf.record(p) for p in many(resource, "location", "location")) if r]
    yield draft(
        shelf,
        record,
        "encounters",
        title or kind or "Contact without a description",
        status=shown,
        active=active,
        when=start(resource),
        facts=_facts(resource, shelf, kind if comparable(kind) != comparable(title) else ""),
        concepts=[*many(resource, "type"), resource.get("code"), _method(resource)],
        also=places,
        traits=Traits(name=comparable(kind), state=_class_code(resource), begins=start(resource), ends=_end(resource)),
    )


def start(resource: Resource) -> str:
    """When it began, as told."""
    for path in (
        ("period", "start"),
        ("performedPeriod", "start"),
        ("performedDateTime",),
        ("start",),
        ("date",),
        ("sent",),
        ("context", "period", "start"),
        ("period", "end"),
    ):
        if told := text(resource, *path):
            return told
    return ""


def _end(resource: Resource) -> str:
    return text(resource, "period", "end") or text(resource, "performedPeriod", "end") or text(resource, "end")


def _class_code(resource: Resource) -> str:
    held = resource.get("class")
    return text(held, "code") if isinstance(held, dict) else ""


def _kind(resource: Resource, type: str) -> str:
    if type == "Encounter":
        held = resource.get("class")
        return _CLASS.get(_class_code(resource)) or (any_words(held, "Coding") if isinstance(held, dict) else "")
    return _KIND.get(type, "")


def _facts(resource: Resource, shelf: Shelf, kind: str) -> Iterator[Fact]:
    yield from said("Kind", kind)
    yield from said("Service", words(resource.get("serviceType")))
    yield from moment("Started", text(resource, "period", "start") or text(resource, "start") or text(resource, "performedPeriod", "start"))
    yield from moment("Ended", text(resource, "period", "end") or text(resource, "end") or text(resource, "performedPeriod", "end"))
    yield from each(resource, "Reason", "reasonCode")
    yield from said("Reason", "; ".join(shelf.every(resource, "reasonReference")))
    yield from said("Diagnosis", "; ".join(shelf.every(resource, "diagnosis", "condition")))
    yield from said("Topics", "; ".join(_topics(resource, shelf)))
    yield from _stay(resource, shelf)
    for place in many(resource, "location"):
        if isinstance(place, dict):
            name = shelf.called(place.get("location") or place, resource)
            dates = period(place.get("period"))
            yield from said("Place", f"{name} ({dates})" if name and dates else name)
    for person in many(resource, "participant"):
        if isinstance(person, dict):
            name = shelf.called(person.get("individual") or person.get("actor"), resource)
            part = "; ".join(filter(None, (words(c) for c in many(person, "type"))))
            yield from said("Seen by" if not part else "Involved", f"{name} ({part})" if name and part else name)
    yield from said("Performed by", "; ".join(shelf.every(resource, "performer", "actor")))
    yield from said("Organisation", shelf.called(resource.get("serviceProvider") or resource.get("managingOrganization"), resource))
    yield from each(resource, "Outcome", "outcome")
    yield from each(resource, "Body site", "bodySite")
    yield from said("Description", text(resource, "description"))
    yield from said("Content", "; ".join(_contents(resource)))
    for title, told in sections(resource) if resource.get("resourceType") == "Composition" else ():
        yield from said(title, told)
    yield from said("Message", "; ".join(filter(None, (value_words(part, "content") for part in many(resource, "payload")))))
    yield from notes(resource, "note", "comment", "patientInstruction")


def _method(resource: Resource) -> object:
    return extension_value(resource.get("hospitalization"), "AdmissionMethod") or extension_value(resource, "AdmissionMethod")


def _stay(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    held, method = resource.get("hospitalization"), _method(resource)
    yield from said("Admission method", any_words(method, "CodeableConcept") if method is not None else "")
    leaving = extension_value(held, "DischargeMethod") or extension_value(resource, "DischargeMethod")
    yield from said("Discharge method", any_words(leaving, "CodeableConcept") if leaving is not None else "")
    if isinstance(held, dict):
        yield from said("Admitted from", words(held.get("admitSource")) or shelf.called(held.get("origin"), resource))
        yield from said("Discharged to", words(held.get("dischargeDisposition")) or shelf.called(held.get("destination"), resource))
    state = extension_value(resource, "EmergencyCareDischargeStatus", "OutcomeOfAttendance")
    yield from said("Outcome of attendance", any_words(state, "CodeableConcept") if state is not None else "")


def _topics(resource: Resource, shelf: Shelf) -> Iterator[str]:
    """Headings of a GP consultation, which arrive as Lists that name this encounter."""
    me = f"Encounter/{resource.get('id')}"
    for title in dict.fromkeys(shelf.headings(me)):
        if comparable(title) not in ("consultation", "topic", "category"):
            yield title


def _contents(resource: Resource) -> Iterator[str]:
    for held in many(resource, "content", "attachment"):
        if isinstance(held, dict):
            yield " ".join(filter(None, (text(held, "title"), text(held, "contentType")))) or "a file"
