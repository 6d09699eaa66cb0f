"""Legitimate relationship at the door (ADR 0025): who has one, what it opens, and what somebody without one is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from carehub.careplan.joint.team_action import Wanted
from carehub.fhir.canonical import loads
from carehub.governance.agreements import Agreements
from carehub.governance.audit import seen
from carehub.governance.requester import Requester
from carehub.governance.subscription import Subscription
from carehub.hub.as_shown import Shown
from carehub.hub.disagreements import Disagreements
from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonQuery
from carehub.hub.report_match import Doubt
from carehub.hub.sharing import Sharing
from carehub.hub.simulating import Simulating
from carehub.hub.stewards import Stewards
from carehub.hub.subscribing import Subscribing
from carehub.hub.team_actions import TeamActions
from carehub.hub.who_looked import Asked, WhoLooked
from carehub.hub.write_about_me import WriteAboutMe
from carehub.identity.rulings import Why
from carehub.terms.errors import Refused, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef
from hub.related_hub import DOCTOR, GP, LINK, NUMBER, OURS, REASON, THEIRS, hub_with, may, number_of, referral
from hub.toy_hub import PENICILLIN, ada, submit


def test_the_audit_row_says_which_relationship_and_a_refusal_says_nothing_of_the_person():
    hub, person = hub_with(referral(authoredOn="2026-10-01"))
    assert may(hub, DOCTOR, person)
    assert not may(hub, replace(DOCTOR, organisation="X99303", organisation_name=""), person)
    rows = [seen(loads(row.event)) for row in hub.store.audit.about(person, 10)]
    permitted = next(row for row in rows if not row.refused)
    refused = next(row for row in rows if row.refused)
    record = next(
        one
        for one in hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person)])
        if one.type == "ServiceRequest"
    )
    assert f"Relationship: named in a referral, ServiceRequest/{record.id} since 2026-10-01." in permitted.reason
    assert refused.reason.startswith("No relationship with this person is recorded. A record of the person in your organisation")
    assert not [word for word in ("Okafor", "Ada", NUMBER, record.id) if word in refused.reason]


def doors(hub: Hub, person: str) -> dict[str, Callable[[Requester], object]]:
    """Every verb about a person."""
    door, desk = hub.disclosing, Stewards(hub)
    patient, second = (link.patient for link in hub.store.links.links_of(person))
    record = next(one for one in hub.store.records.of_patients([patient, second]) if one.type == "AllergyIntolerance")
    entry = hub.store.audit.about(person, 1)[0].id
    wanted = Wanted("Fit a rail", "Sam Webb", "Northvale Council", "2026-12-20")
    asked = Subscription("", GP, "died", person, "", "https://hook.example/x", "id-only", "")
    return {
        "record": lambda who: door.person_record(who, person, "overview"),
        "meeting": lambda who: door.person_record(who, person, "meeting", ("link-worker",)),
        "then": lambda who: door.record_then(who, person, hub.clock() - timedelta(days=1), "then"),
        "changes": lambda who: door.changes(who, person, hub.clock() - timedelta(days=1), None, "changes"),
        "as sent": lambda who: door.as_sent(who, person, f"{record.type}/{record.id}"),
        "everything": lambda who: door.everything(who, person),
        "everything of a record": lambda who: door.everything(who, f"{record.type}/{record.id}"),
        "everything of a source's patient": lambda who: door.everything(who, patient),
        "one record": lambda who: door.resource(who, record.type, record.id),
        "a source's patient": lambda who: door.resource(who, "Patient", patient),
        "versions": lambda who: door.versions(who, record.type, record.id),
        "joined": lambda who: desk.joined(who, person),
        "explained": lambda who: desk.explain(who, patient, second),
        "history": lambda who: desk.history(who, patient),
        "belonged": lambda who: desk.belonged(who, patient, "2099-01-01T00:00:00.000Z"),
        "report": lambda who: desk.report(who, Doubt(person, patient, Why.OTHER_PERSON, "Not hers.", False)),
        "who looked": lambda who: WhoLooked(hub).at(who, person, Asked()),
        "as shown": lambda who: Shown(hub).at(who, entry),
        "disagreements": lambda who: Disagreements(hub).of_person(who, person),
        "action": lambda who: TeamActions(hub).enter(who, person, wanted),
        "about me": lambda who: WriteAboutMe(hub).write(who, person, {"wellness": "I walk."}),
        "subscription": lambda who: Subscribing(hub, lambda endpoint: True).ask(who, asked),
    }


def test_no_verb_about_a_person_is_open_to_a_stranger_and_each_is_to_the_related():
    hub, person = hub_with()
    assert may(hub, GP, person)
    for name, verb in doors(hub, person).items():
        assert (name, number_of(lambda verb=verb: verb(DOCTOR))) == (name, "GOV-005")
        assert (name, number_of(lambda verb=verb: verb(LINK))) == (name, "GOV-006")
    for verb in doors(hub, person).values():
        verb(GP)


def test_emergency_access_opens_to_read_and_to_report_and_writes_nothing():
    hub, person = hub_with()
    assert may(hub, GP, person)
    assert number_of(lambda: EmergencyAccess(hub).ask(LINK, person, "treating", REASON)) == "API-002"
    EmergencyAccess(hub).ask(DOCTOR, person, "treating", REASON)
    closed = {"who looked", "as shown", "action", "about me"}
    for name, verb in doors(hub, person).items():
        if name in closed:
            assert (name, number_of(lambda verb=verb: verb(DOCTOR))) == (name, "GOV-005")
        else:
            verb(DOCTOR)
    assert not may(hub, replace(DOCTOR, user="u-other"), person)
    assert seen(loads(hub.store.audit.about(person, 1)[0].event)).purpose in ("BTG", "TREAT")
    hub.clock.now = hub.clock() + timedelta(minutes=61)
    assert not may(hub, DOCTOR, person)


def test_emergency_access_opens_one_person_and_is_refused_where_it_opens_nothing():
    hub, person = hub_with()
    submit(hub, ada(OURS, patient="2", nhs="9990000026", born="1950-02-02", family="Mbeki"))
    hub.drain()
    other = hub.store.links.find(nhs_number="9990000026")[0]
    EmergencyAccess(hub).ask(DOCTOR, person, "treating", REASON)
    assert (may(hub, DOCTOR, person), may(hub, DOCTOR, other)) == (True, False)
    assert number_of(lambda: EmergencyAccess(hub).ask(GP, person, "treating", REASON)) == "EMG-002"


def test_a_search_tells_a_stranger_what_tells_people_apart_and_no_more():
    hub, person = hub_with()
    query = PersonQuery(nhs_number=NUMBER)
    [known], [stranger] = hub.disclosing.search_people(GP, query).value, hub.disclosing.search_people(DOCTOR, query).value
    assert (known.related, set(known.sources)) == (True, {"GP", "Community"})
    assert (stranger.person, stranger.family, stranger.related) == (person, known.family, False)
    assert (stranger.sources, stranger.postcode, stranger.died) == ((), "", "")
    [plan] = hub.disclosing.match_people(DOCTOR, query).value
    assert (plan.sections, plan.sources, plan.identity.values, plan.ties) == ((), (), (), ())


def test_other_purposes_are_not_asked():
    hub, person = hub_with()
    officer = replace(DOCTOR, role="privacy-officer", purpose="HCOMPL")
    steward = replace(DOCTOR, role="identity-steward", purpose="PATADMIN")
    assert WhoLooked(hub).at(officer, person, Asked()).value.named
    assert Stewards(hub).joined(steward, person).value
    assert hub.disclosing.search_people(officer, PersonQuery(nhs_number=NUMBER)).value[0].sources


def test_an_unknown_person_is_missing_and_a_former_id_is_no_way_around():
    hub, _ = hub_with()
    assert number_of(lambda: hub.disclosing.person_record(DOCTOR, "none", "overview")) == "API-003"
    submit(hub, ada(OURS, patient="9", nhs="9990000026", born="1950-02-02", family="Mbeki", at="2026-11-20T08:00:00.000Z"))
    hub.drain()
    former = hub.store.links.find(nhs_number="9990000026")[0]
    submit(hub, ada(OURS, patient="9", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    assert hub.store.links.current_person(former) != former
    with pytest.raises(Refused):
        hub.disclosing.identity(DOCTOR, "explain_links", [former], "x", lambda: pytest.fail("was worked out"))


def test_where_it_cannot_be_found_out_nothing_is_released_and_that_somebody_asked_is_written(monkeypatch):
    hub, person = hub_with()

    def away(one: str) -> None:
        raise StoreBusy(issue("STORE-001"))

    monkeypatch.setattr(hub.store.plans, "get", away)
    for verb in (
        lambda: hub.disclosing.person_record(GP, person, "a"),
        lambda: hub.disclosing.identity(GP, "explain_links", [person], "b", lambda: 1),
    ):
        with pytest.raises(StoreBusy):
            verb()
    assert [seen(loads(row.event)).refused for row in hub.store.audit.about(person, 10)] == [True, True]


def test_a_subscriber_whose_relationship_ended_is_told_nothing_more():
    hub, person = hub_with(referral())
    assert may(hub, DOCTOR, person)
    asked = Subscription("", DOCTOR, "died", person, "", "https://hook.example/x", "id-only", "")
    Subscribing(hub, lambda endpoint: True).ask(DOCTOR, asked)
    submit(hub, ada(OURS, at="2026-11-22T08:30:00.000Z", records=[PENICILLIN, referral("revoked")]))
    hub.drain()
    hub.clock.now = hub.clock() + timedelta(days=2)
    assert not may(hub, DOCTOR, person)


def test_a_hidden_record_is_no_relationship_until_it_is_settled():
    hub, person = hub_with()
    submit(hub, ada(THEIRS, kind="acute"))
    hub.drain()
    assert may(hub, DOCTOR, person)
    wrong = RecordRef(THEIRS, "1", "Patient").id
    Stewards(hub).report(GP, Doubt(person, wrong, Why.OTHER_PERSON, "Not hers.", True))
    hub.drain()
    assert not may(hub, DOCTOR, person)
    assert may(hub, GP, person)


def test_a_draft_that_asks_for_relationships_says_who_would_lose_what():
    hub, person = hub_with(referral())
    object.__setattr__(hub.disclosing, "sharing", Sharing(Agreements()))
    officer = replace(GP, role="privacy-officer", purpose="HCOMPL")
    told = Simulating(hub).at(officer, person, agreements=Agreements(relationship=True)).value
    lost = {one.cell.organisation for one in told.changed}
    assert lost == {"any other"}
    assert {one.after.partition(".")[0] for one in told.changed} == {"No relationship with this person is recorded"}
    assert {one.cell.role for one in told.changed} == {
        "gp",
        "district-nurse",
        "hospital-doctor",
        "care-coordinator",
        "social-worker",
        "link-worker",
    }
