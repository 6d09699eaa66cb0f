"""Dates and times of the community formats to FHIR, at the precision they came with. A time without an offset is London's.

Accepted: YYYYMMDD, YYYY-MM-DD (also with a time behind it), dd/mm/yyyy, never month first. "" for what is empty, unreadable or impossible.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from carehub.terms import moments

_DAY = re.compile(r"(?:(\d{4})-?(\d\d)-?(\d\d)|(\d\d)/(\d\d)/(\d{4}))(?:[T ]([\d:.]+)\s*(Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII)
_CLOCK = re.compile(r"(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\Z", re.ASCII)
_BATCH = re.compile(r"(\d{8})T(\d\d)(\d\d)(\d\d)(0[01])?\Z", re.ASCII)
_ZONES = {"00": "+00:00", "01": "+01:00"}
_EARLIEST, _LATEST = "1800", "9000"


@lru_cache(maxsize=16384)
def day(text: str) -> str:
    """A FHIR date: the day of whatever stands there."""
    match = _DAY.match(text.strip())
    if not match:
        return ""
    year, month, date, day_first, month_second, year_last, _, _ = match.groups()
    told = f"{year or year_last}-{month or month_second}-{date or day_first}"
    return told if moments.valid_date(told) and _EARLIEST <= told < _LATEST else ""


@lru_cache(maxsize=16384)
def moment(date: str, clock: str = "") -> str:
    """A FHIR date or dateTime from a date and a time of day in another field, or from a date that has its own time.

    Midnight beside a date with its own time is what a database writes for "no time", so such a date stays a date.
    """
    told = day(date)
    match = _DAY.match(date.strip())
    if not told or not match:
        return ""
    inside = _clock(match[7] or "")
    if inside == "00:00:00":
        inside = ""
    said = _DAY.match(clock.strip())
    beside = _clock((said[7] or "") if said else clock.strip())
    at = beside or inside
    if not at:
        return told
    offset = match[8] or "" if at == inside and not beside else ""
    return _with_zone(f"{told}T{at}", "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}" if offset else "") or told


@lru_cache(maxsize=16384)
def batch_moment(text: str) -> str:
    """DATE_AND_TIME of the vaccination batch: 20250730T11525000, whose last two digits are the zone: 00 is UTC, 01 is British Summer Time."""
    match = _BATCH.match(text.strip())
    if not match:
        return moment(text)
    date, hour, minute, second, zone = match.groups()
    told = day(date)
    at = _clock(f"{hour}{minute}{second}")
    return _with_zone(f"{told}T{at}", _ZONES.get(zone or "", "")) if told and at else ""


def instant(text: str) -> str:
    """A FHIR dateTime as the hub's own instant; "" for a date without a time or nothing."""
    value = moments.instant(text) if text else None
    return moments.iso(value) if value else ""


def _clock(text: str) -> str:
    match = _CLOCK.match(text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return ""
    return f"{match[1]}:{match[2]}:{match[3] or '00'}"


def _with_zone(text: str, zone: str) -> str:
    try:
        value = datetime.fromisoformat(text + zone)
    except ValueError:
        return ""
    shift = value.replace(tzinfo=moments.LONDON).utcoffset() if value.tzinfo is None else value.utcoffset()
    if shift is None or abs(shift.total_seconds()) > 14 * 3600:
        return ""
    return (value if value.tzinfo else value.replace(tzinfo=moments.LONDON)).isoformat()
