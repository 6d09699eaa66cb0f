"""People involved: professionals, teams, organisations and personal contacts that a source's records name."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading import names
from carehub.careplan.reading.draft import Draft, Traits, draft
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import each, notes, period, said, status_words
from carehub.fhir.resource import Resource, many, text, words

TYPES = ("Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "CareTeam", "HealthcareService")

# Identifier systems that name one professional or organisation nationally, so that two sources can mean the same.
_NATIONAL = (
    "https://fhir.nhs.uk/Id/sds-user-id",
    "https://fhir.hl7.org.uk/Id/gmc-number",
    "https://fhir.hl7.org.uk/Id/gmp-number",
    "https://fhir.nhs.uk/Id/ods-organization-code",
)

_STATUS = {"proposed": "Proposed", "active": "Active", "suspended": "Suspended", "inactive": "Inactive"}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for each; a role is shown with the practitioner it belongs to when that practitioner is held."""
    resource = record.resource
    type = str(resource.get("resourceType"))
    if type == "PractitionerRole" and shelf.record(resource.get("practitioner")):
        return
    also: list[SourceRecord] = []
    if type == "Practitioner":
        also = shelf.roles(f"Practitioner/{resource.get('id')}")
    title = shelf.called({"reference": record.attribution.record}) or names.of(resource)
    live = resource.get("active") is not False and text(resource, "status") not in ("inactive", "suspended")
    yield draft(
        shelf,
        record,
        "care_team",
        title or _NAMELESS[type],
        status=status_words(text(resource, "status"), _STATUS) or ("" if live else "No longer active"),
        active=live,
        when=text(resource, "period", "start"),
        facts=_facts(resource, shelf, also),
        also=also,
        traits=Traits(concept=_identity(resource), exact=(str(live), type), quiet=(title.casefold(),), name=title),
    )


_NAMELESS = {
    "Practitioner": "A professional whose name is not given",
    "PractitionerRole": "A role whose holder is not given",
    "Organization": "An organisation whose name is not given",
    "RelatedPerson": "A personal contact whose name is not given",
    "CareTeam": "A team whose name is not given",
    "HealthcareService": "A service whose name is not given",
}


def _identity(resource: Resource) -> frozenset[str]:
    if resource.get("resourceType") not in ("Practitioner", "Organization"):
        return frozenset()
    return frozenset(
        f"{system}|{value}"
        for system, value in ((text(i, "system"), text(i, "value")) for i in many(resource, "identifier") if isinstance(i, dict))
        if system in _NATIONAL and value
    )


def _facts(resource: Resource, shelf: Shelf, roles: list[SourceRecord]) -> Iterator[Fact]:
    type = resource.get("resourceType")
    for role in [r.resource for r in roles] + ([resource] if type == "PractitionerRole" else []):
        job = "; ".join(filter(None, (words(c) for c in many(role, "code"))))
        yield from said("Role", job)
        yield from each(role, "Specialty", "specialty")
        yield from said("Organisation", shelf.called(role.get("organization"), role))
        yield from names.contacts(role)
    if type == "RelatedPerson":
        yield from each(resource, "Relationship", "relationship")
        yield from said("Dates", period(resource.get("period")))
    elif type == "Organization":
        yield from each(resource, "Kind", "type")
        yield from said("Part of", shelf.called(resource.get("partOf"), resource))
    elif type == "CareTeam":
        yield from each(resource, "Kind", "category")
        for member in many(resource, "participant"):
            if isinstance(member, dict):
                part = "; ".join(filter(None, (words(c) for c in many(member, "role"))))
                name = shelf.called(member.get("member"), resource)
                yield from said("Member", f"{name} ({part})" if name and part else name or part)
    elif type == "HealthcareService":
        yield from said("Organisation", shelf.called(resource.get("providedBy"), resource))
    yield from names.contacts(resource)
    yield from said("Address", "; ".join(filter(None, (names.address(a) for a in many(resource, "address")))))
    yield from each(resource, "Speaks", "communication")
    yield from notes(resource)


def personal_contacts(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """The contacts a source keeps inside its Patient record, each an entry of its own."""
    for place, contact in enumerate(c for c in many(record.resource, "contact") if isinstance(c, dict)):
        name = names.human(contact.get("name")) or shelf.called(contact.get("organization"), record.resource)
        facts = [
            *each(contact, "Relationship", "relationship"),
            *names.contacts(contact),
            *said("Address", names.address(contact.get("address"))),
            *said("Dates", period(contact.get("period"))),
        ]
        yield draft(shelf, record, "care_team", name or _NAMELESS["RelatedPerson"], facts=facts, part=f"contact-{place + 1}")
    for place, reference in enumerate(g for g in many(record.resource, "generalPractitioner") if isinstance(g, dict)):
        if shelf.record(reference) is None:
            name = shelf.called(reference, record.resource) or text(reference, "identifier", "value")
            if name:
                yield draft(shelf, record, "care_team", name, facts=(Fact("Role", "GP or practice of the person"),), part=f"gp-{place + 1}")
