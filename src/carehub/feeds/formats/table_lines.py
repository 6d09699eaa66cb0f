"""Records out of the lines of a table, also where a quoted cell holds line ends; a quote mark that is never closed costs its own line only."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

LONGEST_RECORD = 65_536
_LONGEST_LINE = 1_048_576
_MOST_LINES = 200


def records(stream: BinaryIO, delimiter: bytes) -> Iterator[bytes]:
    """Records without their line ends. Lines are joined into one record only where a quoted cell that spans them is properly closed."""
    waiting: deque[bytes] = deque()
    shape = _shape(delimiter)
    # A quoted cell is open at the end of a line only where the line's last quote mark begins it, or is the second of a pair in it.
    before_open = delimiter + b'"'
    while True:
        line = waiting.popleft() if waiting else stream.readline(_LONGEST_LINE)
        if not line:
            return
        mark = line.rfind(b'"')
        if mark < 0 or (mark and line[mark - 1] not in before_open):
            yield line.rstrip(b"\r\n")
            continue
        record, more, size = line, [line], len(line)
        while shape.open.match(record) and len(more) < _MOST_LINES and size < LONGEST_RECORD:
            further = waiting.popleft() if waiting else stream.readline(_LONGEST_LINE)
            if not further:
                break
            more.append(further)
            size += len(further)
            record += further
        record = record.rstrip(b"\r\n")
        if len(more) > 1 and not shape.whole.match(record):
            waiting.extendleft(reversed(more[1:]))
            record = line.rstrip(b"\r\n")
        yield record


def header_end(body: bytes, delimiter: str) -> int:
    """Where the first record ends: at its line end, or at the end of everything."""
    end = body.find(b"\n", 0, LONGEST_RECORD)
    if end < 0:
        raise Unreadable(issue("MAP-001", at="header"))
    if body.find(b'"', 0, end) >= 0:
        shape = _shape(delimiter.encode())
        while end >= 0 and shape.open.match(body[:end]):
            end = body.find(b"\n", end + 1, LONGEST_RECORD)
    return end if end >= 0 else len(body)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Two questions about bytes up to a line end: do they end inside a quoted cell, and how many cells are whole."""

    open: re.Pattern[bytes]
    whole: re.Pattern[bytes]


@lru_cache(maxsize=16)
def _shape(delimiter: bytes) -> _Shape:
    mark = re.escape(delimiter)
    cell = rb'(?:"(?:[^"]|"")*+"|(?!")[^' + mark + rb"\r\n]*+)"
    return _Shape(
        re.compile(rb"(?:" + cell + mark + rb')*+"(?:[^"]|"")*+\Z'), re.compile(rb"(?:" + cell + mark + rb")*+" + cell + rb"\r?\Z")
    )
