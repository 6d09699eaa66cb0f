"""Dates and numbers of FHIR STU3, as text, to what R4 takes. What is empty or impossible comes back as "" or None; the caller notes that.

Source: https://hl7.org/fhir/STU3/datatypes.html. Some senders leave out seconds or the offset.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from carehub.terms import moments

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_EARLIEST = "1800"
_TOO_FAR = 20


def date(told: str) -> str:
    """A FHIR date that exists; "" else. The day of a dateTime."""
    day = told[:10] if _MOMENT.match(told) else told
    return day if moments.valid_date(day) and day >= _EARLIEST else ""


def moment(told: str) -> str:
    """A FHIR date or dateTime that exists; London where no offset is given; "" else."""
    match = _MOMENT.match(told)
    if not match:
        return date(told)
    day, hour, minute, second, fraction, zone = match.groups()
    plain = f"{day}T{hour}:{minute}:{second or '00'}"
    try:
        read = moments.instant(plain + (zone or ""))
    except OverflowError:
        return ""
    if read is None or day < _EARLIEST:
        return ""
    if not zone:
        zone = read.astimezone(moments.LONDON).isoformat()[-6:]
    return plain + (f".{fraction[:9]}" if fraction else "") + zone


def number(told: str) -> Decimal | int | None:
    """A number with the digits it came with; None for none, and where its first digit stands twenty places or more from the units."""
    if _INTEGER.match(told):
        return int(told)
    try:
        value = Decimal(told)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < _TOO_FAR else None
