"""The fields a message holds, for fields.csv: FHIR elements as usual; of an extract, elements from the act that holds them.

An extract nests acts to any depth. "ObservationStatement/code/@code" is one field wherever the statement stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from carehub.feeds import fields as source
from carehub.feeds.formats.xml import parse_xml
from carehub.feeds.message import Message
from carehub.terms.errors import Rejected

_ACTS = frozenset(
    [
        *("EhrExtract", "ehrFolder", "Agent", "ehrComposition", "CompoundStatement", "ObservationStatement", "NarrativeStatement"),
        *("PlanStatement", "RequestStatement", "MedicationStatement", "LinkSet", "ehrSupplyAuthorise", "ehrSupplyPrescribe"),
        *("ehrSupplyDiscontinue", "referredToExternalDocument"),
    ]
)
_ROOT = "Interaction"


def fields(message: Message) -> Iterator[str]:
    """Every filled field, each once, in order."""
    root = _extract(message.body)
    return source.fields(message.body) if root is None else iter(dict.fromkeys(path for path, _, _ in _walk(root, _ROOT)))


def without(message: Message, path: str) -> bytes | None:
    """The message without any occurrence of one field; None when it has no such field."""
    root = _extract(message.body)
    if root is None:
        return source.without(message.body, path)
    found = [(element, key) for at, element, key in _walk(root, _ROOT) if at == path]
    for element, key in found:
        if key:
            del element.attrib[key]
        else:
            element.text = ""
    return tostring(root) if found else None


def _extract(body: bytes) -> Element | None:
    if source.form(body) != "xml":
        return None
    try:
        return parse_xml(body)
    except Rejected:
        return None


def _walk(element: Element, at: str) -> Iterator[tuple[str, Element, str]]:
    """(field, element, attribute or "" for its text) of an element and all it holds."""
    for key, value in element.attrib.items():
        if value:
            yield f"{at}/@{key.rpartition('}')[2]}", element, key
    if element.text and element.text.strip():
        yield at, element, ""
    for part in element:
        name = str(part.tag).rpartition("}")[2]
        yield from _walk(part, name if name in _ACTS else f"{at}/{name}")
