"""Actions that the team enters: a named holder and a day, every version kept, shown with the sources' actions, and the same after a rebuild."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from carehub.careplan.joint.standing import standing
from carehub.careplan.joint.team_action import Wanted
from carehub.feeds.message import Submission
from carehub.fhir.canonical import loads
from carehub.governance.policy import TABLE, Row
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.hub.team_actions import TeamActions, answerable
from carehub.identity.rulings import Answer
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.refs import RecordRef
from hub.desk_cast import GP_DOCTOR
from hub.toy_hub import NURSE, ada, submit, toy_hub

GOAL = {"type": "Goal", "id": "g1", "lifecycleStatus": "active", "description": {"text": "Walk to the shop"}}
NEED = {
    "type": "Condition",
    "id": "c1",
    "code": {"text": "Unsteady on stairs"},
    "category": [{"coding": [{"system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category", "code": "health-concern"}]}],
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
}
PLAN = {"type": "CarePlan", "id": "p1", "status": "active", "intent": "plan", "title": "Support plan"}
WANTED = Wanted("Fit a second stair rail", "Sam Webb", "Northvale Council", "2026-11-25")


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, PLAN]))
    made.drain()
    return made


def person(hub) -> str:
    return hub.store.links.persons()[0]


def plan(hub, who=NURSE):
    return hub.disclosing.person_record(who, person(hub), "x").value.plan


def enter(hub, wanted=WANTED, **more):
    return TeamActions(hub).enter(NURSE, person(hub), wanted, **more)


def change(hub, kept, why="", who=NURSE, **more):
    _, action = TeamActions(hub).one(who, kept.task.id)
    return TeamActions(hub).change(who, kept.task.id, replace(action.wanted, **more), why, action.version)


def test_it_stands_among_the_plans_actions_with_its_holder_its_day_and_a_badge_of_its_own(hub):
    kept = enter(hub)
    (action,) = plan(hub).joint.actions
    assert (action.title, action.due, action.open, action.status) == (WANTED.description, WANTED.due, True, "Requested, not accepted yet")
    assert [(owner.words, owner.organisation) for owner in action.owners] == [("Sam Webb", "Northvale Council")]
    assert [told.source.kind.badge for told in action.told] == ["Entered here"]
    assert action.told[0].author == "Jo Adeyemi (Northvale Community)"
    assert action.told[0].record == f"Task/{kept.task.id}"
    assert kept.entered


def test_it_is_overdue_in_the_one_list_the_day_after_its_day(hub):
    enter(hub)
    held = plan(hub)
    start = hub.clock().replace(hour=12)
    assert standing(held, start + timedelta(days=3)).overdue == ()
    (late,) = standing(held, start + timedelta(days=5)).overdue
    assert (late.what.title, late.days) == (WANTED.description, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": " "},
        {"holder": ""},
        {"holder": "Therapy team"},
        {"holder": "northvale council"},
        {"organisation": ""},
        {"due": ""},
        {"due": "2026-11-21"},
        {"due": "soon"},
        {"due": "2026-11"},
        {"due": "9999-01-01"},
        {"description": "x" * 1001},
    ],
    ids=str,
)
def test_without_words_a_named_holder_of_an_organisation_or_a_day_to_come_nothing_is_stored(hub, wrong):
    length = len(hub.log.heads(0, 100))
    with pytest.raises(Rejected, match="ACT-001"):
        enter(hub, replace(WANTED, **wrong))
    assert len(hub.log.heads(0, 100)) == length


@pytest.mark.parametrize("wrong", [{"status": "completed"}, {"status": "odd"}, {"priority": "odd"}], ids=str)
def test_it_begins_as_requested_with_a_known_priority(hub, wrong):
    with pytest.raises(Rejected, match="ACT-002"):
        enter(hub, replace(WANTED, **wrong))


def test_every_change_is_a_version_with_who_and_when_and_what(hub):
    kept = enter(hub)
    change(hub, kept, who=GP_DOCTOR, status="accepted")
    change(hub, kept, "Rail ordered", status="in-progress", due="2026-11-30")
    done = change(hub, kept, status="completed")
    task = loads(done.task.body)
    assert (done.task.version, task["status"]) == (4, "completed")
    assert [(note["authorString"], note["text"]) for note in task["note"]] == [
        ("Amir Khan (Northvale Community)", "Accepted"),
        ("Jo Adeyemi (Northvale Community)", "In progress. Due 30-Nov-2026 and no more 25-Nov-2026. Rail ordered"),
        ("Jo Adeyemi (Northvale Community)", "Done"),
    ]
    assert [action.open for action in plan(hub).joint.actions] == [False]
    with pytest.raises(Rejected, match="ACT-002"):
        change(hub, kept, status="requested")


def test_what_is_handed_over_waits_for_its_new_holder_to_accept_it(hub):
    kept = enter(hub)
    change(hub, kept, status="accepted")
    with pytest.raises(Rejected, match="ACT-002"):
        change(hub, kept, holder="Ann Poole")
    change(hub, kept, "Sam is on leave", holder="Ann Poole", status="requested")
    (action,) = plan(hub).joint.actions
    assert (action.owners[0].words, action.status) == ("Ann Poole", "Requested, not accepted yet")
    _, now = TeamActions(hub).one(NURSE, kept.task.id)
    assert now.changes[-1].words == "Handed over from Sam Webb, Northvale Council to Ann Poole, Northvale Council. Sam is on leave"


def test_cancelling_says_why(hub):
    kept = enter(hub)
    with pytest.raises(Rejected, match="ACT-002"):
        change(hub, kept, status="cancelled")
    assert loads(change(hub, kept, "She declined", status="cancelled").task.body)["statusReason"] == {"text": "She declined"}


@pytest.mark.parametrize("other", [{"description": "Fit a ramp"}, {"answers": "Goal/x"}], ids=str)
def test_what_it_asks_for_stays(hub, other):
    with pytest.raises(Rejected, match="ACT-007"):
        change(hub, enter(hub), **other)


def test_who_saw_an_earlier_version_changes_nothing(hub):
    kept = enter(hub)
    change(hub, kept, status="accepted")
    with pytest.raises(Overtaken, match="ACT-003"):
        TeamActions(hub).change(NURSE, kept.task.id, replace(WANTED, status="cancelled"), "no", 1)
    assert (
        loads(TeamActions(hub).change(NURSE, kept.task.id, replace(WANTED, status="completed"), "", 2).task.body)["status"] == "completed"
    )


def test_it_answers_a_goal_a_need_or_a_plan_of_any_source_of_this_person_and_nothing_else(hub):
    for record, _ in answerable(plan(hub)):
        enter(hub, replace(WANTED, answers=record))
    joint = plan(hub).joint
    goal, need, (agency,) = joint.goals[0], joint.needs[0], joint.plans
    assert len(joint.actions) == 3
    assert sorted((a.goals, a.needs) for a in joint.actions) == [((), ()), ((), (need.key,)), ((goal.key,), ())]
    assert agency.actions == tuple(a.key for a in joint.actions if not a.goals and not a.needs)
    with pytest.raises(Rejected, match="ACT-006"):
        enter(hub, replace(WANTED, answers="Goal/another"))


def test_a_need_that_a_role_does_not_see_is_not_there_to_answer_and_is_withheld_where_it_was(hub):
    need = next(record for record, words in answerable(plan(hub)) if words.startswith("Need"))
    enter(hub, replace(WANTED, answers=need))
    link_worker = replace(NURSE, role="link-worker")
    seen = plan(hub, link_worker)
    (action,) = seen.joint.actions
    assert (len(action.needs), seen.joint.needs) == (1, ())
    assert "Unsteady" not in repr((action, seen.section("plan")))
    with pytest.raises(Rejected, match="ACT-006"):
        TeamActions(hub).enter(link_worker, person(hub), replace(WANTED, answers=need))


def test_who_may_not_write_or_does_not_see_the_plan_stores_nothing(hub):
    kept, length = enter(hub), len(hub.log.heads(0, 100))
    with pytest.raises(Refused):
        TeamActions(hub).enter(replace(NURSE, role="integration-engineer", purpose="HOPERAT"), person(hub), WANTED)
    reads_only = Row("reader", "Reader", "TREAT", frozenset({"read_record"}))
    no_plan = replace(TABLE["district-nurse", "TREAT"], role="no-plan", masked_sections=frozenset({"plan"}))
    object.__setattr__(hub.disclosing, "policy", {**TABLE, ("reader", "TREAT"): reads_only, ("no-plan", "TREAT"): no_plan})
    for role in ("reader", "no-plan"):
        with pytest.raises(Refused):
            TeamActions(hub).enter(replace(NURSE, role=role), person(hub), WANTED)
        with pytest.raises(Refused):
            change(hub, kept, who=replace(NURSE, role=role), status="accepted")
    assert plan(hub, replace(NURSE, role="no-plan")).joint.actions == ()
    with pytest.raises(Missing):
        TeamActions(hub).enter(NURSE, "nobody", WANTED)
    assert len(hub.log.heads(0, 100)) == length


def test_who_could_not_read_how_to_get_in_writes_it_in_no_action(hub):
    """Hazard H-20: what is stored is never refused to whoever just wrote it."""
    coordinator, way_in = replace(NURSE, role="care-coordinator"), replace(WANTED, description="Use the key safe, code 1234")
    with pytest.raises(Rejected, match="ACT-009"):
        TeamActions(hub).enter(coordinator, person(hub), way_in)
    kept = TeamActions(hub).enter(coordinator, person(hub), WANTED)
    with pytest.raises(Rejected, match="ACT-009"):
        change(hub, kept, "The spare key is with Ann", who=coordinator, status="accepted")
    assert enter(hub, way_in).entered
    assert [action.title for action in plan(hub, coordinator).joint.actions] == [WANTED.description]


def test_each_writing_is_in_the_audit_trail(hub):
    kept = enter(hub)
    change(hub, kept, status="accepted")
    events = [loads(row.event) for row in hub.store.audit.about(person(hub), 50)]
    assert [event["outcome"] for event in events if event["action"] == "U"] == ["0", "0"]


def test_a_rebuild_has_every_version_again(hub):
    kept = enter(hub)
    change(hub, kept, status="accepted")
    before = plan(hub)
    rebuilt = hub.rebuild()
    assert rebuilt.before == rebuilt.after
    assert plan(hub).joint == before.joint
    assert TeamActions(hub).one(NURSE, kept.task.id)[1].version == 2


def test_in_whatever_order_versions_are_read_the_newest_stands(hub):
    kept = enter(hub)
    change(hub, kept, status="accepted")
    change(hub, kept, status="completed")
    told = [m for m in hub.log.read([h.id for h in hub.log.heads(0, 100)]).values() if m.feed == "team/actions"]
    other = toy_hub()
    submit(other, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, PLAN]))
    other.drain()
    for message in sorted(told, key=lambda m: -m.position):
        other.receive([Submission(message.feed, message.body, message.received_at, "x", message.id)])
        other.drain()
    assert [replace(a, told=()) for a in plan(other).joint.actions] == [replace(a, told=()) for a in plan(hub).joint.actions]


def test_one_identifier_is_one_action_also_when_64_ask_at_once(hub):
    first = person(hub)
    with ThreadPoolExecutor(64) as pool:
        kept = list(pool.map(lambda n: enter(hub, identifier="https://x.example|42", unless_there=True), range(64)))
    assert len({one.task.id for one in kept}) == 1
    assert sum(one.entered for one in kept) == 1
    hub.drain()  # as the sweep does: the clock moves at each look, so the patience of 64 callers may end before their plan is made
    assert len(plan(hub).joint.actions) == 1
    with pytest.raises(Overtaken, match="ACT-005"):
        enter(hub, identifier="https://x.example|42")
    submit(hub, ada("gp", "77", nhs="", born="1950-01-01", given="Bob", family="Poole"))
    hub.drain()
    other = next(p for p in hub.store.links.persons() if p != first)
    with pytest.raises(Overtaken, match="ACT-005"):
        TeamActions(hub).enter(NURSE, other, WANTED, "https://x.example|42", unless_there=True)


def test_when_records_are_parted_it_stays_with_the_record_it_was_written_beside_and_comes_back_with_it():
    """Hazards H-01, S-H16."""
    hub = toy_hub()
    submit(hub, ada(records=[NEED]), ada("council", "C1", kind="local_authority", nhs="", records=[GOAL]))
    hub.drain()
    gp, council = (RecordRef(source, local, "Patient").id for source, local in (("gp", "1"), ("council", "C1")))
    desk, steward = Stewards(hub), replace(NURSE, role="identity-steward", purpose="PATADMIN")
    same = desk.rule(steward, Given(Answer.SAME, council, gp, "Seen with the letter.")).value.message
    whose = hub.store.links.person_of([gp, council])
    goal = next(record for record, words in answerable(plan(hub)) if words.startswith("Goal"))
    kept = TeamActions(hub).enter(NURSE, whose[gp], replace(WANTED, answers=goal))
    desk.take_back(steward, same, "A second look.")
    parted = hub.store.links.person_of([gp, council])
    assert parted[gp] != parted[council]
    plans = {record: hub.disclosing.person_record(NURSE, parted[record], "x").value.plan for record in (gp, council)}
    assert [a.title for a in plans[gp].joint.actions] == [WANTED.description]
    assert plans[council].joint.actions == ()
    assert plans[gp].joint.actions[0].goals == ()
    with pytest.raises(Missing):
        TeamActions(hub).one(NURSE, kept.task.id, parted[council])
    change(hub, kept, status="accepted")
    desk.rule(steward, Given(Answer.SAME, council, gp, "It was right."))
    (action,) = hub.disclosing.person_record(NURSE, hub.store.links.person_of([gp])[gp], "x").value.plan.joint.actions
    assert (action.status, len(action.goals)) == ("Accepted", 1)
    rebuilt = hub.rebuild()
    assert rebuilt.before == rebuilt.after
