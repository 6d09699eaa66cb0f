"""Care plans of every agency as one: what each record says of needs, goals and actions, chained by the references its source gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from carehub.careplan.duplicates import Folded
from carehub.careplan.joint import passages
from carehub.careplan.joint.joint_plan import Action, AgencyPlan, Goal, JointPlan, Need
from carehub.careplan.joint.parts import Links, PartReader, Rows, keys
from carehub.careplan.plan import Entry
from carehub.careplan.reading.shelf import Shelf
from carehub.terms.moments import sort_key


def join(shelves: Iterable[Shelf], rows: Mapping[str, Sequence[Folded]]) -> JointPlan:
    """The joint plan of everything on these shelves. rows: the sections' rows, to which needs, goals and actions lead.

    Independent of the order of its inputs. Nothing is judged: an action that no goal asks for, or a need that nothing addresses, is simply a
    part without links.
    """
    placed, links = Rows(rows), Links()
    plans: list[AgencyPlan] = []
    goals: dict[str, Goal] = {}
    actions: dict[str, Action] = {}
    entries: dict[str, Entry] = {}
    for shelf in sorted(shelves, key=lambda s: (s.source, s.patient)):
        reader = PartReader(shelf, placed, links, entries)
        goals.update((goal.key, goal) for goal in reader.goals())
        actions.update((action.key, action) for action in reader.actions())
        for plan, further in reader.plans():
            plans.append(plan)
            actions.update((action.key, action) for action in further if action.key not in actions)
    plans = [replace(plan, actions=keys([*plan.actions, *links.plan_actions.get(plan.key, ())])) for plan in plans]
    listed = [entry for held in rows.values() for row in held for entry in [row.entry]]
    return JointPlan(
        plans=tuple(sorted(sorted(plans, key=lambda p: p.key), key=lambda p: (p.active, sort_key(p.when)), reverse=True)),
        needs=tuple(sorted((_need(entries[key]) for key in links.needs), key=_by_title)),
        goals=tuple(sorted((_linked_goal(goal, links) for goal in goals.values()), key=_by_title)),
        actions=tuple(sorted((_linked_action(action, links) for action in actions.values()), key=_by_title)),
        contingency=passages.contingency(listed),
        capacity=passages.capacity(listed),
        notes=passages.notes_of_team(listed),
    )


def _by_title(part: Need | Goal | Action) -> tuple[str, str]:
    return part.title.casefold(), part.key


def _need(entry: Entry) -> Need:
    return Need(entry.key, entry.section, entry.title, entry.status, entry.active, entry.attributions)


def _linked_goal(goal: Goal, links: Links) -> Goal:
    return replace(goal, needs=keys(links.goal_needs.get(goal.key, ())))


def _linked_action(action: Action, links: Links) -> Action:
    goals = keys([*action.goals, *links.action_goals.get(action.key, ())])
    return replace(action, goals=goals, needs=keys([*action.needs, *links.action_needs.get(action.key, ())]))
