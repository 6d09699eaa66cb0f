"""What a reader must be told beside an entry that depends on the day or on who the person is: a flag whose review is overdue, a score that is not
valid for them, something that is dated ahead of its time. Worked out when somebody reads, from what that reader is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from carehub.careplan.joint.timing import days_past
from carehub.careplan.plan import Entry, Fact, Section, UnifiedCarePlan
from carehub.careplan.sections import ALERTING
from carehub.terms.ahead import ahead
from carehub.terms.attribution import Attribution
from carehub.terms.moments import LONDON, age, days_of, london_date, show_date, show_time

OVERDUE, LIMITS, AHEAD = "Review overdue", "Limits of this score", "Dated ahead"
_CFS = re.compile(r"\b(clinical frailty (scale|score)|rockwood|CFS)\b", re.IGNORECASE)
_EFI = re.compile(r"\b(electronic frailty index|eFI2?)\b", re.IGNORECASE)
_DISABILITY = re.compile(r"\b(learning disabilit|intellectual disabilit|down'?s? syndrome|cerebral palsy)", re.IGNORECASE)
_OLD_ENOUGH = 65
# What has happened when it is told: these are never planned.
_PAST = ("AllergyIntolerance", "Condition", "DiagnosticReport", "Immunization", "Observation")


def cautioned(plan: UnifiedCarePlan, now: datetime) -> UnifiedCarePlan:
    """The plan with these facts added to its entries. plan: as a reader is shown it. now: aware.

    A flag in force whose dates have ended is overdue for review (hazard S-H32, UI-47). The Clinical Frailty Scale is validated for people over 65,
    and not for a stable long-term disability such as a learning disability; the electronic frailty index is calculated (S-H26, UI-40). Neither code
    system that sources use names either score for certain here, so they are known by the words of their title.

    A finding of a day to come, and a statement that its source dates after it was received (terms.ahead), are dated ahead: a clock or a date
    is wrong, and because states go by the source's time (ADR 0010) what the source says later, with the right time, may stand behind it.
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
    facts = (*_overdue(entry, today), *_limits(entry, born, today, disabled=disabled), *_ahead(entry, today))
    members = tuple(_entry(member, born, today, disabled=disabled) for member in entry.members)
    return replace(entry, facts=(*entry.facts, *facts), members=members) if facts or members != entry.members else entry


def _overdue(entry: Entry, today: date) -> Iterable[Fact]:
    if entry.active and entry.section in ALERTING and entry.ends and days_past(entry.ends, today) > 0:
        yield Fact(OVERDUE, f"Its dates ended {show_date(entry.ends)}, and its source still tells it as in force. Ask who set it.")


def _ahead(entry: Entry, today: date) -> Iterable[Fact]:
    days = days_of(entry.when)
    if entry.attributions[0].record.startswith(_PAST) and days and days[0] > today:
        yield Fact(AHEAD, f"Its date, {show_date(entry.when)}, is still to come. Ask its source.")
    elif early := next((told for told in entry.attributions if ahead(told.recorded, told.received)), None):
        yield Fact(AHEAD, _words(early))


def _words(told: Attribution) -> str:
    return (
        f"{told.source.title} dates this {show_time(told.recorded)}, and it came {show_time(told.received)}: a clock is wrong. "
        "What it said later, with the right time, may not be shown."
    )


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
