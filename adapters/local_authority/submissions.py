"""One quarterly file to its messages: a row each, a carer's row again for each adult cared for, and a last part that says what is complete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from carehub.feeds.formats.tables import Columns, Row, Seen, split_table
from carehub.fhir.gate import read_json
from carehub.terms import nhs_number
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

from .carers import is_carer, linked
from .dates import credible, day, months_within
from .event import LINK_ADULT, LINK_PERSON, REQUIRED, event
from .source import person_key

END = b'{"carehub":"end of submission"'
_WATCHED = Columns(
    "LA Code",
    "Reporting Period Start Date",
    "Reporting Period End Date",
    "NHS Number",
    "LA Person Unique Identifier",
    "Client Type",
    "Event Type",
    "Event Start Date",
)
EVENT_TYPES = frozenset(("request", "assessment", "service", "review"))
_MOST_PEOPLE = 200_000
_MOST_WAITING = 5_000
_Key = tuple[str, str, str]
_LINK_HEAD = f"{LINK_ADULT},{LINK_PERSON},".encode()


class _Reading:
    """What is remembered of the rows so far, in bounded memory: whose NHS number is whose, and links that wait for one."""

    def __init__(self) -> None:
        self.people: dict[int, str] = {}
        self.links: list[tuple[int, str]] = []

    def watch(self, row: Row) -> _Key | None:
        """The row's council and period, or None when it cannot be told in full."""
        self.links = []
        la_code, first_day, last_day, sent_number, local, client_type, event_type, event_start = _WATCHED.of(row)
        who = person_key(local, sent_number)
        number = nhs_number.valid(sent_number)
        if number and who and len(self.people) < _MOST_PEOPLE:
            self.people.setdefault(int(number), who)
        if is_carer(client_type):
            self.links = linked(event(row))
        start, end = day(first_day), day(last_day)
        if not (who and start and end and day(event_start) and event_type.casefold() in EVENT_TYPES):
            return None
        return la_code, start, end


def split_submission(stream: BinaryIO) -> Iterator[bytes]:
    """The parts of one file, in order, reading it once. Raises Unreadable for a header that is not Client Level Data."""
    reading = _Reading()
    waiting: list[tuple[bytes, int, str]] = []
    last: list[bytes] = []
    for part in split_table(stream, required=REQUIRED, watch=reading.watch, closing=_last_part):
        if part.startswith(END):
            last.append(part)
            continue
        yield part
        for place, sent in reading.links:
            number = nhs_number.valid(sent)
            if not number:
                yield _link(part, place, sent)
            elif known := reading.people.get(int(number)):
                yield _link(part, place, known)
            elif len(waiting) < _MOST_WAITING:
                waiting.append((part, place, number))
            else:
                yield _link(part, place, "")
        reading.links = []
    yield from (_link(part, place, reading.people.get(int(number), "")) for part, place, number in waiting)
    yield from last


def _link(part: bytes, place: int, person: str) -> bytes:
    """A carer's row with two more columns in front: which of the linked adults this message is about, and that adult's number."""
    head, _, row = part.partition(b"\r\n")
    quoted = '"' + person.replace('"', '""') + '"'
    return _LINK_HEAD + head + b"\r\n" + f"{place},{quoted},".encode(_charset(part)) + row


def _charset(part: bytes) -> str:
    try:
        part.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _last_part(seen: Seen) -> bytes | None:
    """The closing part. Months are closed only by a file that can be read whole and is of one council and one period."""
    if not seen.rows:
        return None
    keys = [told for told in seen.watched if isinstance(told, tuple)]
    whole = len(seen.watched) == 1 and len(keys) == 1 and not seen.unreadable and not seen.full
    la, start, end = sorted(keys)[0] if keys else ("", "", "")
    told = {"carehub": "end of submission", "la": la, "start": start, "end": end, "rows": seen.rows, "whole": whole}
    return json.dumps(told, separators=(",", ":")).encode()


def read_last_part(body: bytes) -> tuple[str, str, tuple[str, ...]]:
    """(LA code, last day of the period, scopes that are told completely) of a closing part. Raises Unreadable."""
    told = read_json(body)
    if not isinstance(told, dict) or told.get("carehub") != "end of submission":
        raise Unreadable(issue("MAP-001"))
    la, start, end = (value if isinstance(value, str) else "" for value in (told.get("la"), told.get("start"), told.get("end")))
    if not la or not start or not end or day(start) != start or day(end) != end:
        raise Unreadable(issue("MAP-001", at="Reporting_Period_End_Date"))
    whole = told.get("whole") is True and credible(start, end)
    return la, end, tuple(f"cld {month}" for month in months_within(start, end)) if whole else ()
