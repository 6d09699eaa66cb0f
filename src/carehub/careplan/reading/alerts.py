"""Alerts: flags, and records of other sections that change what you do at the door. Showing one twice is safer than showing it late."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.about import death, death_words
from carehub.careplan.reading.draft import Draft, Traits, draft
from carehub.careplan.reading.problems import STATUS as PROBLEM_STATUS
from carehub.careplan.reading.results import event_date
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import each, moment, notes, period, said, status_words, value_words
from carehub.fhir.resource import codings, many, text, words
from carehub.terms.codes import SNOMED
from carehub.terms.moments import show_time

TYPES = ("Flag", "Consent", "DetectedIssue", "AdverseEvent")

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

# Words in a source's own title that make a record an alert as well. Only ever adds a row; the record stays in its own section too.
_ALARMING = re.compile(
    r"safeguard|child protection|child in need|adult at risk|vulnerable adult|dnacpr|dnar\b|resuscitat|\bcpr\b|respect form|treatment escalation"
    r"|lasting power of attorney|advance decision|advance directive|end of life care|gold standards framework|palliative care register"
    r"|risk of violence|violent|aggressive behaviour|lone worker|domestic (?:abuse|violence)|suicid|self[- ]?harm|mrsa|reasonable adjustment"
    r"|deprivation of liberty|high risk of fall",
    re.IGNORECASE,
)


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for each flag, consent or recorded danger."""
    resource = record.resource
    code = text(resource, "status")
    shown, active = _STATUS.get(code, (status_words(code, {}), True))
    concept = resource.get("code") or resource.get("event")
    title = words(concept) or next((w for w in (words(c) for c in many(resource, "category")) if w), "") or words(resource.get("scope"))
    yield draft(
        shelf,
        record,
        "alerts",
        title or f"{resource.get('resourceType')} without a description",
        status=shown,
        active=active,
        when=text(resource, "period", "start")
        or text(resource, "dateTime")
        or text(resource, "identifiedDateTime")
        or text(resource, "date"),
        facts=_facts(record, shelf),
        concepts=(concept,),
        traits=Traits(state=_decision(concept) if active else ""),
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


def _decision(*concepts: object) -> str:
    for concept in concepts:
        for system, code, _ in codings(concept):
            if f"{system}|{code}" in FOR_RESUSCITATION:
                return "for resuscitation"
            if f"{system}|{code}" in NOT_FOR_RESUSCITATION:
                return "not for resuscitation"
    return ""


def also_alert(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """The alert that a record of another section carries besides its own row: a death, a restriction, a decision, a danger."""
    resource = record.resource
    type = resource.get("resourceType")
    if type == "Patient":
        died = death(resource)
        if died is not None:
            yield draft(shelf, record, "alerts", death_words(died), active=True, when=died, part="death", traits=Traits(state="died"))
        labels = shelf.labels(record)
        if labels:
            facts = [Fact("Label", ", ".join(labels))]
            yield draft(shelf, record, "alerts", "Record marked as restricted by the source", active=True, facts=facts, part="restricted")
        return
    if type not in ("Observation", "Condition", "Procedure", "ServiceRequest", "DocumentReference"):
        return
    concept, value = resource.get("code") or resource.get("type"), resource.get("valueCodeableConcept")
    title = words(concept)
    decision = _decision(concept, value)
    if not decision and not _ALARMING.search(f"{title} {words(value)}"):
        return
    told = value_words(resource)
    clinical = next((c for _, c, _ in codings(resource.get("clinicalStatus"))), "")
    shown, active = PROBLEM_STATUS.get(clinical, ("", True))
    date = event_date(resource) or text(resource, "onsetDateTime") or text(resource, "recordedDate") or text(resource, "authoredOn")
    facts = [*said("Value", told), *notes(resource)]
    if date:
        facts.insert(0, Fact("Date", show_time(date)))
    yield draft(
        shelf,
        record,
        "alerts",
        title or told or "Alert without a description",
        status=shown,
        active=active,
        when=date,
        facts=facts,
        concepts=(concept, value),
        part="alert",
        traits=Traits(state=decision if active else ""),
    )
