"""By which rules a store was decided is kept with what was decided, and goes when that goes; members come in order, some at a time."""

from __future__ import annotations

from carehub.store.ports import Store
from carehub.store.rules_standing import DONE, ClosedReview, RulesStanding
from contracts.stores import member, through_lane


def test_the_rules_stay_until_others_are_written_or_everything_is_dropped(store: Store) -> None:
    assert store.links.rules() is None
    first = RulesStanding(0, 2, 2**59 + 1)
    through_lane(store, 1, rules=first)
    through_lane(store, 2)
    assert store.links.rules() == first
    second = RulesStanding(3, 3, 17, reached=256)
    with store.links.lane() as lane:
        assert lane.rules() == first
    through_lane(store, 2, rules=second)
    assert store.links.rules() == second
    store.records.clear()
    assert store.links.rules() is None


def test_members_come_in_order_of_patient_some_at_a_time(store: Store) -> None:
    through_lane(store, 1, members=[member(p, "x") for p in ("c", "a", "B", "d")])
    with store.links.lane() as lane:
        assert [m.patient for m in lane.in_order(0, 3)] == ["B", "a", "c"]
        assert [m.patient for m in lane.in_order(3, 3)] == ["d"]
        assert lane.in_order(4, 3) == []
    assert DONE < 0


def test_reviews_that_rules_ended_are_found_by_their_id_the_last_time_counts(store: Store) -> None:
    assert store.links.closed_review("r1") is None
    through_lane(store, 1, closed=(ClosedReview("r1", "a", "b", 1), ClosedReview("r2", "a", "c", 1)))
    through_lane(store, 5, closed=(ClosedReview("r1", "a", "b", 5),))
    assert store.links.closed_review("r1") == ClosedReview("r1", "a", "b", 5)
    assert store.links.closed_review("r2") == ClosedReview("r2", "a", "c", 1)
    store.records.clear()
    assert store.links.closed_review("r1") is None
