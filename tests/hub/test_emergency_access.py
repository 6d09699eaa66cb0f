"""Emergency access: with a reason, for one person and an hour, written down, reviewed, and never past what the source withheld."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

WORKER = replace(NURSE, user="lena", name="Lena Osei", role="social-worker", organisation="X99003", organisation_name="Northvale Council")
IVY = replace(NURSE, user="ivy", name="Ivy Stone", role="privacy-officer", purpose="HCOMPL")
WHY = "Found confused at home, kidney function needed now."
RESULT = {"type": "Observation", "id": "o1", "status": "final", "code": {"text": "Creatinine"}, "valueString": "81"}
SECRET = {**RESULT, "id": "o2", "code": {"text": "Labelled assay"}, "meta": {"security": [{"code": "R"}]}}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(
        made,
        ada(records=[PENICILLIN, RESULT, SECRET]),
        ada("gp", "2", nhs="9990000026", given="Ben", born="1938-02-11", records=[{**RESULT, "id": "o3"}]),
    )
    made.drain()
    return made


def person(hub: Hub, number: str = "9990000018") -> str:
    [found] = hub.store.links.find(nhs_number=number)
    return found


def results(hub: Hub, who=WORKER, of: str = "") -> list[str]:
    record = hub.disclosing.person_record(who, of or person(hub), "overview").value
    return [entry.title for entry in record.plan.section("results").entries]


def test_it_opens_what_the_role_is_not_shown_of_this_person_to_this_user_and_says_so(hub):
    assert results(hub) == []
    grant = EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    assert "Creatinine" in results(hub)
    told = hub.disclosing.person_record(WORKER, person(hub), "overview")
    assert told.masks == ()
    assert told.value.emergency.endswith("60 minutes left.")
    assert results(hub, of=person(hub, "9990000026")) == []
    for other in ({"user": "ann"}, {"organisation": "X99009"}, {"role": "link-worker"}):
        assert results(hub, replace(WORKER, **other)) == []
    assert grant.asked.until[:16] > grant.asked.at[:16]


def test_it_ends_after_sixty_minutes(hub):
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    hub.clock.now += timedelta(minutes=59)
    assert results(hub)
    hub.clock.now += timedelta(minutes=1)
    assert results(hub) == []
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    assert results(hub)


def test_asking_again_does_not_make_it_longer_and_who_asked_can_end_it(hub):
    verb = EmergencyAccess(hub)
    first = verb.ask(WORKER, person(hub), "treating", WHY)
    assert verb.ask(WORKER, person(hub), "legal", WHY) == first
    verb.end(replace(WORKER, user="ann"), person(hub))
    assert results(hub)
    verb.end(WORKER, person(hub))
    assert results(hub) == []


@pytest.mark.parametrize(
    ("kind", "reason"), [("", WHY), ("curious", WHY), ("treating", ""), ("treating", "... ---  urgent ..."), ("treating", "x" * 2001)]
)
def test_without_a_kind_and_a_reason_in_words_nothing_opens(hub, kind, reason):
    with pytest.raises(Rejected):
        EmergencyAccess(hub).ask(WORKER, person(hub), kind, reason)
    assert results(hub) == []


def test_roles_that_may_not_use_it_are_refused_and_a_role_that_sees_all_is_told_so(hub):
    verb = EmergencyAccess(hub)
    for who in (replace(WORKER, role="link-worker"), IVY, replace(WORKER, purpose="HMARKT"), replace(WORKER, user="")):
        with pytest.raises(Refused):
            verb.ask(who, person(hub), "treating", WHY)
    with pytest.raises(Rejected):
        verb.ask(NURSE, person(hub), "treating", WHY)
    with pytest.raises(Missing):
        verb.ask(WORKER, "nobody", "treating", WHY)


def test_a_role_from_which_policy_takes_it_away_loses_it_at_once(hub):
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    row = hub.disclosing.policy["social-worker", "TREAT"]
    without = {("social-worker", "TREAT"): replace(row, actions=row.actions - {"use_emergency_access"})}
    hub.disclosing = replace(hub.disclosing, policy=without)
    assert results(hub) == []


def test_what_its_source_labelled_stays_closed(hub):
    row = replace(hub.disclosing.policy["social-worker", "TREAT"], restricted=False)
    hub.disclosing = replace(hub.disclosing, policy={("social-worker", "TREAT"): row})
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    assert results(hub) == ["Creatinine"]
    _, bodies = hub.disclosing.everything(WORKER, person(hub)).value
    assert b"Labelled assay" not in b"".join(body.body for body in bodies)


def test_a_rebuild_and_another_process_know_it(hub):
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    hub.rebuild()
    assert results(hub)
    hub.disclosing = replace(hub.disclosing, emergencies=replace(hub.disclosing.emergencies, passed=0))
    assert results(hub)


def test_looks_are_written_down_as_emergency_access_without_the_reason(hub):
    EmergencyAccess(hub).ask(WORKER, person(hub), "treating", WHY)
    results(hub)
    asked, look = (json.loads(row.event) for row in sorted(hub.store.audit.about(person(hub), 10), key=lambda row: row.at))
    assert look["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"
    assert asked["entity"][0]["detail"][0]["valueString"] == "emergency access asked for: treating"
    assert WHY not in json.dumps([asked, look])


def test_the_privacy_officer_sees_who_why_when_and_what_and_reviews_once(hub):
    verb = EmergencyAccess(hub)
    results(hub)
    grant = verb.ask(WORKER, person(hub), "treating", WHY)
    results(hub)
    [one] = verb.queue(IVY).value
    assert (one.grant.asked.by.name, one.grant.asked.reason, [what for _, what in one.looks]) == ("Lena Osei", WHY, ["overview"])
    with pytest.raises(Refused):
        verb.queue(WORKER)
    with pytest.raises(Refused):
        verb.review(WORKER, grant.id, "appropriate", "")
    for answer, words in (("ended", "x"), ("", "x"), ("follow-up", " ")):
        with pytest.raises(Rejected):
            verb.review(IVY, grant.id, answer, words)
    with pytest.raises(Rejected):
        verb.review(replace(IVY, user="lena"), grant.id, "appropriate", "")
    with pytest.raises(Missing):
        verb.review(IVY, "nothing", "appropriate", "")
    verb.review(IVY, grant.id, "follow-up", "Ask her manager.")
    with pytest.raises(Overtaken):
        verb.review(replace(IVY, user="max"), grant.id, "appropriate", "")
    assert verb.queue(IVY).value == ()
    assert verb.queue(IVY, reviewed=True).value[0].grant.reviewed.words == "Ask her manager."
