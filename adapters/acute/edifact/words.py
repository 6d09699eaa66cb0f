"""Texts and codes of EDIFACT segments: free text cut over components, coded names, times, units and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from carehub.feeds.formats.edifact import Delimiters, Segment
from carehub.terms.codes import READ_V2, SNOMED, UCUM

from ..coding import snomed_id
from ..draft import Draft
from ..tables import table
from ..timing import moment
from ..values import number

_LISTS = {row["sent"]: row["system"] for row in table("edifact_code_lists").values()}
_UNITS = {row["sent"]: row["ucum"] for row in table("units").values()}
_READ = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]{4}(?:[0-9A-Za-z]{2})?\Z", re.ASCII)
_NUMBER = re.compile(r"([+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20}))\Z", re.ASCII)
_SIGNED = re.compile(r"(<=|>=|<|>)\s*(.*)\Z", re.DOTALL)
# Element 2379: 102 CCYYMMDD, 203 to the minute, 204 to the second, 602 a year, 610 a month.
_TIME_FORMATS = {"102": 8, "203": 12, "204": 14, "602": 4, "610": 6, "": 0}
NAME_WIDTH, TEXT_WIDTH = 35, 70


def joined(parts: Iterable[str], width: int, between: str = " ") -> str:
    """Text that was cut over components. A component filled to its width was cut inside the text, so nothing stands between it and the next."""
    told = ""
    full = False
    for part in parts:
        if part.strip():
            told = f"{told}{part}" if full or not told else f"{told.rstrip()}{between}{part.lstrip() if between == ' ' else part}"
            full = len(part) == width
    return told.strip()


def free_text(segment: Segment, *, lines: bool = False) -> str:
    """The words of an FTX. lines: the sender's components are lines of a page, a lone full stop an empty one (radiology)."""
    parts = segment.parts(4)
    if lines:
        return "\n".join("" if part.strip() == "." else part.rstrip() for part in parts).rstrip()
    return joined(parts, TEXT_WIDTH)


def concept(draft: Draft, code: str, code_list: str, words: str, at: str, about: str) -> dict[str, Any] | None:
    """A coded name to a CodeableConcept: 911 is Read version 2, 921 SNOMED CT; any other list keeps the sender's code, noted (MAP-006)."""
    told = " ".join(code.split())
    if not told:
        return {"text": words} if words else None
    system = _LISTS.get(code_list, "")
    if (system == SNOMED and not snomed_id(told)) or (system == READ_V2 and not _READ.match(told)):
        system = ""
    if not system:
        draft.note("MAP-006", at, about)
        return {"coding": [draft.local_coding(told, words, code_list)], "text": words or told}
    coding = {"system": system, "code": told}
    if words:
        coding["display"] = words
    return {"coding": [coding], "text": words} if words else {"coding": [coding]}


def time(draft: Draft, segment: Segment | None, about: str) -> str:
    """A DTM as a FHIR date or dateTime; one that cannot be is left out and said so (MAP-010)."""
    if not segment or not segment.text(1, 2):
        return ""
    text, form = segment.text(1, 2), segment.text(1, 3)
    value = moment(text) if _TIME_FORMATS.get(form, -1) in (0, len(text)) else ""
    if not value:
        draft.note("MAP-010", "DTM-1", about)
    return value


def unit(segment: Segment, element: int) -> dict[str, str]:
    """A unit as sent, by its words or else its code, with its UCUM code where codes/units.csv lists it exactly."""
    shown = segment.text(element, 4) or segment.text(element, 1)
    if not shown:
        return {}
    code = _UNITS.get(shown)
    return {"unit": shown, "system": UCUM, "code": code} if code else {"unit": shown}


def quantity(text: str, comparator: str, of: dict[str, str], marks: Delimiters) -> dict[str, Any] | None:
    """A number with its comparator and unit; None when it is no number, or when the text itself has another comparator."""
    signed = _SIGNED.match(text)
    if signed:
        if comparator and comparator != signed[1]:
            return None
        comparator, text = signed[1], signed[2]
    if marks.decimal == ",":
        text = text.replace(",", ".")
    if not _NUMBER.match(text):
        return None
    told: dict[str, Any] = {"value": number(text)}
    if comparator:
        told["comparator"] = comparator
    return told | of
