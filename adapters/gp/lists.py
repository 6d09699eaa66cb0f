"""List to UKCore-List: the areas of the record, what a consultation holds, and why an area is empty or incomplete.

Warning codes and empty reasons are facts the reader must see; they are kept as data, next to the notes that came with them.
"""

from __future__ import annotations

from carehub.fhir.resource import Resource
from carehub.terms.codes import ukcore

from .codes.systems import UKCORE_LIST_WARNING
from .concepts import concept
from .datatypes import notes
from .known_extensions import placed, value_of
from .primitives import boolean, choice, code, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, own, shape

_WARNINGS = {
    "confidential-items": "Confidential Items",
    "data-in-transit": "Data in Transit",
    "data-awaiting-filing": "Data Awaiting Filing",
}

_entry = shape(
    {"flag": ("flag", concept), "deleted": ("deleted", boolean), "date": ("date", date_time), "item": ("item", reference)},
    needs=("item",),
    strict=True,
)

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "status": ("status", choice("current", "retired", "entered-in-error")),
    "mode": ("mode", choice("working", "snapshot", "changes")),
    "title": ("title", string),
    "code": ("code", concept),
    "encounter": ("encounter", reference),
    "date": ("date", date_time),
    "source": ("source", reference),
    "orderedBy": ("orderedBy", concept),
    "note": ("note", notes),
    "entry": ("entry", many(_entry)),
    "emptyReason": ("emptyReason", concept),
    **own("subject extension"),
    "text": ("text", narrative),
}


def _warning(item: Resource, out: Resource, reading: Reading) -> Resource | None:
    """A warning code; one that is not in the UK Core list is kept as words, never lost."""
    stated = value_of(item, reading, code, "valueCode")
    if stated is None:
        kept = value_of(item, reading, concept, "valueCodeableConcept")
    elif stated in _WARNINGS:
        kept = {"coding": [{"system": UKCORE_LIST_WARNING, "code": stated, "display": _WARNINGS[stated]}]}
    else:
        kept = {"text": stated}
    if kept is None:
        raise odd()
    return {"url": ukcore("Extension:ListWarningCode"), "valueCodeableConcept": kept}


_extensions = placed({"ListWarningCode": _warning})


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """A list without a subject is about the message's patient, so that a warning is never lost for want of one."""
    _extensions(source, out, reading)
    if "status" not in out or "mode" not in out:
        raise odd()
    subject = source.get("subject")
    out["subject"] = {"reference": reading.patient.reference} if subject is None else of_patient(subject, reading)
