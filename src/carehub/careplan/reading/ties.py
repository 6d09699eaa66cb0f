"""Ties: whom a source's care teams, referrals, actions, care plans and registrations name, each with when it began and ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from carehub.careplan.plan import SourceRecord
from carehub.careplan.reading import names
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.tie import Tie, TieKind
from carehub.fhir.resource import Resource, many, text
from carehub.terms.moments import days_of, london_date
from carehub.terms.organisations import ODS_SYSTEM

_SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
# Of each type: its kind, the statuses in which it goes on, and those in which it is over. Of any other, such as a draft or none, nobody is told.
_STATUSES: dict[str, tuple[TieKind, frozenset[str], frozenset[str]]] = {
    "CareTeam": ("team", frozenset({"active"}), frozenset({"inactive", "suspended"})),
    "ServiceRequest": ("referral", frozenset({"active", "on-hold"}), frozenset({"completed", "revoked"})),
    "Task": (
        "action",
        frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"}),
        frozenset({"completed", "cancelled", "failed", "rejected"}),
    ),
    "CarePlan": ("plan", frozenset({"active", "on-hold"}), frozenset({"completed", "revoked"})),
}
_BEGINS = (("period", "start"), ("authoredOn",), ("created",))


class _Party(NamedTuple):
    organisation: str = ""
    name: str = ""
    professional: str = ""


def ties(shelf: Shelf) -> tuple[Tie, ...]:
    """Of every live record of a source, each once, in the order of the records. A record whose own words say that it does not count, such as a draft,
    a proposal or a request not to do something, ties nobody."""
    found = (tie for record in shelf.live for tie in _of(record, shelf))
    return tuple(dict.fromkeys(found))


def _of(record: SourceRecord, shelf: Shelf) -> Iterator[Tie]:
    resource, reference = record.resource, record.attribution.record
    type = str(resource.get("resourceType") or "")
    if type == "Patient":
        if resource.get("active") is not False:
            for party in _parties(shelf, resource, many(resource, "generalPractitioner")):
                yield Tie("practice", *party, reference)
        return
    if type not in _STATUSES or resource.get("doNotPerform") is True:
        return
    kind, going_on, over = _STATUSES[type]
    status = text(resource, "status")
    if status not in going_on | over:
        return
    begins = next((told for path in _BEGINS if (told := text(resource, *path))), "")
    ends = _ends(record, over=status in over)
    if type == "CareTeam":
        yield from _of_team(resource, shelf, reference, begins, ends)
        return
    named = {"ServiceRequest": ("performer",), "Task": ("owner",), "CarePlan": ("author", "contributor")}[type]
    for party in _parties(shelf, resource, (one for element in named for one in many(resource, element))):
        yield Tie(kind, *party, reference, begins, ends)


def _of_team(team: Resource, shelf: Shelf, reference: str, begins: str, ends: str) -> Iterator[Tie]:
    for party in _parties(shelf, team, many(team, "managingOrganization")):
        yield Tie("team", *party, reference, begins, ends)
    for member in many(team, "participant"):
        if isinstance(member, dict):
            joined, left = text(member, "period", "start"), text(member, "period", "end")
            for party in _parties(shelf, team, (member.get("member"), member.get("onBehalfOf"))):
                yield Tie("team", *party, reference, joined or begins, _earlier(left, ends))


def _ends(record: SourceRecord, *, over: bool) -> str:
    """When it ended: at the end of its dates, and no later than its source said that it is over."""
    resource, told = record.resource, record.attribution
    dates = text(resource, "period", "end") or text(resource, "executionPeriod", "end")
    if not over:
        return dates
    said = text(resource, "lastModified") if days_of(text(resource, "lastModified")) else ""
    return _earlier(dates, london_date(said or told.recorded or told.received))


def _earlier(one: str, other: str) -> str:
    """The earlier of two ends; "" is none. What is no date is taken for it: it is not known to go on."""
    if not (one and other):
        return one or other
    first, second = days_of(one), days_of(other)
    return one if first is None or (second is not None and first[1] <= second[1]) else other


def _parties(shelf: Shelf, holder: Resource, references: Iterable[Any]) -> Iterator[_Party]:
    for reference in references:
        if isinstance(reference, dict):
            yield from (party for party in _party(shelf, holder, reference) if any(party))


def _party(shelf: Shelf, holder: Resource, reference: Resource) -> Iterator[_Party]:
    resource = shelf.follow(reference, holder) or {}
    type = str(resource.get("resourceType") or "") or text(reference, "type") or text(reference, "reference").partition("/")[0]
    if type in ("Patient", "RelatedPerson"):
        return
    if type == "HealthcareService":
        yield from _organisations(shelf, resource, "providedBy")
    elif type == "CareTeam":
        yield from _organisations(shelf, resource, "managingOrganization")
    elif type == "PractitionerRole":
        if resource.get("active") is not False:
            yield from _organisations(shelf, resource, "organization")
            who = shelf.follow(resource.get("practitioner"), resource) or {}
            yield _Party(professional=_identified(_SDS_USER, who, resource.get("practitioner")))
    elif type == "Practitioner":
        yield _Party(professional=_identified(_SDS_USER, resource, reference))
        for role in shelf.roles(f"Practitioner/{resource.get('id')}"):
            if role.resource.get("active") is not False:
                yield from _organisations(shelf, role.resource, "organization")
    elif resource.get("active") is not False:
        yield _Party(_identified(ODS_SYSTEM, resource, reference), names.of(resource) or text(reference, "display"))


def _organisations(shelf: Shelf, holder: Resource, element: str) -> Iterator[_Party]:
    for reference in many(holder, element):
        if isinstance(reference, dict):
            resource = shelf.follow(reference, holder) or {}
            if resource.get("active") is not False:
                yield _Party(_identified(ODS_SYSTEM, resource, reference), names.of(resource) or text(reference, "display"))


def _identified(system: str, resource: Resource, reference: Any) -> str:
    told = [*many(resource, "identifier"), reference.get("identifier") if isinstance(reference, dict) else None]
    return next((text(one, "value") for one in told if isinstance(one, dict) and text(one, "system") == system), "")
