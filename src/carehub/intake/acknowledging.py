"""Acknowledgements out of the MSH bytes they answer. Bytes in, bytes out: whatever the character set, what is echoed is echoed as it came.

Source: HL7 v2.5.1 chapter 2.9 (original and enhanced mode), 2.14.8 (MSA), 2.14.5 (ERR), tables 0008, 0155, 0357.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from carehub.feeds.formats.hl7v2_text import BOM, FRAMING
from carehub.terms.issue import Issue

_LONGEST_HEADER = 4096
_USUAL_HEADER = 512  # what is longer is not remembered: it would fill memory
_CONTROL = bytes((*range(32), 127))
# Catalogue numbers to table 0357; anything else is 207, "application internal error".
_REASONS = {
    "MAP-001": b"100^Segment sequence error^HL70357",
    "FEED-002": b"100^Segment sequence error^HL70357",
    "FEED-003": b"205^Duplicate key identifier^HL70357",
    "FEED-012": b"202^Unsupported processing id^HL70357",
}
_OTHER_REASON = b"207^Application internal error^HL70357"


@dataclass(frozen=True)
class Heading:
    """What an MSH says beside its time and control id: a sender repeats it in message after message, so what follows from it is worked out once.

    separator: MSH-1. fields: the segment cut at it, so that MSH-n is fields[n - 1]; MSH-7 and MSH-10 are empty.
    """

    separator: bytes
    fields: tuple[bytes, ...]

    def field(self, number: int) -> bytes:
        """MSH-2 and up as it came, without control characters; b"" when absent."""
        return self.fields[number - 1].translate(None, _CONTROL) if number <= len(self.fields) else b""

    def first(self, number: int) -> str:
        """The first component of a field."""
        mark = self.fields[1][:1]
        return self.field(number).split(mark)[0].strip().decode("latin-1")

    @cached_property
    def sender(self) -> tuple[str, str]:
        """The first components of MSH-3 and MSH-4."""
        return self.first(3), self.first(4)

    @cached_property
    def processing(self) -> str:
        """The first component of MSH-11."""
        return self.first(11)

    @cached_property
    def acknowledges(self) -> bool:
        """True for a message that is itself an acknowledgement: answering it could go on for ever."""
        return self.first(9).upper() in ("ACK", "MCF")

    @cached_property
    def named(self) -> str:
        """MSH-3 and MSH-4, as a key begins with them."""
        return "".join(self.field(number).decode("latin-1") + "|" for number in (3, 4))

    @cached_property
    def accepting(self) -> list[bytes]:
        """The answer A between its three gaps, which are our time, our control id and theirs; one empty piece where no answer is wanted."""
        # No control character is echoed, so these three are found again.
        return re.split(b"[\x00-\x02]", _answer(self, b"\x02", "A", b"\x00", b"\x01", None))


class Header(NamedTuple):
    """A usable MSH segment. sent, control: MSH-7 and MSH-10, without control characters."""

    heading: Heading
    sent: bytes
    control: bytes

    @property
    def key(self) -> str:
        """What the sender calls this message: MSH-3, 4, 7 and 10; "" without MSH-10. MSH-7, because counters begin again."""
        return f"{self.heading.named}{self.sent.decode('latin-1')}|{self.control.decode('latin-1')}" if self.control else ""


def read_header(body: bytes) -> Header | None:
    """The MSH of a message; None where the first segment is no usable MSH, and so the bytes are not HL7 v2."""
    if not body.startswith(b"MSH"):
        body = body[: _LONGEST_HEADER + 64].lstrip(FRAMING).removeprefix(BOM).lstrip(FRAMING)
    line = body[:_LONGEST_HEADER].partition(b"\r")[0].partition(b"\n")[0]
    separator = line[3:4]
    if line[:3] != b"MSH" or not separator or _never_a_mark(separator[0]):
        return None
    parts = line.split(separator, 10)
    sent, control = _taken_out(parts, 7), _taken_out(parts, 10)
    heading = (_known_heading if len(line) <= _USUAL_HEADER else _heading)(separator, tuple(parts))
    return None if heading is None else Header(heading, sent, control)


def _taken_out(parts: list[bytes], number: int) -> bytes:
    if number > len(parts):
        return b""
    found, parts[number - 1] = parts[number - 1], b""
    return found.translate(None, _CONTROL)


def _heading(separator: bytes, parts: tuple[bytes, ...]) -> Heading | None:
    fields = (*parts[:10], *(parts[10].split(separator) if len(parts) > 10 else ()))
    marks = fields[1] if len(fields) > 1 else b""
    if not 1 <= len(marks) <= 5 or len(set(marks)) < len(marks) or any(map(_never_a_mark, marks)):
        return None
    return Heading(separator, fields)


_known_heading = lru_cache(maxsize=256)(_heading)


def _never_a_mark(byte: int) -> bool:
    return not 32 < byte < 127 or chr(byte).isalnum()


_NONE = Header(Heading(b"|", (b"MSH", b"^~\\&")), b"", b"")
_STAMP = str.maketrans("", "", "-T:")


def acknowledgement(header: Header | None, letter: str, *, at: str, id: str, about: Issue | None = None) -> bytes:
    """The answer, unframed; b"" when the sender wants none.

    letter: A accepted, E failed and may be sent again, R refused. at: ISO UTC. id: our own control id. about: why, for E and R. In enhanced
    mode our accept acknowledgement says CA, CE or CR. A sender that asks for an application acknowledgement only is answered with that one:
    what we accept we shall map.
    """
    heading, _, control = header or _NONE
    stamp = (at[:19].translate(_STAMP) + "+0000").encode()
    if letter != "A" or about is not None or not control:
        return _answer(heading, control, letter, stamp, id.encode(), about)
    before, *between = heading.accepting
    return b"".join((before, stamp, between[0], id.encode(), between[1], control, between[2])) if between else b""


def _answer(heading: Heading, control: bytes, letter: str, stamp: bytes, id: bytes, about: Issue | None) -> bytes:
    mode = _mode(heading, letter)
    if not mode:
        return b""
    bar, marks = heading.separator, heading.fields[1]
    trigger = heading.field(9).split(marks[:1])[1:]
    kind = marks[:1].join([b"ACK", *trigger[:1], *([b"ACK"] if len(trigger) > 1 else [])])
    msh = [b"MSH", marks, heading.field(5), heading.field(6), heading.field(3), heading.field(4), stamp, b"", kind, id]
    msh += [heading.field(11) or b"P", heading.field(12) or b"2.4", b"", b"", b"", b"", b"", heading.field(18)]
    msa = [b"MSA", (mode + letter).encode(), control]
    segments = [msh, msa]
    if about is not None:
        words = _escaped(f"{about.number} {about.text}", bar, marks)
        msa.append(words)
        reason = _REASONS.get(about.number, _OTHER_REASON).replace(b"^", marks[:1])
        segments.append([b"ERR", b"", b"", reason, b"E", _escaped(about.number, bar, marks), b"", b"", words])
    return b"".join(bar.join(segment).rstrip(bar) + b"\r" for segment in segments)


def _mode(heading: Heading, letter: str) -> str:
    """C or A, the first letter of MSA-1; "" for no answer."""
    accept, application = heading.first(15).upper(), heading.first(16).upper()
    if accept not in ("", "NE"):
        return "C" if _wanted(accept, letter) else ""
    if application not in ("", "NE"):
        return "A" if _wanted(application, letter) else ""
    return "" if accept or application else "A"


def _wanted(condition: str, letter: str) -> bool:
    """Table 0155. A condition that is not in it is taken for AL: an answer too many does less harm than silence."""
    return {"ER": letter != "A", "SU": letter == "A"}.get(condition, True)


def _escaped(words: str, bar: bytes, marks: bytes) -> bytes:
    """Our own words with the sender's delimiters escaped, or blanked where it has no escape character."""
    names = {bar: b"F", marks[:1]: b"S", marks[1:2]: b"R", marks[2:3]: b"E", marks[3:4]: b"T"}
    escape = marks[2:3]
    out = (bytes((byte,)) for byte in words.encode("ascii", "replace"))
    return b"".join(escape + names[one] + escape if one in names and escape else b" " if one in names else one for one in out)
