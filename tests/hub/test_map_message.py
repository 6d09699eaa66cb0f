"""Messages to records: one bad part costs only itself, late tellings find their place, and a fixed adapter can try again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Overtaken, Unreadable
from carehub.terms.refs import RecordRef
from hub.toy_hub import PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub


def outcome(hub: Hub, message: str):
    return hub.store.records.outcomes([message])[message]


def patient(hub: Hub, source: str = "gp", key: str = "1"):
    found = hub.store.records.record("Patient", RecordRef(source, key, "Patient").id)
    assert found is not None
    return found


def test_a_message_becomes_records_with_meta_that_names_feed_and_message():
    hub = toy_hub()
    [message] = submit(hub, ada(records=[PENICILLIN]))
    hub.drain()
    assert outcome(hub, message).verdict == "accepted"
    body = json.loads(patient(hub).body)
    assert body["meta"]["source"] == f"urn:carehub:toy/feed#{message}"
    assert body["meta"]["versionId"] == "1"


def test_one_bad_resource_quarantines_itself_never_its_neighbours():
    hub = toy_hub()
    bad = {"type": "AllergyIntolerance", "id": "bad", "clinicalStatus": "not a concept"}
    [message] = submit(hub, ada(records=[bad, PENICILLIN]))
    hub.drain()
    told = outcome(hub, message)
    assert told.verdict == "partly_quarantined"
    assert [part.at for part in told.quarantined] == ["records.bad"]
    assert [part.issues[0].number[:5] for part in told.quarantined] == ["GATE-"]
    kept = hub.store.records.of_patients([patient(hub).id], ["AllergyIntolerance"])
    assert len(kept) == 1


def test_a_reference_to_a_quarantined_record_is_never_served():
    hub = toy_hub()
    bad_id = RecordRef("gp", "1", "Encounter", "e1").id
    bad = {"type": "Encounter", "id": "e1", "status": "no such status"}
    pointing = {**PENICILLIN, "encounter": {"reference": f"Encounter/{bad_id}"}}
    submit(hub, ada(records=[bad, pointing]))
    hub.drain()
    [allergy] = hub.store.records.of_patients([patient(hub).id], ["AllergyIntolerance"])
    assert bad_id.encode() not in allergy.body
    assert b"not readable" in allergy.body


def test_a_message_whose_patient_cannot_be_read_is_rejected_whole_and_kept():
    hub = toy_hub()
    [message] = submit(hub, ada(extra={"gender": "no such gender"}, records=[PENICILLIN]))
    hub.drain()
    assert outcome(hub, message).verdict == "rejected"
    assert outcome(hub, message).issues
    assert hub.store.records.totals() == (0, 0)
    assert hub.log.read([message])[message].body


def test_bytes_that_are_not_the_format_are_dead_lettered_with_their_reason():
    hub = toy_hub()
    receipt = hub.receive([Submission("toy/feed", b"\x00rubbish", "2026-11-22T09:00:00.000Z", "test")])[0]
    hub.drain()
    told = outcome(hub, receipt.messages[0])
    assert (told.verdict, told.issues[0].number) == ("rejected", "MAP-001")
    assert hub.log.submission_body(receipt.submission) == b"\x00rubbish"


def test_an_adapters_bug_stops_nothing_and_can_be_replayed_after_a_fix():
    hub = toy_hub()
    broken, fine = submit(hub, ada(bug=True), ada(patient="2", nhs="9990000026"))
    report = hub.map([broken, fine])
    assert report.bugs == [broken]
    assert outcome(hub, broken).issues[0].number == "MAP-012"
    assert outcome(hub, fine).verdict == "accepted"
    mended = toy_hub(toy_adapter(mapper=lambda m: map_message(replace(m, body=m.body.replace(b'"bug": true', b'"bug": false')))), hub.store)
    mended.map([broken], again=True)
    assert outcome(mended, broken).verdict == "accepted"
    assert outcome(mended, broken).attempts == 2


def test_the_newest_by_the_sources_clock_stands_whatever_arrived_last():
    hub = toy_hub()
    submit(hub, ada(family="Newer", at="2026-11-21T08:00:00.000Z"))
    submit(hub, ada(family="Older", at="2026-11-19T08:00:00.000Z"))
    hub.drain()
    assert b"Newer" in patient(hub).body
    assert patient(hub).version == 2


def test_an_update_lays_over_what_was_said_and_a_clear_removes():
    hub = toy_hub()
    submit(hub, ada(extra={"gender": "female"}))
    submit(hub, ada(at="2026-11-21T08:00:00.000Z", family="", born="", nhs="", change="update", clears=["gender"]))
    hub.drain()
    body = json.loads(patient(hub).body)
    assert body["birthDate"] == "1944-05-01"
    assert "gender" not in body


def test_the_same_delivery_again_gets_the_same_receipt_and_changes_nothing():
    hub = toy_hub()
    first = submit(hub, ada(), key="k1")
    hub.drain()
    versions, position = hub.store.records.version_count(), hub.log.last_position()
    assert submit(hub, ada(), key="k1") == first
    hub.drain()
    assert (hub.store.records.version_count(), hub.log.last_position()) == (versions, position)


def test_the_same_content_in_a_new_delivery_makes_no_new_version():
    hub = toy_hub()
    submit(hub, ada(), key="k1")
    submit(hub, ada(at="2026-11-21T08:00:00.000Z"), key="k2")
    hub.drain()
    assert patient(hub).version == 1
    assert hub.log.last_position() == 2


def test_a_delivery_key_used_for_other_bytes_is_refused():
    hub = toy_hub()
    submit(hub, ada(), key="k1")
    with pytest.raises(Overtaken) as refused:
        submit(hub, ada(family="Other"), key="k1")
    assert refused.value.issues[0].number == "FEED-003"


def test_an_empty_submission_and_an_unknown_feed_are_refused():
    hub = toy_hub()
    with pytest.raises(Unreadable):
        hub.receive([Submission("toy/feed", b"", "2026-11-22T09:00:00.000Z", "test")])
    with pytest.raises(Missing):
        hub.receive([Submission("nowhere/feed", b"x", "2026-11-22T09:00:00.000Z", "test")])


def test_the_same_record_twice_in_one_message_with_different_content_is_quarantined():
    hub = toy_hub()
    other = {**PENICILLIN, "criticality": "high"}
    [message] = submit(hub, ada(records=[PENICILLIN, other]))
    hub.drain()
    assert [part.issues[0].number for part in outcome(hub, message).quarantined] == ["MAP-015"]


def test_raising_the_mapping_version_maps_the_feed_again_and_drops_what_is_no_longer_said():
    hub = toy_hub()
    [message] = submit(hub, ada(records=[PENICILLIN]))
    hub.drain()

    def without_allergies(told):
        mapped = map_message(told)
        return replace(mapped, records=tuple(r for r in mapped.records if r.ref.type == "Patient"))

    raised = toy_hub(toy_adapter(version=2, mapper=without_allergies), hub.store)
    assert list(raised.unmapped()) == [[message]]
    raised.drain()
    assert hub.store.records.of_patients([patient(hub).id], ["AllergyIntolerance"]) == []
    assert outcome(raised, message).mapping_version == 2
    assert list(raised.unmapped()) == []
