"""Birth dates that no slip makes of each other, and records without a first name: names, a home and a birthday link neither without asking."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from carehub.identity import features
from carehub.identity.decision import guard
from carehub.identity.demographics import Demographics
from carehub.identity.matching import Matcher
from carehub.identity.partition import evidence
from carehub.identity.scales import Scales
from carehub.identity.weights import Model
from carehub.wiring.matching_rules import load_rules

from .conftest import DictLane

_RULES = load_rules()
_SOMEBODY = Demographics(
    given="lily", given_key="lily", family="smith", family_key="smith", gender="female", postcode="ZX2 3GY", kind="gp", source="X9A01"
)
_CHILD = replace(_SOMEBODY, given="lily l", birth_date="2022-05-01", nhs_number="9996098028", trusted=True)
_MOTHER = replace(_SOMEBODY, birth_date="1992-12-25", kind="local_authority", source="503")
_NAMELESS = Demographics(gender="female", postcode="ZX2 6XX", birth_date="2024-10-29", kind="community", source="X9C01")


def _lane(*records: Demographics, order: tuple[int, ...] | None = None) -> DictLane:
    lane = DictLane(Scales(_RULES.model, _RULES.settings, _RULES.version))
    for at in order or range(len(records)):
        lane.tell(f"r{at}", records[at])
    return lane


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_mother_and_a_child_of_one_name_at_one_postcode_are_asked_about_and_never_linked(order: tuple[int, int]) -> None:
    lane = _lane(_CHILD, _MOTHER, order=order)
    assert len(lane.partition()) == 2
    assert [review.rule for review in lane.review.values()] == ["birth-date-differs"]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("1992-12-25", "2022-05-01", True),  # every part
        ("1992-12-25", "1993-05-01", True),  # every part, though the year is a slip away
        ("1962-03-14", "1971-03-14", True),  # one birthday, years apart
        ("1960-01-01", "1975-01-01", True),
        ("1992", "2022-05-01", True),
        ("1992-12-25", "1992-12-25", False),
        ("1992-12-25", "1992-12-26", False),
        ("1992-12-25", "1993-12-25", False),
        ("1992-12-25", "1993-12-26", False),
        ("1992-05-12", "1992-12-05", False),
        ("1992-12-25", "1992-05-25", False),
        ("1992-12-25", "1992-01-01", False),
        ("1992", "1992-12-25", False),
        ("1970-01-01", "1980-01-01", False),  # made up, both: they say nothing
    ],
)
def test_which_birth_dates_no_slip_makes_of_each_other(one: str, other: str, apart: bool) -> None:
    told = _lane(replace(_CHILD, birth_date=one), replace(_MOTHER, birth_date=other))
    assert (len(told.partition()) == 2) is apart


@pytest.mark.parametrize(
    "alike",
    [
        {"address": "3 Alder Road", "address_line": "3 alder road"},
        {"email": "smith@example.org"},
        {"phones": ("07700900123",)},
        {"given": "lily may rose"},
        {"nhs_number": "9996098028", "trusted": False},
    ],
)
def test_whatever_else_agrees(alike: dict[str, object]) -> None:
    assert len(_lane(replace(_CHILD, **alike), replace(_MOTHER, **alike)).partition()) == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_no_third_record_brings_the_two_together(order: tuple[int, ...]) -> None:
    records = [replace(_MOTHER, birth_date=born) for born in ("1962-03-14", "1973-04-14", "1984-04-25")]
    homes = {frozenset(home) for home in _lane(*records, order=order).partition()}
    assert not any({"r0", "r2"} <= home for home in homes)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("second", [_NAMELESS, replace(_NAMELESS, family="rare", family_key="rare")])
def test_a_birth_date_a_gender_and_a_postcode_are_asked_about(order: tuple[int, int], second: Demographics) -> None:
    lane = _lane(replace(_NAMELESS, nhs_number="9999022804", trusted=True), second, order=order)
    assert len(lane.partition()) == 2
    assert [review.rule for review in lane.review.values()] == ["no-given-name"]


def test_the_matcher_that_is_measured_does_as_the_lane_does() -> None:
    matcher = Matcher(_RULES.model, _RULES.settings)
    place = {"postcode": "ZX2 3GY", "family": "Smith", "given": "Lily"}
    for at, born in enumerate(("1992-12-25", "2022-05-01")):
        matcher.add(features.read(f"r{at}", {**place, "born": born, "source": f"X{at}"}))
    assert matcher.person == [0, 1]


@pytest.mark.parametrize(
    "both",
    [
        {"family": "Okafor", "postcode": "ZX2 6XX"},
        {"family": "Okafor", "number": "9999022804", "number_status": "02"},
        {"sex": "F"},
    ],
)
def test_what_twins_share_is_asked_about_without_a_first_name(both: dict[str, str]) -> None:
    assert _guard(_RULES.model, *({"born": "2024-10-29", "source": f"X{at}", **both} for at in range(2))) == "no-given-name"


def test_where_one_birth_date_in_five_is_wrong_altogether_it_parts_nobody() -> None:
    m = list(_RULES.model.m["born"][0])
    m[0], m[7] = m[0] - 0.2, m[7] + 0.2
    records = [{"given": "Lily", "family": "Smith", "postcode": "ZX2 3GY", "born": born} for born in ("1992-12-25", "2022-05-01")]
    assert _guard(_RULES.model, *records) == "birth-date-differs"
    assert _guard(replace(_RULES.model, m={**_RULES.model.m, "born": [m]}), *records) == ""


def _guard(model: Model, *records: dict[str, str]) -> str:
    matcher = Matcher(model, _RULES.settings)
    for at, record in enumerate(records):
        matcher.add(features.read(f"r{at}", record))
    return guard(evidence(matcher.pair(0, 1)))
