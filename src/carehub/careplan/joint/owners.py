"""Who is to do something: a person or a team, and the organisation, in the source's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from carehub.careplan.joint.joint_plan import Owner
from carehub.careplan.reading import names
from carehub.careplan.reading.shelf import Shelf
from carehub.fhir.resource import Resource, many, text, words

THE_PERSON = "The person"
GONE = "no longer active in this source"
"""Beside an owner whose record, or whose role there, its source has closed: nobody may hold the action (hazard H-22)."""


def owners(shelf: Shelf, holder: Resource, references: Iterable[Any]) -> tuple[Owner, ...]:
    """One for each reference that names somebody, each once, in order. A name that the source gives without saying whose stays words."""
    found = (_owner(shelf, holder, reference) for reference in references if isinstance(reference, dict))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _owner(shelf: Shelf, holder: Resource, reference: Any) -> Owner | None:
    resource = shelf.follow(reference, holder) or {}
    stated = text(reference, "display") or text(reference, "identifier", "value")
    gone = resource.get("active") is False or (resource.get("resourceType") == "CareTeam" and text(resource, "status") == "inactive")
    type = str(resource.get("resourceType") or "") or text(reference, "type") or text(reference, "reference").partition("/")[0]
    if type == "Patient":
        return Owner(THE_PERSON, "")
    if type in ("Organization", "HealthcareService"):
        return _said(GONE if gone else "", names.of(resource) or stated)
    if type == "CareTeam":
        manager = next(_called(shelf, resource, many(resource, "managingOrganization")), "")
        return _said(names.of(resource) or stated, manager, gone=gone)
    if type == "PractitionerRole":
        return _role(shelf, resource, stated)
    if type == "Practitioner":
        place = next((p for r in shelf.roles(f"Practitioner/{resource.get('id')}") for p in _organisations(shelf, r.resource)), "")
        return _said(names.of(resource) or stated, place, gone=gone)
    return _said(names.of(resource) or stated, "", gone=gone)


def _role(shelf: Shelf, role: Resource, stated: str) -> Owner | None:
    who = shelf.called(role.get("practitioner"), role)
    holder = shelf.follow(role.get("practitioner"), role) or {}
    gone = role.get("active") is False or holder.get("active") is False
    job = "; ".join(filter(None, (words(code) for code in many(role, "code"))))
    place = next(_organisations(shelf, role), "")
    return _said(f"{who} ({job})" if who and job else who or job or ("" if place else stated), place, gone=gone)


def _organisations(shelf: Shelf, role: Resource) -> Iterator[str]:
    yield from _called(shelf, role, many(role, "organization"))


def _called(shelf: Shelf, holder: Resource, references: Iterable[Any]) -> Iterator[str]:
    yield from filter(None, (shelf.called(reference, holder) for reference in references))


def _said(who: str, organisation: str, *, gone: bool = False) -> Owner | None:
    if gone:
        who = f"{who} ({GONE})" if who else GONE
    return Owner(who, organisation) if who or organisation else None
