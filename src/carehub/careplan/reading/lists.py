"""What a source says about its own lists: items withheld, a transfer not complete, items awaiting filing. A list is never a statement by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from carehub.careplan import absence
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import comparable
from carehub.fhir.resource import Resource, codings, many, text

# GP Connect 1.6 list codes (SNOMED CT) to our sections.
_SECTION_OF_CODE = {
    "886921000000105": "allergies",
    "1103671000000101": "allergies",
    "933361000000108": "medicines",
    "717711000000103": "problems",
    "1149501000000101": "encounters",
    "325851000000107": "encounters",
    "25851000000105": "encounters",
    "24781000000107": "encounters",
    "1102181000000102": "immunisations",
    "887191000000108": "results",
    "826501000000100": "results",
    "792931000000107": "plan",
    "714311000000108": "plan",
}
# GPConnect-SecondaryListValues-1 codes and titles name the content last or first in words.
_SECTION_OF_WORD = (
    ("allerg", "allergies"),
    ("medication", "medicines"),
    ("uncategorised", "results"),
    ("investigation", "results"),
    ("immunisation", "immunisations"),
    ("referral", "plan"),
    ("diary", "plan"),
    ("recall", "plan"),
    ("document", "encounters"),
    ("problem", "problems"),
    ("consultation", "encounters"),
)

_BEFORE = re.compile(r"recorded before\s+(\d{1,2}-[A-Za-z]{3}-\d{4}|\d{4}-\d{2}-\d{2})")
_IN_TRANSFER = "record transfer from previous gp practice"
_WITHHELD = "items excluded due to confidentiality"


@dataclass(frozen=True, slots=True)
class ListWarning:
    """One warning on one list: section "" is the whole record. code: an absence code. sentence: its exact words."""

    section: str
    code: str
    sentence: str


def warnings(shelf: Shelf) -> list[ListWarning]:
    """Every distinct warning of a source's lists, in order of section and code. emptyReason is not a warning, and never a stated none."""
    found = {warning for record in shelf.of("List") for warning in _of(record.resource)}
    return sorted(found, key=lambda w: (w.section, w.code, w.sentence))


def section_of(resource: Resource) -> str:
    """The section a List is about, by its code, else by the words of its code or title; "" when it cannot be told."""
    listed = list(codings(resource.get("code")))
    for _, code, _ in listed:
        if code in _SECTION_OF_CODE:
            return _SECTION_OF_CODE[code]
    for told in [*(code for _, code, _ in listed), *(display for _, _, display in listed), text(resource, "title")]:
        content = told.rpartition(" - ")[2] or told
        for word, section in _SECTION_OF_WORD:
            if word in content.casefold():
                return section
    return ""


def _of(resource: Resource) -> Iterator[ListWarning]:
    section = section_of(resource)
    notes = " ".join(text(n, "text") for n in many(resource, "note") if isinstance(n, dict))
    codes = {str(c) for c in _codes(resource)}
    # The sentence may come without its code; then the words count, since a warning lost is worse than one told twice.
    lower = notes.casefold()
    if _IN_TRANSFER in lower:
        codes.add("data-in-transit")
    if _WITHHELD in lower:
        codes.add("confidential-items")
    for code in sorted(codes):
        known = absence.OF_WARNING.get(code)
        if known == "in_transfer":
            match = _BEFORE.search(notes)
            yield ListWarning(section, known, absence.in_transfer(match[1] if match else ""))
        elif known == "awaiting_filing":
            yield ListWarning(section, known, absence.AWAITING_FILING)
        else:
            # A warning we have no words for still means that something is left out; the source's own note goes with it.
            said = f" {notes}" if known is None and notes and comparable(notes) != comparable(absence.WITHHELD) else ""
            yield ListWarning(section, "withheld", absence.WITHHELD + said)


def _codes(resource: Resource) -> Iterator[str]:
    for item in many(resource, "extension"):
        if isinstance(item, dict) and "ListWarningCode" in str(item.get("url")):
            value = next((v for k, v in item.items() if k.startswith("value")), None)
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from (code for _, code, _ in codings(value)) if "coding" in value else iter([text(value, "code")])
