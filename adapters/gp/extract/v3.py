"""Reading HL7 v3 elements: children by name, identifiers, points in time, words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from carehub.feeds.formats.xml import text_of

V3 = "{urn:hl7-org:v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

_POINT = re.compile(r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2})?(\d{2}(?:\.\d+)?)?)?)?)?([+-]\d{4})?")


def name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at a path of names, or None."""
    for step in path:
        element = element.find(V3 + step) if element is not None else None
    return element


def children(element: Element | None, *path: str) -> Iterator[Element]:
    """Every element at a path of names."""
    found = [element] if element is not None else []
    for step in path:
        found = [inner for outer in found for inner in outer.findall(V3 + step)]
    return iter(found)


def attribute(element: Element | None, key: str, *path: str) -> str:
    """An attribute of the first element at a path, stripped; "" when absent."""
    found = child(element, *path)
    return (found.get(key) or "").strip() if found is not None else ""


def words(element: Element | None, *path: str) -> str:
    """The text of the first element at a path, without space at the ends; "" when absent."""
    found = child(element, *path)
    return text_of(found).strip() if found is not None else ""


def identity(element: Element | None, *path: str) -> str:
    """The id of an act: the UUID in `id/@root`, in capitals, as the case of a UUID means nothing."""
    for found in children(element, *path, "id"):
        root = (found.get("root") or "").strip()
        if root and not found.get("extension"):
            return root.upper()
    return ""


def moment(value: str) -> str:
    """ "20100210083153" as "2010-02-10T08:31:53", "20100210" as "2010-02-10", "2010" as "2010"; local time where no offset is given.

    An hour without minutes has no form in FHIR, so the day is kept. Anything that is not a point in time comes back as it is, for the mapping
    to refuse.
    """
    match = _POINT.fullmatch(value)
    if not match:
        return value
    year, month, day, hour, minute, second, offset = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not hour or not minute:
        return date
    shift = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{date}T{hour}:{minute}:{second or '00'}{shift}"


def when(element: Element | None, *path: str) -> str:
    """The point in time in `value` of the first element at a path; "" when it says nothing."""
    stated = attribute(element, "value", *path)
    return moment(stated) if stated else ""


def span(element: Element | None) -> dict[str, str]:
    """start and end of an effectiveTime with low and high; empty when it has neither."""
    ends = {"start": when(element, "effectiveTime", "low"), "end": when(element, "effectiveTime", "high")}
    return {key: value for key, value in ends.items() if value}


def said(**elements: Any) -> dict[str, Any]:
    """Only the elements that say something."""
    return {key: value for key, value in elements.items() if value not in ("", None, [], {})}
