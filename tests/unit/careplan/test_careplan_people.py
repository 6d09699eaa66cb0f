"""People involved, and plan entries with who owns them and when they are due."""

from __future__ import annotations

import pytest

from unit.careplan.told import BY_DOCTOR, GP, doctor, entries, facts, one, patient, plan, record, view


def test_a_professional_with_role_and_organisation_is_one_entry():
    role = record(
        GP,
        "PractitionerRole",
        "r1",
        {
            "practitioner": BY_DOCTOR,
            "organization": {"reference": "Organization/o"},
            "code": [{"text": "General practitioner"}],
            "telecom": [{"system": "phone", "value": "0113 496 0001", "use": "work"}],
        },
    )
    made = plan(view(GP, doctor(), role, record(GP, "Organization", "o", {"name": "Elmfield Surgery"})))
    assert [entry.title for entry in entries(made, "care_team")] == ["Dr A Khan", "Elmfield Surgery"]
    assert facts(entries(made, "care_team")[0]) == [
        ("Role", "General practitioner"),
        ("Organisation", "Elmfield Surgery"),
        ("Telephone", "0113 496 0001 (work)"),
    ]
    assert made.gaps == ()


def test_a_role_whose_holder_is_not_held_stands_by_itself():
    entry = one("care_team", "PractitionerRole", {"code": [{"text": "District nurse"}], "practitioner": {"reference": "Practitioner/gone"}})
    assert (entry.title, entry.fact("Role")) == ("District nurse", "District nurse")


@pytest.mark.parametrize(
    ("type", "elements", "title", "known"),
    [
        (
            "RelatedPerson",
            {"name": [{"text": "Ann Smith"}], "relationship": [{"text": "Daughter"}], "address": [{"text": "1 Elm Road"}]},
            "Ann Smith",
            [("Relationship", "Daughter"), ("Address", "1 Elm Road")],
        ),
        (
            "Organization",
            {"type": [{"text": "Surgery"}], "partOf": {"display": "Trust"}},
            "An organisation whose name is not given",
            [("Kind", "Surgery"), ("Part of", "Trust")],
        ),
        (
            "CareTeam",
            {
                "name": "East team",
                "participant": [{"member": {"display": "R Patel"}, "role": [{"text": "Coordinator"}]}, {"role": [{"text": "Nurse"}]}],
            },
            "East team",
            [("Member", "R Patel (Coordinator)"), ("Member", "Nurse")],
        ),
        ("HealthcareService", {"name": "Falls clinic", "providedBy": {"display": "Trust"}}, "Falls clinic", [("Organisation", "Trust")]),
    ],
)
def test_people_and_teams_of_every_kind(type, elements, title, known):
    entry = one("care_team", type, elements)
    assert (entry.title, facts(entry)) == (title, known)


def test_somebody_no_longer_there_is_said_to_be_so():
    entry = one("care_team", "Practitioner", {"name": [{"family": "Khan"}], "active": False})
    assert (entry.status, entry.active) == ("No longer active", False)


def test_contacts_and_gp_inside_the_patient_record_are_entries():
    told = patient(
        GP,
        contact=[
            {
                "name": {"given": ["Ann"], "family": "Smith"},
                "relationship": [{"text": "Daughter"}],
                "telecom": [{"value": "07700 900123", "system": "phone"}],
            },
            {},
        ],
        generalPractitioner=[{"display": "Dr B Osei"}, {"identifier": {"value": "G1234567"}}, {}],
    )
    made = plan(view(GP, told))
    assert [(e.title, e.key) for e in entries(made, "care_team")] == [
        ("A personal contact whose name is not given", "Patient/p-X99001#contact-2"),
        ("Ann Smith", "Patient/p-X99001#contact-1"),
        ("Dr B Osei", "Patient/p-X99001#gp-1"),
        ("G1234567", "Patient/p-X99001#gp-2"),
    ]


@pytest.mark.parametrize(
    ("type", "elements", "title", "shown", "known"),
    [
        (
            "CarePlan",
            {
                "title": "Falls plan",
                "status": "active",
                "intent": "plan",
                "period": {"end": "2026-12-02"},
                "activity": [
                    {
                        "detail": {"code": {"text": "Strength class"}, "status": "in-progress", "scheduledString": "Fridays"},
                        "progress": [{"text": "Went once"}],
                    },
                    {"reference": {"display": "Referral"}},
                    "odd",
                ],
            },
            "Falls plan",
            "Active",
            [
                ("Kind", "Care plan"),
                ("Intent", "Plan"),
                ("Dates", "up to 02-Dec-2026"),
                ("Action", "Strength class, In progress, Fridays"),
                ("Note", "Went once"),
                ("Action", "Referral"),
            ],
        ),
        (
            "Goal",
            {
                "description": {"text": "Get to the shop"},
                "lifecycleStatus": "accepted",
                "target": [{"detailString": "Fridays", "dueDate": "2026-12-01"}],
                "achievementStatus": {"text": "Improving"},
            },
            "Get to the shop",
            "Accepted",
            [("Kind", "Goal"), ("Target", "Fridays"), ("Due", "01-Dec-2026"), ("Achievement", "Improving")],
        ),
        (
            "ServiceRequest",
            {
                "code": {"text": "Home safety visit"},
                "status": "active",
                "intent": "order",
                "priority": "urgent",
                "occurrenceDateTime": "2026-11-10",
                "performer": [{"display": "L Osei"}],
            },
            "Home safety visit",
            "Active",
            [("Kind", "Referral or request"), ("Intent", "Order"), ("Priority", "Urgent"), ("Due", "10-Nov-2026"), ("Performer", "L Osei")],
        ),
        (
            "Task",
            {
                "description": "Ring the daughter",
                "status": "requested",
                "owner": {"display": "R Patel"},
                "executionPeriod": {"end": "2026-11-30"},
                "lastModified": "2026-11-20",
            },
            "Ring the daughter",
            "Requested",
            [("Kind", "Action"), ("Due", "up to 30-Nov-2026"), ("Owner", "R Patel"), ("Last changed", "20-Nov-2026")],
        ),
        ("Task", {}, "Action without a description", "", [("Kind", "Action")]),
    ],
)
def test_plan_entries_of_every_kind(type, elements, title, shown, known):
    entry = one("plan", type, elements)
    assert (entry.title, entry.status, facts(entry)) == (title, shown, known)
