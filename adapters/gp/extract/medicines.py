"""Medication statements: an authorisation is a course (a statement and a plan), a prescription is one issue of it, a discontinuation ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from carehub.fhir.canonical import content_hash
from carehub.fhir.resource import Resource

from ..reading import odd
from .concepts import concept, quantity
from .notebook import Notebook, Setting, labels, plain
from .statements import performer, remarks_on, written
from .v3 import attribute, child, children, identity, name, said, when, words

_GPC = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-"
_STATUS = {"ACTIVE": "active", "COMPLETE": "completed"}
_TYPE = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-PrescriptionType-1"


@dataclass(slots=True)
class Courses:
    """What all medication statements say together about a course. names: ids that a prescription may give, to the id of the plan."""

    names: dict[str, str] = field(default_factory=dict)
    repeat: dict[str, bool] = field(default_factory=dict)
    issued: dict[str, list[str]] = field(default_factory=dict)
    ended: dict[str, tuple[str, str]] = field(default_factory=dict)


def courses(statements: Iterable[Element]) -> Courses:
    """Read once over all medication statements, since an issue may come before its course, and a discontinuation anywhere."""
    found = Courses()
    listed = list(statements)
    for statement in listed:
        for supply in children(statement, "component", "ehrSupplyAuthorise"):
            plan = identity(supply)
            found.names[plan] = plan
            found.names.setdefault(identity(statement), plan)
            found.repeat[plan] = attribute(supply, "value", "repeatNumber") not in ("", "0")
    for statement in listed:
        for supply in children(statement, "component", "ehrSupplyPrescribe"):
            plan = found.names.get(identity(supply, "inFulfillmentOf", "priorMedicationRef"), "")
            found.issued.setdefault(plan, []).append(when(supply, "availabilityTime"))
        for supply in children(statement, "component", "ehrSupplyDiscontinue"):
            code = child(supply, "code")
            reason = words(code, "originalText") or attribute(code, "displayName") or words(supply, "pertinentInformation")
            for ref in children(supply, "reversalOf", "priorMedicationRef"):
                plan = found.names.get(identity(ref), "")
                if plan:
                    found.ended[plan] = (when(supply, "availabilityTime"), reason or "Stopped, reason not given")
    return found


def medication(statement: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> list[str]:
    """All that one statement supplies: "Type/id" of the requests it made."""
    plain(statement)
    made = []
    for supply in (inner for outer in children(statement, "component") for inner in outer):
        kind = name(supply)
        if kind == "ehrSupplyAuthorise":
            made.append(_course(statement, supply, setting, book, place, found))
        elif kind == "ehrSupplyPrescribe":
            made.append(_issue(statement, supply, setting, book, place, found))
        elif kind == "ehrSupplyDiscontinue":
            book.known.setdefault(identity(statement), "")
        else:
            book.unmapped[kind] += 1
    return made


def _course(statement: Element, supply: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> str:
    id = identity(supply)
    stopped = found.ended.get(id)
    status = "stopped" if stopped else _STATUS.get(attribute(supply, "code", "statusCode"), "")
    if not status:
        raise odd()
    medicine = _medicine(statement, book, place)
    began = when(supply, "effectiveTime", "low") or when(supply, "effectiveTime", "center") or when(supply, "availabilityTime")
    ended = when(supply, "effectiveTime", "high") or (stopped[0] if stopped else "")
    issues = found.issued.get(id, [])
    allowed = attribute(supply, "value", "repeatNumber")
    extension = [_type("repeat" if found.repeat.get(id) else "acute")]
    if found.repeat.get(id):
        inner: list[Resource] = []
        if allowed.isascii() and allowed.isdigit():
            inner.append({"url": "numberOfRepeatPrescriptionsAllowed", "valueUnsignedInt": int(allowed[:9])})
        inner.append({"url": "numberOfRepeatPrescriptionsIssued", "valueUnsignedInt": len(issues)})
        extension.insert(0, {"url": f"{_GPC}MedicationRepeatInformation-1", "extension": inner})
    if stopped:
        parts: list[Resource] = [{"url": "statusReason", "valueCodeableConcept": {"text": stopped[1]}}]
        if stopped[0]:
            parts.append({"url": "statusChangeDate", "valueDateTime": stopped[0]})
        extension.append({"url": f"{_GPC}MedicationStatusReason-1", "extension": parts})
    plan = book.add(
        place,
        "MedicationRequest",
        id,
        labels(statement, setting.labels),
        extension=extension,
        status=status,
        intent="plan",
        medicationReference=medicine,
        context=_context(setting),
        authoredOn=when(supply, "availabilityTime"),
        **_who(statement, setting, book),
        note=_notes(statement, supply),
        dosageInstruction=_dosage(statement),
        dispenseRequest=_dispense(supply, began, ended),
    )
    book.add(
        place,
        "MedicationStatement",
        f"{id}-MS",
        labels(statement, setting.labels),
        extension=[{"url": f"{_GPC}MedicationStatementLastIssueDate-1", "valueDateTime": max(issues)}] if any(issues) else [],
        basedOn=[{"reference": plan}],
        status=status,
        medicationReference=medicine,
        context=_context(setting),
        effectivePeriod=said(start=began, end=ended),
        dateAsserted=written(statement, setting),
        taken="unk",
        note=_notes(statement, supply),
        dosage=_dosage(statement),
    )
    book.known[identity(statement)] = book.known[id] = plan
    return plan


def _issue(statement: Element, supply: Element, setting: Setting, book: Notebook, place: str, found: Courses) -> str:
    """One issue. When the course it belongs to is not in the extract, it stands alone."""
    plan = found.names.get(identity(supply, "inFulfillmentOf", "priorMedicationRef"), "")
    issue = book.add(
        place,
        "MedicationRequest",
        identity(supply),
        labels(statement, setting.labels),
        extension=[_type("repeat" if found.repeat[plan] else "acute")] if plan else [],
        basedOn=[{"reference": f"MedicationRequest/{plan}"}] if plan else [],
        status=_STATUS.get(attribute(supply, "code", "statusCode"), "unknown"),
        intent="order",
        medicationReference=_medicine(statement, book, place),
        context=_context(setting),
        authoredOn=when(supply, "availabilityTime"),
        **_who(statement, setting, book),
        note=_notes(statement, supply),
        dosageInstruction=_dosage(statement),
        dispenseRequest=_dispense(supply, when(supply, "availabilityTime"), ""),
    )
    book.known[identity(statement)] = book.known[identity(supply)] = issue
    return issue


def _medicine(statement: Element, book: Notebook, place: str) -> Resource:
    """The medicine as a Medication of its own, one for each set of codes and words. Raises Unmappable when it is not named."""
    code = concept(child(statement, "consumable", "manufacturedProduct", "manufacturedMaterial", "code"))
    if not code:
        raise odd()
    id = f"med-{content_hash(code)[:32]}"
    reference = f"Medication/{id}"
    if id not in book.known:
        book.known[id] = book.add(place, "Medication", id, code=code)
    return {"reference": reference}


def _type(code: str) -> Resource:
    coded = {"system": _TYPE, "code": code, "display": code.capitalize()}
    return {"url": f"{_GPC}PrescriptionType-1", "valueCodeableConcept": {"coding": [coded]}}


def _dosage(statement: Element) -> list[Resource]:
    told = [words(one, "text") for one in children(statement, "pertinentInformation", "pertinentMedicationDosage")]
    return [{"text": one} for one in told if one]


def _notes(statement: Element, supply: Element) -> list[Resource]:
    beside = [words(one, "text") for one in children(supply, "pertinentInformation", "pertinentSupplyAnnotation")]
    return [{"text": one} for one in [*beside, *remarks_on(statement)] if one]


def _dispense(supply: Element, began: str, ended: str) -> Resource:
    return said(validityPeriod=said(start=began, end=ended), quantity=quantity(child(supply, "quantity")))


def _who(statement: Element, setting: Setting, book: Notebook) -> dict[str, Any]:
    who = performer(statement, setting, book)
    return said(requester=said(agent=who), recorder=who)


def _context(setting: Setting) -> Resource:
    return {"reference": f"Encounter/{setting.encounter}"} if setting.encounter else {}
