"""Two agencies doing the same, and plans that cannot both be followed: flagged by the table, with both statements and no advice (PLN-05)."""

from __future__ import annotations

import pytest

from carehub.careplan.joint.contradictions import rules, shipped
from unit.careplan.joint_records import care_plan, goal, task
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, plan, record, view

HEADER = "number,kind,heading,one,other,unless,severity,reviewed by,changed\n"


def flags(*views):
    return [c for c in plan(*views).conflicts if c.type == "C6" and c.section == "plan"]


def test_two_falls_referrals_are_a_difference_with_both_statements():
    asked = record(GP, "ServiceRequest", "s1", {"status": "active", "code": {"text": "Referral to falls clinic"}})
    (found,) = flags(view(GP, asked), view(HOSPITAL, task(HOSPITAL, "t1", "Refer to the falls service", due="2026-12-01")))
    assert found.difference
    assert [(s.attribution.source, s.text) for s in found.statements] == [
        (GP, "Referral to falls clinic"),
        (HOSPITAL, "Refer to the falls service"),
    ]
    assert found.sentence == (
        "More than one agency has an open action on falls referral: GP “Referral to falls clinic”; "
        "Hospital “Refer to the falls service” (due 01-Dec-2026). It may be one thing told twice, or two."
    )


def test_a_falls_referral_that_is_done_or_of_one_agency_alone_is_no_difference():
    one = task(GP, "t1", "Falls clinic")
    assert flags(view(GP, one, task(GP, "t2", "Falls service"))) == []
    assert flags(view(GP, one), view(HOSPITAL, task(HOSPITAL, "t2", "Falls service", status="completed"))) == []


def test_fluid_restriction_against_push_fluids_is_a_conflict_of_high_severity():
    ward = care_plan(HOSPITAL, "p1", "Discharge plan", note=[{"text": "Weigh daily. Restrict fluids to 1.5 L a day."}])
    (found,) = flags(view(HOSPITAL, ward), view(COMMUNITY, task(COMMUNITY, "t1", "Push fluids and fibre")))
    assert not found.difference
    assert found.severity == "high"
    assert {s.attribution.source for s in found.statements} == {HOSPITAL, COMMUNITY}
    assert {s.entry for s in found.statements} == {"CarePlan/p1", "Task/t1"}
    assert found.sentence.endswith("Neither is assumed to be current.")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Fluid restriction 1 litre", "Encourage plenty of fluids", 1),
        ("No fluid restriction", "Encourage fluids", 0),
        ("Fluid restriction lifted on Monday", "Encourage fluids", 0),
        ("Restrict salt", "Encourage fluids", 0),
        ("Non-weight-bearing left leg", "Full weight bearing", 1),
        ("Nil by mouth", "Encourage oral intake", 1),
        ("Long-term catheter, change every 12 weeks", "Trial without catheter", 1),
        ("Physiotherapy at home", "Podiatry", 0),
    ],
)
def test_the_shipped_table(one, other, expected):
    assert len([c for c in flags(view(GP, task(GP, "a", one)), view(HOSPITAL, task(HOSPITAL, "b", other))) if not c.difference]) == expected


def test_words_of_two_sentences_are_not_put_together():
    made = care_plan(GP, "p", "Plan", note=[{"text": "Restrict visitors. Fluids as wished."}])
    assert flags(view(GP, made), view(HOSPITAL, task(HOSPITAL, "b", "Push fluids"))) == []


def test_a_goal_and_an_alert_count_as_statements_of_a_plan():
    aim = goal(GP, "g", "Stay in my own house with the cat")
    moving = task(COMMUNITY, "t", "Care home placement: visit three homes")
    (found,) = flags(view(GP, aim), view(COMMUNITY, moving))
    assert found.severity == "moderate"
    alert = record(HOSPITAL, "Flag", "f", {"status": "active", "code": {"text": "Nil by mouth"}})
    assert len(flags(view(HOSPITAL, alert), view(GP, task(GP, "t", "Normal diet")))) == 1


def test_a_flag_keeps_its_id_while_its_statements_change():
    ward = care_plan(HOSPITAL, "p1", "Plan", note=[{"text": "Restrict fluids."}])
    (one,) = flags(view(HOSPITAL, ward), view(COMMUNITY, task(COMMUNITY, "t1", "Push fluids")))
    (two,) = flags(view(HOSPITAL, ward), view(COMMUNITY, task(COMMUNITY, "t2", "Encourage fluids, at least 2 L")))
    assert one.id == two.id


def test_a_code_is_a_phrase_too():
    (rule,) = rules(HEADER + "X1,against,x,http://snomed.info/sct|1,http://snomed.info/sct|2,,low,,\n")
    assert (rule.codes_one, rule.codes_other) == ({"http://snomed.info/sct|1"}, {"http://snomed.info/sct|2"})
    assert not rule.one("anything")


@pytest.mark.parametrize(
    "row", ["X1,thrice,x,a,,,low,,", "X1,twice,x,a,,,dire,,", "X1,twice,x,,,,low,,", "X1,against,x,a,,,low,,", "X1,twice,x,a,b,,low,,"]
)
def test_a_row_that_says_nothing_usable_is_refused_by_name(row):
    with pytest.raises(ValueError, match="X1"):
        rules(HEADER + row)


def test_every_shipped_row_has_a_number_of_its_own_and_words_that_its_own_phrases_meet():
    table = shipped()
    assert len({rule.number for rule in table}) == len(table) > 20
    assert {rule.kind for rule in table} == {"twice", "against"}
