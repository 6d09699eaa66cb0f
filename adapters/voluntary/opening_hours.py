"""Schedules (a subset of RFC 5545 recurrence) to days and times where FHIR can say them, and to words in any case."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from carehub.terms.moments import show_date, valid_date

from .draft import Draft, filled
from .shapes import parts, raw, said

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = dict(zip(_DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_DAY = re.compile(r"(?i)(mo|tu|we|th|fr|sa|su)(?:n|e|d|u|i|t|day|es|nes|ur|rs|urs|esday|nesday|ursday|iday|tur|turday|nday)?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?")
# A schedule that says any of these recurs in a way that days of the week cannot say.
_FINER = ("byweekno", "bymonthday", "byyearday", "count")


@dataclass(slots=True)
class Hours:
    """times: (days, from, to), each "" or [] where not said. words: every schedule as a sentence."""

    times: list[tuple[list[str], str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def available(self) -> list[dict[str, Any]]:
        """For HealthcareService.availableTime."""
        return [filled(daysOfWeek=days, availableStartTime=opens, availableEndTime=closes) for days, opens, closes in self.times]

    def opening(self) -> list[dict[str, Any]]:
        """For Location.hoursOfOperation."""
        return [filled(daysOfWeek=days, openingTime=opens, closingTime=closes) for days, opens, closes in self.times]


def hours(draft: Draft, holder: Any, place: str, about: str, as_of: str) -> Hours:
    """The schedules of a service or a place. as_of: the day the source says this of, "" when it does not say.

    Only what holds every week on that day becomes days and times: a schedule that is over, has not begun, or is every other week would send
    somebody to a closed door. It is told in words with its dates.
    """
    found = Hours()
    for schedule in parts(holder, "schedules", "regular_schedules", "regular_schedule"):
        days = _days(schedule)
        opens, closes = _clock(schedule, "opens_at"), _clock(schedule, "closes_at")
        if words := _words(schedule, days, opens, closes):
            found.words.append(words)
        if not (days or opens or closes):
            continue
        if (
            _weekly(schedule, days)
            and _current(schedule, as_of)
            and opens is not None
            and closes is not None
            and (not closes or opens < closes)
        ):
            time = (days or [], opens, closes)
            if time not in found.times:
                found.times.append(time)
        else:
            draft.note("MAP-007", place, about)
    return found


def _weekly(schedule: dict[str, Any], days: list[str] | None) -> bool:
    every = raw(schedule, "freq").upper()
    plain = days is not None and (bool(days) or every == "DAILY")
    return (
        plain and every in ("", "WEEKLY", "DAILY") and raw(schedule, "interval") in ("", "1") and not any(raw(schedule, n) for n in _FINER)
    )


def _current(schedule: dict[str, Any], as_of: str) -> bool:
    starts = [raw(schedule, name)[:10] for name in ("valid_from", "dtstart") if raw(schedule, name)]
    ends = [raw(schedule, name)[:10] for name in ("valid_to", "until") if raw(schedule, name)]
    if not all(valid_date(day) and len(day) == 10 for day in (*starts, *ends)):
        return False
    return not ends if not as_of else all(day <= as_of for day in starts) and all(day >= as_of for day in ends)


def _days(schedule: dict[str, Any]) -> list[str] | None:
    """Days of the week in order; [] when none is named; None when one cannot be read ("2TU": the second Tuesday)."""
    found: set[str] = set()
    for name in re.split(r"[,;\s]+", raw(schedule, "byday", "weekday")):
        match = _DAY.fullmatch(name) if name else None
        if name and not match:
            return None
        if match:
            found.add(next(day for day in _DAYS if day.startswith(match[1].lower())))
    return [day for day in _DAYS if day in found]


def _clock(schedule: dict[str, Any], name: str) -> str | None:
    """ "10:00:00"; "" when not said; None when it is no time."""
    text = raw(schedule, name)
    match = _CLOCK.fullmatch(text)
    if not match:
        return None if text else ""
    return f"{match[1]}:{match[2]}:{match[3] or '00'}"


def _words(schedule: dict[str, Any], days: list[str] | None, opens: str | None, closes: str | None) -> str:
    when = [
        ", ".join(_NAMES[day] for day in days) if days else said(schedule, "byday", "weekday"),
        f"{opens[:5]} to {closes[:5]}"
        if opens and closes
        else " to ".join(filter(None, (said(schedule, "opens_at"), said(schedule, "closes_at")))),
    ]
    every = raw(schedule, "freq").upper()
    interval = raw(schedule, "interval")
    if every not in ("", "WEEKLY") or interval not in ("", "1"):
        when.append(f"repeats {plain_every(every, interval)}")
    labels = (
        ("byweekno", "in weeks"), ("bymonthday", "on days of the month"), ("byyearday", "on days of the year"), ("count", "number of times:"),
    )  # fmt: skip
    when += [f"{label} {told}" for name, label in labels if (told := said(schedule, name))]
    dates = (("dtstart", "starting"), ("valid_from", "valid from"), ("valid_to", "valid to"), ("until", "until"))
    when += [f"{label} {show_date(told)}" for name, label in dates if (told := said(schedule, name))]
    sentence = ", ".join(part for part in when if part)
    more = [told for name in ("description", "notes", "attending_type", "schedule_link") if (told := said(schedule, name))]
    return ". ".join(part.rstrip(".") for part in (sentence, *more) if part)


def plain_every(every: str, interval: str) -> str:
    """ "every 2 weeks" for WEEKLY and 2."""
    unit = {"": "time", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}.get(every, every.lower()[:20])
    return f"every {unit}" if interval in ("", "1") else f"every {interval[:10]} {unit}s"
