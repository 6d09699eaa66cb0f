"""What the compiled schema refuses, as catalogue issues: number, place, no value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from carehub.fhir import r4
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_BY_KEYWORD = {
    "additionalProperties": "GATE-010",
    "const": "GATE-010",
    "contains": "GATE-012",
    "enum": "GATE-012",
    "falseSchema": "GATE-013",
    "propertyNames": "GATE-013",
    "minItems": "GATE-014",
    "minProperties": "GATE-014",
    "minLength": "GATE-014",
    "minimum": "GATE-018",
    "maximum": "GATE-018",
}
_BY_PRIMITIVE = {
    "id": "GATE-016",
    "reference": "GATE-015",
    "date": "GATE-018",
    "dateTime": "GATE-018",
    "instant": "GATE-018",
    "time": "GATE-018",
    "string": "GATE-014",
    "markdown": "GATE-014",
    "xhtml": "GATE-014",
}


def place(root: str, path: Iterable[Any]) -> str:
    """A FHIRPath-like place: ("Bundle", ("entry", 3, "resource")) is "Bundle.entry[3].resource".

    A key that is no FHIR element name could hold anything, so the place stops before it.
    """
    known = r4.names()
    text = root
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step in known:
            text += f".{step}"
        else:
            break
    return text


def issues(errors: Iterable[Any], root: str, about: str) -> Iterator[Issue]:
    """Issues for the errors of r4.validator() on one resource found at `root`. The same fault may come more than once."""
    for error in errors:
        yield from _one(error, root, about, error.instance_path[1:])


def _one(error: Any, root: str, about: str, path: Sequence[Any]) -> Iterator[Issue]:
    keyword = error.kind.name
    if keyword == "anyOf":
        # The first branch is the plain reading: the element is there, the value is not null.
        yield from _one(error.kind.value[0][0], root, about, path)
        return
    if keyword == "required":
        # "coding" is required only where a required value set stands on a CodeableConcept that gives words alone.
        missing = error.kind.value
        yield issue("GATE-012" if missing == "coding" else "GATE-010", at=place(root, [*path, missing]), about=about)
    elif keyword == "additionalProperties":
        for name in error.kind.value:
            yield issue("GATE-010", at=place(root, [*path, name]), about=about)
    elif keyword == "falseSchema":
        yield issue("GATE-013", at=place(root, path[:-1]), about=about)
    else:
        yield issue(_number(error, keyword), at=place(root, path), about=about)


def _number(error: Any, keyword: str) -> str:
    if error.instance is None or (error.instance == "" and keyword in ("pattern", "enum")):
        return "GATE-014"
    if keyword == "pattern":
        return _BY_PRIMITIVE.get(str(error.schema_path[1]), "GATE-010")
    return _BY_KEYWORD.get(keyword, "GATE-010")
