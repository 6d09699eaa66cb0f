"""What changed in a record between two instants, by heading and agency: the most important first, each with who says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from carehub.careplan.joint.standing import standing
from carehub.careplan.plan import Entry, UnifiedCarePlan
from carehub.terms.attribution import Attribution
from carehub.terms.moments import LONDON, show_date, sort_key

RANKS = (
    "Death",
    "Admitted",
    "Safeguarding",
    "Discharged",
    "Emergency attendance or ambulance",
    "Plan or advance care planning",
    "Medicines",
    "Missed visit",
    "Support at home",
    "Condition",
    "People involved",
    "Action",
    "Other",
)
"""What changes are about, most important first (SCREENS S2)."""

_ADMISSION = re.compile(r"\binpatient\b|\badmi(?:tted|ssion)\b|\bhospital stay\b|\bward\b", re.IGNORECASE)
_EMERGENCY = re.compile(r"(?i:\bemergency\b|\bambulance\b|\baccident\b|\bcrew\b)|\bA ?& ?E\b|\b999\b|\bED\b")
_MISSED = re.compile(r"did not attend|\bDNA\b|no access|not at home|\bmissed\b|no ?show|not attended", re.IGNORECASE)
_BY_SECTION = {
    "safeguarding": "Safeguarding",
    "advance": "Plan or advance care planning",
    "contingency": "Plan or advance care planning",
    "medicines": "Medicines",
    "support": "Support at home",
    "problems": "Condition",
    "care_team": "People involved",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change. kind: "new", "changed", "gone" (the source took it back or no longer tells it) or "overdue". about: one of RANKS.

    details: what differs, as (label, before, after), "" where one side is silent. told: who says what stands now, or said what is gone.
    """

    kind: Literal["new", "changed", "gone", "overdue"]
    about: str
    section: str
    section_title: str
    title: str
    when: str
    details: tuple[tuple[str, str, str], ...]
    entry: str
    told: tuple[Attribution, ...]


def difference(before: UnifiedCarePlan, after: UnifiedCarePlan, since: datetime, until: datetime) -> tuple[Change, ...]:
    """Everything that is told otherwise, by RANKS, newest first. since, until: aware; the instants at which the two records stood.

    Entries are compared one by one, unfolded: the same record of the same source is the same entry, however it is folded.
    """
    old, new = _entries(before), _entries(after)
    found = [*_told_otherwise(old, new, after), *_gone(old, new, before), *_overdue(before, after, since, until)]
    found.sort(key=lambda change: (change.title.casefold(), change.entry))
    found.sort(key=lambda change: sort_key(change.when), reverse=True)
    found.sort(key=lambda change: RANKS.index(change.about))
    return tuple(found)


def _entries(plan: UnifiedCarePlan) -> dict[tuple[str, str], Entry]:
    return {(s.key, e.key): e for s in plan.sections for row in s.entries for e in (row.members or (row,))}


def _told_otherwise(old: dict[tuple[str, str], Entry], new: dict[tuple[str, str], Entry], plan: UnifiedCarePlan) -> Iterator[Change]:
    titles = {section.key: section.title for section in plan.sections}
    for key, entry in new.items():
        was = old.get(key)
        details = tuple(_details(was, entry)) if was else ()
        if was is None or details:
            yield _change("changed" if was else "new", entry, titles[key[0]], details, _about(entry, was))


def _gone(old: dict[tuple[str, str], Entry], new: dict[tuple[str, str], Entry], plan: UnifiedCarePlan) -> Iterator[Change]:
    titles = {section.key: section.title for section in plan.sections}
    for key in old.keys() - new.keys():
        yield _change("gone", old[key], titles[key[0]], (), _about(old[key], old[key]))


def _overdue(before: UnifiedCarePlan, after: UnifiedCarePlan, since: datetime, until: datetime) -> Iterator[Change]:
    """Actions that were not overdue at the first instant and are at the second."""
    titles = {section.key: section.title for section in after.sections}
    late = {one.what.key for one in standing(before, since).overdue}
    for one in standing(after, until).overdue:
        action = next((a for a in after.joint.actions if a.key == one.what.key), None)
        if action is not None and action.key not in late:
            detail = ("Overdue", "", f"{one.days} day{'' if one.days == 1 else 's'}, was due {show_date(action.due)}")
            yield Change(
                "overdue", "Action", action.section, titles[action.section], action.title, action.due, (detail,), action.entry, action.told
            )


def _change(
    kind: Literal["new", "changed", "gone"], entry: Entry, title: str, details: tuple[tuple[str, str, str], ...], about: str
) -> Change:
    return Change(kind, about, entry.section, title, entry.title, entry.when, details, entry.key, entry.attributions)


def _details(was: Entry, now: Entry) -> Iterator[tuple[str, str, str]]:
    for label, before, after in (("Title", was.title, now.title), ("Status", was.status, now.status), ("Date", was.when, now.when)):
        if before != after:
            yield (
                label,
                show_date(before) if label == "Date" and before else before,
                show_date(after) if label == "Date" and after else after,
            )
    for label in dict.fromkeys(fact.label for fact in (*was.facts, *now.facts)):
        before, after = _fact(was, label), _fact(now, label)
        if before != after:
            yield label, before, after


def _fact(entry: Entry, label: str) -> str:
    return "; ".join(fact.value for fact in entry.facts if fact.label == label)


def _about(entry: Entry, was: Entry | None) -> str:
    if entry.key.endswith("#death"):
        return "Death"
    if entry.section == "encounters":
        return _of_contact(entry)
    if entry.section == "plan":
        return "Plan or advance care planning" if entry.attributions[0].record.startswith(("CarePlan/", "Goal/")) else "Action"
    if entry.section == "care_team" and was is not None:
        return "Other"
    return _BY_SECTION.get(entry.section, "Other")


def _of_contact(entry: Entry) -> str:
    words = " ".join([entry.title, entry.status, *(fact.value for fact in entry.facts)])
    if _MISSED.search(words):
        return "Missed visit"
    if _EMERGENCY.search(words) and not _ADMISSION.search(entry.title):
        return "Emergency attendance or ambulance"
    if _ADMISSION.search(words):
        over = bool(entry.ends) or not entry.active or entry.status in ("Finished", "Completed", "Discharged")
        return "Discharged" if over else "Admitted"
    return "Other"


def by_heading_and_agency(changes: tuple[Change, ...]) -> tuple[tuple[str, str, tuple[Change, ...]], ...]:
    """The same changes as (heading, agency, changes), in the order of their first."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.section_title, change.told[0].source.title), []).append(change)
    return tuple((heading, agency, tuple(held)) for (heading, agency), held in groups.items())


def day_start(day: str) -> datetime:
    """Midnight in London at which a day (YYYY-MM-DD) begins. Raises ValueError for what is no day."""
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=LONDON)
