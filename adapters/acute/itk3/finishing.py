"""What R4 wants of each type beyond a change of names: required elements, statuses that STU3 keeps in other elements, UK Core extensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from carehub.feeds.formats.fhir_tree import Node
from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON, ukcore

from .opening import Entry
from .reader import Reader
from .stu3 import primitive

_R4 = "http://terminology.hl7.org/CodeSystem/"
_UNKNOWN: dict[str, Any] = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}
_ADMISSION, _DISCHARGE = ukcore("Extension:AdmissionMethod"), ukcore("Extension:DischargeMethod")
_LISTED = ("active", "recurrence", "relapse")

# Elements R4 demands, told where the document does not: in words that say so.
_REQUIRED: dict[str, Resource] = {
    "AllergyIntolerance": {"code": {"text": "Allergy without a name"}},
    "Appointment": {"status": "proposed"},
    "CarePlan": {"status": "unknown", "intent": "plan"},
    "ClinicalImpression": {"status": "completed"},
    "Communication": {"status": "unknown"},
    "DiagnosticReport": {"status": "unknown", "code": {"text": "Report without a name"}},
    "Encounter": {"status": "unknown", "class": _UNKNOWN},
    "FamilyMemberHistory": {"status": "health-unknown", "relationship": {"text": "Relationship not stated"}},
    "Flag": {"status": "active", "code": {"text": "Flag without a description"}},
    "Goal": {"lifecycleStatus": "proposed", "description": {"text": "Goal without a description"}},
    "Immunization": {"status": "completed", "vaccineCode": {"text": "Vaccine not named"}, "occurrenceString": "Date not stated"},
    "List": {"status": "current", "mode": "working"},
    "Medication": {"code": {"text": "Medicine not named"}},
    "MedicationRequest": {
        "status": "unknown",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Medicine not named"},
        "substitution": {"allowedCodeableConcept": _UNKNOWN},
    },
    "MedicationStatement": {"status": "unknown", "medicationCodeableConcept": {"text": "Medicine not named"}},
    "Observation": {"status": "unknown", "code": {"text": "Observation without a name"}},
    "Procedure": {"status": "unknown"},
    "QuestionnaireResponse": {"status": "completed"},
    "RiskAssessment": {"status": "unknown"},
    "ServiceRequest": {"status": "unknown", "intent": "order"},
    "Task": {"status": "requested", "intent": "unknown"},
    "EpisodeOfCare": {"status": "active"},
    "DocumentReference": {"status": "current"},
}
_CHOICES = ("medication", "occurrence")


def finish(told: Resource, kind: str, entry: Entry, reader: Reader) -> Resource:
    """The resource with what its type wants."""
    special = _SPECIAL.get(entry.node.kind)
    if special:
        special(told, entry.node, reader)
    for name, value in _REQUIRED.get(kind, {}).items():
        stem = next((stem for stem in _CHOICES if name.startswith(stem)), "")
        if name not in told and not (stem and any(key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper() for key in told)):
            told[name] = value
    return told


def _status_of(space: str, code: str) -> Resource:
    return {"coding": [{"system": f"{_R4}{space}", "code": code}]}


def _codes(told: Resource, name: str) -> set[str]:
    return {one.get("code", "") for one in told.get(name, {}).get("coding", ())}


def _clinical(told: Resource, space: str, assumed: str) -> None:
    """An entry in error has no clinical status; any other has one, and one that a discharge document lists is taken for active."""
    if "entered-in-error" in _codes(told, "verificationStatus"):
        told.pop("clinicalStatus", None)
    else:
        told.setdefault("clinicalStatus", _status_of(space, assumed))


def _allergy(told: Resource, node: Node, reader: Reader) -> None:
    _clinical(told, "allergyintolerance-clinical", "active")
    substance = next((held["substance"] for held in told.get("reaction", ()) if "substance" in held), None)
    if "code" not in told and substance:
        told["code"] = substance
    for held in told.get("reaction", ()):
        held.setdefault("manifestation", [{"text": held.get("description", "Reaction not described")}])


def _condition(told: Resource, node: Node, reader: Reader) -> None:
    ended = sorted(name for name in told if name.startswith("abatement"))
    _clinical(told, "condition-clinical", "resolved" if ended else "active")
    if ended and _codes(told, "clinicalStatus") & set(_LISTED):
        # R4 does not let an active condition have an end: the status stands, the end is told in words.
        words = "; ".join(str(told.pop(name)) for name in ended if isinstance(told[name], str)) or "date not stated"
        for name in ended:
            told.pop(name, None)
        told["note"] = [*told.get("note", ()), {"text": f"Recorded as ended: {words}"}]
    kinds = {one.get("code") for held in told.get("category", ()) for one in held.get("coding", ())}
    if "diagnosis" in kinds:
        told["category"] = [_status_of("condition-category", "encounter-diagnosis"), *told["category"]]


def _encounter(told: Resource, node: Node, reader: Reader) -> None:
    stay = node.one("hospitalization")
    for name, url in (("AdmissionMethod", _ADMISSION), ("DischargeMethod", _DISCHARGE)):
        held = node.extension(name) or stay.extension(name)
        concept = reader.concept(held.one("valueCodeableConcept"), "Encounter.extension")
        if not concept:
            continue
        holder = told.setdefault("hospitalization", {}) if name == "AdmissionMethod" else told
        holder["extension"] = [*holder.get("extension", ()), {"url": url, "valueCodeableConcept": concept}]
    for held in told.get("location", ()):
        held.setdefault("location", {"display": "Place not stated"})


def _statement(told: Resource, node: Node, reader: Reader) -> None:
    numbers = told.get("identifier") or [{"value": node.text("id") or "not-given"}]
    for held in numbers:
        held.setdefault("system", reader.draft.space("record"))
    told["identifier"] = numbers
    if node.text("taken") == "n" and told.get("status") != "entered-in-error":
        told["status"] = "not-taken"
    _named(told, node, reader)


def _named(told: Resource, node: Node, reader: Reader) -> None:
    """A medicine that is only pointed at, and not there, keeps its words."""
    held = told.get("medicationReference")
    if held and "reference" not in held:
        del told["medicationReference"]
        told["medicationCodeableConcept"] = {"text": node.text("medicationReference", "display") or "Medicine not named"}
    if held and "medicationCodeableConcept" in told:
        told.pop("medicationReference", None)


def _observation(told: Resource, node: Node, reader: Reader) -> None:
    for held in node.all("related"):
        target = {"has-member": "hasMember", "derived-from": "derivedFrom"}.get(held.text("type"))
        reference = reader.reference(held.one("target"), "Observation.related")
        if target and reference:
            told.setdefault(target, []).append(reference)
        elif reference:
            reader.draft.note("MAP-017", "Observation.related", "Observation")


def _procedure(told: Resource, node: Node, reader: Reader) -> None:
    if node.text("notDone") == "true":
        told["status"] = "not-done"


def _immunization(told: Resource, node: Node, reader: Reader) -> None:
    if node.text("notGiven") == "true":
        told["status"] = "not-done"
    why = node.one("explanation")
    reasons = [concept for held in why.all("reason") if (concept := reader.concept(held, "Immunization.explanation"))]
    refused = [concept for held in why.all("reasonNotGiven") if (concept := reader.concept(held, "Immunization.explanation"))]
    if reasons:
        told["reasonCode"] = reasons
    if refused:
        told["statusReason"] = refused[0]
    elif told.get("status") == "not-done":
        told.setdefault("statusReason", {"text": "Reason not stated"})


def _organisation(told: Resource, node: Node, reader: Reader) -> None:
    """UK Core lets an organisation or place have one code of each kind; a further one is kept without being said to be its code."""
    seen: set[str] = set()
    for held in told.get("identifier", ()):
        space = held.get("system", "")
        if "/ods-" in space and space in seen:
            del held["system"]
            held["type"] = {"text": "Further ODS code"}
        seen.add(space)


def _referral(told: Resource, node: Node, reader: Reader) -> None:
    others = [concept for held in node.all("serviceRequested")[1:] if (concept := reader.concept(held, "ServiceRequest.code"))]
    if others:
        told["orderDetail"] = others


def _care_plan(told: Resource, node: Node, reader: Reader) -> None:
    others = [reference for held in node.all("author")[1:] if (reference := reader.reference(held, "CarePlan.author"))]
    if others:
        told["contributor"] = others


def _form(told: Resource, node: Node, reader: Reader) -> None:
    address = primitive("canonical", node.text("questionnaire", "reference") or node.text("questionnaire"))
    if address:
        told["questionnaire"] = address
    _answers(told)


def _answers(held: Resource) -> None:
    """An item has answers or items, not both (qrs-1): items beside an answer go inside it."""
    for item in held.get("item", ()):
        item.setdefault("linkId", "not-given")
        if item.get("answer") and item.get("item"):
            item["answer"][0].setdefault("item", []).extend(item.pop("item"))
        _answers(item)
        for answer in item.get("answer", ()):
            _answers(answer)


def _binary(told: Resource, node: Node, reader: Reader) -> None:
    told["securityContext"] = reader.draft.subject


_SPECIAL: dict[str, Callable[[Resource, Node, Reader], None]] = {
    "AllergyIntolerance": _allergy,
    "Binary": _binary,
    "CarePlan": _care_plan,
    "Condition": _condition,
    "Encounter": _encounter,
    "Immunization": _immunization,
    "Location": _organisation,
    "MedicationRequest": _named,
    "MedicationStatement": _statement,
    "Observation": _observation,
    "Organization": _organisation,
    "Procedure": _procedure,
    "QuestionnaireResponse": _form,
    "ReferralRequest": _referral,
}
