"""Tables in text (CSV and its relatives): one submission to one message per row, and one such message to its row.

Source: RFC 4180, and what its senders do: a byte order mark, cp1252, stray quote marks, trailing empty columns, lines cut short. Every message
is the header line, CR LF, and one row as it came, so a message can be read alone. A row is found, believed or refused by its own shape only:
a quote mark that is never closed costs its own line and no other. Places in issues are "column 7": a file without a header line has patient
values where its column names should be.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from carehub.feeds.formats.table_lines import LONGEST_RECORD, header_end, records
from carehub.terms.errors import CarehubError, Unreadable
from carehub.terms.issue_catalogue import issue

_MOST_WATCHED = 10_000
_PRINTABLE = bytes(range(0x20, 0x7F))
# With more quote marks than this in a line the csv module is the quicker.
_FEW_MARKS = 12
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_KEY = re.compile(r"[\W_]+")


def decode(raw: bytes) -> tuple[str, str]:
    """Text and the charset it was read in: UTF-8 (with or without its mark), else cp1252. Raises Unreadable MAP-001 when neither reads it."""
    try:
        return (raw[3:] if raw.startswith(_BOM) else raw).decode(), "utf-8"  # as utf-8-sig, which is written in Python and slow
    except UnicodeDecodeError:
        try:
            return raw.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            raise Unreadable(issue("MAP-001")) from None


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """A column name as it is looked up: case, spaces, underscores and punctuation do not count."""
    return _KEY.sub("", name).casefold()


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """The column names as sent, in order, and where each is. Nameless columns at the end do not count as columns.

    `read_header` hands out the same one for the same line, so what follows from a header alone can be remembered by it (`Columns`).
    """

    names: tuple[str, ...]
    places: dict[str, int]

    def has(self, name: str) -> bool:
        return key(name) in self.places

    def unknown(self, known: frozenset[str]) -> list[int]:
        """Columns, counted from 1, whose key is not in `known` (a set of keys)."""
        return sorted(place + 1 for name, place in self.places.items() if name not in known)


class Row(NamedTuple):
    """One row under its header: as many cells as the header has names, each without surrounding blanks."""

    header: Header
    cells: tuple[str, ...]
    charset: str = "utf-8"

    def text(self, *names: str) -> str:
        """The cell under the first of these names that the header has; "" when it has none."""
        places = self.header.places
        for name in names:
            if (place := places.get(key(name))) is not None:
                return self.cells[place]
        return ""


class Columns:
    """Columns by name, each to be picked out of many rows: where they are is worked out once a header. At least two names."""

    def __init__(self, *names: str) -> None:
        self._keys = tuple(map(key, names))
        self._plan = lru_cache(maxsize=64)(self._plan_of)

    def of(self, row: Row) -> tuple[str, ...]:
        """The cells under these names, in the order of the names; "" for a column that the header does not have."""
        pick, missing = self._plan(row.header)
        cells = (*row.cells, "") if missing else row.cells
        return pick(cells) if pick else cells

    def _plan_of(self, header: Header) -> tuple[Callable[[tuple[str, ...]], tuple[str, ...]] | None, bool]:
        """What picks the cells, None where they are the row's as it is; whether a column is missing, for which the place -1 stands."""
        places = [header.places.get(wanted, -1) for wanted in self._keys]
        return None if places == list(range(len(header.names))) else itemgetter(*places), -1 in places


@dataclass(slots=True)
class Seen:
    """What a submission held, told to `closing` after its last row.

    rows: rows handed on. unreadable: those of them whose shape is wrong, so that the submission does not tell everything. watched: how often
    `watch` gave each answer; full: it gave more different answers than are counted.
    """

    header: Header
    rows: int = 0
    unreadable: int = 0
    watched: Counter[Hashable] = field(default_factory=Counter)
    full: bool = False

    def note(self, answer: Hashable) -> None:
        before = self.watched.get(answer, 0)
        if before or len(self.watched) < _MOST_WATCHED:
            self.watched[answer] = before + 1
        else:
            self.full = True


Watch = Callable[[Row], Hashable]
Closing = Callable[[Seen], bytes | None]


def split_table(
    stream: BinaryIO,
    *,
    delimiter: str = ",",
    required: tuple[str, ...] = (),
    watch: Watch | None = None,
    closing: Closing | None = None,
) -> Iterator[bytes]:
    """One message per row, in order: header line, CR LF, the row's bytes unchanged. Then what `closing` makes of all of them, if anything.

    The stream is read once, forwards, in bounded memory. Empty lines and rows of nothing but delimiters are passed over. A row of a wrong shape
    is handed on like any other, so that it is rejected by itself and kept. Raises Unreadable before the first message when there is no usable
    header: see `read_header`; MAP-001 also when one of the `required` columns is missing.
    """
    lines = records(stream, delimiter.encode())
    first = next(lines, b"")
    header = read_header(first, delimiter)
    if not all(header.has(name) for name in required):
        raise Unreadable(issue("MAP-001", at="header"))
    head = first.removeprefix(_BOM) + b"\r\n"
    seen = Seen(header)
    nothing = b" \t\"'\xa0" + delimiter.encode()
    for record in lines:
        if not record.strip(nothing):
            continue
        seen.rows += 1
        if watch or closing:
            try:
                row = _row(header, record, delimiter)
            except CarehubError:
                seen.unreadable += 1
            else:
                if watch:
                    seen.note(watch(row))
        yield head + record
    last = closing(seen) if closing else None
    if last:
        yield last


def read_row(body: bytes, delimiter: str = ",") -> Row:
    """A message of `split_table` to its row.

    Raises Unreadable: MAP-001 for a header that cannot be used or more than one row (see `read_header`), MAP-004 at "row" for a row that is
    missing or not text, and at "column N" for one with too few cells, or with cells that no column is named for.
    """
    end = header_end(body, delimiter)
    header = read_header(body[:end].rstrip(b"\r"), delimiter)
    rest = body[end:].strip(b"\r\n")
    if not rest:
        raise Unreadable(issue("MAP-004", at="row"))
    return _row(header, rest, delimiter)


@lru_cache(maxsize=128)
def read_header(line: bytes, delimiter: str = ",") -> Header:
    """The header line. Raises Unreadable MAP-001: no names, not text (also UTF-16), a name given twice, or a nameless column between others."""
    if not line.strip() or len(line) > LONGEST_RECORD or b"\x00" in line or line.startswith(_UTF_16):
        raise Unreadable(issue("MAP-001", at="header"))
    try:
        names = [cell.strip() for cell in _cells(decode(line)[0], delimiter)]
    except Unreadable:
        raise Unreadable(issue("MAP-001", at="header")) from None
    while names and not names[-1]:
        names.pop()
    places = {key(name): place for place, name in enumerate(names)}
    if not names or len(places) != len(names) or "" in places:
        raise Unreadable(issue("MAP-001", at="header"))
    return Header(tuple(names), places)


def _row(header: Header, raw: bytes, delimiter: str) -> Row:
    try:
        text, charset = decode(raw)
    except Unreadable:
        raise Unreadable(issue("MAP-004", at="row")) from None
    printable = not raw.translate(None, _PRINTABLE) or text.isprintable()  # the second asks each letter
    cells = (_plain(text, delimiter) if printable else None) or tuple(map(str.strip, _cells(text, delimiter)))
    width = len(header.names)
    if len(cells) != width:
        if len(cells) < width:
            raise Unreadable(issue("MAP-004", at=f"column {len(cells) + 1}"))
        if extra := next((n for n, cell in enumerate(cells[width:], width + 1) if cell), 0):
            raise Unreadable(issue("MAP-004", at=f"column {extra}"))
        cells = cells[:width]
    return Row(header, cells, charset)


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of one record. Raises Unreadable: MAP-001 for more than one record, MAP-004 for text that is none."""
    if not text.isprintable() and _NOT_TEXT.search(text):
        raise Unreadable(issue("MAP-004", at="row"))
    if '"' not in text:
        if "\n" in text or "\r" in text:
            raise Unreadable(issue("MAP-001", at="row"))
        return text.split(delimiter)
    try:
        found = list(csv.reader([text], delimiter=delimiter, strict=True)) if "\n" not in text else _lines(text, delimiter)
    except csv.Error:
        raise Unreadable(issue("MAP-004", at="row")) from None
    if len(found) != 1:
        raise Unreadable(issue("MAP-001", at="row"))
    return found[0]


def _plain(text: str, delimiter: str) -> tuple[str, ...] | None:
    """What `_cells` makes of printable text, less the blanks around its cells, in half the time.

    None for a line in which a quote mark does not begin or end a whole cell, or a blank stands at the edge of a cell without quote marks; and for
    one so long that the csv module might refuse a cell of it.
    """
    if len(text) > LONGEST_RECORD:
        return None
    marks = text.count('"')
    if marks and text[0] == text[-1] == '"':
        parts = text.split('"')
        between = parts[2:-1:2]
        if len(parts) % 2 and between.count(delimiter) == len(between):
            return tuple(map(str.strip, parts[1::2]))  # every cell is quoted
    if marks > _FEW_MARKS:
        return None
    blank_first, blank_last = f"{delimiter} ", f" {delimiter}"
    cells: list[str] = []
    rest = text
    while True:
        before, mark, rest = rest.partition('"')
        if blank_first in before or blank_last in before or before[:1] == " " or before[-1:] == " ":
            return None
        cells += before.split(delimiter)
        if not mark:
            return tuple(cells)
        quoted, mark, rest = rest.partition('"')
        if cells[-1] or not mark or (rest and rest[0] != delimiter):
            return None
        cells[-1] = quoted.strip()
        if not rest:
            return tuple(cells)
        rest = rest[1:]


def _lines(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    return [record for _, record in zip(range(2), reader, strict=False)]
