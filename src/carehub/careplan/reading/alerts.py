"""Alerts: flags, and records of other sections that change what you do at the door. Showing one twice is safer than showing it late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.about import death, death_words
from carehub.careplan.reading.alert_sections import decided, rests_on_a_form, section_of, where_kept
from carehub.careplan.reading.draft import Draft, Traits, draft
from carehub.careplan.reading.plan import STATUS as PLAN_STATUS
from carehub.careplan.reading.problems import STATUS as PROBLEM_STATUS
from carehub.careplan.reading.results import event_date
from carehub.careplan.reading.shelf import Shelf, extension_value
from carehub.careplan.reading.wording import any_words, each, moment, notes, period, said, status_words, value_words
from carehub.fhir.resource import Resource, codings, many, text, words
from carehub.terms.codes import SNOMED
from carehub.terms.moments import show_time

TYPES = ("Flag", "Consent", "DetectedIssue", "AdverseEvent")

ALSO_TYPES = ("Patient", "Observation", "Condition", "Procedure", "ServiceRequest", "DocumentReference", "CarePlan", "Composition")
"""Types of records of other sections that may carry an alert besides their own row."""

_STATUS: dict[str, tuple[str, bool]] = {
    "active": ("Active", True),
    "inactive": ("Inactive", False),
    "proposed": ("Proposed", True),
    "rejected": ("Rejected", False),
    "draft": ("Draft", True),
}

# Resuscitation decisions, SNOMED CT, as the Summary Care Record additional information data set lists them.
FOR_RESUSCITATION = frozenset({f"{SNOMED}|450475007", f"{SNOMED}|304252001"})
NOT_FOR_RESUSCITATION = frozenset({f"{SNOMED}|450476008", f"{SNOMED}|304253006"})


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for each flag, consent or recorded danger."""
    resource = record.resource
    code = text(resource, "status")
    shown, active = _STATUS.get(code, (status_words(code, {}), True))
    concept = resource.get("code") or resource.get("event")
    kinds = [told for told in (words(kind) for kind in many(resource, "category")) if told]
    title = words(concept) or next(iter(kinds), "") or words(resource.get("scope"))
    codes = _codes(concept, *many(resource, "category"))
    decision = _decision(_codes(concept)) or decided(title)
    place = "advance" if decision else section_of(" ".join([title, *kinds]), codes)
    when = text(resource, "period", "start") or text(resource, "dateTime") or text(resource, "identifiedDateTime") or text(resource, "date")
    facts = list(_facts(record, shelf))
    if active and resource.get("resourceType") == "Flag":
        facts += _not_told(resource, facts)
    yield draft(
        shelf,
        record,
        place or "alerts",
        title or f"{resource.get('resourceType')} without a description",
        status=shown,
        active=active,
        when=when,
        facts=[*facts, *_paper(title, codes, when, facts, shelf, record)] if place == "advance" else facts,
        concepts=(concept,),
        traits=Traits(
            state=decision if active else "", ends=text(resource, "period", "end") if resource.get("resourceType") == "Flag" else ""
        ),
    )


def _facts(record: SourceRecord, shelf: Shelf) -> Iterator[Fact]:
    resource = record.resource
    yield from each(resource, "Kind", "category")
    yield from said("Dates", period(resource.get("period")))
    yield from said("Set by", shelf.called(resource.get("author"), resource))
    yield from said("Detail", text(resource, "detail") or text(resource, "description"))
    yield from moment("Recorded", resource.get("dateTime"))
    yield from each(resource, "Policy", "policyRule")
    yield from notes(resource)


def _not_told(flag: Resource, told: Iterable[Fact]) -> Iterator[Fact]:
    """What a flag in force lacks, in words: who set it, since when, and when it is to be looked at again. A flag that nobody owns and nobody reviews
    never ends (hazard S-H32, UI-47). An end of its dates counts as its review."""
    labels = {fact.label for fact in told}
    if "Set by" not in labels:
        yield Fact("Set by", NOT_TOLD)
    if not text(flag, "period", "start"):
        yield Fact("Started", NOT_TOLD)
    if not text(flag, "period", "end"):
        yield Fact("Review due", NOT_TOLD)


def _codes(*concepts: object) -> list[str]:
    return [f"{system}|{code}" for concept in concepts for system, code, _ in codings(concept) if code]


NOT_TOLD = "Not recorded by this source"


def _paper(title: str, codes: Iterable[str], when: str, facts: Iterable[Fact], shelf: Shelf, record: SourceRecord) -> Iterator[Fact]:
    """The date of a signed form and where it is kept (PLN-10), or in words that its source does not say."""
    if not rests_on_a_form(title, codes):
        return
    resource = record.resource
    told = [title, *(fact.value for fact in facts)]
    named = extension_value(resource, "ocumentLocation", "LocationOfDocument")
    kept = (
        (any_words(named, "String") if named is not None else "")
        or next((value_words(part) for part in many(resource, "component") if "location" in words(part.get("code")).lower()), "")
        or where_kept(told)
        or "; ".join(dict.fromkeys(f"Held by {name}" for name in [shelf.called(resource.get("custodian"), resource)] if name))
    )
    if not when:
        yield Fact("Date", NOT_TOLD)
    yield Fact("Where the form is kept", kept or NOT_TOLD)


def _decision(codes: Iterable[str]) -> str:
    for code in codes:
        if code in FOR_RESUSCITATION:
            return "for resuscitation"
        if code in NOT_FOR_RESUSCITATION:
            return "not for resuscitation"
    return ""


def _holds_a_plan(composition: Resource, shelf: Shelf) -> bool:
    """Whether a section of a document, however deep, leads to a care plan on the shelf."""
    parts = list(many(composition, "section"))
    while parts:
        part = parts.pop()
        held = (shelf.follow(reference) for reference in many(part, "entry"))
        if any(found is not None and found.get("resourceType") == "CarePlan" for found in held):
            return True
        parts.extend(many(part, "section"))
    return False


def also_alert(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """The alert that a record of another section carries besides its own row: a death, a restriction, a decision, a danger."""
    resource = record.resource
    type = resource.get("resourceType")
    if type == "Patient":
        died = death(resource)
        if died is not None:
            yield draft(shelf, record, "alerts", death_words(died), status="Reported", when=died, part="death", traits=Traits(state="died"))
        labels = shelf.labels(record)
        if labels:
            facts = [Fact("Label", ", ".join(labels))]
            yield draft(shelf, record, "alerts", "Record marked as restricted by the source", active=True, facts=facts, part="restricted")
        return
    concept, value = resource.get("code") or resource.get("type"), resource.get("valueCodeableConcept")
    if type in ("CarePlan", "Composition"):
        if type == "Composition" and _holds_a_plan(resource, shelf):
            return  # a document that came with its plan is told of once
        kinds = list(many(resource, "category"))
        concept = next((kind for kind in kinds if section_of(words(kind), _codes(kind))), next(iter(kinds), concept))
    title = words(concept) or text(resource, "title")
    codes = _codes(concept, value)
    decision = _decision(codes)
    place = "advance" if decision else section_of(f"{title} {text(resource, 'title')} {words(value)}", codes)
    if not place:
        return
    told = value_words(resource)
    decision = decision or decided(told or title)
    clinical = next((c for _, c, _ in codings(resource.get("clinicalStatus"))), "")
    shown, active = PROBLEM_STATUS.get(clinical, ("", True))
    date = next(
        filter(
            None,
            [event_date(resource), *(text(resource, name) for name in ("onsetDateTime", "recordedDate", "authoredOn", "created", "date"))],
        ),
        "",
    )
    facts = [*said("Value", told), *notes(resource)]
    if date:
        facts.insert(0, Fact("Date", show_time(date)))
    if place == "advance":
        facts += _paper(f"{title} {words(value)}", codes, date, facts, shelf, record)
    if type in ("CarePlan", "Composition"):
        shown, active = PLAN_STATUS.get(text(resource, "status"), (shown or status_words(text(resource, "status"), {}), active))
    yield draft(
        shelf,
        record,
        place,
        title or told or "Alert without a description",
        status=shown,
        active=active,
        when=date,
        facts=facts,
        concepts=(concept, value),
        part="alert",
        traits=Traits(state=decision if active else ""),
    )
