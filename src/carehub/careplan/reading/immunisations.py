"""Vaccinations given, and those recorded as not given, which are said so in the title."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, coded, draft
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import each, moment, notes, number, quantity, said, status_words, value_words
from carehub.fhir.resource import Resource, codings, first, many, text, words

TYPES = ("Immunization", "ImmunizationRecommendation")

_STATUS = {"completed": "Given", "not-done": "Not given"}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry. The product's words come from vaccineCode, or the vaccination procedure where that is unknown."""
    resource = record.resource
    code = text(resource, "status")
    not_given = code == "not-done"
    vaccine = resource.get("vaccineCode") or first(resource, "recommendation", "vaccineCode")
    procedure = extension_value(resource, "VaccinationProcedure")
    unknown = not words(vaccine) or (all(c in ("UNK", "NI", "NA") for _, c, _ in codings(vaccine)) and bool(list(codings(vaccine))))
    concept = procedure if unknown and isinstance(procedure, dict) and words(procedure) else vaccine
    title = words(concept) or "Vaccination without a name"
    when = text(resource, "occurrenceDateTime") or text(resource, "date") or text(resource, "recorded")
    given = coded(concept).names
    yield draft(
        shelf,
        record,
        "immunisations",
        f"Not given: {title}" if not_given else title,
        status="Recommended" if resource.get("resourceType") != "Immunization" else status_words(code, _STATUS),
        active=not not_given,
        when=when,
        facts=_facts(resource, shelf, procedure, concept),
        concepts=(vaccine, procedure if isinstance(procedure, dict) else None),
        also=[r for r in (shelf.record(resource.get("location")),) if r],
        traits=Traits(
            concept=given if when else frozenset(),
            exact=(code, when[:10], _sequence(resource)),
            quiet=(text(resource, "lotNumber"), quantity(resource.get("doseQuantity"))),
            title_only=coded(concept).only,
            name=title,
        ),
    )


def _sequence(resource: Resource) -> str:
    protocol = first(resource, "protocolApplied")
    return value_words(protocol, "doseNumber") or (number(protocol.get("doseSequence")) if isinstance(protocol, dict) else "")


def _facts(resource: Resource, shelf: Shelf, procedure: object, concept: object) -> Iterator[Fact]:
    yield from said("Procedure", words(procedure) if concept is not procedure else "")
    yield from said("Given on", value_words(resource, "occurrence"))
    yield from each(resource, "Not given because", "statusReason")
    yield from said("Dose", quantity(resource.get("doseQuantity")))
    yield from said("Dose number", _sequence(resource))
    yield from each(resource, "Against", "protocolApplied", "targetDisease")
    yield from said("Batch", text(resource, "lotNumber"))
    yield from moment("Expires", resource.get("expirationDate"))
    yield from said("Made by", shelf.called(resource.get("manufacturer"), resource))
    yield from each(resource, "Site", "site")
    yield from each(resource, "Route", "route")
    yield from said("Place", shelf.called(resource.get("location"), resource))
    yield from said("Given by", "; ".join(shelf.every(resource, "performer", "actor")))
    yield from each(resource, "Reason", "reasonCode")
    if resource.get("primarySource") is False:
        yield Fact("Told by", words(resource.get("reportOrigin")) or "somebody other than the person who gave it")
    for reaction in many(resource, "reaction"):
        yield from said("Reaction", shelf.called(reaction.get("detail"), resource) if isinstance(reaction, dict) else "")
    for due in many(resource, "recommendation"):
        if isinstance(due, dict):
            for date in many(due, "dateCriterion"):
                yield from moment(words(date.get("code")) or "Due", date.get("value")) if isinstance(date, dict) else ()
    yield from moment("Recorded", resource.get("recorded"))
    yield from notes(resource)
