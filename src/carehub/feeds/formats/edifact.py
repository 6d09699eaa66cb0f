"""UN/EDIFACT interchanges: one hand-over to its messages, one message to segments, elements and components.

Source: ISO 9735 version 3 (service characters, UNA, UNB, UNH, UNT, UNZ; line breaks are no data). One split message is the interchange's
UNA and UNB with the message's own UNH to UNT after it, so that who sent it stays with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\ue00f\ufffe\uffff]")  # not allowed in a FHIR string, or ours
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
# Released characters stand aside as these until the text is cut.
_ASIDE = "\ue000\ue001\ue002\ue003"


class Delimiters(NamedTuple):
    """The service characters of one interchange. decimal: the mark in numbers."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    def escaped(self, text: str) -> str:
        """Text as it may stand in a component: service characters released."""
        marks = (self.release, self.component, self.element, self.terminator)
        return "".join(f"{self.release}{character}" if character in marks else character for character in text)


class Segment:
    """One segment. number: which of its name it is in the message, from 1. Elements and components count from 1 too."""

    __slots__ = ("elements", "name", "number")

    def __init__(self, name: str, number: int, elements: list[list[str]]) -> None:
        self.name = name
        self.number = number
        self.elements = elements

    @property
    def place(self) -> str:
        """ "INV[3]" for the third INV of the message."""
        return f"{self.name}[{self.number}]"

    def parts(self, element: int) -> list[str]:
        """The components of an element as sent, released characters as themselves; [] when absent."""
        return self.elements[element] if element < len(self.elements) else []

    def text(self, element: int, component: int = 1) -> str:
        """One component, stripped; "" when absent."""
        parts = self.parts(element)
        return parts[component - 1].strip() if component <= len(parts) else ""

    def filled(self) -> list[int]:
        """The numbers of the elements that hold something."""
        return [number for number, parts in enumerate(self.elements) if number and any(part.strip() for part in parts)]


@dataclass(frozen=True, slots=True)
class EdifactMessage:
    """One message. interchange: its UNB, None where it came without. segments: what stands between header (UNH) and trailer (UNT)."""

    delimiters: Delimiters
    interchange: Segment | None
    header: Segment
    segments: tuple[Segment, ...]
    trailer: Segment

    @property
    def kind(self) -> str:
        """Message type and the association's version of it: "MEDRPT^NHS003"."""
        return f"{self.header.text(2)}^{self.header.text(2, 5)}"

    @property
    def counted_right(self) -> bool:
        """True when the trailer counts as many segments as there are; header and trailer count too."""
        return self.trailer.text(1).lstrip("0") == str(len(self.segments) + 2)


def delimiters(body: bytes) -> Delimiters:
    """What UNA says, else the defaults. A UNA that leaves out the reserved place before the terminator is read as meant."""
    start = body.removeprefix(_BOM).lstrip()[:9].decode("latin-1")
    if not start.startswith("UNA") or len(start) < 8:
        return Delimiters()
    component, element, decimal, release, spare = list(start[3:8])
    terminator = start[8:9]
    if not terminator or terminator.isalnum() or terminator.isspace():
        terminator = spare
    found = Delimiters(component, element, decimal, release, terminator)
    marks = (component, element, release, terminator)
    return found if len(set(marks)) == 4 and not any(mark.isalnum() or mark.isspace() for mark in marks) else Delimiters()


def split_interchange(body: bytes) -> Iterator[bytes]:
    """The bytes of one hand-over to the bytes of its messages, in order, each behind its interchange's UNA and UNB.

    An interchange whose trailer does not agree with it (another reference, another count) is one part, as sent: it is refused whole. One that
    ends without a trailer gives its messages and then its header as a part that is not readable, so that the cut is seen. Anything that
    stands outside messages is a part of its own. A hand-over without any message is one part.
    """
    yielded = False
    for part in _parts(body):
        yielded = True
        yield part
    if not yielded:
        yield body


def _parts(body: bytes) -> Iterator[bytes]:
    marks = delimiters(body)
    opening, begun, service_at = b"", 0, -1
    reference, open_ = "", False
    messages: list[bytes] = []
    groups, start = 0, -1
    for begin, end, name in _cuts(body, marks):
        segment = body[begin:end]
        if name == "UNA":
            opening, service_at = _service(body, marks), begin
        elif name == "UNB":
            if start >= 0:
                messages.append(body[start:begin])
                start = -1
            yield from _open_ended(opening, messages, open_)
            begun = service_at if service_at >= 0 else begin
            opening, messages, groups, open_, service_at = _service(body, marks) + segment, [], 0, True, -1
            reference = _element(segment, marks, 5)
        elif name == "UNH":
            if start >= 0:
                messages.append(body[start:begin])
            start = begin
        elif name == "UNT":
            messages.append(body[start if start >= 0 else begin : end])
            start = -1
        elif name == "UNZ":
            if start >= 0:
                messages.append(body[start:begin])
                start = -1
            agrees = _same(_element(segment, marks, 1), str(groups or len(messages)))
            if open_:
                agrees = agrees and _element(segment, marks, 2) == reference
            if agrees:
                yield from (opening + message for message in messages)
            else:
                as_sent = body[begun:end]
                yield as_sent if as_sent.startswith(b"UNA") else _service(body, marks) + as_sent
            opening, messages, groups, open_, begun = _service(body, marks), [], 0, False, end
        elif name == "UNG":
            groups += 1
        elif start < 0 and name != "UNE":
            start = begin
    if start >= 0:
        messages.append(body[start:])
    yield from _open_ended(opening, messages, open_)


def _open_ended(opening: bytes, messages: list[bytes], has_header: bool) -> Iterator[bytes]:
    """Messages that no interchange trailer closes; the interchange's header after them, where it has one."""
    yield from (opening + message for message in messages)
    if has_header:
        yield opening


def _service(body: bytes, marks: Delimiters) -> bytes:
    """The UNA as sent, b"" when there is none."""
    start = body.removeprefix(_BOM).lstrip()
    if not start.startswith(b"UNA"):
        return b""
    return start[: start.find(marks.terminator.encode("latin-1"), 7) + 1]


@lru_cache(maxsize=16)
def _segment_pattern(marks: Delimiters) -> re.Pattern[str]:
    release, end = re.escape(marks.release), re.escape(marks.terminator)
    return re.compile(rf"(?:[^{release}{end}]|{release}.)*(?:{end}|{release}?\Z)", re.DOTALL)


def _cuts(body: bytes, marks: Delimiters) -> Iterator[tuple[int, int, str]]:
    """(begin, end, name) of every segment with its terminator; blank space between segments belongs to none."""
    text = body.decode("latin-1")  # one character a byte
    at = len(body) - len(body.removeprefix(_BOM))
    at += len(text[at:]) - len(text[at:].lstrip())
    if text.startswith("UNA", at):
        end = text.find(marks.terminator, at + 7) + 1
        yield at, end or len(text), "UNA"
        at = end or len(text)
    pattern = _segment_pattern(marks)
    while at < len(text):
        match = pattern.match(text, at)
        if not match or match.end() == at:
            return
        told = match[0]
        begin = at + len(told) - len(told.lstrip())
        if begin < match.end():
            yield begin, match.end(), text[begin : begin + 3]
        at = match.end()


def _element(segment: bytes, marks: Delimiters, number: int) -> str:
    parts = segment.decode("latin-1").strip().removesuffix(marks.terminator).split(marks.element)
    return parts[number].strip() if number < len(parts) else ""


def _same(sent: str, counted: str) -> bool:
    return sent.lstrip("0") == counted


def segments_of(body: bytes) -> list[Segment]:
    """Every segment of the bytes, service segments too (not UNA). Raises Unreadable (MAP-001) at one that has no segment's name."""
    return _segments(_decode(body), delimiters(body))


def read(body: bytes) -> EdifactMessage:
    """One message, alone or behind UNA and UNB, with or without UNZ.

    Raises Unreadable (MAP-001, with the place): no message or more than one, a message that is not closed (UNT) or whose trailer names
    another reference, an interchange trailer (UNZ) that does not agree.
    """
    marks = delimiters(body)
    segments = segments_of(body)
    named = {segment.name for segment in segments}
    if "UNH" not in named:
        raise Unreadable(issue("MAP-001", at="UNZ" if "UNB" in named else "UNH"))
    interchange = segments[0] if segments[0].name == "UNB" else None
    body_segments = [segment for segment in segments if segment.name not in ("UNB", "UNZ", "UNG", "UNE")]
    header, trailer = body_segments[0], body_segments[-1]
    if header.name != "UNH":
        raise Unreadable(issue("MAP-001", at=header.place))
    for segment in body_segments[1:]:
        if segment.name == "UNH":
            raise Unreadable(issue("MAP-001", at=segment.place))
    if trailer.name != "UNT" or sum(segment.name == "UNT" for segment in body_segments) != 1:
        raise Unreadable(issue("MAP-001", at="UNT"))
    if trailer.text(2) != header.text(1):
        raise Unreadable(issue("MAP-001", at="UNT-2"))
    _closing(segments, interchange)
    return EdifactMessage(marks, interchange, header, tuple(body_segments[1:-1]), trailer)


def _closing(segments: list[Segment], interchange: Segment | None) -> None:
    for segment in segments:
        if segment.name == "UNZ":
            if not _same(segment.text(1), "1"):
                raise Unreadable(issue("MAP-001", at="UNZ-1"))
            if interchange and segment.text(2) != interchange.text(5):
                raise Unreadable(issue("MAP-001", at="UNZ-2"))


def _decode(body: bytes) -> str:
    """UTF-8 where it is that, else Windows-1252, the printable superset of UNOC's ISO 8859-1, else that. Control characters are taken out."""
    told = body.removeprefix(_BOM)
    text = ""
    for charset in ("utf-8", "cp1252", "latin-1"):
        try:
            text = told.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    return _CONTROL.sub("", text)


def _segments(text: str, marks: Delimiters) -> list[Segment]:
    text = text.lstrip()
    if text.startswith("UNA"):
        text = text[text.find(marks.terminator, 7) + 1 :]
    released = marks.release in text
    if released:
        aside = dict(zip((marks.component, marks.element, marks.release, marks.terminator), _ASIDE, strict=True))
        text = re.sub(rf"{re.escape(marks.release)}(.)", lambda match: aside.get(match[1], match[1]), text, flags=re.DOTALL)
    back = str.maketrans(dict(zip(_ASIDE, (marks.component, marks.element, marks.release, marks.terminator), strict=True)))
    counts: dict[str, int] = {}
    found = []
    for raw in text.split(marks.terminator):
        told = raw.strip()
        if not told:
            continue
        name = told[:3]
        if not _NAME.match(name) or told[3:4] not in ("", marks.element):
            raise Unreadable(issue("MAP-001", at=f"segment[{sum(counts.values()) + 1}]"))
        if "\n" in told or "\r" in told:
            told = _BREAK.sub(" " if name == "FTX" else "", told)
        elements = [element.split(marks.component) for element in told.split(marks.element)]
        if released and not told.isascii() and any(mark in told for mark in _ASIDE):
            elements = [[part.translate(back) for part in parts] for parts in elements]
        counts[name] = counts.get(name, 0) + 1
        found.append(Segment(name, counts[name], elements))
    return found
