"""What the person disputes of their record, said beside the entry to everybody who is shown it (UK GDPR Article 16). What a source says is never
changed by it: only the source can put it right, and then its own later word shows that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from carehub.careplan.disagreement.steps import Professional
from carehub.careplan.joint.joint_plan import Action, AgencyPlan, Goal, JointPlan, Need, Passage
from carehub.careplan.plan import Entry, Fact, UnifiedCarePlan
from carehub.terms.attribution import Attribution
from carehub.terms.moments import show_date

LABEL = "Dispute"
"""The label of the fact that an entry carries."""
CHANGED = "Changed by its source since."
_Part = TypeVar("_Part", Need, Goal, Action, AgencyPlan)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That the person disputes it no more. of: the dispute's id. at: ISO UTC."""

    of: str
    words: str
    by: Professional
    at: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """That the person disputes what one source record says. record: "Type/id". number: 1, 2, … of the disputes of the record. words: why, as the
    person said it. said_to: "District nurse of Northvale Community". by: who wrote it down. at: ISO UTC.

    told_in, told_at: the message that said the record as it was disputed, and the source's own time for it, else when it came (ISO UTC): so that a
    later word of the source is known as one. id: of the message of the dispute.
    """

    record: str
    number: int
    words: str
    said_to: str
    by: Professional
    at: str
    told_in: str
    told_at: str
    id: str = ""

    def changed_by(self, told: Attribution) -> bool:
        """Whether the record, as it is told now, is a later word of its source than the one that is disputed."""
        return told.message != self.told_in and moment_of(told) >= self.told_at

    def sentence(self, told: Attribution) -> str:
        """ "Disputed by the person on 22-Nov-2026, said to District nurse of Northvale Community: “…”" """
        since = f" {CHANGED}" if self.changed_by(told) else ""
        return f"Disputed by the person on {show_date(self.at)}, said to {self.said_to}: “{self.words}”.{since}"


def moment_of(told: Attribution) -> str:
    """When a source said something, by its own time, else by when it came."""
    return told.recorded or told.received


def disputed(plan: UnifiedCarePlan, disputes: Mapping[str, Dispute]) -> UnifiedCarePlan:
    """The plan with what the person disputes said in each entry and each part of the joint plan. plan: as a reader is shown it, so that nothing is
    told of an entry that is not there. disputes: those that stand, by record."""
    if not disputes:
        return plan
    sections = tuple(replace(one, entries=tuple(_entry(entry, disputes) for entry in one.entries)) for one in plan.sections)
    return replace(plan, sections=sections, joint=_joint(plan.joint, disputes))


def marked(status: str, entry: Entry) -> str:
    """The words of a status, with those that say that the person disputes the entry."""
    return f"{status}; disputed by the person" if entry.fact(LABEL) else status


def said_of(entry: Entry, record: str) -> str:
    """What an entry says of a dispute about one of its records; "" where there is none."""
    rows = [row for row in (entry.members or (entry,)) if any(told.record == record for told in row.attributions)]
    return next((row.fact(LABEL) for row in rows if row.fact(LABEL)), "")


def _said(told: tuple[Attribution, ...], disputes: Mapping[str, Dispute]) -> list[str]:
    return list(dict.fromkeys(disputes[one.record].sentence(one) for one in told if one.record in disputes))


def _entry(entry: Entry, disputes: Mapping[str, Dispute]) -> Entry:
    facts = tuple(Fact(LABEL, sentence) for sentence in _said(entry.attributions, disputes))
    if not facts:
        return entry
    members = tuple(_entry(member, disputes) for member in entry.members)
    return replace(entry, facts=(*facts, *entry.facts), members=members)


def _joint(joint: JointPlan, disputes: Mapping[str, Dispute]) -> JointPlan:
    return replace(
        joint,
        plans=tuple(_part(one, disputes) for one in joint.plans),
        needs=tuple(_part(one, disputes) for one in joint.needs),
        goals=tuple(_part(one, disputes) for one in joint.goals),
        actions=tuple(_part(one, disputes) for one in joint.actions),
        contingency=tuple(_passage(one, disputes) for one in joint.contingency),
        capacity=tuple(_passage(one, disputes) for one in joint.capacity),
        notes=tuple(_passage(one, disputes) for one in joint.notes),
    )


def _part(one: _Part, disputes: Mapping[str, Dispute]) -> _Part:
    told: list[str] = _said(one.told, disputes)
    return replace(one, status=". ".join((one.status, *told)).lstrip(". ")) if told else one


def _passage(one: Passage, disputes: Mapping[str, Dispute]) -> Passage:
    return replace(one, lines=(*_said(one.told, disputes), *one.lines))
