"""One door out: decide, audit, redact, release, in that order; it fails closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import time_machine

from carehub.governance.redaction import Disclosed
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonQuery
from carehub.terms.errors import Missing, Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.wiring.sweeping import sweeping_over
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

RESULT = {
    "type": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "Creatinine"},
    "valueQuantity": {"value": 81, "unit": "umol/L"},
}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, RESULT]), ada("acute", "A1", kind="acute"))
    made.drain()
    return made


def person(hub: Hub) -> str:
    return hub.store.links.persons()[0]


def events(hub: Hub, about: str) -> list[dict]:
    return [json.loads(row.event) for row in hub.store.audit.about(about, 50)]


def test_a_person_is_found_by_number_or_by_name_and_date(hub):
    by_number = hub.disclosing.search_people(NURSE, PersonQuery(nhs_number="999 000 0018"))
    by_name = hub.disclosing.search_people(NURSE, PersonQuery(family="okafor", birth_date="1944-05-01"))
    assert [hit.person for hit in by_number.value] == [hit.person for hit in by_name.value] == [person(hub)]
    assert by_number.value[0].sources == ("GP", "Hospital") or set(by_number.value[0].sources) == {"GP", "Hospital"}


@pytest.mark.parametrize(
    "query",
    [
        PersonQuery(),
        PersonQuery(nhs_number="1234567890"),
        PersonQuery(given="Ada"),
        PersonQuery(family="1'", birth_date="1944-05-01"),
        PersonQuery(postcode="nowhere", birth_date="1944-05-01"),
        PersonQuery(birth_date="1944"),
        PersonQuery(family="Okafor", birth_date="1944-05"),
    ],
)
def test_a_search_that_names_nobody_is_refused(hub, query):
    with pytest.raises(Rejected):
        hub.disclosing.search_people(NURSE, query)


@pytest.mark.parametrize(
    "asking",
    [
        replace(NURSE, purpose=""),
        replace(NURSE, role=""),
        replace(NURSE, organisation=""),
        replace(NURSE, user=""),
        replace(NURSE, role="no-such-role"),
        replace(NURSE, purpose="HMARKT"),
        replace(NURSE, role="integration-engineer", purpose="HOPERAT"),
    ],
)
def test_anything_unknown_or_missing_is_refused_and_audited(hub, asking):
    with pytest.raises(Refused):
        hub.disclosing.person_record(asking, person(hub), "overview")
    [event] = events(hub, person(hub))
    assert event["outcome"] == "4"


def test_every_look_is_audited_before_release(hub):
    hub.disclosing.person_record(NURSE, person(hub), "overview")
    [event] = events(hub, person(hub))
    assert (event["resourceType"], event["outcome"], event["agent"][0]["who"]["identifier"]["value"]) == ("AuditEvent", "0", "jo")
    assert "Okafor" not in json.dumps(event)


def test_if_the_audit_cannot_be_written_nothing_is_released(hub):
    class BrokenTrail:
        def append(self, rows):
            raise StoreBusy(issue("STORE-001"))

    closed = replace(hub.disclosing, audit=BrokenTrail())
    with pytest.raises(StoreBusy):
        closed.person_record(NURSE, person(hub), "overview")


def test_a_masked_section_says_so_and_its_resources_do_not_leave(hub):
    worker = replace(NURSE, role="social-worker")
    record = hub.disclosing.person_record(worker, person(hub), "overview")
    results = record.value.plan.section("results")
    assert results.entries == ()
    assert all("cannot see this section" in state.sentence for state in record.value.section_states["results"])
    assert any("1 entry withheld" in told for told in record.withheld)
    _, bodies = hub.disclosing.everything(worker, person(hub)).value
    assert {body.type for body in bodies} == {"Patient", "AllergyIntolerance"}
    observation = next(
        r for r in hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person(hub))], ["Observation"])
    )
    with pytest.raises(Refused):
        hub.disclosing.resource(worker, "Observation", observation.id)


def test_a_record_of_another_person_is_not_reached_through_this_one(hub):
    submit(hub, ada("gp", "2", nhs="9990000026", given="Bo", records=[{**PENICILLIN, "id": "theirs"}]))
    hub.drain()
    other = next(p for p in hub.store.links.persons() if p != person(hub) and len(hub.store.links.links_of(p)) == 1)
    mine = next(p for p in hub.store.links.persons() if p != other)
    [theirs] = hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(other)], ["AllergyIntolerance"])
    with pytest.raises(Missing):
        hub.disclosing.as_sent(NURSE, mine, f"AllergyIntolerance/{theirs.id}")


def test_an_unknown_person_is_missing(hub):
    with pytest.raises(Missing):
        hub.disclosing.person_record(NURSE, "00000000-0000-0000-0000-000000000000", "overview")


def test_nobody_else_can_make_a_disclosed():
    with pytest.raises(TypeError):
        Disclosed("a record", (), object())


def test_what_its_words_place_in_a_masked_section_of_alerts_leaves_by_no_way(hub):
    """Hazard S-H17: a flag, a referral and a plan about safeguarding are of types that a link worker may see, and are not shown to one all the same."""
    told = {"status": "active", "code": {"text": "Safeguarding adults enquiry"}}
    plan = {"type": "CarePlan", "id": "c1", "status": "active", "intent": "plan", "title": "Safeguarding plan: enquiry stands"}
    referral = {"type": "ServiceRequest", "id": "s1", "intent": "order", **told}
    submit(hub, ada(records=[{"type": "Flag", "id": "f1", **told}, referral, plan]))
    hub.drain()
    worker = replace(NURSE, role="link-worker")
    shown = hub.disclosing.person_record(worker, person(hub), "overview").value
    released, bodies = hub.disclosing.everything(worker, person(hub)).value
    assert "nquiry" not in repr((shown.plan, shown.progress, released)) + repr([body.body for body in bodies])
    assert "What also belongs under Safeguarding is not shown to your role." in [one.sentence for one in shown.plan.section("plan").states]
    held = hub.disclosing.everything(NURSE, person(hub)).value[1]
    about = [body for body in held if b"nquiry" in body.body]
    assert len(about) == 3
    for body in about:
        with pytest.raises(Refused):
            hub.disclosing.resource(worker, body.type, body.id)


def test_a_sweep_of_searches_is_refused_and_written_down_and_holds_up_nobody_else() -> None:
    hub = toy_hub()
    submit(hub, ada())
    hub.drain()
    door = replace(hub.disclosing, sweeping=sweeping_over(3))
    query = PersonQuery(nhs_number="9990000018")
    with time_machine.travel("2026-11-28T09:00:00Z", tick=False) as clock:
        asked = [door.search_people, door.match_people, lambda who, query: door.graded_people(who, dict), door.search_people]
        refused = [number_of(partial(one, NURSE, query)) for one in asked]
        assert refused == ["", "", "", "GOV-007"]
        assert number_of(partial(door.search_people, replace(NURSE, user="another"), query)) == ""
        person = hub.store.links.persons()[0]
        assert door.person_record(NURSE, person, "overview").value  # a look at somebody is no search
        clock.shift(61)
        assert number_of(partial(door.search_people, NURSE, query)) == ""
    rows = [json.loads(row.event) for row in hub.store.audit.chain()]
    assert [one["outcome"] for one in rows if "More searches" in one["outcomeDesc"]] == ["4"]


def number_of(ask: Callable[[], object]) -> str:
    """The catalogue number that something is refused with, "" where it is not."""
    try:
        ask()
    except Refused as error:
        return error.issues[0].number
    return ""
