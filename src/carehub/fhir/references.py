"""References inside a resource: find them, and replace some. Runs for every resource, so it walks plain dicts and lists once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from carehub.fhir.resource import Resource


def find(resource: Resource) -> Iterator[tuple[str, str]]:
    """(path, reference) of every Reference.reference, contained resources included; paths as "participant[0].individual" from the
    resource down. References inside the resource ("#x") are given too. Identifiers and displays without a reference are not.
    """
    waiting: list[tuple[Any, str]] = [(resource, "")]
    while waiting:
        value, path = waiting.pop()
        if value.__class__ is dict:
            reference = value.get("reference")
            if reference.__class__ is str:
                yield path, reference
            for name, part in value.items():
                if part.__class__ is dict or part.__class__ is list:
                    waiting.append((part, f"{path}.{name}" if path else name))
        else:
            for n, part in enumerate(value):
                if part.__class__ is dict or part.__class__ is list:
                    waiting.append((part, f"{path}[{n}]"))


def rewrite(resource: Resource, table: Callable[[str], Resource | None]) -> Resource:
    """The resource with each Reference element whose reference `table` answers for laid over: "reference" goes, the answer's elements come,
    what else stood there (type, identifier, display) stays unless the answer has it.

    "#x" is never asked about. The input is not changed; parts without a replaced reference are shared with it.
    """
    changed: Resource = _rewritten(resource, table)
    return changed


def _rewritten(value: Any, table: Callable[[str], Resource | None]) -> Any:
    if value.__class__ is dict:
        changes: dict[str, Any] = {}
        for name, part in value.items():
            if part.__class__ is dict or part.__class__ is list:
                new = _rewritten(part, table)
                if new is not part:
                    changes[name] = new
        if changes:
            value = {**value, **changes}
        reference = value.get("reference")
        if reference.__class__ is str and reference[:1] != "#":
            answer = table(reference)
            if answer is not None:
                return {**{name: part for name, part in value.items() if name != "reference"}, **answer}
        return value
    new_list: list[Any] | None = None
    for n, part in enumerate(value):
        if part.__class__ is dict or part.__class__ is list:
            new = _rewritten(part, table)
            if new is not part:
                new_list = new_list or list(value)
                new_list[n] = new
    return value if new_list is None else new_list
