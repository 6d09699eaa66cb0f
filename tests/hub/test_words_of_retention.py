"""What the log's words about holds and disposals come to: two officers for each, whatever else was said, and in whatever order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.message import Message
from carehub.governance.requester import Requester
from carehub.hub import disposal_feed, hold_feed
from carehub.hub.disposal_feed import Approved, Begun, DisposalWord, Done, Leaving, Proposed
from carehub.hub.disposals_told import Told, every_disposal
from carehub.hub.hold_feed import Lifted, Placed
from carehub.hub.holds_standing import Hold, every_hold, over

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
JON = replace(IVY, user="jon", name="Jon Reed")
T = [f"2026-11-22T09:0{n}:00.000Z" for n in range(10)]
PLACED = Placed("person", "p", ("a", "b"), "The inquiry", "It was asked for", "2027-01-01", IVY, T[0])
PROPOSED = Proposed("1", "2026-11-22", (Leaving("p", ("a",), ("gp",), ("m",)),), (("gp", 1),), (), "Due", T[5], IVY, T[0])


class Said:
    """Both ports that the words are read by: messages "0", "1", … in the order they were said, a few at a time."""

    def __init__(self, *bodies: bytes, at_once: int = 2) -> None:
        self._bodies, self._at_once = bodies, at_once

    def unsettled(self, verdict: str, after: int, most: int, feed: str) -> list[Any]:
        assert (verdict, feed) in {("accepted", hold_feed.FEED), ("accepted", disposal_feed.FEED)}
        numbers = range(after, min(after + min(most, self._at_once), len(self._bodies)))
        return [type("Outcome", (), {"message": str(n), "position": n + 1}) for n in numbers]

    def read(self, ids: list[str]) -> dict[str, Message]:
        return {id: type("Body", (), {"body": self._bodies[int(id)]}) for id in ids}  # type: ignore[misc]


def holds(*said: Placed | Lifted) -> list[Hold]:
    told: Any = Said(*((hold_feed.placing(one) if isinstance(one, Placed) else hold_feed.lifting(one)).body for one in said))
    return every_hold(told, told)


def disposals(*said: DisposalWord) -> list[Told]:
    told: Any = Said(*(disposal_feed.message_of(one).body for one in said))
    return every_disposal(told, told)


# Holds


@pytest.mark.parametrize(
    ("placed", "patients", "feeds", "class_", "held"),
    [
        (PLACED, ["b", "c"], ["gp/notes"], "gp", True),
        (PLACED, ["c"], ["gp/notes"], "gp", False),
        (PLACED, [], ["p"], "p", False),
        (replace(PLACED, scope="feed", of="gp/notes"), ["c"], ["gp/notes", "gp/letters"], "x", True),
        (replace(PLACED, scope="feed", of="gp/notes"), ["a"], ["gp/letters"], "gp/notes", False),
        (replace(PLACED, scope="class", of="gp"), ["c"], ["x"], "gp", True),
        (replace(PLACED, scope="class", of="gp"), ["a"], ["gp"], "health", False),
    ],
)
def test_a_hold_stands_over_the_person_the_feed_or_the_class_it_names_and_over_nothing_else(placed, patients, feeds, class_, held):
    hold = Hold("h", placed)
    assert hold.holds(patients, feeds, class_) is held
    assert over([hold], patients, feeds, class_) == (hold,) * held


def test_a_hold_that_was_lifted_stands_over_nothing_and_the_others_still_do():
    first, second, third = holds(PLACED, replace(PLACED, at=T[1]), Lifted("0", "Over", JON, T[2]), replace(PLACED, at=T[3]))
    assert (first.id, second.id, third.id) == ("0", "1", "3")
    assert first.lifted == Lifted("0", "Over", JON, T[2])
    assert over((first, second, third), ["a"], [], "") == (second, third)


def test_a_hold_is_not_lifted_by_who_placed_it_though_the_log_said_so_and_then_by_another():
    said = (PLACED, Lifted("0", "Mine", IVY, T[1]))
    assert holds(*said) == [Hold("0", PLACED)]
    assert holds(*said, Lifted("0", "Over", JON, T[2])) == [Hold("0", PLACED, Lifted("0", "Over", JON, T[2]))]


def test_the_first_lifting_counts_and_one_of_no_hold_lifts_none():
    lifted = Lifted("0", "Over", JON, T[1])
    assert holds(PLACED, Lifted("9", "Else", JON, T[1]), lifted, replace(lifted, at=T[2])) == [Hold("0", PLACED, lifted)]


# Disposals


def word(said: Proposed | Approved | Begun | Done) -> DisposalWord:
    return DisposalWord(**{type(said).__name__.lower(): said})


APPROVED, BEGUN, DONE = Approved("0", JON, T[1]), Begun("0", ("p",), (), ("s",), 0, JON, T[2]), Done("0", JON, T[3])


def test_a_disposal_is_proposed_by_one_approved_by_another_begun_and_done():
    said = [word(one) for one in (PROPOSED, APPROVED, BEGUN, DONE)]
    steps = [disposals(*said[: n + 1])[0] for n in range(4)]
    assert [one.state(T[4]) for one in steps] == ["proposed", "approved", "begun", "done"]
    assert steps[3] == Told("0", PROPOSED, APPROVED, BEGUN, DONE)


@pytest.mark.parametrize(
    "approved", [replace(APPROVED, by=IVY), replace(APPROVED, at=T[5]), replace(APPROVED, at=T[6]), replace(APPROVED, of="9")]
)
def test_without_another_officer_in_time_nothing_is_approved_begun_or_done(approved):
    assert disposals(word(PROPOSED), word(approved), word(BEGUN), word(DONE)) == [Told("0", PROPOSED)]


def test_what_is_not_begun_is_not_done_and_nothing_counts_before_it_was_proposed():
    assert disposals(word(PROPOSED), word(APPROVED), word(DONE)) == [Told("0", PROPOSED, APPROVED)]
    assert disposals(word(replace(APPROVED, of="1")), word(PROPOSED)) == [Told("1", PROPOSED)]
    assert disposals(word(PROPOSED), word(replace(BEGUN, of="9")), word(replace(DONE, of="9"))) == [Told("0", PROPOSED)]


def test_the_first_approval_and_the_first_beginning_count():
    again = (word(replace(APPROVED, at=T[2])), word(replace(BEGUN, at=T[3])))
    assert disposals(word(PROPOSED), word(APPROVED), again[0], word(BEGUN), again[1]) == [Told("0", PROPOSED, APPROVED, BEGUN)]


def test_a_proposal_that_nobody_approved_expires_and_one_that_was_approved_does_not():
    waiting, approved = Told("0", PROPOSED), Told("0", PROPOSED, APPROVED)
    assert [waiting.state(at) for at in (T[4], T[5], T[6])] == ["proposed", "expired", "expired"]
    assert approved.state(T[9]) == "approved"


def test_of_two_proposals_each_goes_its_own_way():
    other = replace(PROPOSED, at=T[1])
    assert disposals(word(PROPOSED), word(other), word(replace(APPROVED, of="1"))) == [
        Told("0", PROPOSED),
        Told("1", other, replace(APPROVED, of="1")),
    ]
