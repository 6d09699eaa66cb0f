"""XHTML narratives of FHIR: made harmless without losing a word, and as plain text.

Source: https://hl7.org/fhir/R4/narrative.html (what a narrative may hold).
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from xml.etree.ElementTree import Element

_WORDS = ("abbr", "acronym", "b", "big", "cite", "code", "dfn", "em", "i", "q", "samp", "small", "span", "strong")
_SMALL_WORDS = ("sub", "sup", "tt", "var", "a")
_BLOCKS = ("blockquote", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "ul")
_TABLE = ("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
_KEPT = frozenset((*_WORDS, *_SMALL_WORDS, *_BLOCKS, *_TABLE, "br", "hr"))
_EMPTY = frozenset(("br", "hr", "col"))
_ATTRIBUTES = frozenset(("colspan", "rowspan", "title", "lang", "abbr", "headers", "scope", "span"))
_NEVER_SHOWN = frozenset(("script", "style"))
# What stands for a picture, in words.
_PICTURE = "img"
_LINES = frozenset((*_BLOCKS, "br", "hr", "caption", "table", "tr"))
_CELLS = frozenset(("td", "th"))


def xhtml(element: Element) -> str:
    """The narrative as a div of its own, with only elements and attributes that show text. Words inside any other element stay."""
    inner = "".join(_inside(element))
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inner or "<p>No text</p>"}</div>'


def _inside(element: Element) -> Iterator[str]:
    yield escape(element.text or "", quote=False)
    for part in element:
        name = _local(part.tag)
        if name in _EMPTY:
            yield f"<{name}/>"
        elif name == _PICTURE:
            yield escape(_in_words(part), quote=False)
        elif name in _KEPT:
            marks = "".join(f' {key}="{escape(value)}"' for key, value in part.attrib.items() if key in _ATTRIBUTES)
            yield f"<{name}{marks}>"
            yield from _inside(part)
            yield f"</{name}>"
        elif name not in _NEVER_SHOWN:
            yield from _inside(part)
        yield escape(part.tail or "", quote=False)


def plain_text(element: Element) -> str:
    """The words of a narrative, a line for each block or row, cells apart by a bar."""
    lines = "".join(_words(element)).split("\n")
    told = (" ".join(line.split()).strip("| ").strip() for line in lines)
    return "\n".join(line for line in told if line)


def _words(element: Element) -> Iterator[str]:
    name = _local(element.tag)
    if name in _NEVER_SHOWN:
        return
    block = name in _LINES
    if block:
        yield "\n"
    if name == _PICTURE:
        yield _in_words(element)
    # Line ends in the source are white space; only blocks make lines.
    yield (element.text or "").replace("\n", " ").replace("\r", " ")
    for part in element:
        yield from _words(part)
        yield (part.tail or "").replace("\n", " ").replace("\r", " ")
    if name in _CELLS:
        yield " | "
    if block:
        yield "\n"


def _in_words(picture: Element) -> str:
    return f"[{words}]" if (words := (picture.get("alt") or picture.get("title") or "").strip()) else ""


def _local(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
