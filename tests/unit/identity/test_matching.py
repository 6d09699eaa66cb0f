"""The matcher, over the invented neighbourhood of the gate: nobody merged with another, most records together, in any order of arrival."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module

import pytest

import unit.generators.making  # noqa: F401  opens fixtures/, which lies outside the package
from carehub.identity import decision, features, matching, measures, pairing, training, weighing, weights
from carehub.identity.features import Features
from carehub.identity.matching import Matcher
from carehub.identity.pairing import BORN_APART
from carehub.identity.partition import evidence, flags, fused
from carehub.identity.weights import Model

_made = import_module("fixtures.generators.neighbourhood")
_FIELDS = {
    "nhs_number": "number",
    "nhs_number_status": "number_status",
    "given_name": "given",
    "middle_name": "middle",
    "surname": "family",
    "dob": "born",
}
_ADA = {"number": "9993000019", "number_status": "01", "given": "Ada", "family": "Okafor", "born": "1944-11-03", "sex": "F"}
_HOME = {"address": "3 Alder Road", "postcode": "ZX1 1AA"}


def _read(row: Mapping[str, str]) -> Features:
    return features.read(row["record_id"], {_FIELDS.get(name, name): value for name, value in row.items()})


@cache
def _gate() -> tuple[list[dict[str, str]], list[str]]:
    rows, truths = _made.neighbourhood(*_made.GATE)
    return rows, [truth.person_id for truth in truths]


@cache
def _model() -> Model:
    """Trained without labels on other people of the same make."""
    rows, _ = _made.neighbourhood(6_000, seed=4)
    return training.train([_read(row) for row in rows], name="test")


def _persons(rows: Sequence[Mapping[str, str]], order: Sequence[int]) -> tuple[Matcher, list[int]]:
    matcher = Matcher(_model())
    for place in order:
        matcher.add(_read(rows[place]))
    found = [0] * len(rows)
    for place, person in zip(order, matcher.person, strict=True):
        found[place] = person
    return matcher, found


def _two(first: Mapping[str, str], second: Mapping[str, str]) -> Matcher:
    matcher = Matcher(_model())
    matcher.add(features.read("a", first))
    matcher.add(features.read("b", second))
    return matcher


def _together(first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    return len(set(_two(first, second).person)) == 1


def test_of_the_gate_nobody_is_merged_with_another_and_most_records_are_together() -> None:
    rows, truth = _gate()
    matcher, found = _persons(rows, range(len(rows)))
    told = measures.measure(found, truth)
    assert told.false_merges == 0
    assert told.recall >= 0.93
    assert sum(matcher.tally.compared) <= 15 * len(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_arrival_hardly_shows(seed: int) -> None:
    rows, truth = _gate()
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    told = measures.measure(_persons(rows, order)[1], truth)
    as_they_came = measures.measure(_persons(rows, range(len(rows)))[1], truth)
    assert told.false_merges == 0
    assert abs(told.bcubed_f1 - as_they_came.bcubed_f1) <= 0.002


def test_a_verified_number_links_with_birth_date_and_name_and_never_alone() -> None:
    assert _together(_ADA, _ADA | {"postcode": "ZX9 9ZZ"})
    assert not _together(_ADA, {"number": "9993000019", "number_status": "01"})
    assert not _together(_ADA, _ADA | {"given": "Grace", "born": "1971-02-01"})


def test_two_verified_numbers_are_two_people_whatever_else_agrees() -> None:
    assert not _together(_ADA | _HOME, _ADA | _HOME | {"number": "9993000027"})
    assert decision.veto(features.read("a", _ADA), features.read("b", _ADA | {"number": "9993000027"})) == "different-numbers"


def test_twins_of_one_home_are_never_joined_without_asking() -> None:
    numberless = {name: value for name, value in (_ADA | _HOME).items() if not name.startswith("number")}
    matcher = _two(numberless, numberless | {"given": "Grace"})
    assert len(set(matcher.person)) == 2


def test_who_says_only_baby_is_asked_about() -> None:
    numberless = {name: value for name, value in (_ADA | _HOME).items() if not name.startswith("number")}
    assert not _together(numberless, numberless | {"given": "Baby"})


def test_the_score_is_the_sum_of_its_parts() -> None:
    matcher = _two(_ADA | _HOME, _ADA | _HOME | {"given": "Adah"})
    parts = [weight for weight in matcher.pair(0, 1)[0] if weight is not None]
    assert matcher.total(0, 1) == pytest.approx(matcher.model.prior + sum(parts), abs=1e-9)
    assert matcher.pair(0, 1) is matcher.pair(1, 0)


@pytest.mark.parametrize(
    ("other", "together", "rule"),
    [
        ({"postcode": "ZX9 9ZZ"}, True, "number-birth-date-name"),
        ({"number": "", "number_status": "", "email": "ada@example.org"}, True, "agreement"),
        ({"number": "9993000027"}, False, "different-numbers"),
        ({"number": "", "given": "Grace"}, False, "given-name-differs"),
        ({"given": "Baby", "born": "1971-02-01"}, False, "placeholder-name"),
    ],
)
def test_a_weighing_sums_to_its_total_and_says_what_the_matcher_does(other: Mapping[str, str], together: bool, rule: str) -> None:
    one = _ADA | _HOME | {"email": "ada@example.org"}
    matcher = _two(one, one | other)
    told = weighing.weigh(matcher.comparer, matcher.records[:1], matcher.records[1:])
    assert told.prior + sum(part.bits for part in told.fields) == pytest.approx(told.total, abs=1e-9)
    assert told.total == pytest.approx(matcher.total(0, 1), abs=1e-9)
    assert (told.rule, told.zone == decision.AUTO) == (rule, together)
    assert (len(set(matcher.person)) == 1) is together
    assert told.because == decision.SENTENCES[rule]
    assert [part.field for part in told.fields] == list(_model().fields())


def test_every_level_of_a_field_has_words() -> None:
    assert {level for levels in weights.levels_of(["x"]).values() for level in levels} == weighing._SAYS.keys()


def test_a_model_is_the_same_from_its_text_and_one_of_other_levels_is_refused() -> None:
    text = _model().to_json()
    assert weights.read(text).to_json() == text
    with pytest.raises(ValueError, match="other levels"):
        weights.read(text.replace('"crossed"', '"turned-round"'))


_NUMBERLESS = {name: value for name, value in (_ADA | _HOME).items() if not name.startswith("number")}


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"given": "Christopher"}, {"given": "Chrsitopher"}, True),  # two letters exchanged
        ({"given": "Samir"}, {"given": "Amir"}, False),
        ({"given": "Louis"}, {"given": "Louise"}, False),
        ({"born": "1944-11-03"}, {"born": "1944-11-08"}, True),
        ({"born": "1944-11-03"}, {"born": "1964-11-03"}, False),  # a digit, or a generation
        ({"born": "1944-01-01"}, {"born": "1945-01-01"}, False),
        ({"given": "Ada"}, {"given": ""}, False),
        ({"born": ""}, {}, False),
        ({"given": "Antony"}, {"given": "Anthony"}, False),  # one root, yet twins have had them
        ({"given": "Rohan", "family": "Wilson"}, {"given": "Wilson", "family": "Mohan"}, False),  # exchanged, and another name
        ({"given": "Rohan", "family": "Wilson"}, {"given": "Wilson", "family": "Rohan"}, True),
        ({"born": "", "address": ""}, {"born": ""}, False),  # a postcode, and a house that one of them leaves out
    ],
)
def test_at_one_home_a_slip_is_forgiven_and_what_relatives_have_is_asked_about(
    one: Mapping[str, str], other: Mapping[str, str], together: bool
) -> None:
    assert _together(_NUMBERLESS | one, _NUMBERLESS | other) is together


def test_a_verified_number_makes_no_twin_of_a_child_not_named_yet() -> None:
    assert not _together(_ADA | _HOME, _ADA | _HOME | {"given": "Twin 1"})


def test_a_number_and_birth_date_forgive_a_name_that_only_sounds_alike() -> None:
    unsure = _ADA | _HOME | {"number_status": "02"}
    assert _together(unsure | {"given": "Achim"}, unsure | {"given": "Akhim"})
    assert not _together(_NUMBERLESS | {"given": "Achim"}, _NUMBERLESS | {"given": "Akhim"})


def test_of_one_family_and_birthday_another_first_name_is_asked_about_wherever_they_live() -> None:
    twin = {name: value for name, value in _ADA.items() if not name.startswith("number")} | {"family": "Featherstonehaugh"}
    found = _two(twin, twin | {"given": "Miriam"})
    assert len(set(found.person)) == 2
    assert decision.guard(evidence(found.pair(0, 1))) == "given-name-differs"


def test_a_number_wants_two_of_names_and_birth_date_beside_it() -> None:
    number = {"number": "9993000019", "number_status": "02", **_HOME}
    found = _two(_ADA | number, number | {"given": "Ada"})
    assert decision.guard(evidence(found.pair(0, 1))) == "number-alone"
    found = _two(_ADA | number, number | {"family": "Okafor"})
    assert decision.guard(evidence(found.pair(0, 1))) == "no-given-name"


def test_a_home_of_one_persons_records_teaches_nothing_of_two_people() -> None:
    # Everybody is recorded twice with one telephone: nobody lives with anybody, so what two people of one home share is what is stated.
    rows, _ = _made.neighbourhood(3_000, seed=9)
    once = [row for row in rows if row["given_name"] and row["dob"]][:1_000]
    people = [
        features.read(f"{row['record_id']}-{turn}", {"given": row["given_name"], "family": row["surname"], "born": row["dob"]})
        for row in once
        for turn in (1, 2)
    ]
    for number, person in enumerate(people):
        person.phone, person.number = f"07700{number // 2:06}", f"N{number // 2:06}"
    u = training.train(people, name="doubled").u
    assert u["number"][weights.HOME][0] < 0.01
    assert u["given"][weights.HOME][0] < 0.1


def test_two_people_of_whom_nothing_agrees_can_be_settled_too() -> None:
    elsewhere = {"given": "Grace", "family": "Hopper", "born": "1971-02-01"}
    pair = evidence(_two(_ADA, elsewhere).pair(0, 1))
    assert flags(pair) == BORN_APART
    assert fused(pair, -10.0, 0.5) < -10.0


def test_a_household_telephone_does_not_join_a_household() -> None:
    home = _HOME | {"phone": "07700 900123", "family": "Okafor"}
    people = [
        home | {"given": given, "born": born} for given, born in (("Ada", "1944-11-03"), ("Uche", "1971-05-09"), ("Ify", "2001-12-30"))
    ]
    matcher = Matcher(_model())
    for number, told in enumerate(people):
        matcher.add(features.read(f"r{number}", told))
    assert len(set(matcher.person)) == len(people)


def test_settings_say_where_the_zones_lie() -> None:
    zones = matching.Settings().zones
    assert zones.review < zones.auto


def test_two_made_up_firsts_of_january_speak_for_nobody_whatever_the_model_saw() -> None:
    model = _model()
    at = weights.CORE["born"].index("default-slip")
    m = [share / 2 for share in model.m["born"][0]]
    m[at] += 0.5
    comparer = pairing.Comparer(replace(model, m={**model.m, "born": [m]}))
    first, second = (features.read(year, _ADA | {"born": f"{year}-01-01"}) for year in ("1973", "1975"))
    first.bits, second.bits = model.bits(first), model.bits(second)
    told = comparer.pair(first, second)[0][weights.BORN]
    assert told is not None
    assert told <= 0
