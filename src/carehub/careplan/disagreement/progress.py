"""How far each conflict has come: open, assigned, explained, resolved at source. It closes itself when the sources agree; nobody can hide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from carehub.careplan.disagreement.steps import Step
from carehub.careplan.plan import Conflict, UnifiedCarePlan
from carehub.terms.moments import LONDON, show_date, show_time

State = Literal["open", "assigned", "explained", "resolved", "not-compared"]

# States of a source in a section under which something it said may merely be out of sight.
_OUT_OF_SIGHT = frozenset({"withheld", "in_transfer", "awaiting_filing", "unmapped", "hidden_wrong", "objected", "no_agreement", "role"})

_UNSEEN = "A disagreement about something that cannot be seen now."
_NOT_COMPARED = "Not compared at present: what one side said cannot be seen now, so carehub cannot tell whether the sources agree."


@dataclass(frozen=True, slots=True)
class Progress:
    """One conflict with all that was done about it, oldest step first. conflict: as it stands, under the id it is known by, with its state in words;
    one that stands no more, as it last read. resolved: no source contradicts another any more. not-compared: what a side said cannot be seen now
    (it is hidden, withheld, not shared, or another person's after all), so neither it nor what was said about it is told."""

    conflict: Conflict
    state: State
    steps: tuple[Step, ...] = ()

    @property
    def standing(self) -> bool:
        """Whether the sources disagree now."""
        return self.state in ("open", "assigned", "explained")

    @property
    def assigned(self) -> Step | None:
        """The assignment that counts, or None."""
        return _last("assigned", _since_agreed(self.steps))


def follow(plan: UnifiedCarePlan, steps: Iterable[Step], now: datetime) -> tuple[Progress, ...]:
    """Every conflict of the plan with its steps, in the plan's order, then those that had steps and stand no more. now: aware."""
    today = now.astimezone(LONDON).date()
    waiting = _by_conflict(steps)
    found: list[Progress] = []
    for conflict in plan.conflicts:
        known = next((of for of, told in waiting.items() if same(conflict, told[-1].conflict)), "")
        told = waiting.pop(known, ())
        state = _state(conflict, told)
        found.append(Progress(replace(conflict, id=known or conflict.id, state=_words(conflict, state, told, today)), state, told))
    for of, told in waiting.items():
        last = told[-1].conflict
        if in_sight(plan, last):
            found.append(Progress(replace(last, id=of, state=_words(last, "resolved", told, today)), "resolved", told))
        else:
            unseen = replace(last, id=of, sentence=_UNSEEN, statements=(), about=(), patients=(), state=_NOT_COMPARED)
            found.append(Progress(unseen, "not-compared"))
    return tuple(found)


def agreed(plan: UnifiedCarePlan, before: Sequence[Conflict], steps: Iterable[Step], at: str) -> list[Step]:
    """The steps by which carehub says that conflicts are resolved at source. plan: the record as it is now. before: the conflicts of the record as
    it was. A mere difference that nobody did anything about goes without a word. at: ISO UTC."""
    held = _by_conflict(steps)
    last = {of: told[-1].conflict for of, told in held.items() if told[-1].kind != "agreed"}
    for conflict in before:
        of = next((of for of, told in held.items() if same(conflict, told[-1].conflict)), "")
        # A plan kept by an earlier version does not say who spoke, so nothing can be said of whether they agree.
        if conflict.patients and (of or not conflict.difference):
            last[of or conflict.id] = conflict
    gone = {of: one for of, one in last.items() if not any(same(one, now) for now in plan.conflicts) and in_sight(plan, one)}
    return [Step("agreed", of, len(held.get(of, ())) + 1, replace(one, id=of, state=""), None, at) for of, one in sorted(gone.items())]


def same(a: Conflict, b: Conflict) -> bool:
    """Whether two conflicts of one person are one: they share type, section, a term of what they are about and a patient record."""
    return (a.type, a.section) == (b.type, b.section) and not (set(a.about).isdisjoint(b.about) or set(a.patients).isdisjoint(b.patients))


def in_sight(plan: UnifiedCarePlan, conflict: Conflict) -> bool:
    """Whether every patient record that spoke is still one of this person's, and nothing that its source says there is out of sight."""
    if not set(conflict.patients) <= {report.patient for report in plan.sources}:
        return False
    speaking = {statement.attribution.source for statement in conflict.statements}
    states = [state for section in plan.sections if section.key == conflict.section for state in section.states]
    return not any(state.source in speaking and state.state in _OUT_OF_SIGHT for state in states)


def changed_since(step: Step, conflict: Conflict) -> bool:
    """Whether a side says something else, in other words or a newer version, than when the step was taken."""
    return _seen(step.conflict) != _seen(conflict)


def history(step: Step) -> str:
    """A step as a line of history."""
    when = show_time(step.at)
    if step.by is None:
        return f"{when}: the sources no longer disagree, seen by carehub."
    who = f"{step.by.name}, {step.by.organisation_name or step.by.organisation}"
    if step.kind == "assigned":
        asked = f": “{step.text}”" if step.text else ""
        return f"{when}: assigned to {step.owner}, {step.organisation}, due {show_date(step.due)}, by {who}{asked}"
    return f"{when}: explained by {who}: “{step.text}”"


def _by_conflict(steps: Iterable[Step]) -> dict[str, tuple[Step, ...]]:
    """The steps by the id of their conflict. Where two claim one number the first in the log counts."""
    held: dict[str, dict[int, Step]] = {}
    for step in sorted(steps, key=lambda s: (s.position, s.message)):
        held.setdefault(step.of, {}).setdefault(step.number, step)
    return {of: tuple(told[number] for number in sorted(told)) for of, told in sorted(held.items())}


def _seen(conflict: Conflict) -> set[tuple[str, str, int]]:
    return {(s.text, s.attribution.record, s.attribution.record_version) for s in conflict.statements}


def _since_agreed(steps: Sequence[Step]) -> Sequence[Step]:
    return steps[max((n + 1 for n, step in enumerate(steps) if step.kind == "agreed"), default=0) :]


def _last(kind: str, steps: Sequence[Step]) -> Step | None:
    return next((step for step in reversed(steps) if step.kind == kind), None)


def _state(conflict: Conflict, steps: Sequence[Step]) -> State:
    """By the steps since the sources last agreed. An explanation counts only for what it explained, and until somebody is asked again."""
    counting = _since_agreed(steps)
    if counting and counting[-1].kind == "explained" and not changed_since(counting[-1], conflict):
        return "explained"
    return "assigned" if _last("assigned", counting) else "open"


def _words(conflict: Conflict, state: State, steps: Sequence[Step], today: date) -> str:
    counting = _since_agreed(steps)
    explained = _last("explained", counting)
    if state == "resolved":
        seen = steps[-1]
        return f"Resolved at source: the sources agree{f', seen {show_time(seen.at)}' if seen.kind == 'agreed' else ''}."
    if state == "explained" and explained:
        return f"Explained, {_by(explained)}: “{explained.text}” The sources still differ."
    again = [f"The sources agreed on {show_date(steps[-len(counting) - 1].at)} and disagree again."] if len(counting) < len(steps) else []
    stale = (
        [f"Explained, {_by(explained)}, but the statements have changed since."] if explained and changed_since(explained, conflict) else []
    )
    assigned = _last("assigned", counting)
    if assigned is None:
        return " ".join([*again, *stale, "Not assigned."])
    asked = [f"Asked: “{assigned.text}”"] if assigned.text else []
    days = (today - date.fromisoformat(assigned.due)).days
    late = f", overdue {days} {'day' if days == 1 else 'days'}" if days > 0 else ""
    owned = f"Assigned to {assigned.owner}, {assigned.organisation}, due {show_date(assigned.due)}{late}."
    return " ".join([*again, *stale, owned, *asked])


def _by(step: Step) -> str:
    return f"{step.by.name if step.by else 'carehub'}, {show_date(step.at)}"
