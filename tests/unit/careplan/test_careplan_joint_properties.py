"""What holds of every joint plan: independent of order, nothing lost, each part attributed, late old statements change nothing newer (REC-15, REC-20)."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan.joint.standing import standing
from unit.careplan.joint_records import care_plan, community, council, goal, practice, task, to
from unit.careplan.told import COMMUNITY, COUNCIL, GP, NOW, plan, record, view

PARTS = ("CarePlan", "Goal", "Task", "ServiceRequest")


@st.composite
def views(draw):
    """Any part of the three agencies' plans, with further goals, actions and plans that point anywhere."""
    made = []
    for source, base in ((GP, practice()), (COMMUNITY, community()), (COUNCIL, council())):
        held = [r for r in base if draw(st.booleans())]
        for n in range(draw(st.integers(0, 3))):
            target = to(
                *draw(
                    st.sampled_from(
                        [("Goal", "g1"), ("Condition", "n1"), ("Task", "x0-X99001"), ("ServiceRequest", "s1"), ("Goal", "nowhere")]
                    )
                )
            )
            due = draw(st.sampled_from(["", "2026-11", "2026-11-01", "2030-01-01"]))
            status = draw(st.sampled_from(["requested", "completed", "something-new"]))
            held.append(task(source, f"x{n}-{source.code}", "Ring", due=due, status=status, reasonReference=target, focus=target))
            held.append(goal(source, f"y{n}-{source.code}", "Walk", addresses=[target]))
            held.append(
                care_plan(source, f"z{n}-{source.code}", "Plan", goal=[target], addresses=[target], activity=[{"reference": target}])
            )
        made.append(view(source, *held))
    return made


def shuffled(made, seed):
    chance = random.Random(seed)
    return [replace(v, records=tuple(chance.sample(v.records, len(v.records)))) for v in chance.sample(made, len(made))]


@settings(max_examples=60, deadline=None)
@given(views(), st.integers())
def test_the_order_of_arrival_does_not_matter(made, seed):
    assert plan(*made) == plan(*shuffled(made, seed))


@settings(max_examples=60, deadline=None)
@given(views())
def test_every_record_of_a_plan_is_a_part_or_folded_into_one_and_has_a_source(made):
    joint = plan(*made).joint
    parts = (*joint.plans, *joint.goals, *joint.actions)
    shown = {told.record for part in parts for told in part.told}
    held = {r.attribution.record for v in made for r in v.records if r.resource["resourceType"] in PARTS}
    assert held == shown & held
    assert all(part.told for part in (*parts, *joint.needs, *joint.contingency, *joint.capacity))


@settings(max_examples=60, deadline=None)
@given(views())
def test_open_and_done_are_all_actions_and_links_lead_to_parts(made):
    whole = plan(*made)
    stands, joint = standing(whole, NOW), whole.joint
    assert {a.key for a in (*stands.open, *stands.done)} == {a.key for a in joint.actions}
    assert {late.what.key for late in stands.overdue} <= {a.key for a in stands.open}
    assert {key for a in joint.actions for key in a.goals} <= {g.key for g in joint.goals}
    assert {key for g in joint.goals for key in g.needs} <= {n.key for n in joint.needs}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["requested", "cancelled"]), st.integers(1, 4))
def test_an_older_version_that_comes_late_changes_nothing(old, version):
    newest = record(GP, "Task", "t", {"status": "completed", "description": "Visit"}, record_version=5)
    late = record(GP, "Task", "t", {"status": old, "description": "Visit"}, record_version=version)
    assert plan(view(GP, newest)).joint == plan(view(GP, newest, late)).joint == plan(view(GP, late, newest)).joint
