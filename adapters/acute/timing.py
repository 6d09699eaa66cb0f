"""HL7 v2 times to FHIR, at the precision they came with; and the time and order of a message.

Source: HL7 v2.5.1 chapter 2A (DTM, TS): YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ]. A time without an offset is London's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
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


# Clocks of two machines may differ; a day is more than they may.
_SLACK = timedelta(days=1)
# Of these events EVN-6 may hold the moment that is planned.
_PLANNED = frozenset(("A05", "A14", "A15", "A16"))


def ahead(message: Hl7Message, number: int) -> bool:
    """True when a time of EVN lies more than a day after the message was made (MSH-7): that cannot be when something was said."""
    event = message.first("EVN")
    text = event.text(number) if event else ""
    if not text:
        return False
    told, made = moments.instant(moment(text)), moments.instant(moment(message.header.text(7)))
    return bool(told and made and told > made + _SLACK)


def event_times(message: Hl7Message, event: str) -> Iterator[str]:
    """When the event happened, best first, as sent: EVN-6 (not of an event that is only planned), EVN-2, MSH-7; none that is ahead."""
    evn = message.first("EVN")
    if evn:
        for number in (2,) if event in _PLANNED else (6, 2):
            if evn.text(number) and not ahead(message, number):
                yield evn.text(number)
    yield message.header.text(7)


def event_time(message: Hl7Message, event: str) -> str:
    """The first of event_times that is one, at its precision."""
    return next((value for text in event_times(message, event) if (value := moment(text))), "")


def recorded(message: Hl7Message, event: str = "") -> str:
    """When the event happened, as an instant in UTC, else when it was entered, else when the message was made; "" when nothing says.

    Results carry no EVN, so theirs is MSH-7.
    """
    for text in event_times(message, event):
        value = moments.instant(moment(text)) if text else None
        if value:
            return moments.iso(value)
    return ""


def sequence(message: Hl7Message) -> str:
    """MSH-10, zero-padded to 20 where it is a number, so that it sorts; as it is where it is not."""
    control = message.header.text(10)
    return control.zfill(20) if control.isascii() and control.isdigit() else control
