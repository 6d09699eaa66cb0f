"""Ten thousand random sequences of arrivals, links, unlinks, merges and their undoing; and a state machine that looks at every step.

The invariants are those HAPI keeps for its links (one MATCH for each record, MANUAL stands, nobody is asked about what is settled), and one it
does not promise: when everything is taken back, nothing shows that it ever was.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carehub.fhir.canonical import content_hash
from carehub.identity import linking
from carehub.identity.demographics import Demographics
from carehub.identity.links import LinkSource, MatchResult, StandingMerge
from carehub.identity.rulings import Answer, Ruling, Steward
from carehub.identity.scales import Scales
from carehub.wiring.matching_rules import load_rules
from unit.identity.conftest import DictLane, patient

_RULES = load_rules()
WEIGHING = Scales(_RULES.model, _RULES.settings, _RULES.version)
NUMBERS = ("9990000018", "9990158398", "9990237581")
RECORDS = tuple(f"r{n}" for n in range(7))
JO = Steward("jo", "Jo", "steward", "X9A01")


def somebody(draw: Random) -> Demographics:
    """One of few people, told well or badly: same or other number, slips in names and dates, relatives at one address."""
    given, family, born = draw.choice(
        (
            ("Zebedee", "Marlowe", "1944-05-01"),
            ("Zebedee", "Marlow", "1944-05-01"),
            ("Zebedee", "Marlowe", "1944-01-05"),
            ("Ottoline", "Marlowe", "1944-05-01"),
            ("Peregrine", "Okafor", "1971-09-23"),
        )
    )
    number = draw.choice(("", "", *NUMBERS))
    place = draw.choice(("ZB1 1AA", "ZB1 1AA", "ZB7 4XQ", ""))
    return patient(number, born, given, family, postcode=place, status=draw.choice(("01", "01", "02")), kind="acute")


class Sequence:
    """A lane, what it is told, and how each telling is undone."""

    def __init__(self, scales: Scales | None) -> None:
        self.lane = DictLane(scales)
        self.place = 0

    def _settle(self, touched: Any = (), merges: Any = (), gone: Any = (), rulings: Any = ()) -> None:
        self.lane.take(linking.settle(list(touched), list(merges), self.lane, tuple(gone), list(rulings), self.lane.scales))

    def tell(self, record: str, said: Demographics) -> None:
        self._settle([linking.Touched(record, said)])

    def leave(self, record: str) -> None:
        self._settle(gone=[record])

    def merge(self, surviving: str, subsumed: str) -> StandingMerge:
        self.place += 1
        row = StandingMerge(surviving, subsumed, f"m{self.place:04}", self.place, f"2026-01-01T{self.place:06}", False)
        self._settle(merges=[row])
        return row

    def unmerge(self, row: StandingMerge) -> None:
        self._settle(merges=[replace(row, undone=True)])

    def rule(self, answer: Answer, record: str, other: str) -> str:
        """As a steward who sees both persons whole."""
        self.place += 1
        id, mine, theirs = f"w{self.place:04}", self.lane.with_(record), self.lane.with_(other)
        left: tuple[str, ...] = ()
        if other in mine:
            mine, theirs = (record,), (other,)
        if answer is Answer.UNLINK:
            mine, theirs, left = (record,), (), tuple(p for p in self.lane.with_(record) if p != record)
        elif answer is Answer.LINK:
            left = tuple(p for p in self.lane.with_(record) if p not in (record, *theirs))
            mine = (record,)
        self._settle(rulings=[Ruling(answer, mine, theirs, JO, "2026-11-20", "", left, id=id, position=self.place)])
        return id

    def take_back(self, ruling: str) -> None:
        self.lane.take_back(ruling)

    def looks(self) -> str:
        """The hash of all that anyone can see but ids: who is with whom, what is asked, and why each record is where it is."""
        lane = self.lane
        people = sorted(sorted(records) for records in lane.partition())
        asked = sorted((r.a, r.b, r.rule, str(r.result)) for r in lane.review.values())
        why = [[p, str(one.source), one.rule, one.because, repr(one.evidence), one.ruling] for p, one in sorted(lane.link.items())]
        return content_hash([people, asked, why])

    def persons(self) -> dict[str, str]:
        return {record: member.person for record, member in self.lane.member.items()}

    def check(self) -> None:
        """HAPI's invariants, as far as they can be seen after any step."""
        lane, person = self.lane, self.persons()
        assert lane.link.keys() == person.keys()
        assert all(link.person == person[p] and link.result is MatchResult.MATCH for p, link in lane.link.items())
        for asked in lane.review.values():
            assert (person[asked.a] == person[asked.b]) == asked.rule.endswith("-in-one")


def wander(sequence: Sequence, draw: Random, steps: int) -> list[tuple[str, Any]]:
    """Random steps; how to undo each, last first, comes back."""
    undo: list[tuple[str, Any]] = []
    for _ in range(steps):
        here = sorted(sequence.lane.member)
        kind = draw.choice(("arrive", "arrive", "correct", "merge", "same", "different", "link", "unlink", "unmerge", "take-back"))
        if kind == "arrive":
            new = [p for p in RECORDS if p not in here]
            if new:
                undo.append(("leave", draw.choice(new)))
                sequence.tell(undo[-1][1], somebody(draw))
        elif len(here) < 2:
            continue
        elif kind == "correct":
            record = draw.choice(here)
            undo.append(("tell", (record, sequence.lane.member[record].demographics)))
            sequence.tell(record, somebody(draw))
        elif kind == "merge":
            undo.append(("unmerge", sequence.merge(*draw.sample(here, 2))))
        elif kind in ("same", "different", "link", "unlink"):
            undo.append(("take-back", sequence.rule(Answer(kind), *draw.sample(here, 2))))
        else:
            places = [at for at, (what, _) in enumerate(undo) if what == kind]
            if places:
                back(sequence, *undo.pop(draw.choice(places)))
    return undo


def back(sequence: Sequence, kind: str, what: Any) -> None:
    """Undo one step."""
    if kind == "leave":
        sequence.leave(what)
    elif kind == "tell":
        sequence.tell(*what)
    elif kind == "unmerge":
        sequence.unmerge(what)
    else:
        sequence.take_back(what)


@pytest.mark.parametrize("scales", [None, WEIGHING], ids=["rules alone", "rules and evidence"])
@pytest.mark.parametrize("seeds", [range(at, at + 500) for at in range(0, 5000, 500)], ids=lambda seeds: f"{seeds[0]} to {seeds[-1]}")
def test_whatever_is_done_and_undone_the_earlier_state_comes_back_and_a_replay_gives_the_same_ids(
    seeds: range, scales: Scales | None
) -> None:
    rules_met = set()
    for seed in seeds:
        first, second, draw, again = Sequence(scales), Sequence(scales), Random(seed), Random(seed)
        undo = _begin_and_wander(first, draw)[1]
        before = _begin_and_wander(second, again)[0]
        assert first.persons() == second.persons(), seed
        assert first.lane.redirect == second.lane.redirect, seed
        rules_met |= {link.rule for link in first.lane.link.values()}
        for step in reversed(undo):
            first.check()
            back(first, *step)
        assert first.looks() == before, seed
    assert {"agreement", "source-merge", "steward-same", "steward-linked", "steward-unlinked"} <= rules_met
    assert ("evidence" in rules_met) == (scales is not None)


def _begin_and_wander(sequence: Sequence, draw: Random) -> tuple[str, list[tuple[str, Any]]]:
    """How it looked before ten random steps, and how to undo these."""
    for record in RECORDS[: draw.randint(1, 4)]:
        sequence.tell(record, somebody(draw))
    return sequence.looks(), wander(sequence, draw, 10)


class Links(RuleBasedStateMachine):
    """One lane that weighs evidence, in whatever way Hypothesis can make it err."""

    def __init__(self) -> None:
        super().__init__()
        self.sequence = Sequence(WEIGHING)
        self.undo: list[tuple[str, Any]] = []

    @rule(record=st.sampled_from(RECORDS), seed=st.integers(0, 400))
    def tell(self, record: str, seed: int) -> None:
        held = self.sequence.lane.member.get(record)
        self.undo.append(("tell", (record, held.demographics)) if held else ("leave", record))
        self.sequence.tell(record, somebody(Random(seed)))

    @precondition(lambda self: len(self.sequence.lane.member) > 1)
    @rule(data=st.data(), answer=st.sampled_from([Answer.SAME, Answer.DIFFERENT, Answer.LINK, Answer.UNLINK]))
    def decide(self, data: Any, answer: Answer) -> None:
        a, b = data.draw(st.permutations(sorted(self.sequence.lane.member)))[:2]
        self.undo.append(("take-back", self.sequence.rule(answer, a, b)))
        person, link = self.sequence.persons(), self.sequence.lane.link
        # MANUAL stands; of words that contradict one another by way of a source's merge, those that keep apart.
        parted = any(r.answer is Answer.DIFFERENT and r.taken_back is None for r in self.sequence.lane.ruling.values())
        if answer in (Answer.SAME, Answer.LINK):
            assert parted or person[a] == person[b]
            assert link[a].source is LinkSource.MANUAL
        elif answer is Answer.DIFFERENT:
            assert person[a] != person[b]
        else:
            assert link[a].source is LinkSource.MANUAL

    @precondition(lambda self: len(self.sequence.lane.member) > 1)
    @rule(data=st.data())
    def merge(self, data: Any) -> None:
        a, b = data.draw(st.permutations(sorted(self.sequence.lane.member)))[:2]
        self.undo.append(("unmerge", self.sequence.merge(a, b)))

    @precondition(lambda self: bool(self.undo))
    @rule(data=st.data())
    def undo_any(self, data: Any) -> None:
        places = [at for at, (kind, _) in enumerate(self.undo) if kind in ("unmerge", "take-back")]
        if places:
            back(self.sequence, *self.undo.pop(data.draw(st.sampled_from(places))))

    @invariant()
    def links_are_sound(self) -> None:
        self.sequence.check()

    def teardown(self) -> None:
        while self.undo:
            back(self.sequence, *self.undo.pop())
        assert not self.sequence.lane.member
        assert not self.sequence.lane.review


TestLinks = Links.TestCase
TestLinks.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


def test_who_a_steward_tied_to_a_merged_record_stands_with_it_where_another_ruling_parts_the_rest() -> None:
    sequence, said = Sequence(None), patient(NUMBERS[0], "1944-05-01", "Zebedee", "Marlowe")
    for record in ("r0", "r1", "r2", "r3"):
        sequence.tell(record, said)
    sequence.merge("r1", "r0")
    sequence.rule(Answer.DIFFERENT, "r3", "r1")
    same = sequence.rule(Answer.SAME, "r0", "r2")
    person = sequence.persons()
    assert person["r0"] == person["r1"] == person["r2"] != person["r3"]
    sequence.take_back(same)
    assert sequence.persons()["r2"] not in (sequence.persons()["r1"], sequence.persons()["r3"])
