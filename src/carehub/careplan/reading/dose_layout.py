"""How an amount that carehub writes from coded parts is laid out: rules as data (ADR 0021), from the NHS CUI guidance on a medication line (MEDi).

For amounts made of a coded value and unit only. A dose that its source wrote as text is never laid out: it stands letter for letter. Nothing is
converted, and no value changes: 5.0 and 5 are one number, of which the first is read as 50 where its point is not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

APART = " — "
"""Between the attributes of a dose (MEDi-018)."""


@dataclass(frozen=True, slots=True)
class LayoutRule:
    """name: of the guidance. why: what is read wrongly without it. found, put: what is replaced in an amount, and by what."""

    name: str
    why: str
    found: re.Pattern[str]
    put: str


# A number is a value at the start, after a sign of comparison, or after what joins two amounts; digits inside a unit ("10*9/L", "5.0 mL spoon") are none.
_BEFORE, _AFTER = r"(?:(?<![^<>=])|(?<=from )|(?<=to )|(?<=and )|(?<=/ )|(?<=; ))", r"(?=[\s;]|$)"
_UNITS = (
    r"(?:mg|g|kg|mcg|µg|microgram|micrograms|nanogram|nanograms|ml|l|litre|litres|mmol|mol|unit|units|iu|%|hr|hrs|h|min|mins|"
    r"tab|tabs|tablet|tablets|cap|caps|capsule|capsules|puff|puffs|drop|drops|dose|doses|sachet|sachets|patch|patches|spoonful|spoonfuls)"
)

RULES = (
    LayoutRule("no trailing zero", "5.0 mg is read as 50 mg", re.compile(rf"{_BEFORE}(\d+)\.0+{_AFTER}"), r"\1"),
    LayoutRule("no trailing zero", "2.50 mg is read as 250 mg", re.compile(rf"{_BEFORE}(\d+\.\d*[1-9])0+{_AFTER}"), r"\1"),
    LayoutRule("leading zero", ".5 mg is read as 5 mg", re.compile(rf"{_BEFORE}(\.\d+){_AFTER}"), r"0\1"),
    LayoutRule(
        "comma in thousands", "10000 and 100000 are not told apart", re.compile(rf"{_BEFORE}(\d{{1,3}})((?:\d{{3}})+)(\.\d+)?{_AFTER}"), ""
    ),
    LayoutRule(
        "no full stop after a unit", "the stop is read as a point or a letter", re.compile(rf"(?i)(?<=\s)({_UNITS})\.{_AFTER}"), r"\1"
    ),
)


_THREE = re.compile(r"(\d{3})")


def laid(amount: str) -> str:
    """An amount of coded parts ("5.0 mg.", "1000 mg / 24 h") as it is shown ("5 mg", "1,000 mg / 24 h"). Every value and every unit stays."""
    for rule in RULES:
        amount = rule.found.sub(rule.put or _in_thousands, amount)
    return amount


def _in_thousands(found: re.Match[str]) -> str:
    return found[1] + _THREE.sub(r",\1", found[2]) + (found[3] or "")
