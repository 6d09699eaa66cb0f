"""The store's contract: scopes, what closes them, what the lane must look at once more, and what each feed brought."""

from __future__ import annotations

import random

import pytest

from carehub.store.ports import Store
from carehub.store.stored import Closing, MappingBatch, Revisit, ScopedTelling, ScopeStamp
from carehub.terms.errors import Overtaken
from contracts.stores import AT, SOURCE, lane_batch, mapping, named, outcome, stored, telling
from hub.scoped_feed import settled, submissions

A, B, C = (named("record", letter) for letter in "abc")
M, N, R = (named("message", letter) for letter in "mno")
P, Q = named("patient", "p"), named("patient", "q")
NOON, LATER = "2026-11-22T12:00:00.000Z", "2026-11-23T12:00:00.000Z"


def told(record: str, message: str, scope: str = "s", unit: str = "") -> ScopedTelling:
    return ScopedTelling(record, message, named(scope), unit or f"unit of {message}")


def closed(message: str, scope: str = "s", patient: str | None = P, at: str = NOON, **other: object) -> Closing:
    values = {"unit": f"unit of {message}", "sequence": "0\x001", "position": 1, **other}
    return Closing(message=message, scope=named(scope), patient=patient, told_at=at, **values)  # type: ignore[arg-type]


def two_records(**other: object) -> MappingBatch:
    said = [telling(A, M, patient=P), telling(B, M, patient=Q)]
    return mapping(*said, stored(A, patient=P), stored(B, patient=Q), scoped=(told(A, M), told(B, M)), **other)


def test_what_was_told_under_a_scope_is_kept_and_goes_when_its_message_is_mapped_again(store: Store) -> None:
    store.records.apply(two_records(closings=(closed(M),)))
    assert store.records.scoped([A, "unknown"]) == {A: [told(A, M)]}
    assert store.records.scoped_by([M]) == {A, B}
    assert store.records.closings_of([M, "unknown"]) == [closed(M)]
    store.records.apply(mapping(remapped=(M,), removed=(B,), scoped=(told(A, M, "other"),)))
    assert store.records.scoped([A, B]) == {A: [told(A, M, "other")]}
    assert store.records.closings_of([M]) == []


def test_closings_are_found_by_scope_by_whose_and_from_a_moment_on(store: Store) -> None:
    whole = closed(N, patient=None, at=LATER)
    nobody = closed(R, patient="")
    store.records.apply(two_records(closings=(closed(M), closed(M, "other"), whole, nobody)))
    key = lambda c: c.message  # noqa: E731
    assert sorted(store.records.closings([named("s")], [P]), key=key) == sorted([closed(M), whole], key=key)
    assert store.records.closings([named("s")], [P], LATER) == [whole]
    assert sorted(store.records.closings([named("s")], ["", Q]), key=key) == sorted([nobody, whole], key=key)
    assert store.records.closings([], [P]) == []


def test_what_a_closing_leaves_out(store: Store) -> None:
    store.records.apply(two_records())
    assert store.records.untold([]) == set()
    assert store.records.untold([closed(N)]) == {A}
    assert store.records.untold([closed(N, "other"), closed(N)]) == {A}
    assert store.records.untold([closed(N, "other")]) == set()
    assert store.records.untold([closed(M)]) == set()
    assert store.records.untold([closed(N, patient=None)]) == {A, B}
    assert store.records.untold([closed(N, patient=None, unit=f"unit of {M}")]) == set()


def test_what_an_earlier_closing_has_withdrawn_is_left_out_only_when_asked(store: Store) -> None:
    store.records.apply(two_records())
    store.records.apply(mapping(stored(A, patient=P, withdrawn=True, message=N), closings=(closed(N),)))
    assert store.records.untold([closed(R, at=LATER)]) == set()
    assert store.records.untold([closed(R, at=LATER)], settled=True) == {A}
    assert store.records.untold([closed(R, at=AT)]) == {A}
    assert store.records.untold([closed(R, patient=None, at=LATER)]) == {B}


def test_a_scope_written_meanwhile_is_noticed(store: Store) -> None:
    scope = named("s")
    assert store.records.scope_stamps([scope]) == {}
    store.records.apply(two_records(scopes=((scope, ScopeStamp()),)))
    read = store.records.scope_stamps([scope])[scope]
    assert (read.told > 0, read.closed) == (True, 0)
    with pytest.raises(Overtaken):
        store.records.apply(mapping(closings=(closed(N, patient=None),), scopes=((scope, ScopeStamp()),)))
    store.records.apply(mapping(closings=(closed(N, patient=None),), scopes=((scope, read),)))
    with pytest.raises(Overtaken):
        store.records.apply(mapping(telling(C, R), stored(C), scoped=(told(C, R),), scopes=((scope, ScopeStamp(-1, 0)),)))
    assert store.records.current([C]) == {}
    now = store.records.scope_stamps([scope])[scope]
    store.records.apply(mapping(telling(C, R), stored(C), scoped=(told(C, R),), scopes=((scope, ScopeStamp(-1, now.closed)),)))
    # Who only tells under a scope does not mind that others told under it.
    store.records.apply(mapping(scoped=(told(C, M),), scopes=((scope, ScopeStamp(-1, now.closed)),)))


def test_revisits_wait_for_the_lane_and_one_written_again_meanwhile_stays(store: Store) -> None:
    store.records.apply(mapping(revisits=(Revisit(M, 2, P), Revisit(M, 2, Q), Revisit(N, 3, ""))))
    with store.links.lane() as lane:
        assert lane.revisits(1, 9) == []
        seen = lane.revisits(2, 9)
        assert [(r.message, r.position, r.patient) for r in seen] == sorted([(M, 2, P), (M, 2, Q)])
        assert lane.revisits(9, 1) == [seen[0]]
    store.records.apply(mapping(revisits=(Revisit(M, 2, P),)))
    with store.links.lane() as lane:
        lane.commit(lane_batch(2, revisited=tuple(seen)))
    with store.links.lane() as lane:
        assert [(r.message, r.patient) for r in lane.revisits(9, 9)] == [(M, P), (N, "")]


def test_what_a_feed_brought_is_added_up_by_day_and_for_ever(store: Store) -> None:
    dead = outcome(N, 2, verdict="rejected", source=None, patient="", received="2026-11-23T08:00:00.000Z")
    store.records.apply(mapping(outcome(M, 1, received="2026-11-22T08:00:00.000Z")))
    store.records.apply(mapping(dead))
    days = store.records.tallies("2026-11-22")
    assert [(t.source, t.day, t.messages, t.rejected) for t in days] == [("", "2026-11-23", 1, 1), (SOURCE.code, "2026-11-22", 1, 0)]
    assert store.records.tallies("2026-11-23") == [days[0]]
    [unread, good] = store.records.marks()
    assert (unread.dead_position, unread.last, unread.last_good) == (2, dead.received, "")
    assert (good.good_position, good.last_good) == (1, "2026-11-22T08:00:00.000Z")
    assert (store.records.dead_after("gp/structured-record", 1), store.records.dead_after("gp/structured-record", 2)) == (1, 0)
    assert store.records.dead_after("other/feed", 0) == 0
    store.records.apply(mapping(outcome(N, 2, received=dead.received), remapped=(N,)))
    assert [(t.source, t.messages, t.rejected) for t in store.records.marks()] == [("", 0, 0), (SOURCE.code, 2, 0)]


def test_waiting_messages_of_one_feed(store: Store) -> None:
    other = outcome(N, 2, verdict="rejected", feed="acute/hl7v2")
    store.records.apply(mapping(outcome(M, 1, verdict="rejected"), other))
    assert store.records.unsettled("rejected", 0, 9, "acute/hl7v2") == [other]
    assert store.records.verdicts([M, N, "unknown"]) == {M: "rejected", N: "rejected"}


def test_an_outcome_keeps_who_it_touched_and_how_it_was_closed(store: Store) -> None:
    kept = outcome(M, touched=(P, Q), failed_at=AT, failed_with=("MAP-001",), closed_at=LATER, closed_by="jo")
    store.records.apply(mapping(kept))
    assert store.records.outcomes([M]) == {M: kept}
    assert kept.patients == [named("patient"), P, Q]


@pytest.mark.parametrize("seed", range(3))
def test_a_feed_with_scopes_gives_the_same_record_on_every_store(store: Store, seed: int) -> None:
    told = submissions(random.Random(seed))
    assert settled(list(reversed(told)), store).record_hash() == settled(told).record_hash()
