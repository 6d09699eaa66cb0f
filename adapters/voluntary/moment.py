"""Dates and times as referral lists write them: ISO, or day first. A month is never guessed to come first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from carehub.terms.moments import LONDON, iso

_TIME = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _TIME)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _TIME)


@dataclass(frozen=True, slots=True)
class Moment:
    """said: FHIR date or dateTime at the precision it came with, with London's offset where none was sent. begins, ends: the first and the last
    instant it can mean, as the hub writes instants."""

    said: str
    begins: str
    ends: str

    @property
    def day(self) -> str:
        return self.said[:10]


@lru_cache(maxsize=16_384)
def moment(text: str) -> Moment | None:
    """A date with or without a time; None when it is none. Years before 1850 or after 2150 are slips."""
    found = _ISO.fullmatch(text)
    if found:
        year, month, day, *clock = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year, *clock = found.groups()
    else:
        return None
    try:
        on = date(int(year), int(month), int(day))
        if not 1850 <= on.year <= 2150:
            return None
        if clock[0] is None:
            first, last = datetime.combine(on, time(0), LONDON), datetime.combine(on, time(23, 59, 59), LONDON)
            return Moment(on.isoformat(), iso(first), iso(last))
        at = datetime.combine(on, time(int(clock[0]), int(clock[1]), int(clock[2] or 0)))
        told = _placed(at, clock[3] or "")
        return Moment(told.isoformat().replace("+00:00", "Z" if clock[3] == "Z" else "+00:00"), iso(told), iso(told))
    except (ValueError, OverflowError):
        return None


def _placed(at: datetime, zone: str) -> datetime:
    """A local time in its zone; London where none is told. Raises ValueError for an offset that no place has."""
    if not zone:
        return at.replace(tzinfo=LONDON)
    told = at.replace(tzinfo=UTC) if zone == "Z" else datetime.fromisoformat(f"{at.isoformat()}{zone}")
    if abs(told.utcoffset() or timedelta()) > timedelta(hours=14):
        raise ValueError("no place has such an offset")
    return told


@lru_cache(maxsize=16_384)
def birth_date(text: str) -> str:
    """A whole date of birth as YYYY-MM-DD, or ""."""
    told = moment(text)
    return told.day if told else ""
