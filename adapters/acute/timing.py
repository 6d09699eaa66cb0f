"""HL7 v2 times to FHIR, at the precision they came with; and the time and order of a message.

Source: HL7 v2.5.1 chapter 2A (DTM, TS): YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ]. A time without an offset is London's.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from carehub.feeds.formats.hl7v2 import Hl7Message
from carehub.terms import moments

_TS = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?\s*(Z|[+-]\d{4})?\Z", re.ASCII)
# One Welsh dialect writes ISO 8601 in MSH-7, and a plus sign after a birth date.
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII)


@lru_cache(maxsize=4096)
def moment(text: str) -> str:
    """A FHIR date or dateTime: "2020-05-08T13:06:53+01:00", "2020-05-08", "2020"; "" when empty, unreadable or impossible.

    Minutes without seconds get :00, as FHIR demands. An hour without minutes is no FHIR time: the date is kept.
    """
    match = _TS.match(text) or _ISO.match(text)
    if not match:
        return ""
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is None or minute is None:
        partial = "-".join(part for part in (year, month, day) if part)
        return partial if moments.valid_date(partial) and year != "0000" else ""
    zone = "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}" if offset else ""
    try:
        value = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{zone}")
    except ValueError:
        return ""
    if value.tzinfo is None:
        value = value.replace(tzinfo=moments.LONDON)
    shift = value.utcoffset()
    if shift is None or abs(shift.total_seconds()) > 14 * 3600:
        return ""
    plain = value.isoformat()
    return f"{plain[:19]}.{fraction[:3]}{plain[19:]}" if fraction else plain


def day(text: str) -> str:
    """A FHIR date from a birth date, whatever time of day follows it: "19910814000000" is "1991-08-14"; "" as for moment."""
    digits = text.rstrip("+").strip()
    return moment(digits[:8]) if digits[:8].isdigit() else moment(digits)[:10]


def recorded(message: Hl7Message) -> str:
    """When the sender says it happened: EVN-6, else EVN-2, else MSH-7; a UTC instant, or "" when none of them has a time of day.

    Results carry no EVN, so theirs is MSH-7.
    """
    event = message.first("EVN")
    told = (event.text(6), event.text(2)) if event else ()
    for text in (*told, message.header.text(7)):
        value = moments.instant(moment(text)) if text else None
        if value:
            return moments.iso(value)
    return ""


def sequence(message: Hl7Message) -> str:
    """MSH-10, zero-padded to 20 where it is a number, so that it sorts; as it is where it is not."""
    control = message.header.text(10)
    return control.zfill(20) if control.isascii() and control.isdigit() else control
