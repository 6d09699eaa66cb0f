"""What a document message carries (OBX after TXA) to one file: lines of text joined, or encapsulated data (ED) decoded.

Source: HL7 v2.5.1 chapter 2A (ED; tables 0191, 0291, 0299). Content is never run, shown as a page, or trusted to be what it is called.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from carehub.feeds.formats.hl7v2 import Segment

from .draft import Draft
from .tables import table
from .values import TEXT_TYPES

_FORMATS = {row["sent"]: row["content_type"] for row in table("document_formats").values()}
_UNKNOWN = "application/octet-stream"
# How files of a type begin. One called by a name that its bytes belie is handed on as bytes.
_BEGINS = {
    "application/pdf": (b"%PDF-",),
    "application/rtf": (b"{\\rtf",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
    "application/msword": (b"\xd0\xcf\x11\xe0",),
}
_ESCAPE = re.compile(r"\\(?:X0?[DA]+|\.br)\\", re.IGNORECASE)
_BLANK = re.compile(r"\s+")


class File(NamedTuple):
    """Bytes and the media type they may be handed on as. named: the sender's words for the type. place: the OBX."""

    place: str
    content_type: str
    body: bytes
    named: str


def files(draft: Draft, lines: list[Segment]) -> list[File]:
    """Every file that these OBX make: all text as one, first, and one for each ED that holds data.

    ED that cannot be decoded is noted (MAP-004); a pointer to somewhere else (RP) or to a study (HD) is not followed (MAP-017).
    """
    words: list[str] = []
    first = ""
    found: list[File] = []
    for obx in lines:
        kind = obx.text(2).upper()
        if kind == "ED":
            file = _encapsulated(draft, obx)
            if file:
                found.append(file)
        elif kind in ("RP", "HD"):
            if obx.raw(5):
                draft.note("MAP-017", "OBX-5", "DocumentReference")
        elif obx.raw(5) and not obx.deleted(5):
            first = first or obx.place
            words.append(_line(obx, kind))
    text = "\n".join(words)
    if text.strip():
        found.insert(0, File(first, "text/plain", text.encode(), ""))
    return found


def _line(obx: Segment, kind: str) -> str:
    """A line of text as it is; a measured or coded value with the name of what it is of and its unit."""
    value = "\n".join(field.whole() for field in obx.repeats(5))
    if kind in TEXT_TYPES or not kind:
        return value
    shown = "; ".join(field.text(2) or field.text(1) or field.whole() for field in obx.repeats(5))
    name = obx.text(3, 2) or obx.text(3)
    return " ".join(part for part in (f"{name}:" if name else "", shown, obx.text(6)) if part)


def _encapsulated(draft: Draft, obx: Segment) -> File | None:
    field = obx.first(5)
    raw = field.part(5)
    if not raw:
        return None
    body = _decoded(raw, field.text(4).upper(), field.text(5))
    if body is None:
        draft.note("MAP-004", obx.place, "Binary")
        return None
    named = "/".join(part for part in (field.text(2), field.text(3)) if part)
    stated = _FORMATS.get((field.text(3) or field.text(2)).upper().rpartition("/")[2], _UNKNOWN)
    begins = _BEGINS.get(stated)
    if begins and not body.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(begins):
        draft.note("MAP-007", "OBX-5", "Binary")
        stated = _UNKNOWN
    return File(obx.place, stated, body, named)


def _decoded(raw: str, encoding: str, text: str) -> bytes | None:
    """Base64 (also where nothing is said), hexadecimal or plain text to bytes; None for what is none of them."""
    plain = _BLANK.sub("", _ESCAPE.sub("", raw))
    try:
        if encoding in ("", "BASE64"):
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True) or None
        if encoding == "HEX":
            return bytes.fromhex(plain) or None
    except (binascii.Error, ValueError):
        return None
    return text.encode() or None if encoding in ("A", "ASCII", "TEXT") else None
