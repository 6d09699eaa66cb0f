"""The one door for XML: bytes to an element tree, without document types, entities or anything outside the bytes.

Built on defusedxml. Tags come as "{namespace}local"; comments and processing instructions are not kept.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import ElementTree as defused  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from carehub.terms.errors import Unreadable
from carehub.terms.issue_catalogue import issue

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 200
MAX_ELEMENTS = 500_000


class _Capped:
    """A tree builder that stops at too many elements, or too many inside one another."""

    def __init__(self, max_depth: int, max_elements: int) -> None:
        self._builder = TreeBuilder()
        self._depth, self._left = 0, max_elements
        self._max_depth = max_depth
        # Straight to the builder: only starts and ends are counted. What has no method here (comments, instructions) is not kept.
        self.data = self._builder.data
        self.close = self._builder.close

    def start(self, tag: str, attributes: dict[str, str]) -> Any:
        self._depth += 1
        self._left -= 1
        if self._depth > self._max_depth:
            raise Unreadable(issue("GATE-003"))
        if self._left < 0:
            raise Unreadable(issue("GATE-001"))
        return self._builder.start(tag, attributes)

    def end(self, tag: str) -> Any:
        self._depth -= 1
        return self._builder.end(tag)


def parse_xml(body: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, max_elements: int = MAX_ELEMENTS) -> Element:
    """The root element of one XML document.

    Raises Unreadable: GATE-001 too long or too many elements, GATE-003 nested too deeply, GATE-007 a document type declaration or an
    entity of its own (never expanded, never fetched), GATE-006 anything else that is not well-formed XML, with the line.
    """
    if len(body) > max_bytes:
        raise Unreadable(issue("GATE-001"))
    parser = defused.DefusedXMLParser(target=_Capped(max_depth, max_elements), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except ParseError as error:
        raise Unreadable(issue("GATE-006", at=f"line {error.position[0]}")) from None
    except DefusedXmlException:
        raise Unreadable(issue("GATE-007")) from None
    except (ValueError, LookupError):
        # An encoding that is not known, or not one that XML may be read in.
        raise Unreadable(issue("GATE-006")) from None
    return root


def text_of(element: Element) -> str:
    """All the text in an element and what it holds, in order, white space as it came."""
    return "".join(element.itertext())
