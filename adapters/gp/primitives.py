"""STU3 primitive values to R4. Each takes (value as sent, Reading) and gives the R4 value, or None when nothing was said.

A value of the wrong JSON type raises Unmappable MAP-004: the entry is odd. Rules: https://hl7.org/fhir/R4/datatypes.html#primitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from carehub.terms import moments

from .reading import Reading, odd, sole

Converter = Callable[[Any, Reading], Any]

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DATE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](?:\.[0-9]+)?)?")
_EARLIEST = "1800"
_MOST = 2_147_483_647
# No measurement is larger; readers elsewhere hold numbers in floating point, where a larger one would be infinite.
_LARGEST = 10**30
_LONGEST = 100


def string(value: Any, _: Reading) -> str | None:
    """Text as sent; blank text says nothing."""
    if value.__class__ is not str:
        value = sole(value, str)
    return value if value and not value.isspace() else None


def code(value: Any, _: Reading) -> str | None:
    """A code: no space at the ends, single spaces inside."""
    if value.__class__ is not str:
        value = sole(value, str)
    return " ".join(value.split()) or None


def uri(value: Any, _: Reading) -> str | None:
    """An address without spaces: those at the ends go (one supplier sends "…/NullFlavor "), those inside are written %20."""
    if value.__class__ is not str:
        value = sole(value, str)
    return "%20".join(value.split()) or None


def identity(value: Any, reading: Reading) -> str | None:
    """A FHIR id: 1 to 64 letters, digits, hyphens and full stops. Anything else makes the entry odd."""
    text = string(value, reading)
    if text is not None and not _ID.fullmatch(text):
        raise odd()
    return text


def boolean(value: Any, _: Reading) -> bool:
    if value.__class__ is not bool:
        raise odd()
    return value


def decimal(value: Any, _: Reading) -> Decimal | int:
    """A number with the digits it came with. Numbers sent as text ("28", in the published examples) are read as numbers."""
    if value.__class__ is str and len(value) < _LONGEST and _NUMBER.fullmatch(value.strip()):
        text = value.strip()
        value = Decimal(text) if "." in text else int(text)
    if (value.__class__ is int or value.__class__ is Decimal) and -_LARGEST < value < _LARGEST:
        return value
    raise odd()


def _whole(least: int) -> Converter:
    def convert(value: Any, reading: Reading) -> int:
        number = decimal(value, reading)
        if number.__class__ is not int or not least <= number <= _MOST:
            raise odd()
        return int(number)

    return convert


integer = _whole(-_MOST - 1)
unsigned = _whole(0)
positive = _whole(1)


def choice(*allowed: str) -> Converter:
    """A code of a required value set. Any other code makes the entry odd: it cannot be said in R4 without guessing."""
    known = frozenset(allowed)

    def convert(value: Any, _: Reading) -> str:
        if value.__class__ is not str or value not in known:
            raise odd()
        return value

    return convert


def date(value: Any, reading: Reading) -> str | None:
    """A date at the precision it came with. One that does not exist is left out with MAP-010."""
    if value.__class__ is not str:
        raise odd()
    text = value.strip()
    if not text:
        return None
    if _plain_date(text):
        return text
    reading.note("MAP-010")
    return None


def date_time(value: Any, reading: Reading) -> str | None:
    """A date or a date with time. Missing seconds are written :00 and a missing offset is that of Europe/London, as R4 asks for both.

    One that does not exist, or is from before 1800 (systems send 0001-01-01 for "unknown"), is left out with MAP-010.
    """
    if value.__class__ is not str:
        raise odd()
    known = reading.moments.get(value)
    if known is None:
        known = reading.moments[value] = _date_time(value.strip())
    if known:
        return known
    if value.strip():
        reading.note("MAP-010")
    return None


def time_of_day(value: Any, reading: Reading) -> str | None:
    """A FHIR time, hh:mm:ss; seconds that are not told are 00. One that no clock shows is left out (MAP-010)."""
    text = string(value, reading)
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    if not match:
        reading.note("MAP-010")
        return None
    return text if match[1] else f"{text}:00"


def _plain_date(text: str) -> bool:
    return text.isascii() and text >= _EARLIEST and moments.valid_date(text)


def _date_time(text: str) -> str:
    """The R4 form, or "" for a date that does not exist."""
    if _plain_date(text):
        return text
    match = _DATE_TIME.fullmatch(text)
    if not match or text < _EARLIEST:
        return ""
    day, minute, second, offset = match.groups()
    whole = f"{day}T{minute}{second or ':00'}"
    try:
        read = moments.instant(whole + (offset or ""))
    except OverflowError:  # 9999-12-31T23:59 west of Greenwich is after the last day there is
        return ""
    if read is None or (offset and offset[1:3] > "14"):
        return ""
    if not offset:
        local = read.astimezone(moments.LONDON).isoformat()
        offset = local[-6:]
    return whole + offset
