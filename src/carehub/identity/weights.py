"""The model: what each level of agreement weighs. Fellegi-Sunter m and u for each level, term frequencies, and the prior, as one JSON file.

weight of a level = log2(m / u) bits: m is how often records of one person show the level, u how often records of two people do. Where people
live together their surname, telephone, and now and then their number or birthday agree too; so u is kept for each setting two records can be
in (SETTINGS), and place, surname and telephone are one joint comparison: what the surname says is counted given what the place says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Any

from carehub.identity import closeness
from carehub.identity.features import Features

FORMAT = 1
# Two records say one home (address, or telephone number), one street (postcode), or neither.
SETTINGS = ("apart", "home", "street")
APART, HOME, STREET = range(3)
# No value counts as rarer than this (IDENTITY 2: a misspelt surname a family shares would else be proof).
TERM_FLOOR = 0.0003
# A birth date that is no default counts as at most as rare as one day of seventy years.
DAY_FLOOR = 1 / (70 * 365)
CORE: dict[str, tuple[str, ...]] = {
    "number": closeness.IDENTIFIER,
    "given": (*closeness.GIVEN, "two-names", "swapped", "crossed", "other-given", "placeholder"),
    "others": ("equal", "alike", "initial", "differ"),
    "family": (*closeness.FAMILY, "swapped"),
    "born": closeness.BORN,
    "sex": ("equal", "differ"),
    "place": ("same-address", "alike-address", "same-postcode", "other-house", "near", "area", "elsewhere"),
    "phone": closeness.IDENTIFIER,
    "email": closeness.EMAIL,
    "source": ("same", "other"),
}
# Where each core field stands in a row of levels or weights; the extras follow.
NUMBER, GIVEN, OTHERS, FAMILY, BORN, SEX, PLACE, PHONE, EMAIL, SOURCE = range(len(CORE))
# Fields whose u depends on the setting, and those whose m does too (the joint household comparison).
SETTING_U = ("number", "given", "family", "born", "phone")
SETTING_M = ("family", "phone")
# Fields with term frequencies, in the order of Features.bits; then the extras.
RARE = ("number", "given", "family", "born", "address", "postcode", "phone", "email")
FLOORED = ("given", "family")
UNSEEN = 60.0
# A given name of at least this share is a name that people have, and not another name's slip.
KNOWN_NAME = -log2(0.0001)
# Unless the other one is fifty times as common: the same slip in a common name is made often enough to look like a name.
SLIP_OF = log2(50)


def levels_of(extras: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Every field with its levels, closest first: the core fields, then the extras."""
    return {**CORE, **dict.fromkeys(extras, closeness.WORDS)}


@dataclass(frozen=True, slots=True)
class Model:
    """m and u: field → setting → level. shares: field → value → share of the records that have the field. prior: bits. provenance: where from.
    wrong: source → field → share of its records whose value is another's or made up; a site's own, from its rules file, and no part of the text.
    alone: nobody was met in training who could be taken for somebody they live with (see lookalikes); False is the cautious answer.
    """

    name: str
    extras: tuple[str, ...]
    m: Mapping[str, Sequence[Sequence[float]]]
    u: Mapping[str, Sequence[Sequence[float]]]
    shares: Mapping[str, Mapping[str, float]]
    prior: float
    provenance: Mapping[str, Any]
    wrong: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    alone: bool = False

    def fields(self) -> dict[str, tuple[str, ...]]:
        """Field → levels."""
        return levels_of(self.extras)

    def bits(self, f: Features) -> tuple[float, ...]:
        """How rare the record's values are, -log2 of their share, in the order of RARE and then the extras; UNSEEN for a value of no table."""
        return rarity(f, self.shares, self.extras)

    def to_json(self) -> str:
        """The model as one versioned text; `read` is its inverse."""
        told: dict[str, Any] = {"format": FORMAT, "name": self.name, "extras": self.extras, "term_floor": TERM_FLOOR, "prior": self.prior}
        tables = {"m": self.m, "u": self.u, "shares": self.shares, "provenance": self.provenance}
        if self.alone:
            told["alone"] = True
        return json.dumps({**told, "levels": self.fields(), **tables}, ensure_ascii=False, indent=1)


def rare_values(f: Features) -> tuple[str, ...]:
    """The record's values that have term frequencies, in the order of RARE and then the extras."""
    return (f.number, f.given, f.family, f.born, f.address, f.postcode, f.phone, f.email, *f.extras)


def rarity(f: Features, shares: Mapping[str, Mapping[str, float]], extras: Sequence[str]) -> tuple[float, ...]:
    """-log2 of the share of each of the record's values, in the order of RARE and then the extras; UNSEEN for a value of no table."""
    return tuple(
        -log2(share) if (share := shares.get(name, {}).get(value, 0.0)) else UNSEEN
        for name, value in zip((*RARE, *extras), rare_values(f), strict=True)
    )


def read(text: str) -> Model:
    """A model from its JSON. ValueError for another format, other levels than this code compares, or a level without m or u."""
    told = json.loads(text)
    if told.get("format") != FORMAT:
        raise ValueError(f"the model has format {told.get('format')}, this release reads {FORMAT}")
    parts = (told["name"], tuple(told["extras"]), told["m"], told["u"], told["shares"], float(told["prior"]), told["provenance"])
    model = Model(*parts, alone=told.get("alone") is True)
    if {name: tuple(levels) for name, levels in told["levels"].items()} != model.fields() or told["term_floor"] != TERM_FLOOR:
        raise ValueError("the model was trained on other levels than this release compares")
    for name, levels in model.fields().items():
        for table in (model.m, model.u):
            if any(len(row) != len(levels) or min(row) <= 0 for row in table[name]):
                raise ValueError(f"{name} has an untrained level")
    return model
