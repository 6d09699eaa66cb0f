"""Specimen to UKCore-Specimen."""

from __future__ import annotations

from carehub.fhir.resource import Resource

from .concepts import concept, extensions, period
from .datatypes import notes, quantity
from .known_extensions import placed, value_of
from .primitives import choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, own, same, shape


def _fasting(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """FastingStatus has an element of its own in R4."""
    stated = value_of(item, reading, concept, "valueCodeableConcept")
    if stated is not None:
        out["fastingStatusCodeableConcept"] = stated
    else:
        taken = value_of(item, reading, quantity, "valueDuration", "valueQuantity")
        if taken is not None:
            out["fastingStatusDuration"] = taken
    return None


_extensions = placed({"FastingStatus": _fasting})

_plain = shape(
    {
        "collector": ("collector", reference),
        "collectedDateTime": ("collectedDateTime", date_time),
        "collectedPeriod": ("collectedPeriod", period),
        "quantity": ("quantity", quantity),
        **same(concept, "method bodySite"),
        **own("extension"),
    }
)


def _collection(value: Resource, reading: Reading) -> Resource | None:
    out = _plain(value, reading) or {}
    if value.__class__ is dict:
        _extensions(value, out, reading)
    return out or None


_processing = shape(
    {
        "description": ("description", string),
        "procedure": ("procedure", concept),
        "additive": ("additive", many(reference)),
        "timeDateTime": ("timeDateTime", date_time),
        "timePeriod": ("timePeriod", period),
    }
)
_container = shape(
    {
        "identifier": ("identifier", many(identifier)),
        "description": ("description", string),
        **same(concept, "type additiveCodeableConcept"),
        **same(quantity, "capacity specimenQuantity"),
        "additiveReference": ("additiveReference", reference),
    }
)

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "accessionIdentifier": ("accessionIdentifier", identifier),
    "status": ("status", choice("available", "unavailable", "unsatisfactory", "entered-in-error")),
    "type": ("type", concept),
    "subject": ("subject", of_patient),
    "receivedTime": ("receivedTime", date_time),
    "parent": ("parent", many(reference)),
    "request": ("request", many(reference)),
    "collection": ("collection", _collection),
    "processing": ("processing", many(_processing)),
    "container": ("container", many(_container)),
    "note": ("note", notes),
    "extension": ("extension", extensions),
    "text": ("text", narrative),
}


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """A specimen of nobody is not filed."""
    if "subject" not in out:
        raise odd()
