"""Dates as councils write them: ISO, or day first. A month is never guessed to come first.

The public documents do not state the style. 04/05/2026 is the fourth of May; 05/25/2026 is no date.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import lru_cache

from carehub.terms.moments import LONDON, iso

_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _MIDNIGHT)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _MIDNIGHT)
_LONGEST_PERIOD = 800
_MONTH = re.compile(r"(\d{4})-(\d{2})|(\d{1,2})/(\d{4})")


@lru_cache(maxsize=16_384)
def day(text: str) -> str:
    """A whole date as YYYY-MM-DD; "" when it is none. Years before 1850 or after 2150 are slips."""
    if found := _ISO.fullmatch(text):
        year, month, of_month = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        of_month, month, year = found.groups()
    else:
        return ""
    try:
        return date(int(year), int(month), int(of_month)).isoformat() if 1850 <= int(year) <= 2150 else ""
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def born(text: str) -> str:
    """A date of birth: a whole date, or a month (YYYY-MM, MM/YYYY), since only year and month are kept centrally."""
    if whole := day(text):
        return whole
    found = _MONTH.fullmatch(text)
    if not found:
        return ""
    year, month = int(found[1] or found[4]), int(found[2] or found[3])
    return f"{year:04d}-{month:02d}" if 1850 <= year <= 2150 and 1 <= month <= 12 else ""


@lru_cache(maxsize=256)
def end_of(day: str) -> str:
    """The last second of a day in London, as the hub writes instants: what a period that ends then can know."""
    return iso(datetime.combine(date.fromisoformat(day), time(23, 59, 59), LONDON))


@lru_cache(maxsize=256)
def months_within(start: str, end: str) -> tuple[str, ...]:
    """The calendar months that lie wholly inside the period, "2026-04" each; at most 36."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    found: list[str] = []
    year, month = (first.year, first.month) if first.day == 1 else _next(first.year, first.month)
    while len(found) < 36:
        following = date(*_next(year, month), 1)
        if following.toordinal() - 1 > last.toordinal():
            break
        found.append(f"{year:04d}-{month:02d}")
        year, month = following.year, following.month
    return tuple(found)


@lru_cache(maxsize=256)
def credible(start: str, end: str) -> bool:
    """Whether two whole dates can be a reporting period: the right way round, and no longer than two years and a bit."""
    return 0 <= date.fromisoformat(end).toordinal() - date.fromisoformat(start).toordinal() <= _LONGEST_PERIOD


def _next(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)
