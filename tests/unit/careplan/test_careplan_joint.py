"""The plans of three agencies as one: chained where the sources chain them, each part with its source, nothing judged (PLN-01, PLN-03, PLN-04)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.joint.joint_plan import JointPlan, Owner
from carehub.careplan.joint.owners import GONE
from carehub.careplan.joint.standing import standing
from carehub.fhir.canonical import dumps, restore
from carehub.governance.decision import Decision
from carehub.governance.redaction import redact
from unit.careplan.joint_records import care_plan, goal, task, three, to
from unit.careplan.told import COMMUNITY, COUNCIL, GP, HOSPITAL, NOW, concept, patient, plan, record, view


def by_title(parts):
    return {part.title: part for part in parts}


@pytest.fixture
def joint() -> JointPlan:
    return plan(*three()).joint


def test_three_agencies_plans_are_one_and_every_part_has_its_source(joint):
    assert [(p.title, p.told[0].source) for p in joint.plans] == [("Falls plan", COMMUNITY), ("Care and support plan", COUNCIL)]
    assert {part.told[0].source for part in (*joint.goals, *joint.needs, *joint.actions)} == {GP, COMMUNITY, COUNCIL}
    assert all(part.told for part in (*joint.plans, *joint.goals, *joint.needs, *joint.actions, *joint.contingency))


def test_a_need_leads_to_its_goal_and_the_goal_to_its_action(joint):
    need, aim = by_title(joint.needs)["Getting out of the house"], by_title(joint.goals)["Get to the shop on Fridays"]
    assert aim.needs == (need.key,)
    assert [a.title for a in joint.actions if aim.key in a.goals] == ["Home safety visit"]
    assert (aim.whose, aim.due) == ("The person", "2026-12-18")
    held = by_title(joint.plans)["Care and support plan"]
    assert held.needs == ("Condition/n1", "Condition/n2")
    assert held.goals == ("Goal/g1",)
    assert held.actions == ("Task/t1", "Task/t2")
    assert held.unheld == ("A goal of another system",)


def test_what_stands_alone_is_listed_as_such(joint):
    alone = standing(plan(*three()), NOW).orphans
    assert [n.title for n in alone.needs_without_goal] == ["Falls", "Managing at night"]
    assert [g.title for g in alone.goals_without_need] == ["Walk to the gate without help"]
    assert alone.goals_without_action == ()
    assert [a.title for a in alone.actions_without_goal] == [
        "Referral to falls clinic",
        "Review of the care and support plan",
        "Ring weekly",
    ]


def test_an_action_has_owner_due_date_and_status(joint):
    actions = by_title(joint.actions)
    strength = actions["Strength programme"]
    assert strength.owners == (Owner("S Webb (Physiotherapist)", "Northvale Community"),)
    assert (strength.due, strength.status, strength.open, strength.goals) == ("2026-11-30", "In progress", True, ("Goal/g2",))
    assert actions["Home safety visit"].owners == (Owner("L Osei", ""),)
    assert (actions["Ring weekly"].due, actions["Ring weekly"].due_words) == ("", "every Monday")
    assert not actions["Walking frame given"].open


def test_a_task_that_tells_how_far_a_request_has_come_is_not_a_second_action(joint):
    (asked,) = [a for a in joint.actions if a.told[0].source == GP]
    assert (asked.title, asked.status, asked.owners) == ("Referral to falls clinic", "Triaged", (Owner("", "Northvale General"),))
    assert [t.record for t in asked.told] == ["ServiceRequest/s1", "Task/t9"]
    assert [n.title for n in joint.needs if n.key in asked.needs] == ["Falls"]
    done = record(GP, "Task", "t9", {"status": "completed", "focus": to("ServiceRequest", "s1")})
    again = record(GP, "ServiceRequest", "s1", {"status": "active", "code": {"text": "Referral"}})
    assert not plan(view(GP, done, again)).joint.actions[0].open


def test_who_took_part_the_agreement_and_the_review_are_told_in_the_sources_words(joint):
    held = by_title(joint.plans)["Care and support plan"]
    assert held.took_part == ("Northvale Council", "R Patel, Coordinator, Elmfield Surgery")
    assert held.agreed == ("Agreed with: Peggy and her daughter, 2026-09-02",)
    assert held.review == "2026-11-02"
    assert by_title(joint.plans)["Falls plan"].agreed == ()


def test_the_contingency_plan_is_found_in_a_note_and_as_a_plan_of_its_own():
    (found,) = plan(*three()).joint.contingency
    assert found.lines == ("Contingency plan: If she falls at night, ring the district nurses on 01632 960001.",)
    crisis = care_plan(
        HOSPITAL, "cp9", "Plan", category=[concept("736253002", "Mental health crisis plan")], note=[{"text": "Ring first."}]
    )
    old = care_plan(HOSPITAL, "cp8", "Old emergency health care plan", status="revoked", created="2020-01-01")
    held = plan(*three(), view(HOSPITAL, crisis, old)).joint.contingency
    assert [(p.told[0].record, p.active) for p in held][-1] == ("CarePlan/cp8", False)
    assert sorted(p.told[0].record for p in held) == ["CarePlan/cp1", "CarePlan/cp8", "CarePlan/cp9"]
    assert ("Ring first.",) in [p.lines for p in held]


@pytest.mark.parametrize(("words", "held"), [("Ring her son first.", 1), ("Ring 999 first.", 0), ("  ring 999 FIRST ", 0)])
def test_hazard_two_plans_for_when_things_go_wrong_that_differ_are_both_told_in_full(words, held):
    def crisis(source, id, said):
        return care_plan(
            source, id, "Contingency plan", category=[concept("736253002", "Mental health crisis plan")], note=[{"text": said}]
        )

    made = plan(view(HOSPITAL, crisis(HOSPITAL, "a", "Ring 999 first.")), view(COUNCIL, crisis(COUNCIL, "b", words)))
    found = [one for one in made.conflicts if one.type == "C6"]
    assert len(found) == held
    assert all(said in repr(one.statements) for one in found for said in ("Ring 999 first.", words))


def test_an_action_about_such_a_plan_is_no_such_plan_unless_it_has_its_words():
    bare = task(COUNCIL, "t", "Safety plan to be looked at again")
    said = task(COUNCIL, "t", "Safety plan to be looked at again", note=[{"text": "Ring 999 if he comes."}])
    assert plan(view(COUNCIL, bare)).joint.contingency == ()
    assert [one.lines for one in plan(view(COUNCIL, said)).joint.contingency] == [("Ring 999 if he comes.",)]


def test_a_document_that_is_such_a_plan_is_told_with_its_words():
    narrative = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Stay at home with oxygen.</p></div>'}
    document = {
        "status": "final",
        "type": concept("735324008", "Treatment escalation plan"),
        "date": "2026-09-02",
        "title": "ReSPECT",
        "section": [{"title": "If breathless", "text": narrative}],
    }
    (found,) = plan(view(COMMUNITY, record(COMMUNITY, "Composition", "d", document))).joint.contingency
    assert found.lines == ("If breathless: Stay at home with oxygen.",)


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("Mental capacity assessment: lacks capacity to decide on moving home", True),
        ("Best interests decision on discharge", True),
        ("Forced vital capacity", False),
        ("Bladder capacity 300 mL", False),
    ],
)
def test_a_note_on_mental_capacity_stays_with_its_decision(words, is_one):
    held = record(GP, "Condition", "m1", {"code": {"text": words}, "note": [{"text": "For this decision only"}]})
    found = plan(view(GP, held)).joint.capacity
    assert [p.title for p in found] == ([words] if is_one else [])
    assert all("Note: For this decision only" in p.lines for p in found)


def test_the_same_need_told_by_two_agencies_is_one_need_with_two_goals():
    falls = {"code": concept("161898004", "Falls"), "clinicalStatus": {"coding": [{"code": "active"}]}}
    made = plan(
        view(GP, record(GP, "Condition", "c1", falls), goal(GP, "g1", "Fewer falls", addresses=[to("Condition", "c1")])),
        view(
            COMMUNITY,
            record(COMMUNITY, "Condition", "c2", falls),
            goal(COMMUNITY, "g2", "Stronger legs", addresses=[to("Condition", "c2")]),
        ),
    ).joint
    (need,) = made.needs
    assert {t.source for t in need.told} == {GP, COMMUNITY}
    assert [g.needs for g in made.goals] == [(need.key,), (need.key,)]


def test_a_reference_never_reaches_into_another_patients_record():
    made = plan(
        view(GP, record(GP, "Condition", "c1", {"code": {"text": "Falls"}})),
        view(COUNCIL, goal(COUNCIL, "g", "x", addresses=[to("Condition", "c1")])),
    )
    assert made.joint.needs == ()


def test_the_order_of_arrival_does_not_matter_and_the_hash_covers_the_links():
    forth, back = three(), [replace(v, records=v.records[::-1]) for v in three()[::-1]]
    assert plan(*forth) == plan(*back)
    moved = [
        replace(
            v,
            records=tuple(
                task(COUNCIL, "t1", "Home safety visit", due="2026-11-10", owner="L Osei") if r.attribution.record == "Task/t1" else r
                for r in v.records
            ),
        )
        for v in three()
    ]
    assert plan(*moved).content_hash != plan(*forth).content_hash


def test_a_joint_plan_survives_being_stored():
    made = plan(*three())
    assert restore(dumps(made), type(made)) == made


def test_a_role_that_does_not_see_a_section_does_not_see_its_part_of_the_plan():
    made = plan(*three())
    sees = redact(made, Decision(True, "", frozenset({"problems"}), "Not for this role.", 1)).value.joint
    assert {n.section for n in made.joint.needs} == {"problems"}
    assert sees.needs == ()
    assert any(g.needs for g in sees.goals), "the link is told of, not what it leads to"
    assert redact(made, Decision(True, "", frozenset({"plan"}), "Not for this role.", 1)).value.joint == JointPlan()


# ---- the day it is read ----


def test_one_overdue_list_across_agencies_longest_first():
    late = [*three(), view(HOSPITAL, task(HOSPITAL, "h1", "Ring the ward", due="2026-11-20"))]
    found = standing(plan(*late), NOW)
    assert [(one.what.title, one.days) for one in found.overdue] == [
        ("Review of the care and support plan", 20),
        ("Home safety visit", 12),
        ("Ring the ward", 2),
    ]
    assert "Referral to falls clinic" not in [one.what.title for one in found.overdue], "November is not over"


@pytest.mark.parametrize(("now", "days"), [("2026-11-10T23:59:00+00:00", []), ("2026-11-11T00:01:00+00:00", [1])])
def test_an_action_is_overdue_from_the_day_after_in_london(now, days):
    made = plan(view(GP, task(GP, "t", "Ring", due="2026-11-10")))
    assert [one.days for one in standing(made, NOW.fromisoformat(now)).overdue] == days


def test_plans_past_their_review_are_listed():
    found = standing(plan(*three()), NOW)
    assert [(one.what.title, one.days) for one in found.past_review] == [("Care and support plan", 20)]


@pytest.mark.parametrize("said", ["Review date: 2027-01-05", "Next review due 2027-01-05", "review on 2027-01-05 at home"])
def test_a_review_date_is_read_from_a_note(said):
    assert plan(view(GP, care_plan(GP, "c", "Plan", note=[{"text": said}]))).joint.plans[0].review == "2027-01-05"


def test_hazard_a_confirmed_death_closes_every_action_and_deletes_none():
    dead = [*three(), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14"))]
    dead[0] = replace(dead[0], records=(*dead[0].records, patient(GP, deceasedDateTime="2026-11-14")))
    living, made = standing(plan(*three()), NOW), standing(plan(*dead), NOW)
    assert "on 14-Nov-2026 reported by" in made.closed
    assert made.overdue == made.past_review == ()
    assert {a.key for a in made.open} == {a.key for a in living.open}, "shown as they were sent"


def test_hazard_an_unconfirmed_death_closes_nothing():
    unsure = plan(*three(), view(HOSPITAL, patient(HOSPITAL, deceasedDateTime="2026-11-14")))
    found = standing(unsure, NOW)
    assert unsure.identity.deceased == "unconfirmed"
    assert found.closed == ""
    assert found.overdue


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        (("Practitioner", {"name": [{"text": "S Webb"}], "active": False}), f"S Webb ({GONE})"),
        (("PractitionerRole", {"practitioner": {"display": "S Webb"}, "active": False}), f"S Webb ({GONE})"),
        (("CareTeam", {"name": "Falls team", "status": "inactive"}), f"Falls team ({GONE})"),
        (("Practitioner", {"name": [{"text": "S Webb"}], "active": True}), "S Webb"),
    ],
)
def test_hazard_an_action_whose_owner_has_left_says_so_beside_the_action(elements, words):
    """H-22."""
    type, told = elements
    made = plan(
        view(
            GP,
            record(GP, type, "w", told),
            record(GP, "Task", "u", {"status": "requested", "intent": "plan", "description": "Call", "owner": to(type, "w")}),
        )
    )
    [call] = [action for action in made.joint.actions if action.title == "Call"]
    assert [owner.words for owner in call.owners] == [words]
