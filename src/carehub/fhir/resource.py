"""Resource: a FHIR resource as a plain JSON mapping, and the few ways we read one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Resource = dict[str, Any]


def many(resource: Resource, *path: str) -> Sequence[Any]:
    """Every value at a path of element names, lists opened on the way. Absent or odd parts give nothing."""
    if len(path) == 1:
        # The common case, and the hottest of all reading: one plain element.
        alone = resource.get(path[0]) if isinstance(resource, dict) else None
        return alone if isinstance(alone, list) else () if alone is None else (alone,)
    found: list[Any] = [resource]
    for name in path:
        step: list[Any] = []
        for item in found:
            value = item.get(name) if isinstance(item, dict) else None
            if isinstance(value, list):
                step.extend(value)
            elif value is not None:
                step.append(value)
        found = step
    return found


def first(resource: Resource, *path: str) -> Any:
    """The first value at a path, or None."""
    return next(iter(many(resource, *path)), None)


def text(resource: Resource, *path: str) -> str:
    """The first string at a path, stripped, or ""."""
    value: Any = resource
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return ""
        if isinstance(value, list):
            value = first(resource, *path)
            break
    return value.strip() if isinstance(value, str) else ""


def codings(concept: Any) -> Sequence[tuple[str, str, str]]:
    """(system, code, display) for each coding of a CodeableConcept; absent parts are ""."""
    listed = concept.get("coding") if isinstance(concept, dict) else None
    if listed is None:
        return ()
    return [
        (str(coding.get("system") or ""), str(coding.get("code") or ""), str(coding.get("display") or ""))
        for coding in (listed if isinstance(listed, list) else (listed,))
        if isinstance(coding, dict)
    ]


def words(concept: Any) -> str:
    """What a CodeableConcept says: its text, else its first display, else its first code, else ""."""
    if not isinstance(concept, dict):
        return ""
    if "text" in concept and (stated := text(concept, "text")):
        return stated
    code = ""
    for _, told, display in codings(concept):
        if display:
            return display
        code = code or told
    return code


def identifiers(resource: Resource, system: str) -> Iterator[str]:
    """Values of the identifiers in one system."""
    for identifier in many(resource, "identifier"):
        if isinstance(identifier, dict) and identifier.get("system") == system and identifier.get("value"):
            yield str(identifier["value"])


def extension(element: Any, url: str) -> Any:
    """The value[x] of the first extension with this address on an element, whatever its type; None when absent."""
    if isinstance(element, dict):
        for item in element.get("extension") or ():
            if isinstance(item, dict) and item.get("url") == url:
                return next((v for k, v in item.items() if k.startswith("value")), None)
    return None


def extensions(element: Any, url: str) -> Iterator[Any]:
    """The value[x] of every extension with this address on an element."""
    if isinstance(element, dict):
        for item in element.get("extension") or ():
            if isinstance(item, dict) and item.get("url") == url:
                yield from (v for k, v in item.items() if k.startswith("value"))
