"""Where nobody could be taken for somebody else a number proves the person; wherever families live, and wherever it is not known, it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from carehub.identity import features, gate, lookalikes, pairing, weights
from carehub.identity.features import Features
from carehub.identity.lookalikes import alone
from carehub.identity.matching import Matcher
from carehub.identity.pairing import Levels
from carehub.wiring.matching_rules import load_gate, load_rules

_RULES = load_rules()
_ONE = {"number": "9993000019", "given": "Ada", "family": "Okafor", "born": "1944-11-03", "address": "3 Alder Road", "postcode": "ZX1 1AA"}
_OTHER_NUMBER = {"number": "9990158398"}


def _pattern(other: dict[str, str]) -> Levels:
    return pairing.levels(features.read("a", _ONE), features.read("b", {**_ONE, **other}))


_SAME, _OTHER_NAME, _OTHER_BORN = _pattern({}), _pattern({"given": "Zebedee"}), _pattern({"born": "1971-02-28"})
_TWIN, _PARENT = _pattern({"given": "Zebedee", **_OTHER_NUMBER}), _pattern({"born": "1971-02-28", **_OTHER_NUMBER})
_SLIPPED = _pattern(_OTHER_NUMBER)
_NO_FAMILY: Counter[Levels] = Counter({_SAME: 1_000, _OTHER_NAME: 80, _OTHER_BORN: 40, _SLIPPED: 50})


def test_a_set_in_which_nobody_lives_with_anybody_is_known_by_its_pairs() -> None:
    assert alone(2_000, _NO_FAMILY)


def test_numbers_that_are_replaced_wherever_names_are_make_no_family() -> None:
    assert alone(2_000, _NO_FAMILY + Counter({_TWIN: 6}))
    assert not alone(2_000, _NO_FAMILY - Counter({_SLIPPED: 50}) + Counter({_TWIN: 40}))


@pytest.mark.parametrize("family", [_TWIN, _PARENT, _pattern({"given": "Zebedee", "number": ""})])
def test_families_are_known_by_their_numbers_of_their_own(family: Levels) -> None:
    assert not alone(2_000, _NO_FAMILY + Counter({family: 60}))


def test_twins_are_met_wherever_they_live() -> None:
    apart = _pattern({"given": "Zebedee", "address": "9 Elm Close", "postcode": "ZX9 9ZZ", **_OTHER_NUMBER})
    assert apart[0] == weights.APART
    assert not alone(2_000, _NO_FAMILY + Counter({apart: 60}))


def test_nothing_is_learnt_of_few_records_of_sets_without_homes_and_where_several_bear_one_number() -> None:
    assert not alone(lookalikes.LEAST - 1, _NO_FAMILY)
    assert not alone(2_000, _NO_FAMILY + Counter({_OTHER_NAME: 400}))
    assert not alone(2_000, Counter({_SAME: 1_000}))
    homeless = Counter({(weights.APART, *pattern[1:]): count for pattern, count in _NO_FAMILY.items()})
    assert not alone(2_000, homeless)


def _persons(alone_there: bool, *others: dict[str, str]) -> int:
    matcher = Matcher(replace(_RULES.model, alone=alone_there), _RULES.settings)
    for number, other in enumerate(({}, *others)):
        matcher.add(features.read(f"r{number}", {**_ONE, **other}))
    return len(set(matcher.person))


@pytest.mark.parametrize("other", [{"given": "Zebedee"}, {"born": "1971-02-28"}])
def test_only_there_does_a_number_join_another_first_name_or_birth_date(other: dict[str, str]) -> None:
    assert _persons(True, other) == 1
    assert _persons(False, other) == 2


def test_even_there_another_number_another_sex_or_the_number_alone_joins_nobody() -> None:
    assert _persons(True, {"given": "Zebedee", **_OTHER_NUMBER}) == 2
    assert _persons(True, {"given": "Baby"}) == 2
    comparer = pairing.Comparer(replace(_RULES.model, alone=True))
    she, he = (features.read(sex, {**_ONE, "sex": sex}) for sex in "FM")
    she.bits = he.bits = _RULES.model.bits(she)
    assert comparer.pair(she, she)[1] & pairing.PROVEN
    assert not comparer.pair(she, he)[1] & pairing.PROVEN
    strange = {"given": "Zebedee", "family": "Marlowe", "born": "1971-02-28", "address": "9 Elm Close", "postcode": "ZX9 9ZZ"}
    assert _persons(True, strange) == 2


def test_the_model_s_text_says_it_and_the_shipped_one_does_not() -> None:
    assert not _RULES.model.alone
    assert weights.read(replace(_RULES.model, alone=True).to_json()).alone
    assert not weights.read(_RULES.model.to_json()).alone


def test_the_gate_lets_no_such_model_decide_in_a_hub() -> None:
    breaches = gate.failures(load_gate(), replace(_RULES.model, alone=True), _RULES.settings)
    assert any(breach.merged for breach in breaches)


def _called(given: str, share: float) -> Iterator[Features]:
    one = features.read("a", {**_ONE, "given": given, "number": ""})
    one.bits = _RULES.model.bits(one)
    told = list(one.bits)
    told[weights.RARE.index("given")] = share
    one.bits = tuple(told)
    yield one


def test_a_slip_of_a_common_name_is_no_name_and_two_names_stay_two() -> None:
    names = list(weights.CORE["given"])

    def level(a: str, bits: float, b: str, others: float) -> str:
        (one,), (other,) = _called(a, bits), _called(b, others)
        return names[pairing.levels(one, other)[1 + weights.GIVEN]]

    assert level("Thomas", 6.0, "Thoma", 12.5) == "alike"
    assert level("Thomas", 6.0, "Thoma", 11.0) == "two-names"
    assert level("Antony", 8.0, "Anthony", 6.0) == "two-names"
    assert level("Sara", 8.0, "Zara", 9.0) == "two-names"
    assert level("Pete", 8.0, "Peter", 6.0) == "same-name"
