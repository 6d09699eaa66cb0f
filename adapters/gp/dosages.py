"""Dosage and Timing, STU3 to R4. Text is kept letter for letter. A dosage is mapped whole or its entry is not mapped at all."""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource

from .concepts import concept, extensions, period
from .datatypes import quantity, range_, ratio
from .primitives import boolean, choice, date_time, decimal, integer, positive, string, unsigned
from .reading import Reading
from .shapes import many, nothing, same, shape

_DAYS = choice("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = choice("s", "min", "h", "d", "wk", "mo", "a")
_WHEN = choice(
    *["MORN", "AFT", "EVE", "NIGHT", "PHS", "HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV"],
    "MORN.early",
    "MORN.late",
    "NOON",
    "AFT.early",
    "AFT.late",
    "EVE.early",
    "EVE.late",
)

_repeat = shape(
    {
        "boundsDuration": ("boundsDuration", quantity),
        "boundsRange": ("boundsRange", range_),
        "boundsPeriod": ("boundsPeriod", period),
        **same(positive, "count countMax frequency frequencyMax"),
        **same(decimal, "duration durationMax period periodMax"),
        **same(_UNITS, "durationUnit periodUnit"),
        "dayOfWeek": ("dayOfWeek", many(_DAYS)),
        "timeOfDay": ("timeOfDay", many(string)),
        "when": ("when", many(_WHEN)),
        "offset": ("offset", unsigned),
        "id": ("id", nothing),
    },
    strict=True,
)

timing = shape(
    {"event": ("event", many(date_time)), "repeat": ("repeat", _repeat), "code": ("code", concept), "id": ("id", nothing)},
    strict=True,
)

_dosage = shape(
    {
        "sequence": ("sequence", integer),
        "text": ("text", string),
        "additionalInstruction": ("additionalInstruction", many(concept)),
        "patientInstruction": ("patientInstruction", string),
        "timing": ("timing", timing),
        "asNeededBoolean": ("asNeededBoolean", boolean),
        **same(concept, "asNeededCodeableConcept site route method"),
        "doseQuantity": ("doseQuantity", quantity),
        "doseRange": ("doseRange", range_),
        "rateQuantity": ("rateQuantity", quantity),
        "rateRange": ("rateRange", range_),
        "rateRatio": ("rateRatio", ratio),
        "maxDosePerPeriod": ("maxDosePerPeriod", ratio),
        **same(quantity, "maxDosePerAdministration maxDosePerLifetime"),
        "extension": ("extension", extensions),
        "id": ("id", nothing),
    },
    strict=True,
)

_IN_DOSE_AND_RATE = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")


def dosage(value: Any, reading: Reading) -> Resource | None:
    """A Dosage. STU3's dose[x] and rate[x] go into R4's doseAndRate."""
    out: Resource | None = _dosage(value, reading)
    if out is not None:
        inner = {name: out.pop(name) for name in _IN_DOSE_AND_RATE if name in out}
        if inner:
            out["doseAndRate"] = [inner]
    return out


dosages = many(dosage)
