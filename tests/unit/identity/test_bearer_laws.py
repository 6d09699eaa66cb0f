"""The laws of linking where records without a first name are linked by a traced number: twins come, go, are merged and ruled on in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import near_keys
from carehub.identity.demographics import Demographics
from carehub.identity.rulings import Answer
from carehub.identity.scales import Scales
from carehub.identity.standardising import family_key, given_key
from carehub.wiring.matching_rules import load_rules

from .test_evidence_laws import _check, _in_two_orders, _say

PATIENTS = [f"r{n}" for n in range(7)]
_RULES = load_rules()
SCALES = Scales(_RULES.model, _RULES.settings, _RULES.version)
_ONE, _OTHER = "9993000019", "9993000027"


def _said(number: str, status: str, names: tuple[str, str], postcode: str, born: str, sex: str, old: str, source: str) -> Demographics:
    given_name, family = names
    return Demographics(
        nhs_number=number,
        trusted=bool(number) and status != "02",
        traced=bool(number) and status == "01",
        birth_date=born,
        family=family,
        given=given_name,
        family_key=family_key(family),
        given_key=given_key(given_name),
        gender=sex,
        postcode=postcode,
        superseded=(old,) if old and old != number else (),
        kind="community",
        source=source,
    )


_TWINS = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("", "Okafor"),
    ("Grace", "Okafor"),
    ("Grace", "Okafor"),
    ("Miriam", "Okafor"),
    ("Twin 1", "Okafor"),
]
twins = st.builds(
    _said,
    st.sampled_from([_ONE, _ONE, _ONE, _ONE, _OTHER, ""]),
    st.sampled_from(["01", "01", "01", "01", "02", ""]),
    st.sampled_from(_TWINS),
    st.sampled_from(["ZX1 1AA", "ZX1 1AA", "ZX1 1AA", "ZX9 4QQ", ""]),
    st.sampled_from(["1984-08-29"] * 6 + ["1984-08-28", "1984-01-01", ""]),
    st.sampled_from(["female", "female", "female", "male", ""]),
    st.sampled_from([""] * 7 + [_ONE, _OTHER]),
    st.sampled_from(["X9C01", "X9C02"]),
)
tellings = st.tuples(st.just("tell"), st.sampled_from(PATIENTS), twins)
leavings = st.tuples(st.just("leave"), st.sampled_from(PATIENTS))
merges = st.builds(
    lambda a, b, undone: ("merge", a, b, "2026-01-02" if undone else "2026-01-01", undone),
    st.sampled_from(PATIENTS),
    st.sampled_from(PATIENTS),
    st.booleans(),
)
rulings = st.tuples(
    st.just("rule"), st.sampled_from([Answer.SAME, Answer.DIFFERENT, Answer.UNLINK]), st.sampled_from(PATIENTS), st.sampled_from(PATIENTS)
)
backs = st.tuples(st.just("back"), st.integers(0, 3))
told_only = st.lists(st.one_of(tellings, tellings, tellings, leavings, merges), min_size=3, max_size=14)
histories = st.lists(st.one_of(tellings, tellings, tellings, leavings, merges, rulings, backs), min_size=3, max_size=14)


@pytest.fixture(autouse=True, params=[3, 80])
def _limit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_keys, "CAP", request.param)


@settings(max_examples=200, deadline=None)
@given(history=histories)
def test_after_every_message_persons_and_doubts_are_what_all_records_say(new_lane: Callable[..., Any], history: list[Any]) -> None:
    lane = new_lane(SCALES)
    for word in history:
        _say(lane, word)
        _check(lane)
        assert all(link.against in lane.member for link in lane.link.values() if link.rule == "traced-number")


@settings(max_examples=200, deadline=None)
@given(history=told_only, seed=st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show(new_lane: Callable[..., Any], history: list[Any], seed: Any) -> None:
    first, second = _in_two_orders(lambda: new_lane(SCALES), history, seed)
    assert first.partition() == second.partition()
    assert first.review == second.review
    says = [{p: replace(link, person="") for p, link in lane.link.items()} for lane in (first, second)]
    assert says[0] == says[1]


@settings(max_examples=100, deadline=None)
@given(history=histories, said=twins)
def test_a_record_that_came_and_went_leaves_no_trace(new_lane: Callable[..., Any], history: list[Any], said: Any) -> None:
    lane = new_lane(SCALES)
    for word in history:
        _say(lane, word)
    before = lane.partition(), dict(lane.review), {p: replace(link, person="") for p, link in lane.link.items()}
    _say(lane, ("tell", "late", said))
    _say(lane, ("leave", "late"))
    assert (lane.partition(), lane.review, {p: replace(link, person="") for p, link in lane.link.items()}) == before


@settings(max_examples=60, deadline=None)
@given(cast=st.lists(twins, min_size=3, max_size=4))
def test_a_small_cast_gives_one_answer_in_every_order(new_lane: Callable[..., Any], cast: list[Any]) -> None:
    told = set()
    for order in permutations(range(len(cast))):
        lane = new_lane(SCALES)
        for at in order:
            lane.tell(f"r{at}", cast[at])
        told.add((lane.partition(), tuple(sorted(lane.review)), tuple(sorted((p, link.rule) for p, link in lane.link.items()))))
    assert len(told) == 1
