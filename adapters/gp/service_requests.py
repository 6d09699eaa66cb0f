"""ReferralRequest and ProcedureRequest to UKCore-ServiceRequest: referrals sent out, and what is due (the diary).

STU3 had two resources and R4 has one; `category` says which it was, in words a reader knows.
"""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .concepts import concept, extensions, main_code, period
from .datatypes import notes
from .dosages import timing
from .primitives import Converter, boolean, choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, dropped, many, narrative, one_of_many, own, same, shape

_STU3 = "http://hl7.org/fhir/3.0/StructureDefinition/extension-"

_STATUS = {
    "draft": "draft",
    "active": "active",
    "suspended": "on-hold",
    "cancelled": "revoked",
    "completed": "completed",
    "entered-in-error": "entered-in-error",
    "unknown": "unknown",
}


def _status(value: Any, _: Reading) -> str:
    if value.__class__ is not str or value not in _STATUS:
        raise odd()
    return _STATUS[value]


_intent = choice("proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option")
_requester = shape({"agent": ("agent", reference), "onBehalfOf": ("onBehalfOf", reference)})
_occurrence: dict[str, tuple[str, Converter]] = {
    "occurrenceDateTime": ("occurrenceDateTime", date_time),
    "occurrencePeriod": ("occurrencePeriod", period),
    "occurrenceTiming": ("occurrenceTiming", timing),
}

_BOTH: Rules = {
    "identifier": ("identifier", many(identifier)),
    **same(many(reference), "basedOn replaces relevantHistory reasonReference supportingInfo"),
    "status": ("status", _status),
    "intent": ("intent", _intent),
    "priority": ("priority", choice("routine", "urgent", "asap", "stat")),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    **_occurrence,
    "authoredOn": ("authoredOn", date_time),
    "reasonCode": ("reasonCode", many(concept)),
    "note": ("note", notes),
    "extension": ("extension", extensions),
    **own("requester"),
    **dropped("definition"),
    "text": ("text", narrative),
}

REFERRAL: Rules = {
    **_BOTH,
    "groupIdentifier": ("requisition", identifier),
    "type": ("category", one_of_many(concept)),
    "specialty": ("performerType", concept),
    "recipient": ("performer", many(reference)),
    **own("serviceRequested description"),
}

PROCEDURE: Rules = {
    **_BOTH,
    "requisition": ("requisition", identifier),
    "doNotPerform": ("doNotPerform", boolean),
    "category": ("category", many(concept)),
    "code": ("code", main_code),
    "asNeededBoolean": ("asNeededBoolean", boolean),
    "asNeededCodeableConcept": ("asNeededCodeableConcept", concept),
    "performerType": ("performerType", concept),
    "performer": ("performer", one_of_many(reference)),
    "specimen": ("specimen", many(reference)),
    "bodySite": ("bodySite", many(concept)),
}


def finish_referral(source: Resource, out: Resource, reading: Reading) -> None:
    """What is asked for: the first service is the code, any more are order details. The sender's description is a note."""
    asked = source.get("serviceRequested")
    if asked is not None:
        reading.element = "serviceRequested"
        said = many(main_code)(asked, reading) or []
        if said:
            out["code"] = said[0]
        if said[1:]:
            out["orderDetail"] = said[1:]
        reading.element = ""
    if source.get("description") is not None:
        words = string(source["description"], reading)
        if words:
            out["note"] = [{"text": words}, *out.get("note", ())]
    _finish(source, out, reading, "Referral")


def finish_procedure(source: Resource, out: Resource, reading: Reading) -> None:
    """A diary entry is a plan; an order is a request for a test."""
    _finish(source, out, reading, "Recall or planned action" if out.get("intent") == "plan" else "Request")


def _finish(source: Resource, out: Resource, reading: Reading, kind: str) -> None:
    if "status" not in out or "intent" not in out or "subject" not in out:
        raise odd()
    out.setdefault("category", []).append({"text": kind})
    if source.get("requester") is None:
        return
    reading.element = "requester"
    asked = _requester(source["requester"], reading) or {}
    reading.element = ""
    if "agent" in asked:
        out["requester"] = asked["agent"]
    if "onBehalfOf" in asked:
        kept = {"url": f"{_STU3}{source['resourceType']}.requester.onBehalfOf", "valueReference": asked["onBehalfOf"]}
        out.setdefault("extension", []).append(kept)
