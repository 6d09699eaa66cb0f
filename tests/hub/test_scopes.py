"""What a source leaves out of a scope it told completely is withdrawn: by its own clock, in whatever order all of it came."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from carehub.store.stored import MappingBatch, StoredRecord
from carehub.terms.refs import RecordRef
from hub.scoped_feed import NHS, allergy, closing, day, mend, row, settled, snapshot, submissions
from hub.toy_hub import PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub


def found(hub: Hub, local: str, source: str = "gp", patient: str = "1") -> StoredRecord:
    record = hub.store.records.record("AllergyIntolerance", RecordRef(source, patient, "AllergyIntolerance", local).id)
    assert record is not None
    return record


def council(hub: Hub, local: str, patient: int = 0) -> StoredRecord:
    return found(hub, local, "council", f"c{patient}")


def test_what_a_later_complete_list_leaves_out_is_withdrawn_and_kept():
    hub = toy_hub()
    submit(hub, snapshot(18, "a", "b"))
    [later] = submit(hub, snapshot(19, "b"))
    hub.drain()
    assert (found(hub, "a").withdrawn, found(hub, "a").message, found(hub, "a").version) == (True, later, 2)
    assert not found(hub, "b").withdrawn


def test_a_list_told_again_brings_it_back():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"), snapshot(19), snapshot(20, "a"))
    hub.drain()
    assert (found(hub, "a").withdrawn, found(hub, "a").version) == (False, 3)


def test_late_old_news_does_not_bring_anything_back():
    hub = toy_hub()
    submit(hub, snapshot(20))
    hub.drain()
    submit(hub, snapshot(18, "a"))
    hub.drain()
    assert found(hub, "a").withdrawn


def test_a_list_that_closes_nothing_and_another_patients_list_withdraw_nothing():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"), ada(at=day(19)), snapshot(20, patient="2", nhs=NHS[1]))
    hub.drain()
    assert not found(hub, "a").withdrawn


def test_another_scope_of_the_same_patient_is_not_touched():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"), ada(at=day(19), closes=["problems"]))
    hub.drain()
    assert not found(hub, "a").withdrawn


def test_two_lists_of_one_moment_withdraw_nothing_of_each_other():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"))
    submit(hub, snapshot(18, "b"))
    hub.drain()
    assert not found(hub, "a").withdrawn
    assert not found(hub, "b").withdrawn


def test_an_entry_that_cannot_be_used_is_not_missing_from_its_list():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"))
    bad = allergy("a", clinicalStatus="not a concept")
    submit(hub, ada(at=day(19), records=[bad], closes=["allergies"]))
    hub.drain()
    assert not found(hub, "a").withdrawn


def test_a_list_with_an_entry_the_adapter_lost_withdraws_nothing_and_says_so():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"))
    [message] = submit(hub, snapshot(19, lost_entry=True))
    hub.drain()
    assert not found(hub, "a").withdrawn
    assert [i.number for i in hub.store.records.outcomes([message])[message].issues] == ["MAP-004", "MAP-020"]


def test_a_months_file_replaces_the_month_before_for_everybody():
    hub = toy_hub()
    submit(hub, row(0, "s0", 1), row(1, "s1", 1), closing(1))
    submit(hub, row(0, "s0", 2), closing(2))
    hub.drain()
    assert (council(hub, "s0").withdrawn, council(hub, "s1", 1).withdrawn) == (False, True)
    gone = hub.store.links.person_of([RecordRef("council", "c1", "Patient").id])
    plan = hub.store.plans.get(*gone.values())
    assert plan is not None
    [report] = json.loads(plan.plan)["sources"]
    assert report["withdrawn"] == 1


def test_a_closing_message_waits_until_every_row_has_an_outcome():
    hub = toy_hub()
    ids = submit(hub, row(0, "s0", 1), row(1, "s1", 1), closing(1))
    assert hub.map([ids[2], ids[0]]).waiting == [ids[2]]
    assert hub.store.records.outcomes([ids[2]]) == {}
    hub.drain()
    assert hub.store.records.outcomes(ids)[ids[2]].verdict == "accepted"
    assert hub.store.links.lane_position() == 3


def test_a_row_read_at_last_is_no_longer_taken_as_withdrawn():
    hub = toy_hub()
    submit(hub, row(0, "s0", 1), closing(1))
    bad, end = submit(hub, row(0, "s0", 2, bug=True), closing(2))
    hub.drain()
    told = hub.store.records.outcomes([end])[end]
    assert council(hub, "s0").withdrawn
    assert (told.verdict, [i.number for i in told.issues], told.issues[0].count) == ("partly_quarantined", ["MAP-019"], 1)
    fixed = mend(hub)
    fixed.map([bad, end], again=True)
    fixed.settle()
    assert not council(hub, "s0").withdrawn
    after = hub.store.records.outcomes([bad, end])
    assert [after[m].verdict for m in (bad, end)] == ["accepted", "accepted"]
    assert (after[bad].failed_with, after[bad].attempts, after[bad].closed_by) == (("MAP-012",), 2, "mapping version 1")


def test_a_message_that_closes_no_more_gives_back_what_it_withdrew():
    hub = toy_hub()
    submit(hub, snapshot(18, "a"), snapshot(19))
    hub.drain()
    assert found(hub, "a").withdrawn
    open_ended = toy_hub(toy_adapter(2, lambda m: replace(map_message(m), closes=())), hub.store)
    open_ended.drain()
    assert (found(hub, "a").withdrawn, found(hub, "a").version) == (False, 1)
    assert open_ended.rebuild().same


def test_a_patient_told_by_nobody_any_more_leaves_its_person_and_no_plan_stays():
    hub = toy_hub()
    [first] = submit(hub, ada())
    submit(hub, ada("acute", "A1", kind="acute"))
    hub.drain()
    assert len(hub.store.links.persons()) == 1
    rejecting = toy_hub(toy_adapter(mapper=lambda m: map_message(m) if m.id != first else map_message(replace(m, body=b"?"))), hub.store)
    rejecting.map([first], again=True)
    rejecting.settle()
    [person] = hub.store.links.persons()
    assert [link.patient for link in hub.store.links.links_of(person)] == [RecordRef("acute", "A1", "Patient").id]
    assert hub.store.plans.totals()[0] == 1
    assert rejecting.rebuild().same


def test_the_last_patient_of_a_person_takes_the_plan_along():
    hub = toy_hub()
    [first] = submit(hub, ada())
    hub.drain()
    rejecting = toy_hub(toy_adapter(2, lambda m: map_message(replace(m, body=b"?"))), hub.store)
    rejecting.drain()
    assert (hub.store.links.persons(), hub.store.plans.hashes()) == ([], [])
    assert hub.store.records.outcomes([first])[first].verdict == "rejected"


def test_changed_demographics_behind_the_lane_are_seen():
    hub = toy_hub()
    [first] = submit(hub, ada(nhs="", family="Other"))
    submit(hub, ada("acute", "A1", kind="acute"))
    hub.drain()
    assert len(hub.store.links.persons()) == 2
    told = {"family": "Okafor", "nhs": NHS[0]}
    corrected = toy_hub(
        toy_adapter(mapper=lambda m: map_message(replace(m, body=json.dumps({**json.loads(m.body), **told}).encode()))), hub.store
    )
    corrected.map([first], again=True)
    corrected.settle()
    assert len(hub.store.links.persons()) == 1


def test_a_merge_that_is_told_no_more_is_not_in_force():
    hub = toy_hub()
    submit(hub, ada("acute", "A1"), ada("acute", "A2", nhs=NHS[1], born="1944-05-02"))
    [merge] = submit(hub, ada("acute", "A1", merge="A2", at=day(21)))
    hub.drain()
    assert len(hub.store.links.persons()) == 1
    plain = toy_hub(toy_adapter(mapper=lambda m: map_message(m) if m.id != merge else _without_merge(m)), hub.store)
    plain.map([merge], again=True)
    plain.settle()
    assert len(hub.store.links.persons()) == 2
    assert plain.rebuild().same


def _without_merge(message: Message) -> Any:
    return map_message(replace(message, body=json.dumps({k: v for k, v in json.loads(message.body).items() if k != "merge"}).encode()))


def test_a_record_about_nobody_is_kept_and_linked_to_no_person():
    hub = toy_hub()
    submit(
        hub,
        {"source": "directory", "kind": "voluntary", "directory": [{"resourceType": "Organization", "id": "o1", "name": "Invented Club"}]},
    )
    hub.drain()
    ref = RecordRef("directory", "", "Organization", "o1")
    stored = hub.store.records.record("Organization", ref.id)
    assert stored is not None
    assert (stored.patient, hub.store.links.persons()) == ("", [])


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=100_000))
def test_scopes_in_any_order_with_quarantine_and_replays_give_the_same_record(seed: int):
    dice = random.Random(seed)
    told = submissions(dice)
    straight = settled(told)
    store = MemoryStore()
    hub = toy_hub(store=store)
    dice.shuffle(told)
    seen: list[str] = []
    for messages in told:
        seen += submit(hub, *messages)
        if dice.random() < 0.4:
            hub.map(dice.sample(seen, min(len(seen), 4)))
        if dice.random() < 0.4:
            hub.drain()
        if dice.random() < 0.4:
            hub.map(dice.sample(seen, min(len(seen), 3)), again=True)
        if dice.random() < 0.3:
            hub.settle()
    hub.drain()
    fixed = mend(hub)
    waiting = [o.message for verdict in ("rejected", "partly_quarantined") for o in store.records.unsettled(verdict, 0, 999)]
    dice.shuffle(waiting)
    half = len(waiting) // 2
    fixed.map(waiting[:half], again=True)
    fixed.settle()
    fixed.map(waiting[half:], again=True)
    # A closing counts what could not be read when it was mapped: it is mapped once more when its rows are well.
    fixed.map([o.message for o in store.records.unsettled("partly_quarantined", 0, 999)], again=True)
    fixed.drain()
    assert fixed.record_hash() == straight.record_hash()
    assert fixed.rebuild().same


@pytest.mark.parametrize("first", ["closing", "row"])
def test_a_worker_overtaken_by_another_on_the_same_scope_works_it_out_again(monkeypatch: pytest.MonkeyPatch, first: str):
    hub = toy_hub()
    submit(hub, row(0, "s0", 1))
    hub.drain()
    [late] = submit(hub, row(1, "s1", 1))
    [end] = submit(hub, closing(2))
    slow, quick = (end, late) if first == "closing" else (late, end)
    records, whole = hub.store.records, hub.store.records.apply
    tries = []

    def overtaken(batch: MappingBatch) -> None:
        tries.append(batch)
        if len(tries) == 1:
            monkeypatch.setattr(records, "apply", whole)
            hub.map([quick])
            monkeypatch.setattr(records, "apply", overtaken)
        whole(batch)

    monkeypatch.setattr(records, "apply", overtaken)
    hub.map([slow])
    assert len(tries) == 2
    assert (council(hub, "s0").withdrawn, council(hub, "s1", 1).withdrawn) == (True, True)
    hub.settle()
    assert hub.rebuild().same


def test_a_plan_changed_twice_at_one_place_in_the_log_is_made_twice():
    hub = toy_hub()
    [only] = submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    person = hub.store.links.persons()[0]
    other = toy_hub(toy_adapter(mapper=lambda m: replace(map_message(m), records=map_message(m).records[:1])), hub.store)
    other.map([only], again=True)
    other.reconcile()
    [(_, number)] = hub.store.plans.dirty(9)
    stale = hub.store.plans.get(person)
    assert stale is not None
    hub.map([only], again=True)
    hub.reconcile()
    # Somebody who read before the second change stores what they made of it after.
    hub.store.plans.put([replace(stale, position=number)], [])
    assert [dirty for dirty, _ in hub.store.plans.dirty(9)] == [person]
