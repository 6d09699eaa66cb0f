"""Automatic, review or none: vetoes, guards, the rule that links without a score, and the three zones.

Vetoes and the deterministic rule look at two records, guards and zones at the evidence between two clusters. A guard never separates what is
already together by other evidence; it sends an automatic link to a person (IDENTITY 6, the hazards in the order they were met).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carehub.identity import closeness
from carehub.identity.features import Features
from carehub.identity.near_keys import exact
from carehub.identity.pairing import (
    AT_HOME,
    BORN_APART,
    EQUAL_BORN,
    FIRM_BORN,
    FIRM_GIVEN,
    HOUSE_SAID,
    NEAR_GIVEN,
    ON_STREET,
    ONE_DOOR,
    PROVEN,
    SURE_NUMBER,
    UNNAMED,
)
from carehub.identity.partition import Evidence, agrees, flags, own
from carehub.identity.weights import BORN, CORE, EMAIL, FAMILY, GIVEN, NUMBER, PLACE

AUTO, REVIEW, NONE = "auto", "review", "none"
SENTENCES = {
    "agreement": "Enough agrees to link without asking.",
    "number-birth-date-name": "The verified NHS numbers agree, and the date of birth and a name.",
    "traced-number": "The NHS numbers, verified by both sources, agree, and the date of birth and the postcode or family name. That is enough where nobody "
    "else could be meant.",
    "different-numbers": "Never linked: the two verified NHS numbers differ.",
    "different-deaths": "Never linked: the dates of death differ.",
    "born-after-death": "Never linked: one record was born after the other died.",
    "birth-order": "Never linked: one is the first child of a birth and the other a later one.",
    "two-generations": "Never linked: one is called junior, the other senior.",
    "said-apart": "Never linked: a source or a steward says that these are two people.",
    "one-per-source": "Never linked: the source holds each person once, and these are two of its records.",
    "no-given-name": "Asked: the home, the birth date or the number agrees, but a record says no given name. It may be a twin or a relative.",
    "given-name-differs": "Asked: the given names clearly differ while the home or the number agrees. They may be twins or relatives.",
    "placeholder-name": "Asked: a record says only baby, twin or the like instead of a given name.",
    "birth-date-differs": "Asked: names, home or number agree but the dates of birth clearly differ. They may be parent and child.",
    "family-name-and-birth-date": "Asked: the home or street agrees, but neither the family names nor the dates of birth do.",
    "no-birth-date": "Asked: names and home, postcode or e-mail address agree, but a record says no birth date, and no number agrees. They may be parent and "
    "child of one name.",
    "only-names": "Asked: nothing but names agrees.",
    "first-name-and-birth-date": "Asked: a first name and a birth date agree, and nothing else does. Other people share both.",
    "number-alone": "Asked: the NHS number agrees, but no name, or neither birth date nor home. A number may be another person's.",
    "two-candidates": "Asked: two persons fit nearly alike.",
    "below-automatic": "Asked: much agrees, but not enough to link without asking.",
    "not-close": "Not linked: too little agrees.",
}


@dataclass(frozen=True, slots=True)
class Zones:
    """Bits: from `auto` a link needs nobody, from `review` a person is asked; the best must lead the next by `margin`. once: the sources that
    hold each person once by their own word. off: names of vetoes, guards, CERTAIN and TRACED that are not in force (see rule_file).
    """

    auto: float = 3.0
    review: float = 0.0
    margin: float = 2.0
    once: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()


VETOES = ("different-numbers", "different-deaths", "born-after-death", "birth-order", "two-generations", "said-apart", "one-per-source")
GUARDS = (
    "placeholder-name",
    "no-given-name",
    "given-name-differs",
    "birth-date-differs",
    "family-name-and-birth-date",
    "number-alone",
    "no-birth-date",
    "only-names",
    "first-name-and-birth-date",
)
CERTAIN = "number-birth-date-name"
TRACED = "traced-number"


def veto(a: Features, b: Features, once: frozenset[str] = frozenset(), off: frozenset[str] = frozenset()) -> str:
    """The first of VETOES, save those that are off, by which two records can never be one person; or ""."""
    for rule in _vetoes(a, b, once):
        if rule not in off:
            return rule
    return ""


def _vetoes(a: Features, b: Features, once: frozenset[str]) -> Iterator[str]:
    if a.verified and b.verified and a.number != b.number:
        yield "different-numbers"
    if a.died and b.died and a.died[: len(b.died)] != b.died[: len(a.died)]:
        yield "different-deaths"
    if (a.died and b.born and b.born[:10] > a.died) or (b.died and a.born and a.born[:10] > b.died):
        yield "born-after-death"
    if a.order and b.order and a.order != b.order and a.born == b.born:
        yield "birth-order"
    if a.generation and b.generation and a.generation != b.generation:
        yield "two-generations"
    if a.record in b.apart or b.record in a.apart:
        yield "said-apart"
    if once and a.source == b.source and a.source in once:
        yield "one-per-source"


# Guards that say two people, and not only that too little is said.
TELLING = frozenset({"given-name-differs", "birth-date-differs", "family-name-and-birth-date"})


def certain(a: Features, b: Features, told: int) -> bool:
    """The deterministic rule: verified number, birth date (at most one slip) and given name. Never the number alone. told: the pair's flags."""
    if not (told & SURE_NUMBER and told & FIRM_GIVEN and a.born and b.born):
        return False
    return closeness.born(a.born, b.born) <= 2


def traced(a: Features, b: Features) -> bool:
    """The rule for a record without a first name, as far as two records say: ADR 0030 has the reason of each condition. Whether somebody else could
    be meant is asked of all who bear the number, and of all who are like them (see bearers)."""
    return (
        a.traced
        and b.traced
        and a.number == b.number
        and exact(a.born)
        and a.born == b.born
        and not (a.first and b.first)
        and not any(f.unnamed or f.order or f.number in f.former for f in (a, b))
        and (a.sex == b.sex or not (a.sex and b.sex))
        and _one_family(a, b)
    )


def _one_family(a: Features, b: Features) -> bool:
    """Postcode or family name agree, and neither differs."""
    named = bool(a.family and b.family)
    if named and a.family != b.family and not a.parts & b.parts:
        return False
    return a.postcode == b.postcode if a.postcode and b.postcode else named


# So few bits of the given names say hardly more than that two siblings have names of one sound.
_LITTLE = 2.0


def guard(found: Evidence, off: frozenset[str] = frozenset()) -> str:
    """The first of GUARDS, save those that are off, by which this evidence, however strong, links nobody without asking; or ""."""
    for rule in _guards(found):
        if rule not in off:
            return rule
    return ""


def _guards(found: Evidence) -> Iterator[str]:
    told = flags(found)
    numbered, home, street = agrees(found, NUMBER), bool(told & AT_HOME), bool(told & ON_STREET)
    given, family, born = found[GIVEN], found[FAMILY], found[BORN]
    told_extras = any(agrees(found, field) for field in range(len(CORE), len(found) - 1))
    marked, proper = numbered or told_extras, own(found)
    # As twins are, wherever they live.
    born_alike = told & EQUAL_BORN and agrees(found, FAMILY) and not proper
    if given is not None and told & UNNAMED and given[0] == given[1] == 0:
        yield "placeholder-name"
        return
    # Where nobody lives with anybody they could be taken for, a number proves the person once two things beside it agree.
    if told & PROVEN and sum((agrees(found, GIVEN), agrees(found, FAMILY), agrees(found, BORN), home or street)) > 1:
        return
    if given is None:
        if numbered or home or street or not (proper or agrees(found, FAMILY) or agrees(found, EMAIL)):
            yield "no-given-name"
    elif (
        ((home or numbered or told & HOUSE_SAID) and not _firm(told, numbered))
        or (street and given[0] <= 0)
        or (born_alike and given[0] <= 0)
        or (born_alike and agrees(found, EMAIL) and given[0] < _LITTLE)
    ):
        yield "given-name-differs"
    if born is not None and not told & FIRM_BORN and (home or numbered or told & BORN_APART):
        yield "birth-date-differs"
    known = told & EQUAL_BORN and (told & ONE_DOOR or proper or agrees(found, EMAIL))
    if (home or street) and not numbered and family is not None and family[0] < 0 and not known:
        yield "family-name-and-birth-date"
    if numbered:
        names = [agrees(found, field) for field in (GIVEN, FAMILY, BORN)]
        if sum(names) < 2 or (born is None and not (home or street or told_extras)):
            yield "number-alone"
    somewhere = home or street or agrees(found, PLACE) or agrees(found, EMAIL)
    # A parent hands down every name, and shares with the child the postcode and the e-mail address of the family.
    if born is None and somewhere and not marked:
        yield "no-birth-date"
    if not (somewhere or marked):
        if not agrees(found, BORN):
            yield "only-names"
        # A rare first name and a birthday weigh as much as a link needs, but in a large place two people have both.
        elif agrees(found, GIVEN) and not (agrees(found, FAMILY) or proper):
            yield "first-name-and-birth-date"


def _firm(told: int, numbered: bool) -> int:
    """Given names that are one name; beside a number and an equal birth date those that may be one."""
    return told & FIRM_GIVEN or (numbered and told & NEAR_GIVEN and told & EQUAL_BORN)
