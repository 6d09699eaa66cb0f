"""A submission of the data set to one message per row, and a closing message. Rows name their patient only through other rows, so each
message carries what it needs of those: JSON with the row under its table's title, the submission, and the links.

Forms: the XML of a whole submission; a zip archive with one CSV per table; one CSV of one table whose rows say themselves whose they are.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from carehub.feeds.formats.tables import key, read_row, split_table
from carehub.feeds.formats.xml import parse_xml
from carehub.fhir.canonical import dumps
from carehub.terms.errors import Rejected, Unreadable
from carehub.terms.issue_catalogue import issue

from .csds_fields import CREATED, END, NAMES, PATIENT, PROVIDER, START, TITLES, pick, table_code, table_of
from .timing import day, instant, moment

ROW, CLOSING = "csds row", "end of submission"
# Staff, group sessions and unnamed self-assessments name no patient.
ABOUT_NOBODY = frozenset(("CYP301", "CYP613", "CYP901"))
_MAX_XML, _MAX_ELEMENTS, _MAX_UNZIPPED = 256 * 1024 * 1024, 4_000_000, 1024 * 1024 * 1024
# What the standard library raises on damaged archives, encrypted ones, and methods it does not know.
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, LookupError, RuntimeError, EOFError, OSError)
_TABLE = re.compile(r"CYP\d{3}", re.IGNORECASE)
_ANY_TABLE = re.compile(rb"<(?:\w+:)?CYP\d{3}", re.IGNORECASE)
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """One row as sent: its table, its columns and values as named there, and the links that its place among other rows gives."""

    table: str
    row: Values
    around: Values = field(default_factory=dict)
    odd: str = ""

    @property
    def values(self) -> Values:
        return {key(name): value for name, value in self.row.items()}


class Links:
    """What rows say of other rows: read once over all of them, small beside them."""

    def __init__(self) -> None:
        self.header: Values = {}
        self.headers = 0
        self.rows = 0
        self.odd = 0
        self._of: dict[str, dict[str, str]] = {"referral": {}, "plan": {}, "contact": {}, "activity": {}}
        self._dates: dict[str, str] = {}
        self._staff: dict[str, Values] = {}
        self._people: dict[str, str] = {}
        self._clash: set[str] = set()

    def take(self, sent: Sent) -> None:
        if sent.table == "CYP000":
            self.header, self.headers = sent.values, self.headers + 1
            return
        self.rows += 1
        self.odd += bool(sent.odd)
        names, values = NAMES[sent.table], sent.values
        mine = {name: pick(values, names[name]) or sent.around.get(name, "") for name in ("patient", *self._of, "staff") if name in names}
        patient = mine.get("patient", "")
        if sent.table == "CYP001":
            told = "|".join(pick(values, names[name]) for name in ("nhs", "born"))
            if self._people.setdefault(patient, told) != told:
                self._clash.add(patient)
        elif sent.table == "CYP101":
            self._of["referral"][mine["referral"]] = patient or sent.around.get("patient", "")
        elif sent.table == "CYP004":
            self._of["plan"][mine["plan"]] = patient or sent.around.get("patient", "")
        elif sent.table == "CYP201":
            self._of["contact"][mine["contact"]] = mine["referral"] or sent.around.get("referral", "")
            self._dates[mine["contact"]] = moment(pick(values, names["date"]), pick(values, names["time"]))
        elif sent.table == "CYP202":
            self._of["activity"][mine["activity"]] = mine["contact"] or sent.around.get("contact", "")
        elif sent.table == "CYP901":
            self._staff[mine["staff"]] = {name: pick(values, names[name]) for name in names if pick(values, names[name])}

    def of(self, sent: Sent) -> dict[str, Any]:
        """The links of one row: patient, referral, contact, date of the contact, the member of staff it names."""
        names, values = NAMES[sent.table], sent.values
        told: dict[str, Any] = dict(sent.around)
        told |= {name: got for name in ("patient", *self._of) if name in names and (got := pick(values, names[name]))}
        if contact := self._of["activity"].get(told.get("activity", "")):
            told.setdefault("contact", contact)
        if referral := self._of["contact"].get(told.get("contact", "")):
            told.setdefault("referral", referral)
        patient = self._of["referral"].get(told.get("referral", "")) or self._of["plan"].get(told.get("plan", ""))
        if patient and told.setdefault("patient", patient) != patient:
            told["clash"] = True
        if date := self._dates.get(told.get("contact", "")):
            told["date"] = date
        if told.get("patient") in self._clash:
            told["clash"] = True
        member = pick(values, names["staff"]) if "staff" in names and sent.table != "CYP901" else ""
        if member and member in self._staff:
            told["staff"] = self._staff[member]
        return told

    @property
    def submission(self) -> dict[str, str]:
        names = NAMES["CYP000"]
        return about(*(pick(self.header, names[name]) for name in ("provider", "start", "end", "created")))

    def complete(self) -> bool:
        """True when the submission can be taken to tell its month completely: one header, no odd row, and as many rows as it counts."""
        count = pick(self.header, NAMES["CYP000"]["count"])
        counted = not count or (count.isascii() and count.isdigit() and int(count) in (self.rows, self.rows + 1))
        return self.headers == 1 and not self.odd and counted and not self._clash and all(self.submission.values())


def about(provider: str, start: str, end: str, created: str) -> dict[str, str]:
    """What every message says of its submission, dates in our form."""
    return {"provider": provider.strip().upper(), "start": day(start), "end": day(end), "created": instant(moment(created)) or day(created)}


def is_csds(body: bytes) -> bool:
    """True for XML that has a table of the data set near its start; FHIR documents have none."""
    return bool(_ANY_TABLE.search(body[:65536]))


def split(body: bytes) -> Iterator[bytes]:
    """Messages of one submission. Raises Unreadable when the whole cannot be read."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        yield from _whole(list(_from_xml(body)), list(TITLES))
    elif body[:4] == b"PK\x03\x04":
        sent = list(_from_zip(body))
        yield from _whole(sent, list(dict.fromkeys(s.table for s in sent if s.table)))
    else:
        yield from one_table(BytesIO(body))


def _whole(listed: list[Sent], tables: list[str]) -> Iterator[bytes]:
    links = Links()
    for sent in listed:
        if sent.row or sent.odd:
            links.take(sent)
    submission = links.submission
    number = unplaced = 0
    for sent in listed:
        if sent.table != "CYP000" and (sent.row or sent.odd):
            number += 1
            told = links.of(sent)
            unplaced += sent.table not in ABOUT_NOBODY and not told.get("patient")
            yield _message(sent, number, submission, told)
    if links.headers:
        complete = links.complete() and not unplaced
        yield closing(submission, [t for t in tables if t != "CYP000"] if complete else [], number)


def _message(sent: Sent, number: int, submission: dict[str, str], links: dict[str, Any]) -> bytes:
    told: dict[str, Any] = {"carehub": ROW, TITLES[sent.table]: sent.row, "number": number, "submission": submission, "links": links}
    if sent.odd:
        told["odd"] = sent.odd
    return dumps(told)


def closing(submission: dict[str, str], tables: list[str], rows: int) -> bytes:
    """The last message: the tables of this month that are told completely."""
    return dumps({"carehub": CLOSING, "submission": submission, "closes": tables, "rows": rows})


def _from_xml(body: bytes) -> Iterator[Sent]:
    """Rows wherever they stand: flat, in groups, or inside the row they belong to."""
    root = parse_xml(body, max_bytes=_MAX_XML, max_elements=_MAX_ELEMENTS)
    waiting: list[tuple[Element, Values]] = [(root, {})]
    found = False
    while waiting:
        element, around = waiting.pop()
        name = _local(element.tag)
        code = table_code(name) if _TABLE.match(name) else ""
        leaves = [part for part in element if not len(part) and not _TABLE.match(_local(part.tag))]
        inner = around
        if code and leaves:
            found = True
            row: Values = {}
            odd = ""
            for leaf in leaves:
                column, value = _local(leaf.tag), (leaf.text or "").strip()
                odd = odd or ("column" if column in row and row[column] != value else "")
                row.setdefault(column, value)
            sent = Sent(code, row, around, odd)
            yield sent
            values = sent.values
            mine = {n: pick(values, NAMES[code][n]) for n in ("patient", "referral", "plan", "contact", "activity") if n in NAMES[code]}
            inner = around | {n: value for n, value in mine.items() if value}
        waiting.extend((part, inner) for part in reversed(element) if len(part) or _TABLE.match(_local(part.tag)))
    if not found:
        raise Unreadable(issue("MAP-001"))


def _from_zip(body: bytes) -> Iterator[Sent]:
    try:
        archive = zipfile.ZipFile(BytesIO(body))
        members = [m for m in archive.infolist() if not m.is_dir() and m.filename.lower().endswith(".csv")]
    except _BAD_ARCHIVE:
        raise Unreadable(issue("MAP-001")) from None
    if sum(member.file_size for member in members) > _MAX_UNZIPPED:
        raise Unreadable(issue("GATE-001"))
    found = False
    for member in members:
        match = _TABLE.search(member.filename.rpartition("/")[2])
        code = table_code(match[0]) if match else ""
        if not code:
            continue
        try:
            text = archive.read(member)
        except _BAD_ARCHIVE:
            raise Unreadable(issue("MAP-001")) from None
        found = True
        yield Sent(code, {})  # the table is here, if with no row
        for part in split_table(BytesIO(text)):
            try:
                row = read_row(part)
            except Rejected:
                yield Sent(code, {}, odd="row")
            else:
                yield Sent(code, dict(zip(row.header.names, row.cells, strict=True)))
    if not found:
        raise Unreadable(issue("MAP-001"))


def one_table(stream: BinaryIO) -> Iterator[bytes]:
    """Rows of one table, each with the provider, the month and the patient in columns of its own. It is closed when all are of one month."""
    code, number, odd = "", 0, 0
    seen: dict[str, dict[str, str]] = {}
    for part in split_table(stream):
        number += 1
        try:
            row = read_row(part)
        except Rejected:
            odd += 1
            yield part
            continue
        code = code or table_of(frozenset(row.header.places))
        if not code:
            raise Unreadable(issue("MAP-001", at="header"))
        sent = Sent(code, dict(zip(row.header.names, row.cells, strict=True)))
        values = sent.values
        submission = about(*(pick(values, names) for names in (PROVIDER, START, END, CREATED)))
        if len(seen) < 2:  # more need not be told apart: nothing is closed then
            seen["|".join(submission.values())] = submission
        patient = pick(values, PATIENT)
        yield _message(sent, number, submission, Links().of(sent) | ({"patient": patient} if patient else {}))
    if len(seen) == 1 and not odd:
        (submission,) = seen.values()
        if all(submission.values()):
            yield closing(submission, [code], number)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
