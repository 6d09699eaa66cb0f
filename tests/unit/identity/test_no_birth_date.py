"""Without a birth date on both sides nothing tells a parent from a child who has the parent's names: names and a place link nobody without asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.identity.demographics import Demographics
from carehub.identity.scales import Scales
from carehub.wiring.matching_rules import load_rules

from .conftest import DictLane

_RULES = load_rules()
_SON = Demographics(
    given="amos paul",
    given_key="amos",
    family="okafor",
    family_key="okafor",
    gender="male",
    birth_date="1984-08-29",
    postcode="ZX2 3GY",
    kind="gp",
    source="X9A01",
)
_FATHER = replace(_SON, birth_date="", kind="voluntary", source="X9V01")
_HOME = {"address": "3 Alder Road", "address_line": "3 alder road"}


def _lane(*records: Demographics, order: tuple[int, ...] = ()) -> DictLane:
    lane = DictLane(Scales(_RULES.model, _RULES.settings, _RULES.version))
    for at in order or range(len(records)):
        lane.tell(f"r{at}", records[at])
    return lane


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "both",
    [
        {"given": "amos"},
        {},  # the further first name is handed down too
        {"given": "amos", "birth_date": ""},
        {"given": "amos", "email": "okafor@example.org"},
        {"given": "amos", "email": "okafor@example.org", "postcode": ""},
        {"given": "amos", "phones": ("07700900123",)},
        {"email": "okafor@example.org", **_HOME},
        _HOME,
    ],
)
def test_names_and_a_place_without_a_birth_date_are_asked_about(order: tuple[int, int], both: dict[str, object]) -> None:
    lane = _lane(replace(_SON, **both), replace(_FATHER, **both), order=order)
    assert len(lane.partition()) == 2
    assert [review.rule for review in lane.review.values()] == ["no-birth-date"]


def test_three_names_and_nothing_else_are_asked_about() -> None:
    lane = _lane(replace(_SON, postcode=""), replace(_FATHER, postcode=""))
    assert len(lane.partition()) == 2
    assert _lane(replace(_SON, postcode=""), replace(_FATHER, postcode="", birth_date="1984-08-29")).partition() != lane.partition()


def test_a_number_or_the_birth_date_of_another_record_tells_them_apart() -> None:
    number = {"nhs_number": "9996098028", "trusted": False}
    assert len(_lane(replace(_SON, **number), replace(_FATHER, **number)).partition()) == 1
    assert len(_lane(_SON, replace(_FATHER, birth_date="1984-08-29")).partition()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_a_record_without_a_birth_date_brings_nobody_together(order: tuple[int, ...]) -> None:
    parent = replace(_SON, birth_date="1951-03-14", kind="acute", source="X9H01")
    assert len(_lane(_SON, _FATHER, parent, order=order).partition()) == 3
