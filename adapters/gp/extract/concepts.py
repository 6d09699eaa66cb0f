"""HL7 v3 coded values (CD, CV) to STU3 CodeableConcepts, and physical quantities to Quantities."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from ..codes.oids import SYSTEM_OF_OID
from ..codes.units import UCUM_UNITS
from .v3 import attribute, child, children, said, words

_UCUM = "http://unitsofmeasure.org"
EPISODICITY = frozenset({"255217005", "303350001", "288527008", "394846009"})


def concept(code: Element | None) -> dict[str, Any] | None:
    """The code, then its translations, all kept in order. text: the words the user chose (originalText), else the first display."""
    if code is None:
        return None
    coding = [one for one in map(_coding, (code, *_translations(code))) if one]
    shown = next((one["display"] for one in coding if "display" in one), "")
    return said(coding=coding, text=words(code, "originalText") or shown) or None


def _translations(code: Element) -> list[Element]:
    found = []
    for one in children(code, "translation"):
        found += [one, *_translations(one)]
    return found


def _coding(element: Element) -> dict[str, Any]:
    oid = attribute(element, "codeSystem")
    system = SYSTEM_OF_OID.get(oid) or (f"urn:oid:{oid}" if oid else "")
    stated = attribute(element, "code")
    return said(system=system, code=stated, display=attribute(element, "displayName")) if stated else {}


def qualifiers(code: Element | None) -> list[str]:
    """What qualifies a code, in words: "Episodicity: First", "Significant". Qualifiers can change the meaning, so none is dropped."""
    found = []
    for one in children(code, "qualifier"):
        name, value = child(one, "name"), child(one, "value")
        label, answer = _said(name), _said(value)
        if attribute(name, "code") in EPISODICITY and not answer:
            label, answer = "Episodicity", label
        told = f"{label}: {answer}" if answer else label
        if told:
            found.append(f"not {told}" if one.get("inverted") == "true" else told)
    return found


def _said(code: Element | None) -> str:
    """ "Ongoing (Review)": the display, and the user's own words where they differ; else the code."""
    display, own = attribute(code, "displayName"), words(code, "originalText")
    if display and own and display.casefold() != own.casefold():
        return f"{display} ({own})"
    return display or own or attribute(code, "code")


def quantity(value: Element | None) -> dict[str, Any]:
    """A PQ. Unit "1" with a translation means that the words of the translation are the unit; a unit of the table is UCUM."""
    if value is None:
        return {}
    number: Any = attribute(value, "value")
    unit = attribute(value, "unit")
    local = words(value, "translation", "originalText")
    made: dict[str, Any] = said(value=_number(number))
    if local:
        made["unit"] = local
    elif unit in UCUM_UNITS:
        made |= {"unit": unit, "system": _UCUM, "code": unit}
    elif unit:
        made["unit"] = unit
    return made if "value" in made else {}


def _number(text: str) -> Any:
    """The digits as sent; text that is no number stays text, for the mapping to refuse."""
    try:
        found = Decimal(text)
    except ArithmeticError:
        return text
    return found if found.is_finite() and "e" not in text.casefold() and "_" not in text else text


def measured(value: Element) -> dict[str, Any]:
    """A range of which one end is given is a comparison ("<", ">="): the STU3 Quantity of it, or both ends as a Range."""
    low, high = child(value, "low"), child(value, "high")
    if low is not None and high is not None:
        return {"valueRange": {"low": quantity(low), "high": quantity(high)}}
    for end, open_, closed in ((low, ">", ">="), (high, "<", "<=")):
        if end is not None:
            made = quantity(end)
            return {"valueQuantity": {**made, "comparator": closed if end.get("inclusive") == "true" else open_}} if made else {}
    return {}
