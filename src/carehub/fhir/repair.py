"""A resource with the elements taken out that cannot be R4, one place and one note for each; None when what is left still cannot be.

Senders write "true" for true, dates that do not exist, codes of their own in required value sets. One bad detail costs only itself.
"""

from __future__ import annotations

import re
from typing import Any

from carehub.fhir.gate import check
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue

_STEP = re.compile(r"([A-Za-z_]+)(?:\[(\d+)\])?")
_ROUNDS = 8
_TRUTHS = {"true": True, "false": False}


def repaired(resource: Resource) -> tuple[Resource | None, list[str]]:
    """(the resource, or None; places of what was taken out). The input is not changed."""
    places: list[str] = []
    for _ in range(_ROUNDS):
        faults = check(resource)
        if not faults:
            return resource, places
        steps = [found for fault in faults if (found := _steps(fault, str(resource.get("resourceType"))))]
        if not steps:
            return None, places
        # Later places first, so that a place in a list still is where it was said to be.
        for path in sorted(set(steps), key=lambda path: [(name, number or 0) for name, number in path], reverse=True):
            before = resource
            resource = _without(resource, path)
            if resource is not before and not _is_truth(before, path):
                places.append(path[0][0])
        if "resourceType" not in resource:
            return None, places
    return None, places


def _is_truth(value: Any, path: tuple[tuple[str, int | None], ...]) -> bool:
    """True when a truth written as text stands at the place: it is put right and nothing is lost."""
    for name, number in path:
        value = value.get(name) if isinstance(value, dict) else None
        if number is not None:
            value = value[number] if isinstance(value, list) and number < len(value) else None
    return isinstance(value, str) and value.strip().lower() in _TRUTHS


def _steps(fault: Issue, kind: str) -> tuple[tuple[str, int | None], ...]:
    name, _, rest = fault.at.partition(".")
    if name != kind or not rest:
        return ()
    steps = []
    for part in rest.split("."):
        match = _STEP.fullmatch(part)
        if not match:
            return ()
        steps.append((match[1], int(match[2]) if match[2] else None))
    return tuple(steps)


def _without(value: Any, path: tuple[tuple[str, int | None], ...]) -> Any:
    """The value with one place emptied: a truth written as text is made one, anything else goes, and so does what it leaves empty."""
    (name, number), rest = path[0], path[1:]
    if not isinstance(value, dict) or name not in value:
        return value
    held = value[name]
    new: Any
    if number is not None:
        if not isinstance(held, list) or number >= len(held):
            return {key: part for key, part in value.items() if key != name}
        inner = _without(held[number], rest) if rest else None
        if inner is held[number]:
            return value
        new = [part for n, part in enumerate([*held[:number], inner, *held[number + 1 :]]) if part not in (None, {}, [])]
    elif rest:
        new = _without(held, rest)
        if new is held:
            return value
    else:
        new = _TRUTHS.get(held.strip().lower()) if isinstance(held, str) else None
    if new in ({}, [], None):
        return {key: part for key, part in value.items() if key != name}
    return {**value, name: new}
