"""What is a relationship and what is none, and until when (ADR 0025)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.hub.sharing import Sharing
from carehub.hub.write_about_me import WriteAboutMe
from carehub.terms.organisations import SourceKind
from hub.related_hub import DOCTOR, GP, OURS, THEIRS, hub_with, may, named, referral
from hub.toy_hub import required

TIES = {
    "referral": (referral(), True),
    "referral on hold": (referral("on-hold"), True),
    "draft referral": (referral("draft"), False),
    "referral to begin": (referral(authoredOn="2027-01-01"), False),
    "not to be done": (referral(doNotPerform=True), False),
    "referral elsewhere": (referral(performer=[named("X99777")]), False),
    "named, another code": (referral(performer=[named("X99777", "Northvale General Hospital")]), False),
    "named, no code": (referral(performer=[named("", "NORTHVALE General Hospital")]), True),
    "named in part": (referral(performer=[named("", "Northvale General")]), False),
    "action": ({"type": "Task", "id": "t1", "status": "accepted", "intent": "order", "owner": named()}, True),
    "action refused": (
        {"type": "Task", "id": "t1", "status": "rejected", "intent": "order", "owner": named(), "lastModified": "2026-01-02"},
        False,
    ),
    "team": ({"type": "CareTeam", "id": "c1", "status": "active", "participant": [{"member": named()}]}, True),
    "team on behalf": (
        {"type": "CareTeam", "id": "c1", "status": "active", "participant": [{"member": {"display": "Jo"}, "onBehalfOf": named()}]},
        True,
    ),
    "team that was left": (
        {"type": "CareTeam", "id": "c1", "status": "active", "participant": [{"member": named(), "period": {"end": "2026-11-01"}}]},
        False,
    ),
    "team proposed": ({"type": "CareTeam", "id": "c1", "status": "proposed", "participant": [{"member": named()}]}, False),
    "plan": ({"type": "CarePlan", "id": "p1", "status": "active", "intent": "plan", "author": named()}, True),
    "plan whose dates are over": (
        {"type": "CarePlan", "id": "p1", "status": "active", "intent": "plan", "author": named(), "period": {"end": "2026-10-31"}},
        False,
    ),
    "a result about nobody's care": (
        {"type": "Observation", "id": "o1", "status": "final", "code": {"text": "x"}, "performer": [named()]},
        False,
    ),
}


@pytest.mark.parametrize("tie", TIES)
def test_what_is_a_relationship_and_what_is_none(tie):
    record, stands = TIES[tie]
    hub, person = hub_with(record)
    assert may(hub, GP, person)
    assert may(hub, DOCTOR, person) is stands
    assert not may(hub, replace(DOCTOR, organisation="X99303", organisation_name=""), person)


def test_the_organisation_that_holds_a_record_may_read_until_its_source_takes_all_of_it_back():
    hub, person = hub_with()
    assert may(hub, GP, person)
    assert not may(hub, replace(GP, organisation=THEIRS), person)


def test_an_organisation_goes_by_every_code_that_the_site_lists():
    hub, person = hub_with()
    row = SharingAgreement(OURS, "Elmfield Surgery", SourceKind.GP, True, True, also=frozenset({"X99888"}))
    agreements = Agreements((row,), relationship=True)
    object.__setattr__(hub.disclosing, "sharing", Sharing(agreements))
    assert may(hub, replace(GP, organisation="X99888"), person)
    assert not may(hub, replace(GP, organisation="X99889"), person)


@pytest.mark.parametrize("code", ["team", "person"])
def test_no_organisation_is_called_as_the_hub_calls_the_team_or_the_person(code):
    hub, person = hub_with()
    WriteAboutMe(hub).write(GP, person, {"wellness": "I walk every day."})
    hub.drain()
    assert not may(hub, replace(GP, organisation=code, organisation_name=code), person)


def test_a_relationship_ends_with_the_days_that_the_site_allows():
    task = {
        "type": "Task",
        "id": "t1",
        "status": "completed",
        "intent": "order",
        "owner": named(),
        "executionPeriod": {"end": "2026-11-10"},
    }
    hub, person = hub_with(task, days_after=14)
    found = {}
    for day in (9, 10, 11, 24, 25):
        hub.clock.now = datetime(2026, 11, day, 12, tzinfo=UTC)
        found[day] = may(hub, DOCTOR, person)
    assert found == {9: True, 10: True, 11: True, 24: True, 25: False}
    required(hub, days_after=0)
    hub.clock.now = datetime(2026, 11, 11, 12, tzinfo=UTC)
    assert not may(hub, DOCTOR, person)
