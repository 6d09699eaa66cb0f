"""FHIR in XML or JSON as one kind of tree, so that a resource is read the same way whichever it came in. Every element is a list here.

Source: https://hl7.org/fhir/STU3/xml.html and json.html.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from carehub.feeds.formats.narrative import plain_text, xhtml
from carehub.feeds.formats.xml import parse_xml, text_of
from carehub.fhir.gate import read_json
from carehub.terms.errors import Rejected, Unreadable
from carehub.terms.issue_catalogue import issue

_FHIR = "{http://hl7.org/fhir}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DEEPEST = 60


class Node:
    """One element or resource. kind: the resource type, or "". value: of a primitive, as text. div and words: a narrative, cleaned, and as text."""

    __slots__ = ("children", "div", "kind", "url", "value", "words")

    def __init__(self, kind: str = "") -> None:
        self.kind = kind
        self.value = ""
        self.url = ""
        self.div = ""
        self.words = ""
        self.children: dict[str, list[Node]] = {}

    def all(self, *path: str) -> list[Node]:
        """Every node at a path of element names."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children.get(name, ())]
        return found

    def one(self, *path: str) -> Node:
        """The first node at a path; an empty one where there is none."""
        return next(iter(self.all(*path)), EMPTY)

    def text(self, *path: str) -> str:
        """The first primitive at a path, or ""."""
        return self.one(*path).value

    def names(self) -> list[str]:
        return list(self.children)

    def extension(self, name: str) -> Node:
        """The first extension whose address ends in a name ("Extension-ITK-CareSettingType-1"), whatever its version; an empty node for none."""
        return next((part for part in self.all("extension") if name in part.url.rpartition("/")[2]), EMPTY)

    def same(self, other: Node) -> bool:
        """True when the two say the same."""
        mine, theirs = (self.kind, self.value, self.url, self.div), (other.kind, other.value, other.url, other.div)
        if mine != theirs or self.children.keys() != other.children.keys():
            return False
        pairs = ((nodes, other.children[name]) for name, nodes in self.children.items())
        return all(len(a) == len(b) and all(x.same(y) for x, y in zip(a, b, strict=True)) for a, b in pairs)

    def choice(self, stem: str) -> tuple[str, Node]:
        """("valueString", node) for the element of a choice that is there; ("", empty) for none."""
        for name, nodes in self.children.items():
            if name.startswith(stem) and len(name) > len(stem) and name[len(stem)].isupper():
                return name, nodes[0]
        return "", EMPTY

    def __bool__(self) -> bool:
        return bool(self.value or self.children or self.kind or self.div)


EMPTY = Node()


def read_document(body: bytes) -> Node:
    """The resource in the bytes, whichever form it is in. Raises Unreadable: as parse_xml and read_json, GATE-005 for what is no resource."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        value = read_json(body)
        node = _from_json(value)
    else:
        root = parse_xml(body, max_depth=_DEEPEST)
        if not root.tag.startswith(_FHIR):
            raise Unreadable(issue("GATE-005"))
        node = _from_xml(root, resource=True)
    if not node.kind:
        raise Unreadable(issue("GATE-005"))
    return node


def _from_xml(element: Element, *, resource: bool = False) -> Node:
    node = Node(_local(element.tag) if resource else "")
    node.value = " ".join(element.get("value", "").split()) if "\n" not in element.get("value", "") else element.get("value", "").strip()
    node.url = element.get("url", "").strip()
    for part in element:
        name = _local(part.tag)
        if part.tag.startswith(_XHTML):
            node.div, node.words = xhtml(part), plain_text(part)
        elif name in ("resource", "contained"):
            inner = next(iter(part), None)
            if inner is not None:
                node.children.setdefault(name, []).append(_from_xml(inner, resource=True))
        else:
            node.children.setdefault(name, []).append(_from_xml(part))
    return node


def _from_json(value: Any) -> Node:
    node = Node()
    if isinstance(value, dict):
        kind = value.get("resourceType")
        node.kind = kind if isinstance(kind, str) and kind.isalpha() else ""
        url = value.get("url")
        node.url = url.strip() if isinstance(url, str) else ""
        for name, part in value.items():
            if name == "resourceType" or name.startswith("_") or part is None:
                continue
            if name == "div" and isinstance(part, str):
                node.div, node.words = _div(part)
                continue
            for item in part if isinstance(part, list) else (part,):
                child = _from_json(item)
                if child:
                    node.children.setdefault(name, []).append(child)
    elif isinstance(value, bool):
        node.value = "true" if value else "false"
    elif isinstance(value, str):
        node.value = value.strip()
    elif isinstance(value, (int, Decimal)):
        node.value = str(value)
    return node


def _div(text: str) -> tuple[str, str]:
    try:
        element = parse_xml(text.encode(), max_depth=_DEEPEST)
    except Rejected:
        # Not XHTML: what it says is kept as words, its marks as marks.
        whole = Element("div")
        whole.text = text
        return xhtml(whole), text.strip()
    return xhtml(element), plain_text(element) or text_of(element).strip()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
