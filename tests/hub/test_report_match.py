"""Hazard H-01: a record reported as another person's is hidden at once from every door, reversibly, and from a rebuild too."""

from __future__ import annotations

import json

import pytest

from carehub.hub.hub import Hub
from carehub.hub.reading import PersonQuery
from carehub.hub.report_match import Doubt
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer, Why
from carehub.terms.errors import Missing, Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.refs import RecordRef
from hub.test_settle_review import JO, SAM
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

GP, ACUTE = RecordRef("gp", "1", "Patient").id, RecordRef("acute", "A1", "Patient").id
ALLERGY = RecordRef("acute", "A1", "Patient").of_type("AllergyIntolerance", "a1").id


@pytest.fixture
def hub() -> Hub:
    hub = toy_hub()
    submit(hub, ada("gp"), ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    hub.drain()
    return hub


def person(hub: Hub) -> str:
    return hub.store.links.person_of([GP])[GP]


def report(hub: Hub, *, hide: bool = True, record: str = ACUTE, saw: str = "She has no such allergy.") -> str:
    return Stewards(hub).report(NURSE, Doubt(person(hub), record, Why.OTHER_PERSON, saw, hide)).value.message


def allergies(hub: Hub) -> list[str]:
    return [e.title for e in hub.disclosing.person_record(NURSE, person(hub), "overview").value.plan.section("allergies").entries]


def assert_hidden(hub: Hub) -> None:
    record = hub.disclosing.person_record(NURSE, person(hub), "overview").value
    assert record.plan.section("allergies").entries == ()
    states = {(s.source.code, s.state) for s in record.section_states["allergies"]}
    assert ("acute", "hidden_wrong") in states
    assert ("acute", "nothing_recorded") not in states
    assert record.allergy_label.startswith("Allergies unavailable")
    assert any(gap.code == "hidden_wrong" for gap in record.plan.gaps)
    assert next(s for s in record.source_states if s.badge == "Hospital").code == "hidden_wrong"
    _, bodies = hub.disclosing.everything(NURSE, person(hub)).value
    assert {body.type for body in bodies} == {"Patient"}
    for id, type_ in ((ALLERGY, "AllergyIntolerance"), (ACUTE, "Patient")):
        with pytest.raises(Refused) as caught:
            hub.disclosing.resource(NURSE, type_, id)
        assert caught.value.issues[0].number == "IDN-009"
        with pytest.raises(Refused):
            hub.disclosing.as_sent(NURSE, person(hub), f"{type_}/{id}")


def test_what_was_reported_is_hidden_from_every_door_and_says_so(hub: Hub) -> None:
    assert allergies(hub) == ["Allergy to penicillin"]
    report(hub)
    assert_hidden(hub)


def test_it_is_hidden_before_the_lane_and_the_plans_have_heard_of_it(hub: Hub) -> None:
    submit(hub, ada("gp", "9"))  # stays unmapped, so the lane cannot come to the report
    heard = Stewards(hub).report(NURSE, Doubt(person(hub), ACUTE, Why.NOT_SURE, "Odd.", True)).value
    assert not heard.in_effect
    assert_hidden(hub)
    [found] = hub.disclosing.match_people(NURSE, PersonQuery(nhs_number="9990000018")).value
    assert found.section("allergies").entries == ()


def test_taken_back_the_record_reads_as_before(hub: Hub) -> None:
    before = hub.record_hash()
    told = report(hub)
    assert hub.record_hash() != before
    Stewards(hub).lift(NURSE, told, "It is hers after all.")
    assert hub.record_hash() == before
    assert allergies(hub) == ["Allergy to penicillin"]
    with pytest.raises(Missing):
        Stewards(hub).lift(NURSE, told, "Again.")


def test_what_is_hidden_stays_hidden_while_the_log_is_replayed_and_after(hub: Hub) -> None:
    report(hub)
    hashed = hub.record_hash()
    hub.store.records.clear()
    assert [r.record for r in hub.store.links.reports([ACUTE])] == [ACUTE]
    hub.drain()
    assert hub.record_hash() == hashed
    assert_hidden(hub)


def test_a_steward_who_rules_that_they_are_the_same_person_shows_it_again(hub: Hub) -> None:
    report(hub)
    for who in (JO, SAM):
        Stewards(hub).rule(who, Given(Answer.SAME, ACUTE, GP, "The ward confirms it."))
    assert allergies(hub) == ["Allergy to penicillin"]


def test_a_record_that_is_taken_out_is_shown_in_its_own_person(hub: Hub) -> None:
    report(hub)
    for who in (JO, SAM):
        Stewards(hub).rule(who, Given(Answer.UNLINK, ACUTE, "", "Another Ada."))
    assert allergies(hub) == []
    other = hub.store.links.person_of([ACUTE])[ACUTE]
    assert [e.title for e in hub.disclosing.person_record(NURSE, other, "overview").value.plan.section("allergies").entries] == [
        "Allergy to penicillin"
    ]


def test_a_report_without_hiding_hides_nothing_and_is_still_kept(hub: Hub) -> None:
    told = report(hub, hide=False)
    assert allergies(hub) == ["Allergy to penicillin"]
    assert [r.id for r in hub.store.links.reports()] == [told]


def test_a_report_needs_words_and_a_record_of_the_person_and_is_audited(hub: Hub) -> None:
    with pytest.raises(Rejected) as caught:
        report(hub, saw=" ")
    assert caught.value.issues[0].number == "IDN-010"
    with pytest.raises(Missing):
        report(hub, record="somebody-else")
    report(hub)
    details = [json.loads(row.event)["entity"][0]["detail"][0]["valueString"] for row in hub.store.audit.about(person(hub), 9)]
    assert f"wrong match reported, hidden: {ACUTE}" in details


def test_who_ends_between_hiding_and_mapping_hides_it_all_the_same(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept first, mapped second: an end in between leaves the message unmapped, and whoever sweeps comes to it."""
    links = hub.store.links
    kept = links.put_reports

    def busy(*told: object) -> None:
        raise StoreBusy(issue("STORE-001"))

    monkeypatch.setattr(links, "put_reports", busy)
    reported = Stewards(hub).report(NURSE, Doubt(person(hub), ACUTE, Why.OTHER_PERSON, "She has no such allergy.", True)).value
    assert not reported.in_effect, "it is stored, and said not to be in effect yet"
    assert allergies(hub) == ["Allergy to penicillin"]
    assert len(list(hub.unmapped())) == 1
    monkeypatch.setattr(links, "put_reports", kept)
    hub.drain()
    assert_hidden(hub)
