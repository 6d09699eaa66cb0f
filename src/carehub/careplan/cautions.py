"""What a reader must be told beside an entry that depends on the day or on who the person is: a flag whose review is overdue, a score that is not
valid for them. Worked out when somebody reads, from what that reader is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from carehub.careplan.joint.timing import days_past
from carehub.careplan.plan import Entry, Fact, Section, UnifiedCarePlan
from carehub.careplan.sections import ALERTING
from carehub.terms.moments import LONDON, age, london_date, show_date

OVERDUE, LIMITS = "Review overdue", "Limits of this score"
_CFS = re.compile(r"\b(clinical frailty (scale|score)|rockwood|CFS)\b", re.IGNORECASE)
_EFI = re.compile(r"\b(electronic frailty index|eFI2?)\b", re.IGNORECASE)
_DISABILITY = re.compile(r"\b(learning disabilit|intellectual disabilit|down'?s? syndrome|cerebral palsy)", re.IGNORECASE)
_OLD_ENOUGH = 65


def cautioned(plan: UnifiedCarePlan, now: datetime) -> UnifiedCarePlan:
    """The plan with these facts added to its entries. plan: as a reader is shown it. now: aware.

    A flag in force whose dates have ended is overdue for review (hazard S-H32, UI-47). The Clinical Frailty Scale is validated for people over 65,
    and not for a stable long-term disability such as a learning disability; the electronic frailty index is calculated (S-H26, UI-40). Neither code
    system that sources use names either score for certain here, so they are known by the words of their title.
    """
    today = now.astimezone(LONDON).date()
    disabled = any(_DISABILITY.search(entry.title) for entry in _shown(plan.sections) if entry.section in ("problems", "adjustments"))
    sections = tuple(
        replace(one, entries=tuple(_entry(entry, plan.identity.birth_date, today, disabled=disabled) for entry in one.entries))
        for one in plan.sections
    )
    return replace(plan, sections=sections)


def _shown(sections: Iterable[Section]) -> Iterable[Entry]:
    return (entry for section in sections for entry in section.entries if entry.active)


def _entry(entry: Entry, born: str, today: date, *, disabled: bool) -> Entry:
    facts = (*_overdue(entry, today), *_limits(entry, born, today, disabled=disabled))
    members = tuple(_entry(member, born, today, disabled=disabled) for member in entry.members)
    return replace(entry, facts=(*entry.facts, *facts), members=members) if facts or members != entry.members else entry


def _overdue(entry: Entry, today: date) -> Iterable[Fact]:
    if entry.active and entry.section in ALERTING and entry.ends and days_past(entry.ends, today) > 0:
        yield Fact(OVERDUE, f"Its dates ended {show_date(entry.ends)}, and its source still tells it as in force. Ask who set it.")


def _limits(entry: Entry, born: str, today: date, *, disabled: bool) -> Iterable[Fact]:
    if _EFI.search(entry.title):
        yield Fact(LIMITS, "Calculated from the record, not confirmed by a clinician.")
    elif _CFS.search(entry.title):
        years = age(born, london_date(entry.when) or today.isoformat())
        if disabled:
            yield Fact(LIMITS, "Not valid for this person: a learning or other long-term disability is recorded.")
        elif years is not None and years < _OLD_ENOUGH:
            yield Fact(LIMITS, f"Not valid for this person: it is validated for people over 65, and they were {years}.")
        else:
            unknown = "" if years is not None else " This person’s age then is not known."
            yield Fact(LIMITS, f"Validated for people over 65, and not for a stable long-term or learning disability.{unknown}")
