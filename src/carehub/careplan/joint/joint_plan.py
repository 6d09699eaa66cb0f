"""The joint plan as frozen data: every agency's plans, needs, goals and actions, chained by the references their sources gave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from carehub.terms.attribution import Attribution

PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is to do something, as told. words: the person, role or team, or ""; organisation: "" where the source names none. Never both ""."""

    words: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a plan, goal or action addresses. key: of its entry. section: of that entry, so that what masks the section masks the need."""

    key: str
    section: str
    title: str
    status: str
    active: bool
    told: tuple[Attribution, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is hoped for. whose: who expressed it, or "". due: FHIR date or "". progress: achievement as told. needs, actions: their keys."""

    key: str
    title: str
    status: str
    active: bool
    whose: str
    due: str
    progress: str
    needs: tuple[str, ...]
    told: tuple[Attribution, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody is to do, or did.

    key: its own. entry, section: of the row of the record where it stands (for an activity inside a care plan, the plan's). open: not done, not
    given up. due: FHIR date or "". due_words: when as told, where that is no date. owners: () where nobody is named. goals, needs: keys.
    """

    key: str
    entry: str
    section: str
    title: str
    status: str
    open: bool
    due: str
    due_words: str
    owners: tuple[Owner, ...]
    goals: tuple[str, ...]
    needs: tuple[str, ...]
    told: tuple[Attribution, ...]


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """One care plan of one agency, which stays that agency's.

    when: written. ends: the last day of its period, or "". review: FHIR date of its next review, or "". took_part: who is named as having had a
    part. agreed: what it says of the person's agreement, in its words. needs, goals, actions: keys. unheld: what it points at that is not held
    here, as named.
    """

    key: str
    title: str
    status: str
    active: bool
    when: str
    ends: str
    review: str
    took_part: tuple[str, ...]
    agreed: tuple[str, ...]
    needs: tuple[str, ...]
    goals: tuple[str, ...]
    actions: tuple[str, ...]
    unheld: tuple[str, ...]
    told: tuple[Attribution, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of an entry that a reader of the plan must find at once: a contingency plan, a note on mental capacity, or a note of the team. lines: verbatim."""

    key: str
    section: str
    title: str
    status: str
    active: bool
    when: str
    lines: tuple[str, ...]
    told: tuple[Attribution, ...]


@dataclass(frozen=True, slots=True)
class JointPlan:
    """All of it. notes: those of the team, which stand in no agency's plan. Order: contingency, plans and notes newest first; the rest by title. Chains
    are in the parts: goal.needs, action.goals, action.needs."""

    plans: tuple[AgencyPlan, ...] = ()
    needs: tuple[Need, ...] = ()
    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()
    contingency: tuple[Passage, ...] = ()
    capacity: tuple[Passage, ...] = ()
    notes: tuple[Passage, ...] = ()

    def without(self, sections: Collection[str], records: Collection[str] = ()) -> JointPlan:
        """The plan for a reader who does not see these sections, nor what these records ("Type/id") tell. Links to what is left out stay, so that a
        reader is told it is withheld."""
        if PLAN in sections:
            return JointPlan()

        def seen(part: AgencyPlan | Need | Goal | Action | Passage) -> bool:
            return getattr(part, "section", PLAN) not in sections and not any(by.record in records for by in part.told)

        return replace(
            self,
            plans=tuple(filter(seen, self.plans)),
            needs=tuple(filter(seen, self.needs)),
            goals=tuple(filter(seen, self.goals)),
            actions=tuple(filter(seen, self.actions)),
            contingency=tuple(filter(seen, self.contingency)),
            capacity=tuple(filter(seen, self.capacity)),
            notes=tuple(filter(seen, self.notes)),
        )


NO_PLAN = JointPlan()
