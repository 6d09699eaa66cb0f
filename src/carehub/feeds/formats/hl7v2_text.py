"""HL7 v2 text: which character set the bytes are in, and what the escape sequences stand for.

Source: HL7 v2.5.1 chapter 2.7 (escape sequences) and table 0211 (character sets).
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Table 0211 and what senders write in its place. ISO 8859-1 is read as Windows-1252, its superset in print (WHATWG Encoding Standard).
_CHARSETS = {
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "8859/1": "cp1252",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
BOM = b"\xef\xbb\xbf"
FRAMING = b"\x0b\x1c\r\n \t"  # the MLLP block characters, and blank space around a message
_ABSENT = "\uffff"  # a noncharacter: it stands for a delimiter that MSH-2 does not name, so nothing is ever cut there
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\uffff]")  # not allowed in a FHIR string
_BREAKS = {".br": "\n", ".sp": "\n", ".ce": "\n", ".fi": "", ".nf": "", ".in": "", ".ti": "", ".sk": " ", "H": "", "N": ""}


def decode(body: bytes) -> tuple[str, str]:
    """Bytes to text and the name of the encoding used: MSH-18 where the bytes agree, else utf-8, else cp1252, else latin-1.

    A single-byte set agrees with any bytes, so it proves nothing: bytes beyond ASCII that are good UTF-8 are read as that first.
    Characters that no FHIR string may hold are taken out.
    """
    text, charset = _decoded(body)
    return _CONTROL.sub("", text) if _CONTROL.search(text) else text, charset


def _decoded(body: bytes) -> tuple[str, str]:
    if body.isascii():
        return body.decode("ascii"), "ascii"
    declared = _declared(body)
    for charset in ("utf-8", declared, "cp1252") if declared else ("utf-8", "cp1252"):
        try:
            return body.decode(charset), charset
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1"), "latin-1"


def _declared(body: bytes) -> str:
    header = re.split(rb"[\r\n]", body, maxsplit=1)[0]
    fields = header.split(header[3:4]) if len(header) > 3 else []
    told = fields[17].decode("latin-1") if len(fields) > 17 else ""
    name = re.split(r"[~^]", told.strip().upper())[0].strip()
    return _CHARSETS.get(name) or _CHARSETS.get(name.removeprefix("ISO ").removeprefix("ISO-").replace("8859-", "8859/"), "")


class Delimiters(NamedTuple):
    """The five delimiters of one message, its character set, and the pattern of its escape sequences."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    charset: str

    @classmethod
    def of(cls, field: str, marks: str, charset: str) -> Delimiters:
        """From MSH-1 and MSH-2. A mark that MSH-2 leaves out is never found in text."""
        padded = [*marks, _ABSENT, _ABSENT, _ABSENT][:4]
        return cls(field, padded[0], padded[1], padded[2], padded[3], charset)

    def text(self, raw: str) -> str:
        """A value without its escape sequences, stripped of blank space. A sequence that is not known stays as it came."""
        if self.escape not in raw:
            return raw.strip()
        start, out = 0, []
        while (begin := raw.find(self.escape, start)) >= 0 and (end := raw.find(self.escape, begin + 1)) >= 0:
            meant = self._meaning(raw[begin + 1 : end])
            if meant is None:
                out.append(raw[start:end])
                start = end
            else:
                out.append(raw[start:begin] + meant)
                start = end + 1
        out.append(raw[start:])
        return "".join(out).strip()

    def _meaning(self, code: str) -> str | None:
        if code in ("F", "S", "T", "R", "E"):
            mark = {"F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition, "E": self.escape}[code]
            return {"T": "&", "R": "~"}.get(code, "") if mark == _ABSENT else mark
        if code[:1] == "X":
            return _hexadecimal(code[1:], self.charset)
        return _BREAKS.get(code) if code[:1] != "." else _BREAKS.get(code[:3].lower())


def _hexadecimal(digits: str, charset: str) -> str | None:
    try:
        held = bytes.fromhex(digits)
    except ValueError:
        return None
    for encoding in (charset, "utf-8", "cp1252"):
        try:
            text = held.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return None
