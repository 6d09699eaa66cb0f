"""Support at home: social care's services and equipment. The same records of other sources stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading import encounters, plan
from carehub.careplan.reading.draft import Draft
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import said
from carehub.fhir.resource import Resource, first, many, text, words
from carehub.terms.moments import show_date
from carehub.terms.organisations import SourceKind

TYPES = ("EpisodeOfCare", "DeviceRequest")

PROVIDER, SERVICE, KNOWN_UNTIL = "Provider", "Service", "Known to have gone on until"


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """An episode that social care tells is a service it arranges; equipment is support whoever asks for it."""
    resource = record.resource
    if resource.get("resourceType") == "DeviceRequest":
        title = words(resource.get("codeCodeableConcept")) or text(resource, "codeReference", "display") or "Equipment not described"
        for draft in plan.read(record, shelf):
            yield _moved(draft, title, [*said(PROVIDER, shelf.called(resource.get("performer"), resource))])
    elif record.attribution.source.kind is SourceKind.LOCAL_AUTHORITY:
        for draft in encounters.read(record, shelf):
            yield _moved(draft, draft.entry.title, [*_arranged(resource, shelf)])
    else:
        yield from encounters.read(record, shelf)


def _arranged(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    yield from said(PROVIDER, "; ".join(shelf.every(resource, "team")))
    yield from said(SERVICE, "; ".join(told for told in (words(kind) for kind in list(many(resource, "type"))[1:]) if told))
    if text(resource, "status") == "active":
        # A council tells its services in periods; until when it has told of this one is not its end.
        yield from said(KNOWN_UNTIL, show_date(text(first(resource, "statusHistory"), "period", "end")))


def _moved(draft: Draft, title: str, facts: list[Fact]) -> Draft:
    kept = [fact for fact in draft.entry.facts if fact not in facts]
    return Draft(replace(draft.entry, section="support", title=title, facts=(*facts, *kept)), draft.traits)
