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
from .shapes import Rules, later_all, many, one_of_many, shape

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
    **later_all("classHistory hospitalization text"),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """R4 asks for status and class; who it is about must be said."""
    if "status" not in out or "subject" not in out:
        raise odd()
    if "class" not in out:
        out["class"] = contact_class(out.get("type"))
