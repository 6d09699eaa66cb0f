"""A first name and a birth date link nobody by themselves, however rare they are and however much they weigh."""

from __future__ import annotations

import pytest

from carehub.identity import features, rules
from carehub.identity.demographics import Demographics
from carehub.identity.matching import Matcher
from carehub.identity.scales import Scales
from carehub.wiring.matching_rules import load_rules

_RULES = load_rules()
_WHOLE = {"given": "Zebedee", "family": "Okafor", "born": "1944-11-03"}


def _persons(*records: dict[str, str]) -> int:
    matcher = Matcher(_RULES.model, _RULES.settings)
    for at, record in enumerate(records):
        matcher.add(features.read(f"r{at}", {"source": f"X{at}", **record}))
    return len(set(matcher.person))


@pytest.mark.parametrize("beside", [{}, {"sex": "F"}, {"number": "9993000019"}, {"postcode": "ZX1 1AA"}, {"family": "Okafor"}])
def test_a_first_name_and_a_birth_date_link_nobody(beside: dict[str, str]) -> None:
    little = {"given": "Zebedee", "born": "1944-11-03"}
    assert _persons({**little, **beside}, little) == 2
    assert _persons({**_WHOLE, **beside}, little) == 2


def test_a_rare_first_name_and_a_birthday_link_nobody_under_two_family_names() -> None:
    assert _persons(_WHOLE, {**_WHOLE, "family": "Smith"}) == 2


def test_three_that_agree_still_link_and_so_do_two_at_one_home() -> None:
    assert _persons(_WHOLE, _WHOLE) == 1
    home = {"address": "3 Alder Road", "postcode": "ZX1 1AA"}
    assert _persons({**_WHOLE, **home}, {"given": "Zebedee", "born": "1944-11-03", **home}) == 1


def test_the_lane_asks_too_and_says_why() -> None:
    scales = Scales(_RULES.model, _RULES.settings, _RULES.version)
    one = Demographics(given="zebedee", family="okafor", birth_date="1944-11-03", source="X26")
    other = Demographics(given="zebedee", birth_date="1944-11-03", source="X27")
    told = scales.compare(one, other)
    assert (told.zone, told.rule) == ("review", "first-name-and-birth-date")
    assert told.total > _RULES.settings.zones.auto
    assert not rules.match_key(one)
