"""Coding, CodeableConcept, Extension and Period: every coding kept, in order, with its own words.

A UK STU3 code system with a UK Core counterpart gets the counterpart's coding added behind what was sent.
"""

from __future__ import annotations

from typing import Any

from carehub.fhir.resource import Resource
from carehub.terms.codes import SNOMED

from .codes.systems import COUNTERPARTS, r4_system
from .primitives import Converter, boolean, code, date_time, string, uri
from .reading import Reading, odd
from .shapes import many, nothing, same, shape, unknown

# "Transfer-degraded …": GP2GP lost the code on the way from another practice and only words came through (FEEDS 2.1).
DEGRADED = frozenset(
    {
        "196401000000100",  # non-drug allergy
        "196411000000103",  # record entry
        "196421000000109",  # medication entry
        "196431000000106",  # plan
        "196441000000102",  # referral
        "196451000000104",  # request
        "196461000000101",  # drug allergy
    }
)


def _system(value: Any, reading: Reading) -> str | None:
    got = uri(value, reading)
    return r4_system(got) if got else None


# value[x] of extensions by STU3 name; filled by `datatypes`, since extensions hold datatypes and datatypes hold extensions.
EXTENSION_VALUES: dict[str, tuple[str, Converter]] = {}


def extension(value: Any, reading: Reading) -> Resource | None:
    """An extension as sent, its value checked and its references rewritten. One whose value has no R4 type is left out with MAP-017."""
    if value.__class__ is not dict:
        raise odd()
    out: Resource = {}
    for key, raw in value.items():
        if raw is None:
            continue
        if key == "url":
            address = uri(raw, reading)
            if address:
                out["url"] = address
        elif key == "extension":
            inner = extensions(raw, reading)
            if inner:
                out["extension"] = inner
        elif key.startswith("value"):
            rule = EXTENSION_VALUES.get(key)
            if rule is None:
                reading.note("MAP-017")
                return None
            got = rule[1](raw, reading)
            if got is not None:
                out[rule[0]] = got
        else:
            unknown(key, reading)
    if "url" not in out:
        raise odd()
    return out if len(out) > 1 else None


extensions = many(extension)

period = shape(same(date_time, "start end") | {"extension": ("extension", extensions), "id": ("id", nothing)})

coding = shape(
    {
        "system": ("system", _system),
        "version": ("version", string),
        "code": ("code", code),
        "display": ("display", string),
        "userSelected": ("userSelected", boolean),
        "extension": ("extension", extensions),
        "id": ("id", nothing),
    }
)

_concept = shape(
    {
        "coding": ("coding", many(coding)),
        "text": ("text", string),
        "extension": ("extension", extensions),
        "id": ("id", nothing),
    }
)


def concept(value: Any, reading: Reading) -> Resource | None:
    """A CodeableConcept: all codings, in order; UK Core counterparts behind them; where the code was degraded, words as text."""
    out: Resource | None = _concept(value, reading)
    if out is None or "coding" not in out:
        return out
    listed = out["coding"]
    for item in tuple(listed):
        counterpart = COUNTERPARTS.get(item.get("system", ""))
        if counterpart is not None:
            added = counterpart_of(item, *counterpart)
            if added is not None and added not in listed:
                listed.append(added)
        if "text" not in out and item.get("code") in DEGRADED:
            words = _words_besides(listed)
            if words:
                out["text"] = words
    return out


def counterpart_of(item: Resource, system: str, codes: frozenset[str] | None) -> Resource | None:
    """The same code in another system, when that system holds it."""
    value = item.get("code")
    if value is None or (codes is not None and value not in codes):
        return None
    added = {"system": system, "code": value}
    if "display" in item:
        added["display"] = item["display"]
    return added


def _words_besides(listed: list[Resource]) -> str:
    """Words for a degraded concept: the chosen description of the degraded coding, else the display of another coding."""
    for item in listed:
        for outer in item.get("extension", ()):
            for inner in outer.get("extension", ()):
                if inner.get("url") in ("descriptionDisplay", "DescriptionDisplay") and inner.get("valueString"):
                    return str(inner["valueString"])
    return next((str(item["display"]) for item in listed if item.get("code") not in DEGRADED and item.get("display")), "")


def main_code(value: Any, reading: Reading) -> Resource | None:
    """The concept that says what an entry is about. MAP-006 when it has codes, but none of SNOMED CT (as with Read codes alone)."""
    out = concept(value, reading)
    if out is not None and "coding" in out and not any(item.get("system") == SNOMED for item in out["coding"]):
        reading.note("MAP-006")
    return out


def status_concept(system: str, codes: dict[str, str]) -> Converter:
    """An STU3 status code to the R4 concept in a system. codes: those that are in it, with their displays; any other makes the entry odd."""

    def convert(value: Any, _: Reading) -> Resource:
        if value.__class__ is not str or value not in codes:
            raise odd()
        return {"coding": [{"system": system, "code": value, "display": codes[value]}]}

    return convert
