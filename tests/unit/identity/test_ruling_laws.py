"""The laws of rulings: they stand over whatever comes, and taken back they leave no trace, also in what came while they stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.identity import blocking, linking
from carehub.identity.links import LinkSource, MatchResult, StandingMerge
from carehub.identity.rulings import Answer, Ruling, Steward
from unit.identity.test_linking_laws import PATIENTS, merges, tellings

BY = {user: Steward(user, user, "steward", "X9A01") for user in ("jo", "sam", "kit")}
SIDES = st.lists(st.sampled_from(PATIENTS), min_size=1, max_size=5, unique=True)


def _ruling(answer: Answer, named: list[str], cut: int, left: list[str], by: str, blind: bool) -> tuple[str, Any]:
    mine, theirs = (named[:1], named[1:]) if answer in (Answer.LINK, Answer.UNLINK) else (named[:cut], named[cut:])
    if answer is Answer.UNLINK:
        theirs = []
    if answer is not Answer.UNLINK and not theirs:
        mine, theirs = mine[:1], [next(p for p in PATIENTS if p not in mine)]
    away = tuple(p for p in left if p not in named) if answer in (Answer.LINK, Answer.UNLINK) else ()
    return "rule", Ruling(answer, tuple(mine), tuple(theirs), BY[by], "2026-11-20", "", away, blind)


rulings = st.builds(
    _ruling,
    st.sampled_from(list(Answer)),
    SIDES,
    st.integers(1, 2),
    SIDES,
    st.sampled_from(sorted(BY)),
    st.sampled_from([False, False, True]),
)
backs = st.tuples(st.just("back"), st.integers(0, 5))
histories = st.lists(st.one_of(tellings, tellings, merges, rulings, rulings, backs), max_size=26)
leavings = st.tuples(st.just("gone"), st.sampled_from(PATIENTS))
histories_with_leavings = st.lists(st.one_of(tellings, tellings, merges, rulings, rulings, backs, leavings), max_size=26)


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "LIMIT", 4)


@dataclass
class World:
    """A lane that is told words, each with its place in the log."""

    lane: Any

    def say(self, word: Any, at: int) -> linking.Settlement | None:
        lane = self.lane
        if word[0] == "tell":
            return lane.tell(word[1], word[2])
        if word[0] == "gone":
            return lane.take(linking.settle([], [], lane, [word[1]])) if word[1] in lane.member else None
        if word[0] == "merge":
            row = StandingMerge(word[1], word[2], f"m{word[1:]}", at, word[3], word[4])
            return lane.take(linking.settle([], [row], lane))
        if word[0] == "rule":
            said = word[1].__class__(**{**_fields(word[1]), "id": f"w{at:03}", "position": at})
            return lane.take(linking.settle([], [], lane, (), [said]))
        standing = [r for _, r in sorted(lane.ruling.items()) if r.taken_back is None]
        return lane.take_back(standing[word[1] % len(standing)].id) if standing else None

    def looks(self) -> tuple[Any, ...]:
        """All that anyone can see but ids: who is with whom, what is asked, and why each record is where it is."""
        lane = self.lane
        why = {p: (link.source, link.rule, link.because, link.evidence, link.ruling) for p, link in lane.link.items()}
        return lane.partition(), lane.review, why


def _fields(ruling: Ruling) -> dict[str, Any]:
    return {name: getattr(ruling, name) for name in ruling.__slots__}


def _tell_all(world: World, history: list[Any]) -> None:
    for at, word in enumerate(history, 1):
        world.say(word, at)


@settings(max_examples=1500, deadline=None)
@given(history=histories_with_leavings)
def test_rulings_taken_back_leave_no_trace_in_what_came_before_or_after(new_lane: Any, history: list[Any]) -> None:
    world, without = World(new_lane()), World(new_lane())
    _tell_all(world, history)
    kept = {r.position for r in world.lane.ruling.values() if r.taken_back is None}
    for at, word in enumerate(history, 1):
        if word[0] not in ("rule", "back") or at in kept:
            without.say(word, at)
    assert world.looks() == without.looks()
    # And when the rest is taken back too, no steward ever said anything.
    for ruling in sorted(world.lane.ruling):
        if world.lane.ruling[ruling].taken_back is None:
            world.lane.take_back(ruling)
    never = World(new_lane())
    for at, word in enumerate(history, 1):
        if word[0] not in ("rule", "back"):
            never.say(word, at)
    assert world.looks() == never.looks()


@settings(max_examples=1000, deadline=None)
@given(history=histories_with_leavings)
def test_what_stands_is_a_function_of_what_is_said_and_not_of_how_it_came(new_lane: Any, history: list[Any]) -> None:
    world, at_once = World(new_lane()), new_lane()
    _tell_all(world, history)
    lane = world.lane
    touched = [linking.Touched(p, m.demographics) for p, m in sorted(lane.member.items())]
    at_once.take(linking.settle(touched, list(lane.merge.values()), at_once, (), list(lane.ruling.values())))
    partition, reviews, why = World(at_once).looks()
    assert (partition, reviews, why) == world.looks()


@settings(max_examples=300, deadline=None)
@given(history=histories)
def test_the_same_words_again_give_the_same_persons_and_nothing_is_lost(new_lane: Any, history: list[Any]) -> None:
    first, second = World(new_lane()), World(new_lane())
    for at, word in enumerate(history, 1):
        before = {p: m.person for p, m in first.lane.member.items()}
        asked = dict(first.lane.review)
        settled = first.say(word, at)
        assert settled == second.say(word, at)
        lane = first.lane
        assert lane.link.keys() == lane.member.keys()
        assert all(link.person == lane.member[p].person and link.result is MatchResult.MATCH for p, link in lane.link.items())
        now = {p: m.person for p, m in lane.member.items()}
        touched = {person for p in now if before.get(p) != now[p] for person in (before.get(p), now[p]) if person}
        differing = {pair for pair in {*asked, *lane.review} if asked.get(pair) != lane.review.get(pair)}
        touched |= {now[p] for a, b in differing if now[a] != now[b] for p in (a, b)}
        assert touched <= set(settled.dirty if settled else ())
        for person in set(before.values()) - set(now.values()):
            assert lane.redirect[person] in lane.persons_ever


@settings(max_examples=600, deadline=None)
@given(before=st.lists(tellings, min_size=4, max_size=8), ruling=rulings, after=st.lists(st.one_of(tellings, merges), max_size=16))
def test_one_ruling_stands_over_whatever_is_told_later(new_lane: Any, before: list[Any], ruling: Any, after: list[Any]) -> None:
    world = World(new_lane())
    _tell_all(world, [*before, ruling, *after])
    lane, said = world.lane, ruling[1]
    if said.blind or said.answer is Answer.CANNOT_TELL or not set(said.named) <= lane.member.keys():
        return
    record, person = said.records[0], {p: m.person for p, m in lane.member.items()}
    if said.answer in (Answer.SAME, Answer.LINK):
        assert person[record] == person[said.others[0]]
        assert lane.link[record].source is LinkSource.MANUAL
    elif said.answer is Answer.UNLINK:
        assert lane.link[record].source is LinkSource.MANUAL
        merged_into_it = {p for p, m in lane.member.items() if m.person == person[record]} - {record}
        assert all(lane.link[p].rule == "source-merge" for p in merged_into_it)
    else:
        assert not {person[a] for a in said.records} & {person[b] for b in said.others}
        assert not any({a, b} in ({*pair} for pair in lane.review) for a in said.records for b in said.others)
