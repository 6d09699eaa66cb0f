"""Observation to UKCore-Observation: results, readings, and the GP's uncategorised statements, most of which have no value."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .concepts import concept, extensions, main_code, period
from .datatypes import attachment, quantity, range_, ratio, sampled
from .primitives import Converter, boolean, choice, date_time, string
from .reading import Reading, odd
from .references import identifier, of_patient, reference
from .shapes import Rules, many, narrative, one_of_many, own, same, shape

_VALUES: dict[str, tuple[str, Converter]] = {
    "valueQuantity": ("valueQuantity", quantity),
    "valueCodeableConcept": ("valueCodeableConcept", concept),
    "valueString": ("valueString", string),
    "valueBoolean": ("valueBoolean", boolean),
    "valueRange": ("valueRange", range_),
    "valueRatio": ("valueRatio", ratio),
    "valueSampledData": ("valueSampledData", sampled),
    "valueTime": ("valueTime", string),
    "valueDateTime": ("valueDateTime", date_time),
    "valuePeriod": ("valuePeriod", period),
}

_reference_range = shape(
    {
        **same(quantity, "low high"),
        "type": ("type", concept),
        "appliesTo": ("appliesTo", many(concept)),
        "age": ("age", range_),
        "text": ("text", string),
    },
    strict=True,
)

_component = shape(
    {
        "code": ("code", concept),
        **_VALUES,
        "dataAbsentReason": ("dataAbsentReason", concept),
        "interpretation": ("interpretation", one_of_many(concept)),
        "referenceRange": ("referenceRange", many(_reference_range)),
        "extension": ("extension", extensions),
    },
    needs=("code",),
    strict=True,
)

_related = shape({"type": ("type", string), "target": ("target", reference)}, needs=("target",))

RULES: Rules = {
    "identifier": ("identifier", many(identifier)),
    "basedOn": ("basedOn", many(reference)),
    "status": (
        "status",
        choice("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"),
    ),
    "category": ("category", many(concept)),
    "code": ("code", main_code),
    "subject": ("subject", of_patient),
    "context": ("encounter", reference),
    "effectiveDateTime": ("effectiveDateTime", date_time),
    "effectivePeriod": ("effectivePeriod", period),
    "issued": ("issued", date_time),
    "performer": ("performer", many(reference)),
    **_VALUES,
    "dataAbsentReason": ("dataAbsentReason", concept),
    "interpretation": ("interpretation", one_of_many(concept)),
    **same(concept, "bodySite method"),
    "specimen": ("specimen", reference),
    "device": ("device", reference),
    "referenceRange": ("referenceRange", many(_reference_range)),
    "component": ("component", many(_component)),
    "extension": ("extension", extensions),
    **own("comment related valueAttachment"),
    "text": ("text", narrative),
}

_RELATED = {"has-member": "hasMember", "derived-from": "derivedFrom"}

# Elements of STU3 without a place in R4, under the address that R4 gives to them.
_STU3 = "http://hl7.org/fhir/3.0/StructureDefinition/extension-Observation."


def finish(source: Resource, out: Resource, reading: Reading) -> None:
    """Comment to note, related to hasMember and derivedFrom, and an issue date without a time (R4 has only instants) to note."""
    if "status" not in out or "code" not in out or "subject" not in out:
        raise odd()
    if source.get("comment") is not None:
        _add_note(out, string(source["comment"], reading))
    issued = out.get("issued")
    if issued is not None and "T" not in issued:
        del out["issued"]
        _add_note(out, f"Issued {issued}, time not given.")
    if any(name.startswith("value") for name in out):
        out.pop("dataAbsentReason", None)
    if source.get("valueAttachment") is not None:
        sent = attachment(source["valueAttachment"], reading)
        if sent is not None:
            out.setdefault("extension", []).append({"url": f"{_STU3}valueAttachment", "valueAttachment": sent})
    related = source.get("related")
    if related is not None:
        reading.element = "related"
        _relate(related, out, reading)
        reading.element = ""


def _add_note(out: Resource, words: str | None) -> None:
    if words:
        out.setdefault("note", []).append({"text": words})


def _relate(related: Any, out: Resource, reading: Reading) -> None:
    """STU3 relations by type; those without an R4 element stay as an extension."""
    for item in many(_related)(related, reading) or ():
        kind = item.get("type", "")
        name = _RELATED.get(kind)
        if name is None:
            inner: list[Resource] = [{"url": "target", "valueReference": item["target"]}]
            if kind:
                inner.append({"url": "type", "valueCode": kind})
            out.setdefault("extension", []).append({"url": f"{_STU3}related", "extension": inner})
        else:
            out.setdefault(name, []).append(item["target"])
