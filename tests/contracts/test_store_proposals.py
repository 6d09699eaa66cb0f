"""The store's contract: what a batch linkage proposed, by the patient records it names; and members in turn."""

from __future__ import annotations

from dataclasses import replace

from carehub.identity.proposals import Proposal
from carehub.store.ports import Store
from contracts.stores import AT, member, named, through_lane

A, B, C = sorted(named("patient", letter) for letter in "abc")
FIRST = Proposal(A, B, 0.75, "Splink \u00e9", "m", "kit", AT, 3)
SECOND = Proposal(B, C, 1.0, "Splink", "m", "kit", AT, 3)


def test_proposals_are_found_by_either_record_and_the_later_one_of_a_pair_stands(store: Store) -> None:
    assert store.links.proposals() == store.links.proposals([A]) == []
    through_lane(store, 3, proposals=(SECOND, FIRST))
    for patients, found in ((None, [FIRST, SECOND]), ([A], [FIRST]), ([B], [FIRST, SECOND]), ([named("nobody")], []), ([], [])):
        assert store.links.proposals(patients) == found
        with store.links.lane() as lane:
            assert lane.proposals(patients) == found
    later = replace(FIRST, probability=0.5, position=4)
    through_lane(store, 4, proposals=(later,))
    assert store.links.proposals([A]) == [later]


def test_clearing_drops_proposals_because_the_log_tells_them_again(store: Store) -> None:
    through_lane(store, 3, proposals=(FIRST,))
    store.records.clear()
    assert store.links.proposals() == []


def test_members_come_in_turn_each_once(store: Store) -> None:
    members = [member(patient, named("person", patient)) for patient in (A, B, C)]
    through_lane(store, 1, members=tuple(members))
    assert [m.patient for m in store.links.in_turn("", 2)] == [A, B]
    assert [m.patient for m in store.links.in_turn(B, 2)] == [C]
    assert store.links.in_turn(C, 2) == []
