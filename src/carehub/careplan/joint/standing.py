"""The joint plan on a given day: what is overdue, what stands alone, which plans are past their review, and what a death has closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from carehub.careplan.joint.joint_plan import Action, AgencyPlan, Goal, JointPlan, Need
from carehub.careplan.joint.timing import days_past
from carehub.careplan.plan import Identity, UnifiedCarePlan
from carehub.terms.moments import LONDON, show_date


@dataclass(frozen=True, slots=True)
class Late:
    """An action, or a plan's review, whose day is past. days: how many days ago it was due."""

    what: Action | AgencyPlan
    days: int


@dataclass(frozen=True, slots=True)
class Orphans:
    """Parts without the link one would look for: a statement on the references that came, and no more."""

    goals_without_need: tuple[Goal, ...]
    goals_without_action: tuple[Goal, ...]
    needs_without_goal: tuple[Need, ...]
    actions_without_goal: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the joint plan stands. closed: why nothing of it is to be done any more, or "". overdue: longest first, of every agency; empty once
    closed. open: what is to be done, due first; once closed, what was to be done. done: done or given up. past_review: of plans in force."""

    closed: str
    overdue: tuple[Late, ...]
    open: tuple[Action, ...]
    done: tuple[Action, ...]
    past_review: tuple[Late, ...]
    orphans: Orphans


def standing(plan: UnifiedCarePlan, now: datetime) -> Standing:
    """The joint plan at a moment (aware). Days are London's. An action counts as due until the last day its date may mean is over."""
    joint, today = plan.joint, now.astimezone(LONDON).date()
    closed = closed_by_death(plan.identity)
    undone = [action for action in joint.actions if action.open]
    in_force = [one for one in joint.plans if one.active]
    late = [Late(action, days) for action in undone if (days := days_past(action.due, today)) > 0]
    reviews = [Late(one, days) for one in in_force if (days := days_past(one.review, today)) > 0]
    return Standing(
        closed=closed,
        overdue=() if closed else _longest_first(late),
        open=tuple(sorted(undone, key=lambda a: (not a.due, a.due, a.title.casefold(), a.key))),
        done=tuple(action for action in joint.actions if not action.open),
        past_review=() if closed else _longest_first(reviews),
        orphans=orphans(joint),
    )


def closed_by_death(who: Identity) -> str:
    """Why a death has closed every task and reminder, or "" while the person lives or the death is not confirmed (REC-19, UI-08)."""
    if not who.deceased or "unconfirmed" in who.deceased or "not confirmed" in who.deceased:
        return ""
    on = f" on {show_date(who.died)}" if who.died else ""
    return (
        f"Death{on} {who.deceased}. It closes every open action: none is due or overdue, and no reminder or alert goes out. "
        "All are shown as their sources sent them."
    )


def orphans(joint: JointPlan) -> Orphans:
    """What stands alone among goals and needs in force and actions to be done."""
    asked = {goal for action in joint.actions for goal in action.goals}
    aimed = {need for goal in joint.goals if goal.active for need in goal.needs}
    return Orphans(
        goals_without_need=tuple(goal for goal in joint.goals if goal.active and not goal.needs),
        goals_without_action=tuple(goal for goal in joint.goals if goal.active and goal.key not in asked),
        needs_without_goal=tuple(need for need in joint.needs if need.active and need.key not in aimed),
        actions_without_goal=tuple(action for action in joint.actions if action.open and not action.goals),
    )


def _longest_first(late: Iterable[Late]) -> tuple[Late, ...]:
    return tuple(sorted(late, key=lambda one: (-one.days, one.what.title.casefold(), one.what.key)))
