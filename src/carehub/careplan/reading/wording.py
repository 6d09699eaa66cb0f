"""What FHIR data types say, as one line of text. Values keep the digits and units they came with; nothing is converted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from carehub.careplan.plan import Fact
from carehub.fhir.resource import many, text, words
from carehub.terms.moments import show_time

_TAG = re.compile(
    r"\s*\((?:finding|disorder|situation|procedure|substance|product|observable entity|event|regime/therapy|morphologic abnormality"
    r"|clinical drug|medicinal product|qualifier value|record artifact|body structure|organism|person|context-dependent category)\)\s*$",
    re.IGNORECASE,
)
_WIDE = 30
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def comparable(words_told: str) -> str:
    """Words for comparing only: case, punctuation, spacing and a SNOMED CT semantic tag at the end do not count."""
    return _APART.sub(" ", _TAG.sub("", words_told).casefold()).strip()


def number(value: Any) -> str:
    """A JSON number as text with the digits it came with; "" for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, Decimal):
        # A plain number, unless its exponent would write out a line of noughts.
        return format(value, "f") if value.is_finite() and -_WIDE < value.adjusted() < _WIDE else str(value)
    return str(value) if isinstance(value, int | float) else ""


def quantity(value: Any) -> str:
    """ "2.5 mg", "<15 mmol/L": comparator, digits and unit as told; a missing unit stays missing."""
    if not isinstance(value, dict):
        return ""
    digits = number(value.get("value"))
    unit = text(value, "unit") or text(value, "code")
    if not digits:
        return unit
    return f"{text(value, 'comparator')}{digits}{' ' + unit if unit else ''}"


def between(low: str, high: str) -> str:
    """A range in words from its ends, either of which may be ""."""
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else (f"up to {high}" if high else "")


def period(value: Any) -> str:
    """ "11-Jan-2024 to 18-Nov-2026", or the end that is known."""
    if not isinstance(value, dict):
        return ""
    start, end = text(value, "start"), text(value, "end")
    return between(show_time(start) if start else "", show_time(end) if end else "")


def value_words(resource: Any, stem: str = "value") -> str:
    """What a choice element says, whichever type it has ("valueQuantity", "onsetAge", …); "" when absent."""
    if not isinstance(resource, dict):
        return ""
    for name in resource:
        if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper() and (told := any_words(resource[name], name[len(stem) :])):
            return told
    return ""


def any_words(value: Any, type: str) -> str:
    """One FHIR value of a named type as text."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return show_time(value) if type in ("DateTime", "Date", "Instant") else value.strip()
    if not isinstance(value, dict):
        return number(value)
    if type == "CodeableConcept":
        return words(value)
    if type in ("Quantity", "Age", "Duration", "Money", "SimpleQuantity"):
        return quantity(value)
    if type == "Range":
        return between(quantity(value.get("low")), quantity(value.get("high")))
    if type == "Ratio":
        return f"{quantity(value.get('numerator'))} / {quantity(value.get('denominator'))}".strip(" /")
    if type == "Period":
        return period(value)
    if type == "Coding":
        return text(value, "display") or text(value, "code")
    if type == "SampledData":
        return "A series of measurements, shown as sent"
    if type == "Attachment":
        return text(value, "title") or "An attachment"
    if type == "Timing":
        return timing(value)
    return text(value, "display") or words(value) or text(value, "value")


def timing(value: Any) -> str:
    """ "once a day" as the source words it (code text), else the repeat in plain words, else the times listed."""
    if not isinstance(value, dict):
        return ""
    stated = words(value.get("code"))
    if stated:
        return stated
    repeat = value.get("repeat")
    if isinstance(repeat, dict):
        often, length, unit = number(repeat.get("frequency")), number(repeat.get("period")), text(repeat, "periodUnit")
        most = number(repeat.get("frequencyMax"))
        parts = []
        if often and length and unit:
            unit = _UNITS.get(unit, unit)
            times = f"{often} to {most}" if most else often
            every = unit if length == "1" else f"{length} {unit}s"
            parts.append(f"{times} {'time' if times == '1' else 'times'} every {every}")
        parts.extend(str(when) for when in many(repeat, "when"))
        parts.extend(f"at {at}" for at in many(repeat, "timeOfDay"))
        parts.extend(str(day) for day in many(repeat, "dayOfWeek"))
        return ", ".join(parts)
    return ", ".join(show_time(str(event)) for event in many(value, "event"))


_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


def notes(resource: Any, *names: str) -> Sequence[Fact]:
    """Every note (Annotation or text) under the element names, in the source's words, none shortened."""
    found: list[Fact] = []
    for name in names or ("note",):
        for note in many(resource, name):
            told = note.strip() if isinstance(note, str) else (text(note, "text") if isinstance(note, dict) else "")
            if told:
                found.append(Fact("Note", told))
    return found


def each(resource: Any, label: str, *path: str) -> Sequence[Fact]:
    """One fact that joins what every CodeableConcept at a path says; nothing when none says anything."""
    held = many(resource, *path)
    told = [said for concept in held if (said := words(concept))] if held else ()
    return (Fact(label, "; ".join(told)),) if told else ()


def moment(label: str, value: Any) -> Sequence[Fact]:
    """A date or time as a fact in the NHS form; nothing when absent."""
    return (Fact(label, show_time(value.strip())),) if isinstance(value, str) and value.strip() else ()


def said(label: str, value: str) -> Sequence[Fact]:
    """A fact when there is something to say."""
    return (Fact(label, value),) if value else ()


def status_words(code: str, known: dict[str, str]) -> str:
    """A status code in words a nurse reads; a code we have no words for is shown as told, never guessed; "" stays ""."""
    return known.get(code) or code.replace("-", " ").replace("_", " ").capitalize()
