"""Alerts: flags, and records of other sections that change what you do at the door."""

from __future__ import annotations

from unit.careplan.told import GP, HOSPITAL, concept, entries, facts, one, only, patient, plan, record, sentences, status, view


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
    assert facts(entry) == [("Kind", "Access"), ("Dates", "from 01-Oct-2026"), ("Set by", "J Adeyemi")]
    assert one("alerts", "Consent", {"status": "rejected", "scope": {"text": "Sharing"}}).status == "Rejected"
    assert one("alerts", "Flag", {}).title == "Flag without a description"


def test_a_record_that_changes_what_you_do_at_the_door_is_an_alert_as_well():
    told = record(
        GP,
        "Observation",
        "o",
        {"status": "final", "code": {"text": "Vulnerable adult"}, "effectiveDateTime": "2026-05-01", "note": [{"text": "See letter"}]},
    )
    made = plan(view(GP, told))
    assert only(made, "results").key == "Observation/o"
    alert = only(made, "alerts")
    assert (alert.key, alert.title, facts(alert)) == (
        "Observation/o#alert",
        "Vulnerable adult",
        [("Date", "01-May-2026"), ("Note", "See letter")],
    )
    resolved = plan(view(GP, record(GP, "Condition", "c", {"code": {"text": "Risk of violence"}, "clinicalStatus": status("resolved")})))
    assert (only(resolved, "alerts").status, only(resolved, "alerts").active) == ("Resolved", False)


def test_an_ordinary_record_is_not_an_alert():
    assert entries(plan(view(GP, record(GP, "Observation", "o", {"status": "final", "code": {"text": "Creatinine"}}))), "alerts") == ()


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
    assert len(entries(made, "alerts")) == 2
    assert sentences(plan(view(GP, decision(GP, "450476008")), view(HOSPITAL, decision(HOSPITAL, "304253006"))), "C6") == []


def test_a_restricted_record_is_an_alert_and_its_entries_carry_the_label():
    told = patient(GP, meta={"security": [{"code": "R"}, {"code": "N"}]})
    made = plan(view(GP, told))
    alert = only(made, "alerts")
    assert (alert.title, alert.labels, alert.fact("Label")) == ("Record marked as restricted by the source", ("R",), "R")
    assert only(made, "about").labels == ("R",)
