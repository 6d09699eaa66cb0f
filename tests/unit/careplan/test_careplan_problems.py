"""Conditions: status, certainty and significance as told; a family history says that it is one."""

from __future__ import annotations

import pytest

from unit.careplan.told import GP, HOSPITAL, concept, facts, one, plan, record, sentences, status, view

SPEC = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-"


def test_a_problem_with_significance_certainty_and_dates():
    told = {
        "code": concept("84114007", "Heart failure"),
        "clinicalStatus": status("active"),
        "verificationStatus": status("confirmed"),
        "severity": {"text": "Moderate"},
        "category": [concept("problem-list-item", "Problem List Item")],
        "extension": [{"url": SPEC + "ProblemSignificance-1", "valueCode": "major"}],
        "bodySite": [{"text": "Left ventricle"}],
        "onsetDateTime": "2021",
        "recordedDate": "2021-03-04",
        "stage": [{"summary": {"text": "NYHA II"}}],
        "evidence": [{"code": [{"text": "Breathless"}]}],
        "note": [{"text": "Under clinic"}],
    }
    entry = one("problems", "Condition", told)
    assert (entry.title, entry.status, entry.active, entry.when) == ("Heart failure", "Active", True, "2021")
    assert facts(entry) == [
        ("Significance", "Major"),
        ("Verification", "Confirmed"),
        ("Severity", "Moderate"),
        ("Body site", "Left ventricle"),
        ("Started", "2021"),
        ("Recorded", "04-Mar-2021"),
        ("Kind", "Problem list"),
        ("Stage", "NYHA II"),
        ("Evidence", "Breathless"),
        ("Note", "Under clinic"),
    ]


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"category": [{"text": "Major"}]}, "Major"),
        ({"extension": [{"url": SPEC + "ProblemSignificance-1", "valueCodeableConcept": {"text": "minor"}}]}, "Minor"),
        ({}, ""),
    ],
)
def test_significance_from_wherever_it_is_said(elements, shown):
    assert one("problems", "Condition", {"code": {"text": "Asthma"}, **elements}).fact("Significance") == shown


@pytest.mark.parametrize(
    ("clinical", "verification", "shown", "active"),
    [
        ("resolved", "", "Resolved", False),
        ("remission", "", "In remission", False),
        ("", "", "", True),
        ("active", "refuted", "Refuted", False),
        ("odd-code", "", "Odd code", True),
    ],
)
def test_status_of_a_condition(clinical, verification, shown, active):
    told = {"code": {"text": "X"}, "clinicalStatus": status(clinical)} | (
        {"verificationStatus": status(verification)} if verification else {}
    )
    entry = one("problems", "Condition", told)
    assert (entry.status, entry.active) == (shown, active)


def test_a_status_sent_as_plain_text_is_read_too():
    assert one("problems", "Condition", {"code": {"text": "X"}, "clinicalStatus": "inactive"}).status == "Inactive"


def test_family_history_says_that_it_is_family_history():
    told = {"relationship": {"text": "Mother"}, "condition": [{"code": {"text": "Stroke"}}], "date": "2020"}
    assert one("problems", "FamilyMemberHistory", told).title == "Family history: Mother - Stroke"
    assert one("problems", "FamilyMemberHistory", {}).title == "Family history, no detail given"


def test_a_condition_without_words_still_appears():
    assert one("problems", "Condition", {}).title == "Condition without a description"


def test_a_condition_over_in_one_source_and_active_in_another_is_a_conflict():
    def asthma(source, clinical, **more):
        return record(
            source, "Condition", f"c-{source.code}", {"code": concept("195967001", "Asthma"), "clinicalStatus": status(clinical), **more}
        )

    made = plan(view(GP, asthma(GP, "active")), view(HOSPITAL, asthma(HOSPITAL, "resolved", abatementDateTime="2020-05")))
    assert sentences(made, "C4") == [
        "Hospital records this as resolved in May-2020. GP list still shows it as active (GP list as at 22-Nov-2026)."
    ]
    refuted = plan(view(GP, asthma(GP, "active")), view(HOSPITAL, asthma(HOSPITAL, "active", verificationStatus=status("refuted"))))
    assert sentences(refuted, "C4") == ["Hospital refuted this. GP list still shows it as active (GP list as at 22-Nov-2026)."]
    again = plan(
        view(GP, asthma(GP, "active", onsetDateTime="2024")), view(HOSPITAL, asthma(HOSPITAL, "resolved", abatementDateTime="2020-05"))
    )
    assert sentences(again, "C4") == []
    within = plan(
        view(
            GP,
            asthma(GP, "active"),
            record(GP, "Condition", "old", {"code": concept("195967001", "Asthma"), "clinicalStatus": status("resolved")}),
        )
    )
    assert sentences(within, "C4") == []
