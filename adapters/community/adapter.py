"""Community services to R4 UK Core. The functions the hub calls: split, map_message, revise."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from carehub.feeds.formats.tables import Row, read_header, split_table
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import content_hash, dumps
from carehub.fhir.gate import read_json
from carehub.terms.errors import Rejected, Unreadable
from carehub.terms.issue_catalogue import issue

from . import csds, csds_split, eol_document, vaccination_events, vaccination_row, vaccinations
from .folding import revise
from .held_fields import fields, without

__all__ = ["fields", "map_message", "revise", "split", "split_stream", "without"]

_CLASH = "vaccination row"
# How many different vaccinations of one file are remembered, to notice an id that is used again for somebody else.
_REMEMBERED = 200_000
_HEAD = 65536


def map_message(message: Message) -> Mapped:
    """One message of any of the three feeds. Raises Rejected only; each feed's own module says which."""
    feed = message.feed.rpartition("/")[2]
    if feed == "csds":
        return csds.map_csds(message.body)
    if feed == "end-of-life":
        return eol_document.map_document(message.body)
    if _start(message.body) != b"{":
        return vaccinations.map_row(message.body)
    told = read_json(message.body)
    if isinstance(told, dict) and told.get("carehub") == _CLASH:
        row = told.get("row")
        if not isinstance(row, str):
            raise Unreadable(issue("MAP-001"))
        return vaccinations.map_row(row.encode(), another=True)
    return vaccination_events.map_event(message.body)


def split(body: bytes) -> Iterator[bytes]:
    """One submission to its messages, by what the bytes are: a batch of vaccinations or a table of the data set by row, a search answer by
    vaccination, anything else whole. Raises Unreadable when nothing of it can be read."""
    return split_stream(BytesIO(body))


def split_stream(stream: BinaryIO) -> Iterator[bytes]:
    """The same. Tables are read in bounded memory, anything else whole."""
    begins = stream.read(_HEAD)
    stream.seek(0)
    start = _start(begins)
    if start == b"{":
        yield from vaccination_events.split_events(stream.read())
    elif start == b"<" and not csds_split.is_csds(begins):
        yield stream.read()
    elif start == b"<" or begins[:2] == b"PK":
        yield from csds_split.split(stream.read())
    elif _is_batch(begins):
        yield from _batch(stream)
    else:
        yield from csds_split.one_table(stream)


def _start(body: bytes) -> bytes:
    return body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _is_batch(body: bytes) -> bool:
    line = body[:_HEAD].split(b"\n", 1)[0].rstrip(b"\r")
    header = read_header(line.removeprefix(b"\xef\xbb\xbf"), vaccination_row.DELIMITER)
    return any(header.has(name) for name in vaccination_row.REQUIRED)


def _batch(stream: BinaryIO) -> Iterator[bytes]:
    """Rows of the batch. One whose id was used for another person before, in the same file, is marked so that both are kept."""
    last: list[Row] = []
    people: dict[str, str] = {}

    def watch(row: Row) -> None:
        last[:] = [row]

    for part in split_table(stream, delimiter=vaccination_row.DELIMITER, required=vaccination_row.REQUIRED, watch=watch):
        row = last.pop() if last else None
        yield _marked(part, row, people) if row else part


def _marked(part: bytes, row: Row, people: dict[str, str]) -> bytes:
    cells = vaccination_row.cells_of(row, vaccination_row.FIRST)
    id = vaccination_row.new_id(cells)
    person = vaccination_row.person_of(cells) if id else ""
    if not person:
        return part
    known = content_hash(id.encode())[:16]
    mine = content_hash(person.encode())[:16]
    if len(people) >= _REMEMBERED:
        people.pop(next(iter(people)))
    if people.setdefault(known, mine) == mine:
        return part
    try:
        return dumps({"carehub": _CLASH, "row": part.decode("utf-8" if row.charset == "utf-8" else "cp1252")})
    except (Rejected, UnicodeDecodeError):
        return part
