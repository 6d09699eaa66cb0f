"""Trying again what waits: in order, bounded, stoppable, the same twice; and what mapping a feed anew would change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.store.memory import MemoryStore
from carehub.terms.errors import Missing
from hub.scoped_feed import closing, mend, row
from hub.toy_hub import PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub


def broken(hub: Hub, count: int) -> list[str]:
    ids = [submit(hub, ada(patient=str(n), nhs="", family=f"Family{n}", bug=True))[0] for n in range(count)]
    hub.drain()
    return ids


def test_a_replay_goes_in_log_order_whatever_the_order_asked_for_and_the_same_again_changes_nothing():
    hub = toy_hub()
    ids = broken(hub, 3)
    fixed = mend(hub)
    done = fixed.replay(list(reversed(ids)), by="jo")
    assert (done.tried, done.closed, done.stopped) == (tuple(ids), tuple(ids), False)
    record, versions = fixed.record_hash(), hub.store.records.version_count()
    again = fixed.replay(ids, by="someone else")
    assert (again.closed, fixed.record_hash(), hub.store.records.version_count()) == ((), record, versions)
    assert {hub.waiting_entry(id).outcome.closed_by for id in ids} == {"jo"}


def test_a_replay_is_bounded_and_stops_when_asked():
    hub = toy_hub()
    ids = broken(hub, 70)
    fixed = mend(hub)
    first = fixed.replay(feed="toy/feed", by="jo", limit=3)
    assert (first.tried, first.stopped) == (tuple(ids[:3]), True)
    asked = iter([True, False])
    second = fixed.replay(reason="MAP-012", by="jo", go_on=lambda: next(asked, False))
    assert (second.tried, second.stopped) == (tuple(ids[3:67]), True)
    assert fixed.replay(by="jo").tried == tuple(ids[67:])
    assert fixed.waiting().counts == {}


def test_an_unknown_message_is_missing_and_nothing_is_tried():
    hub = toy_hub()
    [id] = broken(hub, 1)
    with pytest.raises(Missing):
        mend(hub).replay([id, "unknown"], by="jo")
    assert hub.waiting_entry(id).outcome.attempts == 1


def test_an_entry_that_fails_again_stays_open_and_keeps_its_first_failure():
    hub = toy_hub()
    [id] = broken(hub, 1)
    first = hub.waiting_entry(id).outcome
    hub.replay([id], by="jo")
    other = toy_hub(toy_adapter(mapper=lambda m: map_message(replace(m, body=b"?"))), hub.store)
    other.replay([id], by="jo")
    entry = hub.waiting_entry(id)
    assert (entry.state, entry.outcome.attempts, entry.outcome.failed_at, entry.outcome.failed_with) == ("open", 3, first.at, ("MAP-012",))
    assert [found.number for found in entry.reasons] == ["MAP-001"]


def test_a_closing_that_was_not_sure_is_tried_again_with_the_rows_it_missed():
    hub = toy_hub()
    submit(hub, row(0, "s0", 1), closing(1))
    bad, end = submit(hub, row(0, "s0", 2, bug=True), closing(2))
    hub.drain()
    done = mend(hub).replay([bad], by="jo")
    assert (done.tried, done.closed) == ((bad, end), (bad, end))
    assert hub.waiting().page == ()


def test_pages_of_what_waits_go_by_position_over_both_verdicts():
    hub = toy_hub()
    bad = {"type": "AllergyIntolerance", "id": "bad", "clinicalStatus": "not a concept"}
    ids = [submit(hub, ada(patient=str(n), nhs="", records=[bad] if n % 2 else [], bug=n % 2 == 0))[0] for n in range(5)]
    hub.drain()
    seen, after = [], 0
    while True:
        found = hub.waiting(after=after, limit=2)
        seen += [outcome.message for outcome in found.page]
        after = found.after
        if not after:
            break
    assert seen == ids
    assert hub.waiting(limit=1).counts == {("toy/feed", "GATE-010"): 2, ("toy/feed", "MAP-012"): 3}
    assert hub.waiting(feed="other/feed").counts == {}


def without_criticality(message: Message) -> Any:
    mapped = map_message(message)
    records = tuple(
        replace(r, resource={k: v for k, v in r.resource.items() if k != "criticality"}) for r in mapped.records if r.ref.local != "gone"
    )
    return replace(mapped, records=records)


def test_a_trial_tells_what_would_change_in_counts_and_paths_and_writes_nothing():
    hub = toy_hub()
    submit(
        hub,
        ada(records=[{**PENICILLIN, "criticality": "low"}, {**PENICILLIN, "id": "gone"}]),
        ada("acute", "A1", bug=True, family="Zimmer"),
    )
    hub.drain()
    before = hub.record_hash()
    other = toy_hub(toy_adapter(2, lambda m: without_criticality(replace(m, body=m.body.replace(b"true", b"false")))), hub.store)
    changes = other.trial("toy/feed", MemoryStore().records)
    assert changes.messages == 2
    assert (changes.added, changes.removed, changes.changed) == ({"Patient": 1}, {"AllergyIntolerance": 1}, {"AllergyIntolerance": 1})
    assert changes.paths == {"AllergyIntolerance.criticality": 1}
    assert changes.verdicts == {("rejected", "accepted"): 1}
    assert "Zimmer" not in repr(changes)
    assert (hub.record_hash(), hub.store.records.outcomes([]), len(list(other.unmapped()))) == (before, {}, 1)


def test_mapping_anew_does_what_the_trial_said_and_then_there_is_nothing_left_to_change():
    hub = toy_hub()
    submit(hub, ada(records=[{**PENICILLIN, "criticality": "low"}]), ada("acute", "A1"))
    hub.drain()
    other = toy_hub(toy_adapter(2, without_criticality), hub.store)
    assert other.trial("toy/feed", MemoryStore().records).changed == {"AllergyIntolerance": 1}
    assert other.remap("toy/feed", by="jo")
    after = other.trial("toy/feed", MemoryStore().records)
    assert [after.added, after.removed, after.changed, after.withdrawn, after.verdicts] == [{}] * 5
    assert list(other.unmapped()) == []
    assert other.rebuild().same


def test_mapping_anew_stops_when_asked():
    hub = toy_hub()
    submit(hub, ada())
    hub.drain()
    for n in range(70):
        submit(hub, ada(at=f"2026-11-21T08:{n % 60:02d}:0{n // 60}.000Z"))
    hub.drain()
    other = toy_hub(toy_adapter(2), hub.store)
    asked = iter([True, False])
    assert not other.remap("toy/feed", by="jo", go_on=lambda: next(asked, False))
    assert sum(len(ids) for ids in other.unmapped()) == 7


def test_a_part_that_the_adapter_also_complains_of_counts_once():
    bad = {"type": "AllergyIntolerance", "id": "bad", "clinicalStatus": "not a concept"}

    def complaining(message: Message) -> Any:
        from carehub.terms.issue_catalogue import issue

        mapped = map_message(message)
        return replace(mapped, issues=(issue("MAP-004", at="records.bad.clinicalStatus", about="AllergyIntolerance"),))

    hub = toy_hub(toy_adapter(mapper=complaining))
    submit(hub, ada(records=[bad]))
    hub.drain()
    plan = hub.store.plans.get(hub.store.links.persons()[0])
    assert plan is not None
    assert [source["unreadable"] for source in json.loads(plan.plan)["sources"]] == [1]
