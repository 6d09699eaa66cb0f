"""When something is due, and whether that day is past: dates keep the precision they came with."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from carehub.careplan.reading.shelf import extension_value
from carehub.careplan.reading.wording import value_words
from carehub.fhir.resource import Resource, first, many, text
from carehub.terms.moments import days_of, london_date, valid_date

_REVIEW = re.compile(r"\b(?:next |planned )?review (?:date|due|on|by)?\W{0,3}(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)


def due(resource: Resource, *stems: str) -> tuple[str, str]:
    """(FHIR date, words) of when it is to be done: the end of a period, or the date itself; ("", "") where nothing is said.

    stems: choice elements that tell it ("occurrence", "scheduled"). The words are given only where they are no date.
    """
    if told := text(resource, "restriction", "period", "end") or text(resource, "executionPeriod", "end"):
        return told, ""
    for stem in stems:
        paths: tuple[tuple[str, ...], ...] = (
            (f"{stem}Period", "end"),
            (f"{stem}Timing", "repeat", "boundsPeriod", "end"),
            (f"{stem}DateTime",),
            (f"{stem}Date",),
        )
        for path in paths:
            if told := text(resource, *path):
                return told, ""
        events = [str(event) for event in many(resource, f"{stem}Timing", "event")]
        if events:
            return max(events), ""
        if told := text(resource, f"{stem}Period", "start"):
            return told, ""
        if told := value_words(resource, stem):
            return "", told
    return "", ""


def target(goal: Resource) -> str:
    """The first date by which a goal is to be met, or ""."""
    return min((told for t in many(goal, "target") if (told := text(t, "dueDate"))), default="")


def review(plan: Resource) -> str:
    """The date of a care plan's next review where the plan itself says it, in an extension or a note; "" else. R4 has no element for it."""
    told: Any = extension_value(plan, "eviewDate", "eview-date", "extReview")
    if isinstance(told, str) and valid_date(london_date(told)):
        return told
    for note in many(plan, "note"):
        if found := _REVIEW.search(text(note, "text")):
            return found[1]
    return ""


def days_past(when: str, today: date) -> int:
    """How many whole days lie between the last day it may mean and today; 0 or less when it is not past, or is no date."""
    days = days_of(when)
    return (today - days[1]).days if days else 0


def begins(resource: Resource) -> str:
    """When something was written or began, or ""."""
    for path in (("created",), ("authoredOn",), ("startDate",), ("period", "start"), ("statusDate",)):
        told = first(resource, *path)
        if isinstance(told, str) and told.strip():
            return told.strip()
    return ""
