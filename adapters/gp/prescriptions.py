"""MedicationRequest to UKCore-MedicationRequest: the plan of a course and each order issued under it."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms.codes import DATA_ABSENT_REASON, ukcore

from .codes.prescriptions import COURSES
from .concepts import concept, extension, main_code, period
from .datatypes import notes, quantity
from .dosages import dosages
from .known_extensions import parts, placed, value_of
from .medications import medicine_named
from .primitives import boolean, choice, date_time, unsigned
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, dropped, many, narrative, one_of_many, own, shape

_dispense = shape(
    {
        "validityPeriod": ("validityPeriod", period),
        "numberOfRepeatsAllowed": ("numberOfRepeatsAllowed", unsigned),
        "quantity": ("quantity", quantity),
        "expectedSupplyDuration": ("expectedSupplyDuration", quantity),
        "performer": ("performer", reference),
    },
    strict=True,
)

_substitution = shape({"allowed": ("allowedBoolean", boolean), "reason": ("reason", concept)}, needs=("allowedBoolean",))


_requester = shape({"agent": ("agent", reference), "onBehalfOf": ("onBehalfOf", reference)})
_ON_BEHALF_OF = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationRequest.requester.onBehalfOf"

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "basedOn": ("basedOn", many(reference)),
    "groupIdentifier": ("groupIdentifier", identifier),
    "status": ("status", choice("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown")),
    "intent": ("intent", choice("proposal", "plan", "order", "instance-order")),
    "category": ("category", one_of_many(concept)),
    "priority": ("priority", choice("routine", "urgent", "stat", "asap")),
    "medicationCodeableConcept": ("medicationCodeableConcept", main_code),
    "medicationReference": ("medicationReference", reference),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    "supportingInformation": ("supportingInformation", many(reference)),
    "authoredOn": ("authoredOn", date_time),
    "recorder": ("recorder", reference),
    "reasonCode": ("reasonCode", many(concept)),
    "reasonReference": ("reasonReference", many(reference)),
    "note": ("note", notes),
    "dosageInstruction": ("dosageInstruction", dosages),
    "dispenseRequest": ("dispenseRequest", _dispense),
    "substitution": ("substitution", _substitution),
    "priorPrescription": ("priorPrescription", reference),
    "detectedIssue": ("detectedIssue", many(reference)),
    "eventHistory": ("eventHistory", many(reference)),
    **own("requester extension"),
    **dropped("definition"),
    "text": ("text", narrative),
}


def _course(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """PrescriptionType: the coding as sent, and the course of therapy it stands for behind it."""
    stated: Any = value_of(item, reading, concept, "valueCodeableConcept")
    if stated is None:
        return None
    for sent in tuple(stated.get("coding", ())):
        known = COURSES.get(sent.get("code", ""))
        if known is not None:
            stated["coding"].append(dict(known))
    out["courseOfTherapyType"] = stated
    return None


def _repeats(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """MedicationRepeatInformation: the number allowed has an R4 element, the number issued and the expiry a UK Core extension."""
    found = parts(item)
    whole = ("valueUnsignedInt", "valuePositiveInt", "valueInteger")
    allowed = value_of(found.get("numberOfRepeatPrescriptionsAllowed"), reading, unsigned, *whole)
    if allowed is not None:
        out.setdefault("dispenseRequest", {}).setdefault("numberOfRepeatsAllowed", allowed)
    inner = []
    issued = value_of(found.get("numberOfRepeatPrescriptionsIssued"), reading, unsigned, *whole)
    if issued is not None:
        inner.append({"url": "numberOfPrescriptionsIssued", "valueUnsignedInt": issued})
    expires = value_of(found.get("authorisationExpiryDate"), reading, date_time, "valueDateTime")
    if expires is not None:
        inner.append({"url": "authorisationExpiryDate", "valueDateTime": expires})
    return {"url": ukcore("Extension:MedicationRepeatInformation"), "extension": inner} if inner else None


def _reason(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """MedicationStatusReason: the reason has an R4 element; its date has none, so the extension stays too."""
    reason = value_of(parts(item).get("statusReason"), reading, concept, "valueCodeableConcept")
    if reason is not None:
        out["statusReason"] = reason
    return extension(item, reading)


_extensions = placed({"PrescriptionType": _course, "MedicationRepeatInformation": _repeats, "MedicationStatusReason": _reason})


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """What R4 and UK Core ask for, and who asked for the medicine."""
    _extensions(source, out, reading)
    if "status" not in out or "intent" not in out or "subject" not in out or not medicine_named(out):
        raise odd()
    if "substitution" not in out:
        # UK Core asks for a substitution; GP records do not say. An absent answer is said to be absent, not "no".
        out["substitution"] = {"allowedCodeableConcept": {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}}
    if source.get("requester") is not None:
        reading.element = "requester"
        asked = _requester(source["requester"], reading)
        reading.element = ""
        if asked is not None:
            if "agent" in asked:
                out["requester"] = asked["agent"]
            if "onBehalfOf" in asked:
                out.setdefault("extension", []).append({"url": _ON_BEHALF_OF, "valueReference": asked["onBehalfOf"]})
