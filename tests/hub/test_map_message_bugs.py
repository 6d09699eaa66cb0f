"""A bug in what an adapter hands over costs only the message that meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.adapter import overlay
from carehub.store.memory import MemoryStore
from carehub.store.stored import MappingBatch
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from hub.toy_hub import ada, submit, toy_adapter, toy_hub


def revise(before: Mapping[str, Any], told: Mapping[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    if told.get("birthDate") == "1900-01-01":
        raise KeyError("Okafor")
    return overlay(before, told, clears)


def test_a_bug_while_a_message_is_folded_in_costs_only_that_message():
    hub = toy_hub(replace(toy_adapter(), revise=revise))
    good = ada(change="update", at="2026-11-21T08:00:00.000Z", extra={"gender": "female"})
    bad = ada(change="update", at="2026-11-21T09:00:00.000Z", born="1900-01-01")
    other = ada(patient="2", nhs="9990000026", given="Bo")
    first, second, third, fourth = submit(hub, ada(), good, bad, other)
    done = hub.drain()
    assert done.bugs == (third,)
    outcomes = hub.store.records.outcomes([first, second, third, fourth])
    assert [found.number for found in outcomes[third].issues] == ["MAP-012"]
    assert [outcomes[id].verdict for id in (first, second, third, fourth)] == ["accepted", "accepted", "rejected", "accepted"]
    assert hub.store.links.lane_position() == 4
    assert len(hub.store.links.persons()) == 2


def test_a_message_the_store_cannot_take_waits_and_its_neighbours_are_stored():
    store = MemoryStore()
    hub = toy_hub(store=store)
    first, second, third = submit(hub, ada(), ada(patient="2", nhs="", given="Bo"), ada(patient="3", nhs="", given="Cy"))
    real = store.records.apply

    def apply(batch: MappingBatch) -> None:
        if any(telling.message == second for telling in batch.tellings):
            raise ValueError("a value this database cannot hold")
        real(batch)

    store.records.apply = apply
    report = hub.map([first, second, third])
    assert report.bugs == [second]
    assert [(o.message, o.verdict) for o in report.outcomes] == [(first, "accepted"), (second, "rejected"), (third, "accepted")]


def test_a_busy_store_is_not_taken_for_a_bug():
    store = MemoryStore()
    hub = toy_hub(store=store)
    ids = submit(hub, ada())

    def apply(batch: MappingBatch) -> None:
        raise StoreBusy(issue("STORE-001"))

    store.records.apply = apply
    with pytest.raises(StoreBusy):
        hub.map(ids)
    assert store.records.outcomes(ids) == {}
