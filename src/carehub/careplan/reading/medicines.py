"""Medicines: the MedicationStatement is the course; plans and issues that belong to it attach to it. Dose text is the source's own, untouched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.dose_layout import laid
from carehub.careplan.reading.doses import amount_of, as_needed, dose_words, doses_of, product_name, quantity_of, shown_dose, told_amount
from carehub.careplan.reading.draft import Draft, Traits, coded, draft
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import (
    any_words,
    comparable,
    each,
    moment,
    notes,
    number,
    period,
    quantity,
    said,
    status_words,
    timing,
)
from carehub.fhir.resource import Resource, many, text, words
from carehub.terms.moments import sort_key

TYPES = ("MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense")

# One table for all medicine types. What is unknown counts as current: a medicine must not drop out of sight because its status is unclear.
STATUS: dict[str, tuple[str, bool]] = {
    "active": ("Active", True),
    "intended": ("Planned", True),
    "draft": ("Draft", True),
    "on-hold": ("On hold", True),
    "unknown": ("Status not known", True),
    "in-progress": ("In progress", True),
    "preparation": ("Being prepared", True),
    "completed": ("Completed", False),
    "stopped": ("Stopped", False),
    "cancelled": ("Cancelled", False),
    "declined": ("Declined", False),
    "not-taken": ("Not taken", False),
    "not-done": ("Not done", False),
}

_STOPPED = ("stopped", "cancelled", "on-hold", "not-taken")
_NO_DOSE = "Not stated by the source"


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for a course, or for a request, supply or dose given that belongs to no course on this shelf."""
    resource = record.resource
    type = str(resource.get("resourceType"))
    if type != "MedicationStatement" and _belongs(resource, shelf):
        return
    attached = _attached(record, shelf)
    plans = [r for r in attached if r.resource.get("resourceType") == "MedicationRequest" and r.resource.get("intent") != "order"]
    issues = [r for r in attached if r not in plans]
    medication = _medication(resource, shelf)
    concept = _concept(resource, medication)
    named = coded(concept)
    title = words(concept) or shelf.called(resource.get("medicationReference"), resource)
    code = text(resource, "status")
    shown, active = STATUS.get(code, (status_words(code, {}), True))
    doses = doses_of(resource) or next((d for d in (doses_of(p.resource) for p in plans) if d), [])
    begins, ends = _span(resource, plans)
    told = [dose_words(d) for d in doses]
    amount, frequency = amount_of(doses), "; ".join(filter(None, (timing(d.get("timing")) for d in doses)))
    yield draft(
        shelf,
        record,
        "medicines",
        title or "Medicine without a name",
        status=shown,
        active=active,
        when=begins or text(resource, "dateAsserted") or text(resource, "authoredOn"),
        facts=_facts(resource, shelf, plans, issues, doses, begins, ends),
        codes=named.codes,
        also=[*attached, *([medication] if medication else ())],
        traits=Traits(
            concept=named.names,
            # Folding needs a dose that both state in the same words: an unstated dose equals nothing, so its own reference stands for it.
            exact=(
                shown,
                "/".join(map(comparable, told)) or record.attribution.record,
                amount,
                frequency,
                comparable("; ".join(words(d.get("route")) for d in doses)),
            ),
            title_only=named.only,
            name=product_name(title),
            state="active" if code == "active" else ("stopped" if code in _STOPPED else ("ended" if code == "completed" else "other")),
            amount=amount or told_amount(" ".join(told), title),
            frequency=frequency,
            structured=bool(amount),
            begins=begins,
            ends=ends,
        ),
    )


def _belongs(resource: Resource, shelf: Shelf) -> bool:
    """Whether a course or plan on the shelf takes this record in: it is the plan of a statement, or says that it is based on another."""
    me = f"{resource.get('resourceType')}/{resource.get('id')}"
    if any(r.resource.get("resourceType") == "MedicationStatement" for r in shelf.followers(me)):
        return True
    for element in ("basedOn", "authorizingPrescription"):
        for target in many(resource, element) if element in resource else ():
            parent = shelf.record(target)
            if parent and str(parent.resource.get("resourceType")) in TYPES and parent.resource is not resource:
                return True
    return False


def _attached(record: SourceRecord, shelf: Shelf) -> list[SourceRecord]:
    """The plan a statement is based on and every issue of it, each once, in the order of their references."""
    found: dict[str, SourceRecord] = {}
    queue = [record]
    while queue:
        current = queue.pop()
        near = [r for r in (shelf.record(t) for e in ("basedOn", "derivedFrom") for t in many(current.resource, e)) if r]
        if current is record and record.resource.get("resourceType") != "MedicationStatement":
            near = []
        me = f"{current.resource.get('resourceType')}/{current.resource.get('id')}"
        near += [r for r in shelf.followers(me) if r.resource.get("resourceType") != "MedicationStatement"]
        for other in near:
            if other is not record and other.attribution.record not in found and str(other.resource.get("resourceType")) in TYPES[1:]:
                found[other.attribution.record] = other
                queue.append(other)
    return [found[reference] for reference in sorted(found)]


def _medication(resource: Resource, shelf: Shelf) -> SourceRecord | None:
    return shelf.record(resource.get("medicationReference"))


def _concept(resource: Resource, medication: SourceRecord | None) -> Any:
    own = resource.get("medicationCodeableConcept")
    if own:
        return own
    if medication:
        return medication.resource.get("code")
    target = text(resource, "medicationReference", "reference")
    if target.startswith("#"):
        held = next((c for c in many(resource, "contained") if isinstance(c, dict) and c.get("id") == target[1:]), None)
        return held.get("code") if held else None
    return None


def _span(resource: Resource, plans: list[SourceRecord]) -> tuple[str, str]:
    held = resource.get("effectivePeriod")
    begins = text(resource, "effectivePeriod", "start") or text(resource, "effectiveDateTime")
    ends = text(resource, "effectivePeriod", "end") if isinstance(held, dict) else ""
    for source in (resource, *(p.resource for p in plans)):
        begins = begins or text(source, "dispenseRequest", "validityPeriod", "start") or text(source, "authoredOn")
        ends = ends or text(source, "dispenseRequest", "validityPeriod", "end")
    if text(resource, "status") in _STOPPED:
        # GP Connect gives the day a course was stopped beside the reason, in an extension of the plan.
        changed = next((c for c in (_changed(source) for source in (resource, *(p.resource for p in plans))) if c), "")
        ends = changed or ends
    return begins, ends


def _changed(resource: Resource) -> str:
    why = extension_value(resource, "StatusReason")
    for part in many(why, "extension") if isinstance(why, dict) else ():
        if isinstance(part, dict) and "ate" in str(part.get("url")):
            return text(part, "valueDateTime") or text(part, "valueDate")
    return ""


def _facts(
    resource: Resource,
    shelf: Shelf,
    plans: list[SourceRecord],
    issues: list[SourceRecord],
    doses: list[Resource],
    begins: str,
    ends: str,
) -> Iterator[Fact]:
    told = "; ".join(filter(None, map(shown_dose, doses)))
    yield Fact("Dose", told or _NO_DOSE)
    for dosage in doses:
        if text(dosage, "text"):
            yield from said("Amount", laid(quantity_of(dosage)))
            yield from said("Frequency", timing(dosage.get("timing")))
            yield from said("Route", words(dosage.get("route")))
            yield from said("As needed", as_needed(dosage))
        yield from said("Instruction to the person", text(dosage, "patientInstruction"))
        yield from each(dosage, "Further instruction", "additionalInstruction")
    for plan in plans:
        other = "; ".join(filter(None, map(shown_dose, doses_of(plan.resource))))
        if other and comparable(other) != comparable(told):
            yield Fact("Dose in the prescription plan", other)
        if (state := text(plan.resource, "status")) and state != text(resource, "status"):
            yield Fact("Status of the prescription plan", STATUS.get(state, (status_words(state, {}), True))[0])
    yield from moment("Started", begins)
    yield from moment("Ended", ends)
    yield from _issued(resource, issues)
    requests = [p.resource for p in plans]
    if resource.get("resourceType") != "MedicationStatement":
        requests.insert(0, resource)
    yield from _once(fact for request in (requests or [i.resource for i in issues[-1:]]) for fact in _request_facts(request))
    agency = extension_value(resource, "PrescribingAgency", "PrescribingOrganization")
    yield from said("Prescribed by", words(agency) if isinstance(agency, dict) else "")
    yield from each(resource, "Reason", "reasonCode")
    if "reasonReference" in resource:
        yield from said("Reason", "; ".join(shelf.every(resource, "reasonReference")))
    holders = (resource, *(p.resource for p in plans))
    for holder in holders:
        if "statusReason" not in holder and "extension" not in holder:
            continue
        why = extension_value(holder, "StatusReason")
        stated = words(holder.get("statusReason")) or "; ".join(filter(None, (words(c) for c in many(holder, "statusReason"))))
        yield from said("Reason for the status", stated or _status_reason(why))
    yield from _once(note for holder in holders for note in notes(holder))


def _status_reason(why: Any) -> str:
    parts = [
        any_words(v, k[5:]) for part in many(why, "extension") if isinstance(part, dict) for k, v in part.items() if k.startswith("value")
    ]
    return "; ".join(part for part in parts if part) if isinstance(why, dict) else ""


def _issued(resource: Resource, issues: list[SourceRecord]) -> Iterator[Fact]:
    dates = [text(r.resource, "dispenseRequest", "validityPeriod", "start") or text(r.resource, "authoredOn") for r in issues]
    stated = extension_value(resource, "LastIssueDate")
    newest = stated if isinstance(stated, str) and stated else max((d for d in dates if d), key=sort_key, default="")
    yield from moment("Last issued", newest)
    if issues:
        yield Fact("Issues held", str(len(issues)))


def _request_facts(request: Resource) -> Iterator[Fact]:
    kind = words(request.get("courseOfTherapyType")) or words(extension_value(request, "PrescriptionType"))
    yield from said("Kind of prescription", kind)
    supply = request.get("dispenseRequest")
    if isinstance(supply, dict):
        text_told = extension_value(supply.get("quantity"), "QuantityText")
        yield from said("Quantity", laid(quantity(supply.get("quantity"))) or (text_told if isinstance(text_told, str) else ""))
        yield from said("Supply lasts", quantity(supply.get("expectedSupplyDuration")))
        yield from said("Repeats allowed", number(supply.get("numberOfRepeatsAllowed")))
        yield from said("Valid", period(supply.get("validityPeriod")))
    repeat = extension_value(request, "RepeatInformation")
    for part in many(repeat, "extension") if isinstance(repeat, dict) else ():
        if isinstance(part, dict):
            label = _REPEAT.get(str(part.get("url")), "")
            told = next((any_words(v, k[5:]) for k, v in part.items() if k.startswith("value")), "")
            if label:
                yield from said(label, told)


_REPEAT = {
    "numberOfPrescriptionsIssued": "Repeats issued",
    "numberOfRepeatPrescriptionsIssued": "Repeats issued",
    "numberOfRepeatPrescriptionsAllowed": "Repeats allowed",
    "authorisationExpiryDate": "Repeat authorised until",
}


def _once(facts: Iterator[Fact]) -> Iterator[Fact]:
    yield from dict.fromkeys(facts)
