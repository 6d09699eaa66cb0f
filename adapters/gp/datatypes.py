"""The other complex types of STU3 that GP records use, to R4. Source: https://hl7.org/fhir/STU3/datatypes.html and the R4 page."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .concepts import EXTENSION_VALUES, coding, concept, extensions, period
from .primitives import boolean, choice, code, date, date_time, decimal, identity, integer, positive, string, unsigned, uri
from .reading import Reading
from .references import identifier, reference
from .shapes import Rules, many, nothing, same, shape

_EXTRAS: Rules = {"extension": ("extension", extensions), "id": ("id", nothing)}

_quantity = shape(
    {
        "value": ("value", decimal),
        "comparator": ("comparator", choice("<", "<=", ">=", ">")),
        "unit": ("unit", string),
        "system": ("system", uri),
        "code": ("code", code),
        **_EXTRAS,
    }
)


def quantity(value: Any, reading: Reading) -> Resource | None:
    """A Quantity with its digits as sent. A unit code without a system means nothing in R4 (qty-3): it is kept as words."""
    out: Resource | None = _quantity(value, reading)
    if out is not None and "code" in out and "system" not in out:
        sent = out.pop("code")
        unit = out.get("unit")
        out["unit"] = sent if unit is None or unit == sent else f"{unit} ({sent})"
    return out


range_ = shape(same(quantity, "low high") | dict(_EXTRAS))
ratio = shape(same(quantity, "numerator denominator") | dict(_EXTRAS))
sampled = shape(
    {
        "origin": ("origin", quantity),
        "period": ("period", decimal),
        "factor": ("factor", decimal),
        "lowerLimit": ("lowerLimit", decimal),
        "upperLimit": ("upperLimit", decimal),
        "dimensions": ("dimensions", positive),
        "data": ("data", string),
    },
    needs=("origin", "period", "dimensions"),
    strict=True,
)

annotation = shape(
    {
        "authorReference": ("authorReference", reference),
        "authorString": ("authorString", string),
        "time": ("time", date_time),
        "text": ("text", string),
        **_EXTRAS,
    }
)


def note(value: Any, reading: Reading) -> Resource | None:
    """An Annotation; one without text says nothing."""
    got: Resource | None = annotation(value, reading)
    return got if got is not None and "text" in got else None


notes = many(note)

contact_point = shape(
    {
        "system": ("system", choice("phone", "fax", "email", "pager", "url", "sms", "other")),
        "value": ("value", string),
        "use": ("use", choice("home", "work", "temp", "old", "mobile")),
        "rank": ("rank", positive),
        "period": ("period", period),
        **_EXTRAS,
    }
)


def telecom(value: Any, reading: Reading) -> Resource | None:
    """A ContactPoint; R4 asks for a system beside every value (cpt-2), so one without says "other"."""
    out: Resource | None = contact_point(value, reading)
    if out is not None and "value" in out and "system" not in out:
        out["system"] = "other"
    return out


telecoms = many(telecom)

human_name = shape(
    {
        "use": ("use", choice("usual", "official", "temp", "nickname", "anonymous", "old", "maiden")),
        **same(string, "text family"),
        **same(many(string), "given prefix suffix"),
        "period": ("period", period),
        **_EXTRAS,
    }
)

address = shape(
    {
        "use": ("use", choice("home", "work", "temp", "old")),
        "type": ("type", choice("postal", "physical", "both")),
        "line": ("line", many(string)),
        **same(string, "text city district state postalCode country"),
        "period": ("period", period),
        **_EXTRAS,
    }
)

attachment = shape(
    {
        "contentType": ("contentType", code),
        "language": ("language", code),
        "data": ("data", string),
        "url": ("url", uri),
        "size": ("size", unsigned),
        "hash": ("hash", string),
        "title": ("title", string),
        "creation": ("creation", date_time),
    }
)

EXTENSION_VALUES.update(
    {
        "valueBoolean": ("valueBoolean", boolean),
        "valueInteger": ("valueInteger", integer),
        "valueDecimal": ("valueDecimal", decimal),
        "valuePositiveInt": ("valuePositiveInt", positive),
        "valueUnsignedInt": ("valueUnsignedInt", unsigned),
        "valueDate": ("valueDate", date),
        "valueDateTime": ("valueDateTime", date_time),
        "valueString": ("valueString", string),
        "valueMarkdown": ("valueMarkdown", string),
        "valueCode": ("valueCode", code),
        "valueId": ("valueId", identity),
        "valueUri": ("valueUri", uri),
        "valueCoding": ("valueCoding", coding),
        "valueCodeableConcept": ("valueCodeableConcept", concept),
        "valueQuantity": ("valueQuantity", quantity),
        "valueRange": ("valueRange", range_),
        "valueRatio": ("valueRatio", ratio),
        "valuePeriod": ("valuePeriod", period),
        "valueIdentifier": ("valueIdentifier", identifier),
        "valueHumanName": ("valueHumanName", human_name),
        "valueAddress": ("valueAddress", address),
        "valueContactPoint": ("valueContactPoint", telecom),
        "valueReference": ("valueReference", reference),
        "valueAnnotation": ("valueAnnotation", note),
        "valueAttachment": ("valueAttachment", attachment),
    }
)
