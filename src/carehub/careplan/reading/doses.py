"""Doses: what a Dosage says in words, the amount of one dose, and a product's strength and name. No arithmetic and no conversion (H-08)."""

from __future__ import annotations

import re

from carehub.careplan.reading.dose_layout import APART, laid
from carehub.careplan.reading.wording import comparable, quantity, timing, value_words
from carehub.fhir.resource import Resource, many, text, words


def doses_of(resource: Resource) -> list[Resource]:
    """The Dosages of a statement, request, supply or administration, in their sequence."""
    told = [d for name in ("dosage", "dosageInstruction") for d in many(resource, name) if isinstance(d, dict)]
    return sorted(told, key=lambda d: d["sequence"] if isinstance(d.get("sequence"), int) else 0)


def dose_words(dosage: Resource) -> str:
    """A Dosage as the source wrote it; where it wrote no text, its structured parts in reading order."""
    return text(dosage, "text") or ", ".join(_parts(dosage, quantity_of(dosage)))


def shown_dose(dosage: Resource) -> str:
    """A Dosage as it is shown: as the source wrote it, letter for letter; where it wrote no text, its structured parts by the rules of layout."""
    return text(dosage, "text") or APART.join(_parts(dosage, laid(quantity_of(dosage))))


def _parts(dosage: Resource, amount: str) -> list[str]:
    parts = [amount, words(dosage.get("route")), timing(dosage.get("timing")), as_needed(dosage), words(dosage.get("site"))]
    return [part for part in parts if part]


def quantity_of(dosage: Resource) -> str:
    """The amount of one dose: "2.5 mg", or ""."""
    for rate in many(dosage, "doseAndRate"):
        told = value_words(rate, "dose") or value_words(rate, "rate")
        if told:
            return told
    return quantity(dosage.get("dose"))


def as_needed(dosage: Resource) -> str:
    """ "when required", with the reason where told; "" for a regular dose."""
    if dosage.get("asNeededBoolean") is True:
        return "when required"
    reason = words(dosage.get("asNeededCodeableConcept"))
    return f"when required for {reason}" if reason else ""


def amount_of(doses: list[Resource]) -> str:
    """The structured amounts of all doses, joined; "" when none is structured."""
    return "; ".join(filter(None, (quantity_of(d) for d in doses)))


_MEASURE = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(mg/ml|micrograms?/ml|mg|mcg|micrograms?|µg|g|nanograms?|units?/ml|units?|iu|mmol|ml|%)(?![a-z/])", re.IGNORECASE
)
_FORM = re.compile(
    r"\b(?:tablets?|capsules?|oral|solution|suspension|sachets?|modified release|gastro resistant|injection|cream|drops?)\b.*"
)


def _strength(words_told: str) -> str:
    """The first measure in words, digits and unit as written: "2.5 mg" from "bisoprolol 2.5mg tablets"; "" when there is none."""
    match = _MEASURE.search(words_told)
    return f"{match[1]} {match[2].lower()}" if match else ""


_ONE = re.compile(
    r"^\s*(?:(?:to be )?(?:take|taken|use|give|apply|inhale)\s+)?(?:one|1)\b(?!\s*(?:[.,]\d|to\b(?! be)|or\b|and\b|-|/))", re.IGNORECASE
)
_COUNTED = re.compile(r"\b(?:tab|tablet|cap|capsule|sachet|puff|patch|spoon|spoonful|drop)s?\b", re.IGNORECASE)


def told_amount(dose: str, title: str) -> str:
    """The amount in the dose text; else the product's strength, but only where the text says one of it, or there is no text.

    "Two 500 mg tablets" gives "": what it comes to would be arithmetic, and ours is not to do any.
    """
    if not dose:
        return _strength(title)
    if _ONE.match(dose):
        return _strength(dose) or _strength(title)
    return "" if _COUNTED.search(dose) else _strength(dose)


def product_name(title: str) -> str:
    """ "bisoprolol" from "Bisoprolol 2.5mg tablets": what comes before a strength or a form. For finding differences, never for folding."""
    match = re.search(r"\d", title)
    name = comparable(title[: match.start()] if match else title)
    return _FORM.sub("", name).strip() or comparable(title)
