"""One hand-over of EDIFACT, one or more interchanges, to its messages; and the service characters it is written with.

Source: ISO 9735 version 3 (service characters, UNA, UNB, UNG, UNH, UNT, UNZ).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

BOM = b"\xef\xbb\xbf"


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


def delimiters(body: bytes) -> Delimiters:
    """What UNA says, else the defaults. A UNA that leaves out the reserved place before the terminator is read as meant."""
    start = body.removeprefix(BOM).lstrip()[:9].decode("latin-1")
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
            opening, service_at = _service_characters(body, marks), begin
        elif name == "UNB":
            if start >= 0:
                messages.append(body[start:begin])
                start = -1
            yield from _open_ended(opening, messages, open_)
            begun = service_at if service_at >= 0 else begin
            opening, messages, groups, open_, service_at = _service_characters(body, marks) + segment, [], 0, True, -1
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
                yield as_sent if as_sent.startswith(b"UNA") else _service_characters(body, marks) + as_sent
            opening, messages, groups, open_, begun = _service_characters(body, marks), [], 0, False, end
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


def _service_characters(body: bytes, marks: Delimiters) -> bytes:
    """The UNA as sent, b"" when there is none."""
    start = body.removeprefix(BOM).lstrip()
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
    at = len(body) - len(body.removeprefix(BOM))
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
