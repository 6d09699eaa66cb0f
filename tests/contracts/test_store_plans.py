"""The store's contract: plans, what is out of date, and the audit trail."""

from __future__ import annotations

from carehub.store.ports import Store
from carehub.store.stored import AuditRow, StoredPlan
from contracts.stores import AT, named, through_lane

P, Q, R = (named("person", letter) for letter in "pqr")


def plan(person: str, position: int, **other: object) -> StoredPlan:
    values = {"content_hash": "aa", "conflicts": 1, "gaps": 2, "plan": b'{"x":"\x00"}', "at": AT, **other}
    return StoredPlan(person=person, position=position, **values)  # type: ignore[arg-type]


def test_the_plan_longest_out_of_date_is_first_and_stays_so_when_it_changes_again(store: Store) -> None:
    through_lane(store, 1, dirty=(Q,))
    through_lane(store, 2, dirty=(P, R))
    through_lane(store, 3, dirty=(Q, Q))
    assert store.plans.dirty(9) == [(Q, 3), *sorted([(P, 2), (R, 2)])]
    assert store.plans.dirty(1) == [(Q, 3)]
    assert store.plans.stale() == 3


def test_a_plan_clears_the_dirt_it_has_seen_and_no_later_dirt(store: Store) -> None:
    through_lane(store, 1, dirty=(P, Q))
    through_lane(store, 2, dirty=(P,))
    store.plans.put([plan(P, 1), plan(Q, 1)], [])
    assert store.plans.dirty(9) == [(P, 2)]
    assert store.plans.get(P) == plan(P, 1)
    assert store.plans.stale() == 1
    store.plans.put([plan(P, 2)], [])
    assert store.plans.dirty(9) == []
    assert store.plans.stale() == 0


def test_an_older_plan_does_not_replace_a_newer_one(store: Store) -> None:
    store.plans.put([plan(P, 5, content_hash="new")], [])
    store.plans.put([plan(P, 4, content_hash="old")], [])
    assert store.plans.get(P) == plan(P, 5, content_hash="new")
    again = plan(P, 5, content_hash="again")
    store.plans.put([again], [])
    assert store.plans.get(P) == again
    later = plan(P, 5, content_hash="again", at=AT.replace("Z", "1Z"), plan=b'{"y":"\x00"}')
    store.plans.put([later], [])
    assert store.plans.get(P) == later


def test_plans_of_several_are_read_together_each_as_it_stands_now(store: Store) -> None:
    assert store.plans.get_each([P, Q]) == {}
    store.plans.put([plan(P, 5), plan(Q, 5)], [])
    assert store.plans.get_each([P, Q, R]) == {P: plan(P, 5), Q: plan(Q, 5)}
    assert store.plans.get_each([]) == {}
    store.plans.put([plan(Q, 6, plan=b'{"y":"\x00"}')], [(P, 6)])
    assert store.plans.get_each([P, Q]) == {Q: plan(Q, 6, plan=b'{"y":"\x00"}')}


def test_an_emptied_person_loses_the_plan_unless_a_newer_one_is_there(store: Store) -> None:
    through_lane(store, 3, dirty=(P, Q))
    store.plans.put([plan(P, 2), plan(Q, 4)], [])
    store.plans.put([], [(P, 3), (Q, 3), (R, 3)])
    assert store.plans.get(P) is None
    assert store.plans.get(Q) == plan(Q, 4)
    assert store.plans.dirty(9) == []


def test_plans_that_speak_for_the_caseload_are_found_by_their_marks_until_they_say_nothing_more(store: Store) -> None:
    assert store.plans.marked() == []
    store.plans.put([plan(Q, 2, marks="f"), plan(P, 2, marks="a2026-01-02 f"), plan(R, 2)], [])
    assert store.plans.marked() == sorted([(P, "a2026-01-02 f"), (Q, "f")])
    assert store.plans.get(P) == plan(P, 2)
    store.plans.put([plan(P, 1, marks="old"), plan(Q, 1)], [(Q, 1)])
    assert store.plans.marked() == sorted([(P, "a2026-01-02 f"), (Q, "f")])
    store.plans.put([plan(P, 3, marks="p2026-08-01"), plan(Q, 3)], [])
    assert store.plans.marked() == [(P, "p2026-08-01")]
    store.plans.put([], [(P, 4)])
    assert store.plans.marked() == []
    store.plans.put([plan(P, 5, marks="f")], [])
    store.records.clear()
    assert store.plans.marked() == []


def test_plans_are_counted(store: Store) -> None:
    assert (store.plans.totals(), store.plans.hashes(), store.plans.get(P)) == ((0, 0, 0), [], None)
    store.plans.put([plan(P, 1, content_hash="bb"), plan(Q, 1, conflicts=0, gaps=5)], [])
    assert store.plans.totals() == (2, 1, 7)
    assert store.plans.hashes() == ["aa", "bb"]


def test_audit_is_newest_first_and_keeps_the_first_writing(store: Store) -> None:
    rows = [AuditRow(str(n), f"2026-11-2{n}T00:00:00.000Z", P, b'{"n":%d}' % n) for n in range(3)]
    same_moment = AuditRow("x", rows[1].at, P, b"\x00")
    store.audit.append([rows[1], same_moment, rows[2], rows[0]])
    store.audit.append([AuditRow("1", AT, P, b"changed"), AuditRow("q", AT, Q, b"{}")])
    assert store.audit.about(P, 9) == [rows[2], same_moment, rows[1], rows[0]]
    assert store.audit.about(P, 2) == [rows[2], same_moment]
    assert store.audit.about("unknown", 9) == []
    store.audit.append([])
