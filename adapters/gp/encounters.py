"""Encounter (a GP consultation) to UKCore-Encounter."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .codes.contacts import contact_class
from .concepts import coding, concept, extensions, period
from .datatypes import quantity
from .primitives import choice, positive
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, one_of_many, same, shape

_STATUS = ["planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"]
_status = choice(*_STATUS)

_participant = shape({"type": ("type", many(concept)), "period": ("period", period), "individual": ("individual", reference)})
_location = shape(
    {
        "location": ("location", reference),
        "status": ("status", choice("planned", "active", "reserved", "completed")),
        "period": ("period", period),
    }
)
_diagnosis = shape(
    {"condition": ("condition", reference), "role": ("use", concept), "rank": ("rank", positive)},
    needs=("condition",),
)
_history = shape({"status": ("status", _status), "period": ("period", period)}, needs=("status", "period"))
_class_history = shape({"class": ("class", coding), "period": ("period", period)}, needs=("class", "period"))
_hospitalization = shape(
    {
        "preAdmissionIdentifier": ("preAdmissionIdentifier", identifier),
        **same(reference, "origin destination"),
        **same(concept, "admitSource reAdmission dischargeDisposition"),
        **same(many(concept), "dietPreference specialCourtesy specialArrangement"),
    }
)


def _place(value: Any, reading: Reading) -> Resource | None:
    """Where it happened; R4 asks for the location itself."""
    out: Resource | None = _location(value, reading)
    return out if out is not None and "location" in out else None


RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "status": ("status", _status),
    "statusHistory": ("statusHistory", many(_history)),
    "class": ("class", coding),
    "type": ("type", many(concept)),
    "priority": ("priority", concept),
    "subject": ("subject", of_patient),
    "episodeOfCare": ("episodeOfCare", many(reference)),
    "incomingReferral": ("basedOn", many(reference)),
    "participant": ("participant", many(_participant)),
    "appointment": ("appointment", one_of_many(reference)),
    "period": ("period", period),
    "length": ("length", quantity),
    "reason": ("reasonCode", many(concept)),
    "diagnosis": ("diagnosis", many(_diagnosis)),
    "account": ("account", many(reference)),
    "location": ("location", many(_place)),
    "serviceProvider": ("serviceProvider", reference),
    "partOf": ("partOf", reference),
    "extension": ("extension", extensions),
    "classHistory": ("classHistory", many(_class_history)),
    "hospitalization": ("hospitalization", _hospitalization),
    "text": ("text", narrative),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 asks for status and class; who it is about must be said."""
    if "status" not in out or "subject" not in out:
        raise odd()
    if "class" not in out:
        out["class"] = contact_class(out.get("type"))
