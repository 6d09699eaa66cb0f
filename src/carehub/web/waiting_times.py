"""How long something waits, in words, and whether that is longer than the target. Pure: the moment is an argument."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from carehub.terms.moments import LONDON, instant

TARGET = 2
"""Working days in which a pair should be settled (SCREENS S8). Monday to Friday: public holidays count as working days."""


def waited(since: str, now: datetime) -> str:
    """ "6 days", "5 hours", "less than an hour" from an ISO instant; "a time not known" for "". now: aware."""
    moment = instant(since)
    if moment is None:
        return "a time not known"
    hours = int((now - moment).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    count, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def past_target(since: str, now: datetime) -> bool:
    """Whether more than TARGET working days have gone by since the day it began (days of London)."""
    moment = instant(since)
    if moment is None:
        return False
    return _working_days(moment.astimezone(LONDON).date(), now.astimezone(LONDON).date()) > TARGET


def _working_days(first: date, last: date) -> int:
    """Working days after the first day, up to the last."""
    whole, odd = divmod(max((last - first).days, 0), 7)
    return whole * 5 + sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, odd + 1))
