"""OBX-5 by its type (OBX-2) to a FHIR value, and OBX-7 to a reference range. Digits are kept as they were sent.

Source: HL7 v2.5.1 chapter 2A (NM, SN, CE, TS) and chapter 7; UCUM only from codes/units.csv, never guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from carehub.feeds.formats.hl7v2 import Segment
from carehub.terms.codes import UCUM

from .draft import Draft
from .tables import table
from .timing import moment

TEXT_TYPES = frozenset(("TX", "FT", "ST"))
_CODED = frozenset(("CE", "CWE", "CF", "CNE", "IS", "ID"))
_TIMES = frozenset(("TS", "DT", "DTM"))
_UNITS = {row["sent"]: row["ucum"] for row in table("units").values()}

_NUMBER = r"[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})"
_QUANTITY = re.compile(rf"\s*(<=|>=|<|>|≤|≥|=)?\s*({_NUMBER})\s*\Z", re.ASCII)
_COMPARATOR = {"≤": "<=", "≥": ">=", "=": ""}
_BETWEEN = re.compile(rf"\s*\[?\s*({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})\s*\]?\s*\Z", re.ASCII)
_BOUND = re.compile(rf"\s*\[?\s*(<=|>=|<|>|≤|≥)\s*({_NUMBER})\s*\]?\s*\Z", re.ASCII)
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)?(?:\.\d+)?\Z", re.ASCII)


def value(draft: Draft, obx: Segment) -> dict[str, Any]:
    """The value[x] of an OBX: {"valueQuantity": …}, or {} when it has none.

    What its declared type does not fit, or no type is declared, stays text with the unit as sent, noted MAP-007. Attachments (ED, RP)
    are not mapped yet (MAP-017).
    """
    kind, fields = obx.text(2).upper(), obx.repeats(5)
    if not fields or obx.deleted(5):
        return {}
    if kind in ("ED", "RP"):
        draft.note("MAP-017", "OBX-5", "Observation")
        return {}
    if kind in TEXT_TYPES:
        return _text("\n".join(field.whole() for field in fields))
    if len(fields) == 1:
        found = _typed(draft, obx, kind)
        if found:
            return found
    words = "; ".join(text for field in fields if (text := field.whole()))
    if not words:
        return {}
    draft.note("MAP-007", "OBX-5", "Observation")
    return _text(" ".join(part for part in (words, obx.text(6)) if part))


def _typed(draft: Draft, obx: Segment, kind: str) -> dict[str, Any]:
    field = obx.first(5)
    if kind == "NM":
        found = _quantity(obx, field.text(1))
        return {"valueQuantity": found} if found else {}
    if kind == "SN":
        return _structured(obx)
    if kind in _CODED:
        concept = draft.concept(field, "OBX-5", "Observation")
        return {"valueCodeableConcept": concept} if concept else {}
    if kind in _TIMES:
        when = moment(field.text(1))
        return {"valueDateTime": when} if when else {}
    if kind == "TM":
        return _clock(field.text(1))
    return {}


def _text(words: str) -> dict[str, Any]:
    return {"valueString": words} if words.strip() else {}


def _clock(text: str) -> dict[str, Any]:
    match = _CLOCK.match(text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return {}
    return {"valueTime": f"{match[1]}:{match[2]}:{match[3] or '00'}"}


def number(text: str) -> Decimal:
    """Digits as sent: "4.40" stays 4.40; a bare point is dropped, as JSON has none. text must match the pattern of a number."""
    return Decimal(text.removesuffix("."))


def _quantity(obx: Segment, text: str, comparator: str = "") -> dict[str, Any] | None:
    match = _QUANTITY.match(text)
    if not match:
        return None
    told: dict[str, Any] = {"value": number(match[2])}
    sign = comparator or match[1] or ""
    sign = _COMPARATOR.get(sign, sign)
    if sign:
        told["comparator"] = sign
    return told | _unit(obx)


def _unit(obx: Segment) -> dict[str, str]:
    """OBX-6 as sent, with its UCUM code where codes/units.csv lists it."""
    field = obx.first(6)
    sent = field.text(1)
    shown = sent or field.text(2)
    if not shown:
        return {}
    code = _UNITS.get(sent)
    return {"unit": shown, "system": UCUM, "code": code} if code else {"unit": shown}


def _structured(obx: Segment) -> dict[str, Any]:
    """SN: comparator, number, separator or suffix, number."""
    field = obx.first(5)
    sign, low, mark, high = field.text(1), field.text(2), field.text(3), field.text(4)
    if sign in ("", "=", "<", ">", "<=", ">=") and not mark and not high:
        found = _quantity(obx, low, sign)
        return {"valueQuantity": found} if found else {}
    first, second = _quantity(obx, low), _quantity(obx, high)
    if sign in ("", "=") and first and second and not {"comparator"} & (first.keys() | second.keys()):
        if mark == "-" and first["value"] <= second["value"]:
            return {"valueRange": {"low": first, "high": second}}
        if mark in (":", "/"):
            return {"valueRatio": {"numerator": {"value": first["value"]}, "denominator": {"value": second["value"]}}}
    return {}


def reference_range(obx: Segment) -> dict[str, Any] | None:
    """OBX-7 with its words as sent, and low and high where it is plainly a range: "[ 4.0 - 11.0 ]", "13 to 18", "[ < 0.21 ]"."""
    text = obx.first(7).whole()
    if not text.strip(" []"):
        return None
    told: dict[str, Any] = {"text": text}
    unit = _unit(obx)
    between, bound = _BETWEEN.match(text), _BOUND.match(text)
    if between:
        low, high = number(between[1]), number(between[2])
        if low <= high:
            told = {"low": {"value": low} | unit, "high": {"value": high} | unit} | told
    elif bound and bound[1] in ("<", "<=", "≤"):
        told = {"high": {"value": number(bound[2])} | unit} | told
    elif bound:
        told = {"low": {"value": number(bound[2])} | unit} | told
    return told
