"""UN/EDIFACT interchanges: one hand-over to its messages, one message to segments, elements and components.

Source: ISO 9735 version 3 (service characters, UNA, UNB, UNH, UNT, UNZ; line breaks are no data). One split message is the interchange's
UNA and UNB with the message's own UNH to UNT after it, so that who sent it stays with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carehub.feeds.formats.edifact_interchange import BOM, Delimiters, delimiters, split_interchange
from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

__all__ = ["Delimiters", "EdifactMessage", "Segment", "delimiters", "read", "segments_of", "split_interchange"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\ue00f\ufffe\uffff]")  # not allowed in a FHIR string, or ours
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
# Released characters stand aside as these until the text is cut.
_ASIDE = "\ue000\ue001\ue002\ue003"


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
    """One message. interchange: its UNB, None where it came without. segments: what stands between header (UNH) and trailer (UNT).

    mended: the places of segments with a terminator inside their text that the sender did not release ("ST JAMES'S").
    """

    delimiters: Delimiters
    interchange: Segment | None
    header: Segment
    segments: tuple[Segment, ...]
    trailer: Segment
    mended: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Message type and the association's version of it: "MEDRPT^NHS003"."""
        return f"{self.header.text(2)}^{self.header.text(2, 5)}"

    @property
    def counted_right(self) -> bool:
        """True when the trailer counts as many segments as there are; header and trailer count too."""
        return self.trailer.text(1).lstrip("0") == str(len(self.segments) + 2)


def segments_of(body: bytes) -> list[Segment]:
    """Every segment of the bytes, service segments too (not UNA). Raises Unreadable (MAP-001) at one that has no segment's name."""
    return _segments(_decode(body), delimiters(body))[0]


def read(body: bytes) -> EdifactMessage:
    """One message, alone or behind UNA and UNB, with or without UNZ.

    Raises Unreadable (MAP-001, with the place): no message or more than one, a message that is not closed (UNT) or whose trailer names
    another reference, an interchange trailer (UNZ) that does not agree; text where a segment's name should be, unless the trailer's count
    shows that it belongs to the segment before it.
    """
    marks = delimiters(body)
    segments, mended = _segments(_decode(body), marks)
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
    told = EdifactMessage(marks, interchange, header, tuple(body_segments[1:-1]), trailer, tuple(mended))
    if mended and not told.counted_right:
        raise Unreadable(issue("MAP-001", at=mended[0]))
    return told


def _closing(segments: list[Segment], interchange: Segment | None) -> None:
    for segment in segments:
        if segment.name == "UNZ":
            if segment.text(1).lstrip("0") != "1":
                raise Unreadable(issue("MAP-001", at="UNZ-1"))
            if interchange and segment.text(2) != interchange.text(5):
                raise Unreadable(issue("MAP-001", at="UNZ-2"))


def _decode(body: bytes) -> str:
    """UTF-8 where it is that, else Windows-1252, the printable superset of UNOC's ISO 8859-1, else that. Control characters are taken out."""
    told = body.removeprefix(BOM)
    text = ""
    for charset in ("utf-8", "cp1252", "latin-1"):
        try:
            text = told.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    return _CONTROL.sub("", text)


def _segments(text: str, marks: Delimiters) -> tuple[list[Segment], list[str]]:
    """The segments, and the places of those that were mended."""
    text = text.lstrip()
    if text.startswith("UNA"):
        text = text[text.find(marks.terminator, 7) + 1 :]
    released = marks.release in text
    if released:
        aside = dict(zip((marks.component, marks.element, marks.release, marks.terminator), _ASIDE, strict=True))
        text = re.sub(rf"{re.escape(marks.release)}(.)", lambda match: aside.get(match[1], match[1]), text, flags=re.DOTALL)
    raws, places = _whole(text, marks)
    back = str.maketrans(dict(zip(_ASIDE, (marks.component, marks.element, marks.release, marks.terminator), strict=True)))
    counts: dict[str, int] = {}
    found, mended = [], []
    for position, told in enumerate(raws):
        name = told[:3]
        if "\n" in told or "\r" in told:
            told = _BREAK.sub(" " if name == "FTX" else "", told)
        elements = [element.split(marks.component) for element in told.split(marks.element)]
        if not told.isascii() and any(mark in told for mark in _ASIDE):
            elements = [[part.translate(back) for part in parts] for parts in elements]
        counts[name] = counts.get(name, 0) + 1
        found.append(Segment(name, counts[name], elements))
        if position in places:
            mended.append(found[-1].place)
    return found, mended


def _whole(text: str, marks: Delimiters) -> tuple[list[str], set[int]]:
    """The segments as text, and which of them hold a terminator that was not released: what follows it has no segment's name."""
    raws: list[str] = []
    mended: set[int] = set()
    for raw in text.split(marks.terminator):
        told = raw.strip()
        if not told:
            continue
        if _NAME.match(told[:3]) and told[3:4] in ("", marks.element):
            raws.append(told)
        elif raws and raws[-1][:2] != "UN":
            raws[-1] = f"{raws[-1]}{_ASIDE[3]}{raw.rstrip()}"
            mended.add(len(raws) - 1)
        else:
            raise Unreadable(issue("MAP-001", at=f"segment[{len(raws) + 1}]"))
    return raws, mended
