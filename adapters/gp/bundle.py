"""The bytes of a GP message to its Bundle, and the Bundle to its resources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from carehub.fhir.gate import read_resource
from carehub.fhir.resource import Resource
from carehub.terms.errors import Unmappable
from carehub.terms.issue_catalogue import issue

from .codes.stu3_types import STU3_TYPES

_KINDS = ("collection", "searchset")


@dataclass(frozen=True, slots=True)
class Found:
    """One resource of a message. place: "Bundle.entry[3]". url: the entry's fullUrl, or ""."""

    place: str
    resource: Resource
    url: str = ""


@dataclass(slots=True)
class Opened:
    """A readable message. unreadable: places of entries that are not a resource.

    kind: the message's own kind. recorded: when the source says it said this, in FHIR form, or "" when that is to be read from the resources.
    complete: nothing says that the answer is partial. unmapped: entries of kinds that are known and not mapped, by name.
    """

    bundle: Resource
    found: list[Found] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    kind: str = "collection"
    recorded: str = ""
    complete: bool = False
    unmapped: Counter[str] = field(default_factory=Counter)

    def of_type(self, kind: str) -> list[Found]:
        return [one for one in self.found if one.resource["resourceType"] == kind]


def open_bundle(body: bytes) -> Opened:
    """A structured record or a search answer. Raises Unreadable (GATE-001 to 005) when it is not a JSON resource, and Unmappable: MAP-011 for an
    error in place of a record, MAP-003 for anything else that is not a record, MAP-001 when the entries are not a list."""
    bundle = read_resource(body)
    kind = bundle["resourceType"]
    if kind == "OperationOutcome":
        raise Unmappable(issue("MAP-011", at="OperationOutcome", about="OperationOutcome"))
    if kind != "Bundle":
        raise Unmappable(issue("MAP-003", about=kind if kind in STU3_TYPES else ""))
    if bundle.get("type") not in _KINDS:
        raise Unmappable(issue("MAP-003", at="Bundle.type", about="Bundle"))
    listed = bundle.get("entry")
    if listed is not None and not isinstance(listed, list):
        raise Unmappable(issue("MAP-001", at="Bundle.entry", about="Bundle"))
    opened = Opened(bundle, complete=bundle["type"] == "collection")
    for position, entry in enumerate(listed or ()):
        place = f"Bundle.entry[{position}]"
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        # The type is asked for as a text first: a list there would not be hashable.
        if resource is not None and isinstance(kind, str) and kind in STU3_TYPES:
            url = entry.get("fullUrl")
            opened.found.append(Found(place, resource, url if isinstance(url, str) else ""))
        else:
            opened.unreadable.append(place)
    return opened
