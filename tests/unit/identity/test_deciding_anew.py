"""Other rules put in force: once every person is decided anew, all is as if there had never been other rules, but for the ids of persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import blocking, linking, near_keys
from carehub.identity.anew import as_stored
from carehub.identity.demographics import Demographics
from carehub.identity.links import LinkSource, Member
from carehub.identity.scales import Scales
from unit.identity.test_evidence_laws import NAMES, SCALES, _say, backs, histories_of, merges, rulings, said_by

histories = histories_of(said_by(NAMES), merges, rulings, rulings, backs)


def _rules(**zones: Any) -> Scales:
    changed = replace(SCALES.settings, zones=replace(SCALES.settings.zones, **zones))
    return Scales(SCALES.model, changed, SCALES.version + 1)


OTHERS = [
    _rules(auto=12.0),
    _rules(auto=40.0, review=20.0),
    _rules(off=frozenset({"given-name-differs", "birth-date-differs"})),
    Scales(SCALES.model, replace(SCALES.settings, touch=0.0, most=3), SCALES.version + 1),
    Scales(replace(SCALES.model, wrong={"X9A01": {"phone": 0.5, "given": 0.3}}), SCALES.settings, SCALES.version + 1),
]


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_keys, "CAP", 2)
    monkeypatch.setattr(blocking, "LIMIT", 3)


def _decide_anew(lane: Any, scales: Scales) -> None:
    lane.scales = scales
    for patient in sorted(lane.member):
        together = lane.of_persons([lane.member[patient].person])
        touched = [linking.Touched(m.patient, m.demographics) for m in together]
        lane.take(linking.settle(touched, (), lane, (), (), scales, afresh=True))


def _kept(lane: Any) -> dict[str, tuple[str, ...]]:
    """Who is remembered to be near whom."""
    return {p: near for p, near in lane.neighbour.items() if near}


def _world(new_lane: Callable[..., Any], scales: Scales, history: list[Any]) -> Any:
    lane = new_lane(scales)
    for word in history:
        _say(lane, word)
    return lane


@settings(max_examples=400, deadline=None)
@given(history=histories, new=st.sampled_from(OTHERS), back=st.booleans())
def test_it_is_as_if_the_new_rules_had_always_been(new_lane: Callable[..., Any], history: list[Any], new: Scales, back: bool) -> None:
    old, new = (new, SCALES) if back else (SCALES, new)
    lane = _world(new_lane, old, history)
    manual = {p: link for p, link in lane.link.items() if link.source is LinkSource.MANUAL}
    _decide_anew(lane, new)
    # The same words under the new rules: told once more as they stand, since a ruling keeps what its steward saw under the rules of then.
    fresh = new_lane(new)
    for patient, member in sorted(lane.member.items()):
        fresh.tell(patient, member.demographics)
    for row in lane.merge.values():
        fresh.take(linking.settle([], [row], fresh, scales=new))
    for _, ruling in sorted(lane.ruling.items()):
        fresh.take(linking.settle([], [], fresh, (), [ruling], new))
    assert _kept(lane) == _kept(fresh)
    assert lane.partition() == fresh.partition()
    assert lane.review == fresh.review
    assert {p: replace(link, person="") for p, link in lane.link.items()} == {p: replace(link, person="") for p, link in fresh.link.items()}
    assert {p: lane.link[p].ruling for p in manual} == {p: link.ruling for p, link in manual.items()}
    assert all(lane.link[p].person == m.person for p, m in lane.member.items())


@settings(max_examples=200, deadline=None)
@given(history=histories, new=st.sampled_from(OTHERS))
def test_the_same_rules_again_change_nothing_and_there_and_back_is_where_it_was(
    new_lane: Callable[..., Any], history: list[Any], new: Scales
) -> None:
    lane = _world(new_lane, SCALES, history)
    before = (dict(lane.link), dict(lane.review), dict(lane.member))
    near = _kept(lane)
    _decide_anew(lane, SCALES)
    assert (lane.link, lane.review, lane.member) == before
    assert _kept(lane) == near
    _decide_anew(lane, new)
    _decide_anew(lane, SCALES)
    assert lane.partition() == frozenset(
        frozenset(p for p, m in before[2].items() if m.person == home) for home in {m.person for m in before[2].values()}
    )
    assert lane.review == before[1]
    assert _kept(lane) == near


def test_a_person_keeps_its_id_while_most_of_its_records_stay_together() -> None:
    members = {p: Member(p, Demographics(), "", (), person) for p, person in {"a": "P", "b": "P", "c": "P", "d": "Q"}.items()}
    assert as_stored(members, {"a": "x", "b": "x", "c": "y", "d": "y"}) == {"a": "x", "b": "x", "c": "x", "d": "y"}
    assert as_stored(members, {"a": "x", "b": "x", "c": "x", "d": "x"}) == {"a": "x", "b": "x", "c": "x", "d": "person|Q"}
