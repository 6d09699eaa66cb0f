"""Birth dates with the precision they came with, and dates that stand for not known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from carehub.terms import moments

_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_FULL = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_BRITISH = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[\s./-]+(\d{1,2}|[A-Za-z]{3,9})[\s./,-]+(\d{4})(?:[T\s].*)?$", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What systems store when no birth date is known: the first days their calendars can hold, and round numbers.
_NO_BIRTH_DATES = frozenset(
    {"1753-01-01", "1800-01-01", "1900-01-01", "1901-01-01", "1111-11-11"}
    | {"0001-01-01", "1582-10-15", "1840-12-31", "1850-01-01", "1858-11-17", "1899-12-30", "1899-12-31", "9999-12-31", "9999-09-09"}
)


class Born(NamedTuple):
    """A birth date as comparing wants it.

    date: a FHIR date at the precision it came with, "" for none, for an impossible day and for a date that stands for not known.
    precision: "day", "month", "year" or "". default: true where the day is 1 January, which many are given who do not know their day.
    turned: the date with day and month exchanged, "" where that is no date or the same. told: "YYYY-MM-DD" as it was told even where no
    calendar has that day (31 February is a slip, and a slip can still be compared), "" where no full date was told.
    """

    date: str = ""
    precision: str = ""
    default: bool = False
    turned: str = ""
    told: str = ""


_NOTHING = Born()
_PRECISIONS = {4: "year", 7: "month", 10: "day"}


@lru_cache(maxsize=65536)
def read_born(text: str) -> Born:
    """A birth date as any feed writes it: FHIR, "19440501", "1/5/1944", "01-May-1944". Never raises.

    Day before month; the other way round only where nothing else is a date ("12/25/1944"). A year of two digits is not read: its century
    would be a guess. Dates that stand for not known (1900-01-01 and the like) come out as nothing.
    """
    told = _full(text.strip())
    if told in _NO_BIRTH_DATES:
        return _NOTHING
    date = told if moments.valid_date(told) else ""
    if not _FULL.match(told):
        return Born(date, _PRECISIONS.get(len(date), "")) if date else _NOTHING
    other = turned(told)
    return Born(date, "day" if date else "", is_default_birth_date(date), other if other != date else "", told)


def _full(text: str) -> str:
    british = _BRITISH.match(text)
    if not british:
        return _iso(text)
    day, month, year = british.groups()
    if not month.isdigit():
        short = month[:3].lower()
        if short not in _MONTHS:
            return ""
        month = str(_MONTHS.index(short) + 1)
    elif int(month) > 12 >= int(day):
        day, month = month, day
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _iso(text: str) -> str:
    compact = _COMPACT_DATE.match(text)
    return "-".join(compact.groups()) if compact else moments.london_date(text)


def turned(date: str) -> str:
    """ "1944-05-01" as "1944-01-05"; "" where that is no date, or the date is not full."""
    found = _FULL.match(date)
    other = f"{found[1]}-{found[3]}-{found[2]}" if found else ""
    return other if other and moments.valid_date(other) else ""


@lru_cache(maxsize=65536)
def birth_date(text: str) -> str:
    """A FHIR date at the precision it came with; "19440501" is read, a time is dropped (London day). "" when it is no calendar date."""
    day = _iso(text.strip())
    return day if moments.valid_date(day) else ""


def is_no_birth_date(date: str) -> bool:
    """True for the dates that systems store when none is known."""
    return date in _NO_BIRTH_DATES


def is_default_birth_date(date: str) -> bool:
    """True for the first of January, which many are given who do not know their day: weak evidence (IDENTITY 6)."""
    return date[4:] == "-01-01" or is_no_birth_date(date)
