"""Dates and times with the precision they came with. Nothing is padded: 1944 stays 1944.

FHIR date and dateTime forms (https://hl7.org/fhir/R4/datatypes.html#dateTime). Local time without an offset means Europe/London.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def valid_date(text: str) -> bool:
    """True for a FHIR date (YYYY, YYYY-MM or YYYY-MM-DD) that exists in the calendar."""
    match = _PARTIAL.match(text)
    if not match:
        return False
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime | None:
    """An aware UTC datetime from a FHIR dateTime or instant; None when it has no time or cannot be read.

    A time without an offset is Europe/London. In the repeated October hour the first (summer) reading is taken.
    """
    if "T" not in text:
        return None
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=LONDON)
    return value.astimezone(UTC)


def iso(moment: datetime) -> str:
    """The hub's own form: UTC, milliseconds, "2026-11-22T06:10:00.000Z". Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


@lru_cache(maxsize=4096)
def sort_key(text: str) -> str:
    """A key that puts FHIR dates and dateTimes in order; a whole day sorts before its times, and "" before everything."""
    value = instant(text)
    return iso(value) if value else text


@lru_cache(maxsize=4096)
def london_date(text: str) -> str:
    """The calendar day in London of a date or dateTime: "2026-11-22", or the partial date as it came."""
    value = instant(text)
    return value.astimezone(LONDON).date().isoformat() if value else text[:10]


def days_of(text: str) -> tuple[date, date] | None:
    """The first and last day a FHIR date or dateTime may mean: one day, a month or a year. None for what is no date."""
    day = london_date(text)
    if not day or not valid_date(day):
        return None
    year, month, exact = [*(int(part) for part in day.split("-")), 0, 0][:3]
    first = date(year, month or 1, exact or 1)
    if exact:
        return first, first
    after = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    return first, after - timedelta(days=1)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show_date(text: str) -> str:
    """NHS CUI form, at the precision it came with: "09-Mar-1941", "Mar-1941", "1941". Unreadable text is returned as it is."""
    match = _PARTIAL.match(london_date(text))
    if not match:
        return text
    year, month, day = match.groups()
    if not month:
        return year
    name = _MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
    return f"{day}-{name}-{year}" if day else f"{name}-{year}"


@lru_cache(maxsize=4096)
def show_time(text: str) -> str:
    """ "22-Nov-2026 06:10" in London time, 24-hour; a date without a time is shown as a date."""
    value = instant(text)
    if not value:
        return show_date(text)
    local = value.astimezone(LONDON)
    return f"{show_date(local.date().isoformat())} {local:%H:%M}"


def age(birth: str, on: str) -> int | None:
    """Whole years from a full birth date to a full date, both YYYY-MM-DD; None when either is less precise."""
    born, then = _PARTIAL.match(birth), _PARTIAL.match(on)
    if not born or not then or not born[3] or not then[3]:
        return None
    years = int(then[1]) - int(born[1])
    return years - ((then[2], then[3]) < (born[2], born[3]))


_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")


def duration(text: str) -> timedelta:
    """ "P7D", "PT1H", "P1DT12H" (ISO 8601, days to minutes). Raises ValueError for anything else."""
    match = _DURATION.match(text)
    if not match or not any(match.groups()):
        raise ValueError(f"not an ISO 8601 duration of days, hours and minutes: {text!r}")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def show_duration(span: timedelta) -> str:
    """ "12 days", "1 day 10 hours", "40 minutes": the two largest units, for sentences about lateness."""
    minutes = max(0, int(span.total_seconds() // 60))
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    shown = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n][:2]
    if parts[0][0] >= 3:
        shown = shown[:1]
    return " ".join(shown) or "less than a minute"
