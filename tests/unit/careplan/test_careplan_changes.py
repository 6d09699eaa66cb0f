"""What changed between two instants: by heading and agency, the most important first (PLN-07, MDT-04)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carehub.careplan.changes import RANKS, by_heading_and_agency, day_start, difference
from unit.careplan.joint_records import care_plan, task
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, medicine, patient, plan, record, view

SINCE, UNTIL = datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)


def between(old, new):
    return difference(plan(*old), plan(*new), SINCE, UNTIL)


def stay(**more):
    return record(
        HOSPITAL, "Encounter", "e1", {"status": "in-progress", "class": {"code": "IMP"}, "period": {"start": "2026-11-16"}, **more}
    )


def test_nothing_changed_is_no_change():
    held = [view(GP, medicine(GP, "m", "Bisoprolol", dose="2.5 mg"))]
    assert between(held, held) == ()


def test_a_changed_dose_says_before_and_after_and_who():
    (one,) = between([view(GP, medicine(GP, "m", "Bisoprolol", dose="2.5 mg"))], [view(GP, medicine(GP, "m", "Bisoprolol", dose="5 mg"))])
    assert (one.kind, one.about, one.title) == ("changed", "Medicines", "Bisoprolol")
    assert ("Dose", "2.5 mg", "5 mg") in one.details
    assert one.told[0].source == GP


def test_what_a_source_took_back_is_gone_and_still_attributed():
    (one,) = between([view(GP, medicine(GP, "m", "Bisoprolol"))], [view(GP)])
    assert (one.kind, one.told[0].source) == ("gone", GP)


@pytest.mark.parametrize(
    ("new", "about"),
    [
        (stay(), "Admitted"),
        (stay(status="finished", period={"start": "2026-11-16", "end": "2026-11-18"}), "Discharged"),
        (
            record(HOSPITAL, "Encounter", "e", {"status": "finished", "class": {"code": "EMER"}, "period": {"start": "2026-11-16"}}),
            "Emergency attendance or ambulance",
        ),
        (
            record(HOSPITAL, "Encounter", "e", {"status": "finished", "type": [{"text": "Ambulance crew attended"}]}),
            "Emergency attendance or ambulance",
        ),
        (record(HOSPITAL, "Appointment", "a", {"status": "noshow", "description": "Clinic: did not attend"}), "Missed visit"),
        (record(HOSPITAL, "Flag", "f", {"status": "active", "code": {"text": "Safeguarding enquiry open"}}), "Safeguarding"),
        (care_plan(HOSPITAL, "c", "Falls plan"), "Plan or advance care planning"),
        (record(HOSPITAL, "Condition", "d", {"code": {"text": "Heart failure"}}), "Condition"),
        (record(HOSPITAL, "Practitioner", "w", {"name": [{"family": "Webb"}]}), "People involved"),
        (task(HOSPITAL, "t", "Ring the ward"), "Action"),
        (record(HOSPITAL, "Observation", "o", {"status": "final", "code": {"text": "Creatinine"}}), "Other"),
    ],
)
def test_what_a_change_is_about(new, about):
    assert about in [one.about for one in between([view(HOSPITAL)], [view(HOSPITAL, new)])]


def test_a_death_comes_before_everything():
    new = view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14"), stay(), medicine(HOSPITAL, "m", "Apixaban"))
    found = between([view(HOSPITAL, patient(HOSPITAL))], [new])
    assert found[0].about == "Death"
    assert [RANKS.index(one.about) for one in found] == sorted(RANKS.index(one.about) for one in found)


def test_an_action_that_became_overdue_meanwhile_is_a_change():
    held = [view(COMMUNITY, task(COMMUNITY, "t", "Home safety visit", due="2026-11-10"), task(COMMUNITY, "u", "Older", due="2026-10-01"))]
    (one,) = between(held, held)
    assert (one.kind, one.title, one.details) == ("overdue", "Home safety visit", (("Overdue", "", "12 days, was due 10-Nov-2026"),))


def test_the_changes_of_a_plan_lie_under_heading_and_agency():
    found = between(
        [view(GP, care_plan(GP, "c", "Plan"))],
        [view(GP, care_plan(GP, "c", "Plan", note=[{"text": "Agreed with: Peggy"}])), view(COMMUNITY, task(COMMUNITY, "t", "Visit"))],
    )
    assert [(heading, agency) for heading, agency, _ in by_heading_and_agency(found)] == [
        ("Plan and actions", GP.title),
        ("Plan and actions", COMMUNITY.title),
    ]


def test_a_day_begins_at_midnight_in_london():
    assert day_start("2026-07-01").isoformat() == "2026-07-01T00:00:00+01:00"
    with pytest.raises(ValueError, match="yesterday"):
        day_start("yesterday")
