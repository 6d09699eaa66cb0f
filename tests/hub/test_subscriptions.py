"""Whoever asked is told once of what happens, decided anew at the moment of telling, and never of what they may not see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carehub.governance.requester import Requester
from carehub.governance.subscription import Subscription
from carehub.hub.hub import Hub
from carehub.hub.tell_subscribers import MOST_TRIES, TellSubscribers
from carehub.terms.errors import Missing, OutsideDown, Refused, Rejected
from carehub.terms.issue_catalogue import issue
from hub.subscribed_hub import Told, stay
from hub.toy_hub import NURSE, PENICILLIN

LINK_WORKER = replace(NURSE, user="lo", role="link-worker")
ENGINEER = Requester("en", "En", "integration-engineer", "X99001", "Northvale Community", "HOPERAT")


@pytest.fixture
def told() -> Told:
    made = Told()
    made.say(PENICILLIN, source="gp")
    made.say(source="acute")
    return made


def focus_of(told: Told) -> str:
    _, bodies = told.hub.disclosing.everything(NURSE, told.person).value
    return next(f"Encounter/{one.id}" for one in bodies if one.type == "Encounter")


def test_an_admission_is_told_once_after_a_greeting(told: Told) -> None:
    asked = told.asked()
    assert asked.state == "requested"
    assert told.tell() == [("handshake", "0", "")]
    told.say(stay("in-progress"))
    assert told.tell() == [("event-notification", "1", focus_of(told))]
    told.say(stay("in-progress", serviceType={"text": "Geriatrics"}))
    assert told.tell(timedelta(days=1)) == []
    assert told.verbs.one(NURSE, asked.subscription.id).sent == 1
    assert len(set(told.receiver.ids)) == 2


def test_a_discharge_taken_back_and_made_again_is_told_again(told: Told) -> None:
    told.asked(topic="discharged")
    told.tell()
    told.say(stay("finished", "2026-11-22T08:00:00Z"))
    assert [one[0] for one in told.tell()] == ["event-notification"]
    told.say(stay("in-progress"), at="2026-11-20T09:00:00.000Z")
    told.say(stay("finished", "2026-11-22T11:00:00Z"), at="2026-11-20T10:00:00.000Z")
    assert [one[:2] for one in told.tell()] == [("event-notification", "2")]


def test_a_corrected_time_of_discharge_is_no_discharge(told: Told) -> None:
    told.asked(topic="discharged")
    told.tell()
    told.say(stay("finished", "2026-11-22T08:00:00Z"))
    told.tell()
    told.say(stay("finished", "2026-11-22T08:30:00Z"), at="2026-11-20T09:00:00.000Z")
    assert told.tell(timedelta(days=1)) == []


def test_what_was_so_before_somebody_asked_is_not_told(told: Told) -> None:
    told.say(stay("in-progress"))
    told.asked()
    told.say(PENICILLIN, source="gp", at="2026-11-20T09:00:00.000Z")
    assert told.tell() == [("handshake", "0", "")]


def test_a_rebuild_tells_nobody_again(told: Told) -> None:
    told.asked(topic="discharged")
    told.tell()
    told.say(stay("finished", "2026-11-22T08:00:00Z"))
    told.say(stay("finished", "2026-11-22T08:30:00Z"), at="2026-11-20T09:00:00.000Z")
    told.tell()
    assert told.hub.rebuild().same
    assert told.tell(timedelta(days=1)) == []


def test_a_payload_of_nothing_names_nothing(told: Told) -> None:
    told.asked(payload="empty")
    told.tell()
    told.say(stay("in-progress"))
    assert told.tell() == [("event-notification", "1", "")]
    assert told.person not in json.dumps(told.receiver.bundles)


def test_a_confirmed_death_is_told_and_an_unconfirmed_one_is_not(told: Told) -> None:
    told.asked(topic="died")
    told.tell()
    dead = {"extra": {"deceasedDateTime": "2026-11-21"}, "at": "2026-11-20T09:00:00.000Z"}
    told.say(source="acute", **dead)
    assert told.tell() == []
    told.say(PENICILLIN, source="gp", **dead)
    assert told.tell() == [("event-notification", "1", f"Patient/{told.person}")]


def test_sources_that_begin_to_disagree_are_told(told: Told) -> None:
    told.asked(topic="conflict-opened")
    told.tell()
    none = {"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}
    told.say({**PENICILLIN, "id": "n1", "code": {"coding": [none]}, "recordedDate": "2026-11-20"})
    [(kind, _, focus)] = told.tell()
    assert (kind, focus.partition("/")[0]) == ("event-notification", "DetectedIssue")


def test_whoever_may_not_see_it_is_not_told(told: Told) -> None:
    """The link worker is not shown medicines and conditions; a label keeps the stay itself from a care coordinator."""
    told.asked(replace(NURSE, user="co", role="care-coordinator"))
    told.tell()
    confidential = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    told.say(stay("in-progress", meta=confidential))
    assert told.tell() == []
    [standing] = told.hub.store.subscriptions.standing()
    assert (standing.sent, standing.waiting) == (0, 0)


def test_a_role_that_lost_its_right_is_not_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.asked()
    told.tell()
    told.say(stay("in-progress"))
    told.hub.tell_subscribers = TellSubscribers(
        told.hub.store, replace(told.hub.disclosing, policy={}), told.receiver.call, told.hub.feed_health
    ).tell
    assert told.tell() == []


def test_a_receiver_that_is_away_is_called_again_and_nothing_is_lost(told: Told) -> None:
    told.asked()
    told.tell()
    told.receiver.answers = False
    told.say(stay("in-progress"))
    for _ in range(3):
        assert told.tell(timedelta(hours=7)) == []
    [standing] = told.hub.store.subscriptions.standing()
    assert (standing.state, standing.failed, standing.waiting) == ("active", 3, 1)
    assert told.tell() == []
    told.receiver.answers = True
    assert [one[0] for one in told.tell(timedelta(hours=7))] == ["event-notification"]
    [standing] = told.hub.store.subscriptions.standing()
    assert (standing.failed, standing.waiting, standing.sent) == (0, 0, 1)


def test_a_receiver_that_never_answers_is_in_error_and_not_called_any_more(told: Told) -> None:
    told.receiver.answers = False
    told.asked()
    for _ in range(MOST_TRIES + 3):
        told.tell(timedelta(hours=7))
    [standing] = told.hub.store.subscriptions.standing()
    assert (standing.state, standing.failed) == ("error", MOST_TRIES)
    told.receiver.answers = True
    assert told.tell(timedelta(days=3)) == []


def test_an_ended_subscription_tells_nothing(told: Told) -> None:
    asked = told.asked()
    told.tell()
    told.say(stay("in-progress"))
    told.verbs.end(NURSE, asked.subscription.id)
    assert told.tell(timedelta(days=1)) == []
    told.hub.rebuild()
    [standing] = told.hub.store.subscriptions.standing()
    assert standing.state == "off"


def test_a_subscription_whose_end_has_come_is_off(told: Told) -> None:
    told.asked(end="2026-11-23T00:00:00.000Z")
    told.tell()
    told.say(stay("in-progress"))
    assert told.tell(timedelta(days=2)) == []
    [standing] = told.hub.store.subscriptions.standing()
    assert standing.state == "off"


def test_a_caseload_is_everybody_of_whom_ones_organisation_holds_a_record(told: Told) -> None:
    here = replace(NURSE, organisation="acute")
    told.asked(here, person="", caseload="acute")
    told.asked(replace(NURSE, organisation="elsewhere"), person="", caseload="elsewhere")
    told.tell()
    told.say(stay("in-progress"))
    assert [one[0] for one in told.tell()] == ["event-notification"]


def test_a_late_feed_is_told_once(told: Told) -> None:
    told.asked(ENGINEER, topic="feed-late", person="")
    told.tell()
    both_sources = [("event-notification", "1"), ("event-notification", "2")]
    assert [one[:2] for one in told.tell(timedelta(days=2))] == both_sources
    assert told.tell(timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"endpoint": "https://elsewhere.example/hook"}, "SUB-001"),
        ({"caseload": "X99001"}, "SUB-002"),
        ({"person": ""}, "SUB-002"),
        ({"person": "", "caseload": "ZZ901"}, "SUB-002"),
        ({"topic": "feed-late"}, "SUB-002"),
        ({"topic": "sneezed"}, "SUB-002"),
        ({"why": "x" * 501}, "SUB-002"),
        ({"end": "2026-01-01T00:00:00.000Z"}, "SUB-002"),
    ],
)
def test_what_is_not_served_is_refused_and_nothing_is_kept(told: Told, wanted: dict[str, Any], number: str) -> None:
    with pytest.raises(Rejected) as refused:
        told.asked(**wanted)
    assert [one.number for one in refused.value.issues] == [number]
    assert told.hub.store.subscriptions.standing() == []


def test_nobody_subscribes_to_whom_they_may_not_read_and_each_sees_their_own(told: Told) -> None:
    with pytest.raises(Refused):
        told.asked(replace(NURSE, purpose="HMARKT"))
    with pytest.raises(Missing):
        told.asked(person="nobody")
    asked = told.asked().subscription.id
    other = replace(NURSE, user="mo")
    assert told.verbs.of(other) == []
    with pytest.raises(Missing):
        told.verbs.one(other, asked)
    with pytest.raises(Missing):
        told.verbs.end(other, asked)
    assert [one.subscription.id for one in told.verbs.of(NURSE)] == [asked]


def test_one_receiver_that_is_away_does_not_hold_up_another(told: Told) -> None:
    told.asked(endpoint="https://mdt.example/a")
    told.asked(endpoint="https://mdt.example/b")
    told.tell()
    told.say(stay("in-progress"))
    away = told.receiver.call

    def call(subscription: Subscription, id: str, body: bytes) -> None:
        if subscription.endpoint.endswith("a"):
            raise OutsideDown(issue("OUT-001"))
        away(subscription, id, body)

    hub: Hub = told.hub
    hub.tell_subscribers = TellSubscribers(hub.store, hub.disclosing, call, hub.feed_health).tell
    assert [one[0] for one in told.tell()] == ["event-notification"]
