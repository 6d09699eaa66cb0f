"""Alerts: flags, and records of other sections that change what you do at the door."""

from __future__ import annotations

import pytest

from carehub.careplan.reading.alerts import NOT_TOLD
from carehub.careplan.sections import ALERTING
from unit.careplan.joint_records import care_plan
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, concept, entries, facts, one, only, patient, plan, record, sentences, status, view


def test_a_flag_is_an_alert():
    told = {
        "status": "active",
        "code": {"text": "Key safe"},
        "category": [{"text": "Access"}],
        "period": {"start": "2026-10-01"},
        "author": {"display": "J Adeyemi"},
    }
    entry = one("alerts", "Flag", told)
    assert (entry.title, entry.status, entry.active, entry.attributions[0].author) == ("Key safe", "Active", True, "J Adeyemi")
    assert facts(entry) == [("Kind", "Access"), ("Dates", "from 01-Oct-2026"), ("Set by", "J Adeyemi"), ("Review due", NOT_TOLD)]
    assert one("alerts", "Consent", {"status": "rejected", "scope": {"text": "Sharing"}}).status == "Rejected"
    assert one("alerts", "Flag", {}).title == "Flag without a description"


def test_hazard_a_flag_without_owner_start_or_review_says_so():
    """S-H32, UI-47."""
    bare = [("Set by", NOT_TOLD), ("Started", NOT_TOLD), ("Review due", NOT_TOLD)]
    assert facts(one("alerts", "Flag", {"status": "active", "code": {"text": "Key safe"}})) == bare
    dated = {"status": "active", "period": {"start": "2026-10-01", "end": "2027-10-01"}, "author": {"display": "J Adeyemi"}}
    assert NOT_TOLD not in dict(facts(one("alerts", "Flag", dated))).values()
    assert facts(one("alerts", "Flag", {"status": "inactive", "code": {"text": "Key safe"}})) == []


def test_a_record_that_changes_what_you_do_at_the_door_is_an_alert_as_well():
    told = record(
        GP,
        "Observation",
        "o",
        {"status": "final", "code": {"text": "Vulnerable adult"}, "effectiveDateTime": "2026-05-01", "note": [{"text": "See letter"}]},
    )
    made = plan(view(GP, told))
    assert only(made, "results").key == "Observation/o"
    alert = only(made, "safeguarding")
    assert (alert.key, alert.title, facts(alert)) == (
        "Observation/o#alert",
        "Vulnerable adult",
        [("Date", "01-May-2026"), ("Note", "See letter")],
    )
    resolved = plan(view(GP, record(GP, "Condition", "c", {"code": {"text": "Risk of violence"}, "clinicalStatus": status("resolved")})))
    assert (only(resolved, "risks").status, only(resolved, "risks").active) == ("Resolved", False)


def test_an_ordinary_record_is_not_an_alert():
    made = plan(view(GP, record(GP, "Observation", "o", {"status": "final", "code": {"text": "Creatinine"}})))
    assert [key for key in ALERTING if entries(made, key)] == []


def test_two_resuscitation_decisions_are_a_conflict_and_neither_is_chosen():
    def decision(source, code, **more):
        return record(
            source,
            "Observation",
            f"o-{code}",
            {"status": "final", "code": {"text": "Treatment decision"}, "valueCodeableConcept": concept(code, "CPR decision"), **more},
        )

    made = plan(view(GP, decision(GP, "450475007")), view(HOSPITAL, decision(HOSPITAL, "450476008")))
    assert sentences(made, "C6") == ["Two different recommendations are held. Neither is assumed to be current."]
    assert len(entries(made, "advance")) == 2
    assert sentences(plan(view(GP, decision(GP, "450476008")), view(HOSPITAL, decision(HOSPITAL, "304253006"))), "C6") == []


def test_a_restricted_record_is_an_alert_and_its_entries_carry_the_label():
    told = patient(GP, meta={"security": [{"code": "R"}, {"code": "N"}]})
    made = plan(view(GP, told))
    alert = only(made, "alerts")
    assert (alert.title, alert.labels, alert.fact("Label")) == ("Record marked as restricted by the source", ("R",), "R")
    assert only(made, "about").labels == ("R",)


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("Safeguarding adults concern", "safeguarding"),
        ("Child protection plan: neglect", "safeguarding"),
        ("Not for cardiopulmonary resuscitation (DNACPR)", "advance"),
        ("Lasting power of attorney for health and welfare", "advance"),
        ("Advance decision to refuse treatment", "advance"),
        ("Emergency health care plan", "contingency"),
        ("Mental health crisis plan", "contingency"),
        ("Risk of violence towards staff", "risks"),
        ("High risk of falls", "risks"),
        ("Reasonable adjustment: longer appointments", "adjustments"),
        ("Interpreter needed", "adjustments"),
        ("Key safe by the side door", "alerts"),
    ],
)
def test_a_flag_stands_in_the_section_that_its_words_name(words, section):
    made = plan(view(GP, record(GP, "Flag", "f", {"status": "active", "code": {"text": words}})))
    assert [(key, only(made, key).title) for key in ALERTING if entries(made, key)] == [(section, words)]


@pytest.mark.parametrize(
    ("code", "section"),
    [("1382601000000107", "advance"), ("736373009", "advance"), ("325691000000100", "contingency"), ("736253002", "contingency")],
)
def test_a_document_of_a_kind_that_comes_first_is_shown_there_as_well(code, section):
    """The kinds are the pointer types of the National Record Locator."""
    told = {"status": "current", "type": concept(code, "A document"), "date": "2026-09-02"}
    made = plan(view(GP, record(GP, "DocumentReference", "d", told)))
    assert (only(made, section).key, only(made, "encounters").key) == ("DocumentReference/d#alert", "DocumentReference/d")


def kept(told: dict) -> str:
    return one("advance", "Flag", {"status": "active", **told}).fact("Where the form is kept")


def test_a_signed_decision_has_its_date_and_where_the_paper_is_or_says_that_it_is_not_told():
    """PLN-10."""
    title = "DNACPR decision"
    place = "Original kept in the folder by the telephone"
    assert kept({"code": {"text": title}, "period": {"start": "2026-09-02"}}) == "Not recorded by this source"
    assert one("advance", "Flag", {"status": "active", "code": {"text": title}}).fact("Date") == "Not recorded by this source"
    assert kept({"code": {"text": title}, "extension": [{"url": "x/documentLocation", "valueString": "Green folder"}]}) == "Green folder"
    part = {"code": {"text": "Location of the form"}, "valueString": "In the hall"}
    told = {"status": "final", "code": {"text": title}, "effectiveDateTime": "2026-09-02", "component": [part], "note": [{"text": place}]}
    assert one("advance", "Observation", told).fact("Where the form is kept") == "In the hall"
    del told["component"]
    assert one("advance", "Observation", told).fact("Where the form is kept") == place
    assert (
        one("advance", "Flag", {"status": "active", "code": {"text": "Preferred place of death: home"}}).fact("Where the form is kept")
        == ""
    )


ESCALATION = {"status": "final", "type": {"text": "Treatment escalation plan"}, "title": "Treatment escalation plan", "date": "2026-10-01"}


def advance(*told) -> list[str]:
    return [entry.title for entry in plan(view(COMMUNITY, *told)).section("advance").entries]


def test_a_document_is_left_to_its_plan_only_where_it_leads_to_it():
    falls = care_plan(COMMUNITY, "falls", "Falls plan")
    leading = {**ESCALATION, "section": [{"section": [{"entry": [{"reference": "CarePlan/falls"}]}]}]}
    assert advance(record(COMMUNITY, "Composition", "d", ESCALATION), falls) == ["Treatment escalation plan"]
    assert advance(record(COMMUNITY, "Composition", "d", leading), falls) == []


def test_every_category_of_a_plan_can_say_that_it_plans_ahead():
    ahead = concept("736366004", "Advance care plan")
    assert advance(care_plan(COMMUNITY, "x", "Plan", category=[{"text": "Assess and plan"}, ahead])) == ["Advance care plan"]
    assert advance(care_plan(COMMUNITY, "x", "Plan", category=[{"text": "Assess and plan"}])) == []
