"""Vaccination events as FHIR R4: an Immunization with its Patient and Practitioner inside, alone or in a search answer.

Source: the national immunisation service's published examples. What it says is R4 already: it is split into records of their own, and
everything else stays as sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps
from carehub.fhir.gate import check, read_json, read_resource
from carehub.fhir.repair import repaired
from carehub.fhir.resource import Resource, many, text
from carehub.terms import moments, nhs_number
from carehub.terms.errors import NonConformant, Rejected, Unmappable
from carehub.terms.issue_catalogue import issue

from .draft import Draft
from .identity import nhs_identifier
from .vaccinations import supplier

_PATIENT = ("name", "gender", "birthDate", "address", "telecom", "deceasedBoolean", "deceasedDateTime", "active")
_PRACTITIONER = ("identifier", "name", "telecom", "gender", "birthDate", "address", "qualification", "active")
_STATUSES = frozenset(("completed", "entered-in-error", "not-done"))
_NO_REASON = {"text": "Reason not given"}


def split_events(body: bytes) -> Iterator[bytes]:
    """One message per Immunization of a Bundle, each with the resources beside it that are none; anything else whole."""
    try:
        sent = read_json(body)
    except Rejected:
        sent = None
    entries = [entry for entry in many(sent, "entry") if isinstance(entry, dict)] if isinstance(sent, dict) else []
    events = [
        entry for entry in entries if isinstance(entry.get("resource"), dict) and entry["resource"].get("resourceType") == "Immunization"
    ]
    if len(events) < 2:
        yield body
        return
    beside = [entry for entry in entries if entry not in events]
    for event in events:
        yield dumps({"resourceType": "Bundle", "type": "collection", "entry": [event, *beside]})


def map_event(body: bytes) -> Mapped:
    """One event. Raises Rejected: as read_resource; Unmappable MAP-003 (no Immunization, or several), MAP-002 (no patient, or no id of the
    event); NonConformant with the faults when it is not R4."""
    sent = read_resource(body)
    told, around = _event(sent)
    whole, taken_out = repaired(told)
    if whole is None:
        raise NonConformant(*(check(told) or (issue("GATE-010", about="Immunization"),)))
    told = whole
    known = next((i for i in many(told, "identifier") if text(i, "value")), None)
    local = text(known or {}, "value") or text(told, "id")
    if not local:
        raise Unmappable(issue("MAP-002", at="Immunization.identifier", about="Immunization"))
    space = text(known or {}, "system")
    patient = _inside(told, around, told.get("patient"), "Patient")
    if patient is None:
        raise Unmappable(issue("MAP-002", at="Immunization.patient", about="Immunization"))
    source = supplier(space) if space else supplier("immunisation-event")
    draft = Draft(source, f"vaccination|{local}")
    draft.labels = [label for label in many(told, "meta", "security") if isinstance(label, dict)]
    draft.labels += [label for label in many(sent, "meta", "security") if label not in draft.labels and sent is not told]
    for place in taken_out:
        draft.note("MAP-021", f"Immunization.{place}", "Immunization")
    _patient(draft, patient)
    status = text(told, "status")
    if status == "entered-in-error":
        draft.add("Immunization", f"{space}|{local}", {}, at="Immunization", change="withdrawn")
    else:
        draft.add("Immunization", f"{space}|{local}", _elements(draft, told, around), at="Immunization")
    changed = moments.instant(text(told, "meta", "lastUpdated"))
    return Mapped(
        source=source,
        patient=draft.patient,
        kind="vaccination event",
        recorded=moments.iso(changed) if changed else "",
        records=draft.records(),
        sequence=text(told, "meta", "versionId").zfill(10),
        issues=draft.issues(),
    )


def _event(sent: Resource) -> tuple[Resource, list[Resource]]:
    """The Immunization and the resources beside it."""
    if sent["resourceType"] == "OperationOutcome":
        raise Unmappable(issue("MAP-011", about="OperationOutcome"))
    beside = [entry["resource"] for entry in many(sent, "entry") if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)]
    listed = [sent] if sent["resourceType"] == "Immunization" else [r for r in beside if r.get("resourceType") == "Immunization"]
    if len(listed) != 1:
        raise Unmappable(issue("MAP-003", at="Bundle.entry" if beside else "", about="Immunization"))
    urls = {
        id(entry["resource"]): text(entry, "fullUrl") for entry in many(sent, "entry") if isinstance(entry, dict) and entry.get("resource")
    }
    return listed[0], [{**r, "_url": urls.get(id(r), "")} for r in beside if r is not listed[0]]


def _inside(told: Resource, around: list[Resource], reference: Any, kind: str) -> Resource | None:
    """The resource a reference points at: contained, or beside the event."""
    target = text(reference, "reference") if isinstance(reference, dict) else ""
    for part in many(told, "contained"):
        if isinstance(part, dict) and part.get("resourceType") == kind and f"#{text(part, 'id')}" == target:
            return part
    for part in around:
        if part.get("resourceType") == kind and target and target in (part["_url"], f"{kind}/{text(part, 'id')}"):
            return part
    stated = reference.get("identifier") if isinstance(reference, dict) else None
    if kind != "Patient" or not isinstance(stated, dict) or not text(stated, "value"):
        return None
    for part in around:
        if part.get("resourceType") == kind and text(stated, "value") in many(part, "identifier", "value"):
            return part
    return {"resourceType": kind, "identifier": [stated]}


def _patient(draft: Draft, patient: Resource) -> None:
    told: Resource = {name: patient[name] for name in _PATIENT if name in patient}
    numbers: list[Resource] = []
    for sent in many(patient, "identifier"):
        if isinstance(sent, dict) and text(sent, "system") == nhs_number.SYSTEM:
            number, refused = nhs_identifier(text(sent, "value"), "", draft.source.code)
            if refused:
                draft.note("MAP-009", "Patient.identifier", "Patient")
            if number and not any(kept.get("system") == nhs_number.SYSTEM for kept in numbers):
                numbers.append(number)
        elif isinstance(sent, dict) and text(sent, "value"):
            numbers.append(sent)
    if numbers:
        told["identifier"] = numbers
    draft.add("Patient", "", told, at="Immunization.contained")


def _elements(draft: Draft, told: Resource, around: list[Resource]) -> Resource:
    kept = {name: value for name, value in told.items() if name not in ("resourceType", "id", "meta", "contained", "patient", "text")}
    performers = []
    for performer in many(kept, "performer"):
        person = _inside(told, around, performer.get("actor"), "Practitioner")
        if person is None:
            performers.append({**performer, "actor": _plain(draft, performer["actor"])})
        elif elements := {name: person[name] for name in _PRACTITIONER if name in person}:
            reference = draft.add("Practitioner", text(person, "id") or "performer", elements, at="Immunization.performer")
            performers.append({**performer, "actor": {"reference": reference}})
    if performers:
        kept["performer"] = performers
    else:
        kept.pop("performer", None)
    for name in ("location", "manufacturer", "encounter"):
        if name in kept:
            place = _inside(told, around, kept[name], "Location") if name == "location" else None
            kept[name] = _plain(draft, kept[name] if place is None else _called(kept[name], place))
    if kept["status"] == "not-done" and "statusReason" not in kept:
        kept["statusReason"] = _NO_REASON
    return kept | {"patient": draft.subject}


def _called(reference: Resource, place: Resource) -> Resource:
    """A reference to a place inside the message, by the place's own number and name."""
    number = next((i for i in many(place, "identifier") if isinstance(i, dict) and text(i, "value")), None)
    told: Resource = {name: value for name, value in reference.items() if name != "reference"}
    if number:
        told.setdefault("identifier", number)
    if text(place, "name"):
        told.setdefault("display", text(place, "name"))
    return told


def _plain(draft: Draft, reference: Resource) -> Resource:
    """A reference that cannot be followed in this message, by its identifier and words only."""
    kept = {name: value for name, value in reference.items() if name != "reference"}
    if "reference" in reference:
        draft.note("MAP-008", "Immunization", "Immunization")
    code = text(reference, "identifier", "value")
    if code and "display" not in kept:
        kept["display"] = code
    return kept or {"display": "Not in the message"}
