"""The gate: what may come in. Bytes are read without loss, resources are checked; faults come out as catalogue issues, never as crashes.

`check` decides with one compiled schema (fhir.r4) at about a twentieth of what the models cost; `explain` in fhir.models is the slow second
opinion.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from carehub.fhir import faults, r4
from carehub.fhir.reading import MAX_BYTES, MAX_DEPTH, read_json, read_resource
from carehub.fhir.resource import Resource
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_ISSUES", "check", "read_json", "read_resource"]

MAX_ISSUES = 20
_HOLDING = frozenset({"Bundle", "Parameters"})  # types that hold other resources


def check(resource: Resource) -> tuple[Issue, ...]:
    """Faults of one resource against FHIR R4 4.0.1: at most 20 issues with a FHIRPath place and no values; () when there are none.

    Elements, cardinalities and types; required codes; one type of a choice; nothing empty and no null that stands alone; ids, references,
    dates that exist in the calendar. Resources inside (contained, Bundle entries, Parameters) are checked too, each issue's `about`
    naming the one concerned. GATE-010 to GATE-018 but 017. Never raises; invariants and profiles are not looked at. Nesting is not
    limited here: read_json did that.
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str):
        return (issue("GATE-010"),)
    if kind not in r4.types():
        return (issue("GATE-011"),)
    validator = r4.validator()
    if "contained" not in resource and kind not in _HOLDING and _valid(resource, kind):
        return ()
    found: dict[Issue, None] = {}
    waiting = [(resource, kind)]
    while waiting and len(found) < MAX_ISSUES:
        one, root = waiting.pop()
        kind = one["resourceType"]
        typed = {kind: one}
        try:
            if not validator.is_valid(typed):
                reasons = list(islice(faults.issues(validator.iter_errors(typed), root, kind), MAX_ISSUES))
                found.update(dict.fromkeys(reasons or [issue("GATE-010", at=root, about=kind)]))
        except (ValueError, TypeError):
            # Not JSON at all (a set, a number as a key, half a surrogate pair) or nested past all reason.
            found[issue("GATE-010", at=root, about=kind)] = None
            continue
        for inner, path in _inner(one, kind):
            place = faults.place(root, path)
            inner_kind = inner.get("resourceType")
            if path[0] == "contained" and "contained" in inner:
                found[issue("GATE-010", at=f"{place}.contained", about=kind)] = None
            elif isinstance(inner_kind, str):  # otherwise the schema has said so
                if inner_kind in r4.types():
                    waiting.append((inner, place))
                else:
                    found[issue("GATE-011", at=place, about=kind)] = None
    return tuple(found)[:MAX_ISSUES]


def _valid(resource: Resource, kind: str) -> bool:
    """Whether the schema has nothing against this resource; what is inside is not looked at. False for what is not JSON at all."""
    try:
        return r4.validator().is_valid({kind: resource})
    except (ValueError, TypeError):
        return False


def _inner(resource: Resource, kind: str) -> Iterator[tuple[Resource, list[Any]]]:
    """The resources inside one resource and where; only objects: anything else is the schema's to refuse."""
    contained = resource.get("contained")
    if isinstance(contained, list):
        for n, one in enumerate(contained):
            if isinstance(one, dict):
                yield one, ["contained", n]
    if kind == "Bundle":
        for n, entry in enumerate(_objects(resource, "entry")):
            if isinstance(entry.get("resource"), dict):
                yield entry["resource"], ["entry", n, "resource"]
            response = entry.get("response")
            if isinstance(response, dict) and isinstance(response.get("outcome"), dict):
                yield response["outcome"], ["entry", n, "response", "outcome"]
    elif kind == "Parameters":
        waiting: list[tuple[Resource, list[Any]]] = [(p, ["parameter", n]) for n, p in enumerate(_objects(resource, "parameter"))]
        for parameter, path in waiting:  # grows while it is walked: parameters may have parts
            if isinstance(parameter.get("resource"), dict):
                yield parameter["resource"], [*path, "resource"]
            waiting.extend((part, [*path, "part", n]) for n, part in enumerate(_objects(parameter, "part")))


def _objects(holder: Resource, name: str) -> list[Resource]:
    value = holder.get(name)
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []
