"""The narrative of a document's sections in plain words: what a document says only there is part of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from carehub.fhir.resource import Resource, many, text, words

_LINE = re.compile(r"</?(?:p|div|li|tr|br|h[1-6]|pre|table|ul|ol|dd|dt|caption)\b[^>]*>", re.IGNORECASE)
_CELL = re.compile(r"</t[hd]>", re.IGNORECASE)
_PRE = re.compile(r"<pre\b[^>]*>.*?</pre>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_MOST_INSIDE = 8


def plain(div: str) -> str:
    """The words of an XHTML div: parts for blocks, rows and lines set as they are, cells of a row apart by a colon."""
    div = _PRE.sub(lambda held: held[0].replace("\n", "<br/>"), div)
    marked = _TAG.sub("", _CELL.sub("\t", _LINE.sub("\n", " ".join(div.split()))))
    lines = (": ".join(" ".join(unescape(cell).split()) for cell in line.split("\t") if cell.strip()) for line in marked.split("\n"))
    return "; ".join(line for line in lines if line)


def sections(resource: Resource, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(title, words) of every section that has a narrative, those inside others too."""
    for section in many(resource, "section"):
        if isinstance(section, dict):
            told = plain(text(section, "text", "div"))
            if told:
                yield text(section, "title") or words(section.get("code")) or "Section", told
            if depth < _MOST_INSIDE:
                yield from sections(section, depth + 1)
