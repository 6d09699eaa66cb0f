"""HL7 v2 in its ER7 form ("pipes and hats"): one message to segments and fields, cut only where somebody looks.

Source: HL7 v2.5.1 chapter 2 (2.5.3 delimiters, 2.7 escape sequences, 2.5.1 null values). Batches are in hl7v2_batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from carehub.feeds.formats.hl7v2_batch import split_batch
from carehub.feeds.formats.hl7v2_text import BOM, FRAMING, Delimiters, decode
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

__all__ = ["DELETED", "Field", "Hl7Message", "Segment", "read", "split_batch"]

WRAPPERS = frozenset(("FHS", "BHS", "BTS", "FTS"))
DELETED = '""'

_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}\Z")


class Field:
    """One repetition of one field. Component and sub-component numbers count from 1, as in the standard."""

    __slots__ = ("_delimiters", "parts", "raw")

    def __init__(self, raw: str, delimiters: Delimiters) -> None:
        self.raw = raw
        self.parts = raw.split(delimiters.component)
        self._delimiters = delimiters

    @property
    def deleted(self) -> bool:
        """True for `""`: the sender deletes the value."""
        return self.raw == DELETED

    def part(self, component: int) -> str:
        """One component as it came, escapes and sub-components untouched; "" when absent."""
        return self.parts[component - 1] if component <= len(self.parts) else ""

    def text(self, component: int, sub: int = 1) -> str:
        """One sub-component as text: unescaped, stripped; "" when absent, empty or `""`."""
        parts = self.parts
        raw = parts[component - 1] if component <= len(parts) else ""
        if not raw or raw.isalnum():
            return raw if sub == 1 else ""
        return _sub(raw, sub, self._delimiters)

    def subs(self, component: int) -> list[str]:
        """Every sub-component of one component as text, empty ones kept in place."""
        raw = self.part(component)
        return [self._delimiters.text(sub) for sub in raw.split(self._delimiters.subcomponent)] if raw and raw != DELETED else []

    def whole(self) -> str:
        """The repetition as text, with component marks left in: for free text, whose hats are the writer's own."""
        return "" if self.deleted else self._delimiters.text(self.raw)


class Segment:
    """One segment. number: which of its name it is in the message, from 1. Field numbers count from 1; MSH-1 is the separator itself.

    fields: all fields as they came, repetitions and escapes untouched; index 0 is the segment's name.
    """

    __slots__ = ("_delimiters", "fields", "name", "number")

    def __init__(self, name: str, number: int, fields: list[str], delimiters: Delimiters) -> None:
        self.name = name
        self.number = number
        self.fields = fields
        self._delimiters = delimiters

    @property
    def place(self) -> str:
        """ "OBX[3]" for the third OBX of the message."""
        return f"{self.name}[{self.number}]"

    def raw(self, number: int) -> str:
        """A field as it came; "" when absent."""
        fields = self.fields
        return fields[number] if number < len(fields) else ""

    def deleted(self, number: int) -> bool:
        """True where the field is `""`: the sender deletes the value. An empty field says nothing."""
        return self.raw(number) == DELETED

    def first(self, number: int) -> Field:
        """The first repetition of a field; of an absent field, an empty one."""
        raw = self.raw(number)
        if self._delimiters.repetition in raw and self.name != "MSH":
            raw = raw.partition(self._delimiters.repetition)[0]
        return Field(raw, self._delimiters)

    def repeats(self, number: int) -> list[Field]:
        """Every repetition of a field that is not empty, in order. One that is `""` is among them: see Field.deleted."""
        fields = self.fields
        raw = fields[number] if number < len(fields) else ""
        if not raw:
            return []
        if self._delimiters.repetition not in raw:
            return [Field(raw, self._delimiters)]
        return [Field(part, self._delimiters) for part in raw.split(self._delimiters.repetition) if part]

    def text(self, number: int, component: int = 1, sub: int = 1) -> str:
        """One sub-component of the first repetition as text; "" when absent, empty or `""`."""
        fields = self.fields
        if number >= len(fields):
            return ""
        raw = fields[number]
        if not raw:
            return ""
        if raw.isalnum():
            return raw if component == sub == 1 else ""
        delimiters = self._delimiters
        if delimiters.repetition in raw and self.name != "MSH":
            raw = raw.partition(delimiters.repetition)[0]
        if delimiters.component in raw:
            parts = raw.split(delimiters.component)
            raw = parts[component - 1] if component <= len(parts) else ""
        elif component > 1:
            return ""
        return _sub(raw, sub, delimiters) if raw else ""


def _sub(raw: str, sub: int, delimiters: Delimiters) -> str:
    """One sub-component of a component as text."""
    if raw == DELETED:
        return ""
    if delimiters.subcomponent in raw:
        subs = raw.split(delimiters.subcomponent)
        raw = subs[sub - 1] if sub <= len(subs) else ""
    elif sub > 1:
        return ""
    return delimiters.text(raw) if delimiters.escape in raw else raw.strip()


class Hl7Message:
    """One message. charset: the encoding that its bytes were read in. unreadable: places of lines that are no segment ("line[4]")."""

    __slots__ = ("_by_name", "charset", "delimiters", "segments", "unreadable")

    def __init__(self, segments: list[Segment], delimiters: Delimiters, unreadable: tuple[str, ...]) -> None:
        self.segments = segments
        self.delimiters = delimiters
        self.charset = delimiters.charset
        self.unreadable = unreadable
        by_name: dict[str, list[Segment]] = {}
        for segment in segments:
            by_name.setdefault(segment.name, []).append(segment)
        self._by_name = by_name

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.segments[0]

    def all(self, name: str) -> list[Segment]:
        """The segments of one name, in order."""
        return self._by_name.get(name, [])

    def first(self, name: str) -> Segment | None:
        """The first segment of one name, or None."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def counts(self) -> Iterator[tuple[str, int]]:
        """Each segment name with how often it occurs, in order of first appearance."""
        return ((name, len(found)) for name, found in self._by_name.items())


def read(body: bytes) -> Hl7Message:
    """One message's bytes to segments.

    Segments end with CR, LF or CRLF; a byte order mark, MLLP block characters and blank lines around it are passed over. In a message
    whose segments end with CR, a lone LF that no segment follows belongs to the text of its field. For the character set see
    hl7v2_text.decode. Raises Unreadable (MAP-001) when it does not begin with a usable MSH, holds a second MSH or a batch wrapper.
    """
    stripped = body.strip(FRAMING)
    if stripped.startswith(BOM):
        stripped = stripped[3:].lstrip(FRAMING)
    if stripped[:3] != b"MSH":
        raise Unreadable(issue("MAP-001", at="MSH"))
    text, charset = decode(stripped)
    separator = text[3:4]
    delimiters = _delimiters(separator, text[4:16].partition(separator)[0] if separator else "", charset)
    return _segments(_lines(text), delimiters)


def _lines(text: str) -> list[str]:
    if "\n" not in text:
        return text.split("\r")
    text = text.replace("\r\n", "\r")
    if "\r" not in text:
        return text.split("\n")
    if "\n" not in text:
        return text.split("\r")
    ends = re.compile(rf"\r|\n(?=[A-Z][A-Z0-9]{{2}}{re.escape(text[3:4])})")
    return ends.split(text)


@lru_cache(maxsize=64)
def _delimiters(separator: str, encoding: str, charset: str) -> Delimiters:
    if not separator or separator.isalnum() or separator.isspace():
        raise Unreadable(issue("MAP-001", at="MSH-1"))
    marks = encoding[:4]
    odd = any(mark.isalnum() or mark.isspace() or mark == separator for mark in marks)
    if not marks or odd or len(set(marks)) < len(marks) or len(encoding) > 5:
        raise Unreadable(issue("MAP-001", at="MSH-2"))
    return Delimiters.of(separator, marks, charset)


def _segments(lines: list[str], delimiters: Delimiters) -> Hl7Message:
    segments: list[Segment] = []
    numbers: dict[str, int] = {}
    odd: list[str] = []
    separator = delimiters.field
    for position, line in enumerate(lines, 1):
        name = line[:3]
        if line[3:4] not in (separator, "") or not _SEGMENT_NAME.match(name):
            if line.strip():
                odd.append(f"line[{position}]")
            continue
        if name in WRAPPERS or (name == "MSH" and segments):
            raise Unreadable(issue("MAP-001", at=name))
        number = numbers[name] = numbers.get(name, 0) + 1
        fields = line.split(separator)
        if name == "MSH":
            fields.insert(1, separator)
        segments.append(Segment(name, number, fields, delimiters))
    return Hl7Message(segments, delimiters, tuple(odd))
