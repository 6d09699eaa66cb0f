"""The care plan as the page shows it (S6): contingency first, goals with needs and actions, who took part, what is overdue and what stands alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carehub.careplan.joint.joint_plan import Action, AgencyPlan, Goal, Need, Passage
from carehub.careplan.joint.standing import Standing, standing
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import EarlierRecord, PersonRecord
from carehub.terms.moments import instant
from carehub.terms.organisations import SourceKind
from carehub.web.badges import Badge, Badges
from carehub.web.rows import Disagreement, RowMaker, anchor
from carehub.web.screen import Frame, frame, mask_of, opened
from carehub.web.source_lines import StateLine, state_lines


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal with what it is for and what is done for it. withheld: needs that the reader's role does not see."""

    goal: Goal
    needs: tuple[Need, ...]
    actions: tuple[Action, ...]
    withheld: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """S6. earlier: the record as it stood, where an earlier instant was asked for. days: how long each action and plan is overdue, by key.

    checked: (source, sentence) of those of whose records one is hidden while it is checked, so that nothing it says is in this plan.
    """

    frame: Frame
    restricted: str
    stands: Standing
    plans: tuple[AgencyPlan, ...]
    contingency: tuple[Passage, ...]
    capacity: tuple[Passage, ...]
    notes: tuple[Passage, ...]
    goals: tuple[GoalLine, ...]
    flags: tuple[Disagreement, ...]
    states: tuple[StateLine, ...]
    days: dict[str, int]
    checked: tuple[tuple[str, str], ...]
    earlier: EarlierRecord | None
    made: Badges

    def badges(self, part: AgencyPlan | Goal | Action | Need | Passage) -> tuple[Badge, ...]:
        """Who says so."""
        return self.made.of_all(part.told)

    def task(self, action: Action) -> str:
        """The id under which an action that the team entered is changed; "" for a source's, and for a moment that is past."""
        told = action.told[0]
        return told.record.partition("/")[2] if told.source.kind is SourceKind.TEAM and self.earlier is None else ""

    def note(self, note: Passage) -> str:
        """The id under which a note of the team is revised or withdrawn; "" for one that was withdrawn, and for a moment that is past."""
        return note.told[0].record.partition("/")[2] if note.active and self.earlier is None else ""

    @staticmethod
    def place(part: Action | Need | Passage | Goal | AgencyPlan) -> str:
        """Where a part stands in the record: "plan#entry-…"."""
        return f"{getattr(part, 'section', 'plan')}#{anchor(getattr(part, 'entry', part.key))}"


def plan_view(record: Disclosed[PersonRecord] | Disclosed[EarlierRecord]) -> PlanView:
    """The page of a disclosed record, for now or for the instant it stood at."""
    held = opened(record)  # type: ignore[arg-type]
    earlier = held if isinstance(held, EarlierRecord) else None
    moment: datetime = (instant(earlier.as_of) if earlier else None) or held.built_at
    joint, stands = held.plan.joint, standing(held.plan, moment)
    needs = {need.key: need for need in joint.needs}
    made = Badges.of(held.plan)
    maker = RowMaker(made, held.plan.conflicts)
    mask = mask_of(record, "plan")  # type: ignore[arg-type]
    return PlanView(
        frame=frame(record),  # type: ignore[arg-type]
        restricted=mask.rule if mask else "",
        stands=stands,
        plans=joint.plans,
        contingency=joint.contingency,
        capacity=joint.capacity,
        notes=joint.notes,
        goals=tuple(
            GoalLine(
                goal,
                tuple(needs[key] for key in goal.needs if key in needs),
                tuple(action for action in joint.actions if goal.key in action.goals),
                sum(key not in needs for key in goal.needs),
            )
            for goal in sorted(joint.goals, key=lambda g: not g.active)
        ),
        flags=tuple(maker.disagreement(c) for c in held.plan.conflicts if c.section in ("plan", "contingency")),
        states=state_lines(held, "plan"),
        days={late.what.key: late.days for late in (*stands.overdue, *stands.past_review)},
        checked=tuple(dict.fromkeys((gap.source, gap.sentence) for gap in held.plan.gaps if gap.code == "hidden_wrong")),
        earlier=earlier,
        made=made,
    )
