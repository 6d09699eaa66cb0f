"""Three agencies' plans for one invented woman, whose goals, needs and actions point at one another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unit.careplan.told import COMMUNITY, COUNCIL, GP, concept, record, view

SOCIAL = {"coding": [{"system": "urn:carehub:condition-category", "code": "social"}]}


def to(type: str, id: str) -> dict[str, str]:
    return {"reference": f"{type}/{id}"}


def task(source, id: str, title: str, **more: Any):
    """An action. due: its date; owner: a name."""
    due, owner = more.pop("due", ""), more.pop("owner", "")
    base: dict[str, Any] = {"status": "requested", "intent": "plan", "description": title}
    if due:
        base["restriction"] = {"period": {"end": due}}
    if owner:
        base["owner"] = {"display": owner}
    return record(source, "Task", id, {**base, **more})


def goal(source, id: str, words: str, **more: Any):
    return record(source, "Goal", id, {"lifecycleStatus": "active", "description": {"text": words}, **more})


def care_plan(source, id: str, title: str, **more: Any):
    return record(source, "CarePlan", id, {"status": "active", "intent": "plan", "title": title, **more})


def council():
    """A support plan: two needs of which one is met by a goal with an action, and a review of the plan."""
    return (
        record(COUNCIL, "Condition", "n1", {"category": [SOCIAL], "code": {"text": "Getting out of the house"}}),
        record(COUNCIL, "Condition", "n2", {"category": [SOCIAL], "code": {"text": "Managing at night"}}),
        goal(
            COUNCIL,
            "g1",
            "Get to the shop on Fridays",
            addresses=[to("Condition", "n1")],
            expressedBy=to("Patient", "p-X99004"),
            target=[{"dueDate": "2026-12-18"}],
        ),
        task(COUNCIL, "t1", "Home safety visit", due="2026-11-10", owner="L Osei", reasonReference=to("Goal", "g1")),
        task(COUNCIL, "t2", "Review of the care and support plan", due="2026-11-02"),
        care_plan(
            COUNCIL,
            "cp1",
            "Care and support plan",
            created="2026-09-02",
            addresses=[to("Condition", "n1"), to("Condition", "n2")],
            goal=[to("Goal", "g1"), {"display": "A goal of another system"}],
            activity=[{"reference": to("Task", "t1")}, {"reference": to("Task", "t2")}],
            note=[
                {"text": "Agreed with: Peggy and her daughter, 2026-09-02"},
                {"text": "Contingency plan: If she falls at night, ring the district nurses on 01632 960001."},
            ],
            contributor=[{"display": "Northvale Council"}],
            careTeam=[to("CareTeam", "ct1")],
        ),
        record(
            COUNCIL,
            "CareTeam",
            "ct1",
            {
                "name": "Care and support team",
                "participant": [
                    {"member": {"display": "R Patel"}, "role": [{"text": "Coordinator"}], "onBehalfOf": {"display": "Elmfield Surgery"}}
                ],
            },
        ),
        record(COUNCIL, "Patient", "p-X99004", {"name": [{"family": "Smith", "given": ["Margaret"]}]}),
    )


def community():
    """A nurse's plan with activities of its own, done by somebody with a role in an organisation."""
    return (
        record(COMMUNITY, "Organization", "o1", {"name": "Northvale Community"}),
        record(COMMUNITY, "Practitioner", "w1", {"name": [{"given": ["S"], "family": "Webb"}]}),
        record(
            COMMUNITY,
            "PractitionerRole",
            "r1",
            {"practitioner": to("Practitioner", "w1"), "organization": to("Organization", "o1"), "code": [{"text": "Physiotherapist"}]},
        ),
        goal(COMMUNITY, "g2", "Walk to the gate without help"),
        care_plan(
            COMMUNITY,
            "cp2",
            "Falls plan",
            created="2026-10-01",
            goal=[to("Goal", "g2")],
            activity=[
                {
                    "detail": {
                        "status": "in-progress",
                        "description": "Strength programme",
                        "goal": [to("Goal", "g2")],
                        "performer": [to("PractitionerRole", "r1")],
                        "scheduledPeriod": {"end": "2026-11-30"},
                    }
                },
                {"detail": {"status": "completed", "description": "Walking frame given"}},
                {"detail": {"status": "scheduled", "description": "Ring weekly", "scheduledString": "every Monday"}},
            ],
        ),
    )


def practice():
    """A referral, whose Task only says how far it has come, and which no goal asks for."""
    return (
        record(GP, "Condition", "c1", {"code": concept("161898004", "Falls"), "clinicalStatus": {"coding": [{"code": "active"}]}}),
        record(
            GP,
            "ServiceRequest",
            "s1",
            {
                "status": "active",
                "intent": "order",
                "code": {"text": "Referral to falls clinic"},
                "reasonReference": [to("Condition", "c1")],
                "performer": [{"display": "Northvale General", "type": "Organization"}],
                "occurrenceDateTime": "2026-11",
            },
        ),
        record(
            GP,
            "Task",
            "t9",
            {"status": "accepted", "intent": "order", "focus": to("ServiceRequest", "s1"), "businessStatus": {"text": "Triaged"}},
        ),
    )


def three():
    """The three agencies' views."""
    return [view(GP, *practice()), view(COMMUNITY, *community()), view(COUNCIL, *council())]


def without(held, *references: str):
    """A view without some of its records."""
    return replace(held, records=tuple(r for r in held.records if r.attribution.record not in references))
