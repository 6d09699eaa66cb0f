"""Hazards H-16, H-28 and S-H29: a retired source keeps its history and its name, the mapping is told with the record, no reading waits on a source."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.provenance import provenance
from carehub.hub.feed_health import FeedWatch
from carehub.hub.hub import Hub
from carehub.hub.own_feeds import OWN
from carehub.terms.errors import Missing
from hub.toy_hub import NURSE, PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub


def retired(hub: Hub) -> Hub:
    """The same store with the toy feed's adapter gone."""
    catalogue = Catalogue([], OWN)
    return replace(hub, catalogue=catalogue, disclosing=replace(hub.disclosing, catalogue=catalogue))


def test_hazard_a_retired_adapter_leaves_its_history_and_its_source_named() -> None:
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    (person,) = hub.store.links.persons()
    before = hub.disclosing.person_record(NURSE, person, "overview").value.plan
    after = retired(hub).disclosing.person_record(NURSE, person, "overview").value.plan
    held = [(entry.title, told.source, told.feed) for entry in after.section("allergies").entries for told in entry.attributions]
    assert held == [("Allergy to penicillin", before.section("allergies").entries[0].attributions[0].source, "toy/feed")]


def test_hazard_a_retired_adapter_holds_up_nobody_and_a_rebuild_without_it_drops_nothing() -> None:
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    before = hub.record_hash()
    without = retired(hub)
    without.drain()
    with pytest.raises(Missing, match="FEED-001"):
        without.rebuild()
    assert without.store.links.persons()
    assert without.record_hash() == before
    assert hub.rebuild().same


def test_hazard_the_mapping_version_and_the_words_as_sent_are_told_with_the_record() -> None:
    hub = toy_hub(toy_adapter(version=3))
    submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    (person,) = hub.store.links.persons()
    (entry,) = hub.disclosing.person_record(NURSE, person, "overview").value.plan.section("allergies").entries
    told = provenance(entry.attributions[0])
    assert told["agent"][1]["who"]["identifier"]["value"] == "toy/3"
    assert told["agent"][1]["who"]["display"].endswith("mapping version 3")
    (patient,) = [link.patient for link in hub.store.links.links_of(person)]
    (kept,) = hub.store.records.of_patients([patient], ["AllergyIntolerance"])
    assert json.loads(kept.body)["code"] == PENICILLIN["code"]


def test_hazard_a_source_that_fails_holds_up_no_reading_and_is_said_to_fail(monkeypatch) -> None:
    reading = False

    def mapper(message: Message) -> Mapped:
        assert not reading, "a reading waits on an adapter"
        return map_message(message)

    def connect(*_: object) -> None:
        raise AssertionError("a reading waits on the network")

    hub = toy_hub(toy_adapter(mapper=mapper))
    hub = replace(hub, disclosing=replace(hub.disclosing, feeds=FeedWatch(hub.store.records, hub.catalogue)))
    submit(hub, ada(records=[PENICILLIN]), key="good")
    hub.drain()
    submit(hub, ada(bug=True), key="bad")
    hub.drain()
    (person,) = hub.store.links.persons()
    reading = True
    monkeypatch.setattr(socket.socket, "connect", connect)
    record = hub.disclosing.person_record(NURSE, person, "overview").value
    assert [entry.title for entry in record.plan.section("allergies").entries] == ["Allergy to penicillin"]
    (state,) = record.source_states
    assert state.code == "failing"
    assert "1 cannot be read" in state.sentence
