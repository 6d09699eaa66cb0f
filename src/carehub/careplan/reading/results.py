"""Results: observations and reports. Value, unit and range stand as told; a statement without a value is still an entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from carehub.careplan.plan import Fact, SourceRecord
from carehub.careplan.reading.draft import Draft, Traits, coded, draft
from carehub.careplan.reading.shelf import Shelf
from carehub.careplan.reading.wording import between, comparable, each, moment, notes, period, quantity, said, status_words, value_words
from carehub.fhir.resource import Resource, codings, many, text, words

TYPES = ("Observation", "DiagnosticReport", "QuestionnaireResponse", "RiskAssessment")

STATUS = {
    "final": "Final",
    "preliminary": "Preliminary",
    "registered": "Not yet reported",
    "partial": "Partial",
    "amended": "Amended",
    "corrected": "Corrected",
    "appended": "Added to",
    "cancelled": "Cancelled",
    "unknown": "Status not known",
    "completed": "Completed",
    "in-progress": "In progress",
    "stopped": "Stopped",
}


def read(record: SourceRecord, shelf: Shelf) -> Iterator[Draft]:
    """One entry for an observation, a report or an answered form; a result names the report or group it belongs to."""
    resource = record.resource
    type = str(resource.get("resourceType"))
    concept = resource.get("code")
    named = coded(concept)
    title = words(concept) or next((w for w in (words(c) for c in many(resource, "category")) if w), "") or text(resource, "questionnaire")
    when = event_date(resource)
    status = text(resource, "status")
    value, ranged = value_words(resource), _range(resource)
    also = [r for s in many(resource, "specimen") if (r := shelf.record(s))]
    facts: Iterable[Fact]
    if type == "Observation":
        facts = _observation(resource, shelf, value, ranged)
    elif type == "DiagnosticReport":
        facts = _report(resource, shelf)
    else:
        facts = _form(resource)
    # A bare heading or narrative is not the same as another just because both carry its code, so only values fold.
    foldable = type == "Observation" and bool(value) and not resource.get("component")
    yield draft(
        shelf,
        record,
        "results",
        title or ("Result without a name" if type == "Observation" else "Report without a name"),
        status=status_words(status, STATUS),
        active=status != "cancelled",
        when=when,
        facts=facts,
        codes=named.codes,
        also=also,
        traits=Traits(
            concept=named.names if foldable else frozenset(),
            exact=(value, when, status, comparable(words(resource.get("bodySite"))), ranged, _remarks(resource)),
            title_only=named.only,
            name=comparable(title),
            state=value,
        ),
    )


_DATED = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "authored", "occurrenceDateTime", "issued")


def event_date(resource: Resource) -> str:
    """When it was measured or taken, else when it was issued."""
    for name in _DATED:
        if name in resource and (told := text(resource, name, "start") if name == "effectivePeriod" else text(resource, name)):
            return told
    return text(resource, "effectiveTiming", "event") or text(resource, "date")


def _remarks(resource: Resource) -> str:
    """What else was said with a value: a note or an interpretation makes it another statement."""
    said_with = [*notes(resource, "note", "comment"), *each(resource, "Interpretation", "interpretation")]
    return "; ".join(fact.value for fact in said_with)


def _range(resource: Resource) -> str:
    """The laboratory's own range, with whom it is for when it says."""
    if "referenceRange" not in resource:
        return ""
    told = []
    for held in many(resource, "referenceRange"):
        if isinstance(held, dict):
            span = text(held, "text") or between(quantity(held.get("low")), quantity(held.get("high")))
            kind = words(held.get("type"))
            whom = "; ".join(filter(None, (words(c) for c in many(held, "appliesTo"))))
            told.append(" ".join(part for part in (f"{kind}:" if kind else "", span, f"({whom})" if whom else "") if part))
    return "; ".join(part for part in told if part)


def _observation(resource: Resource, shelf: Shelf, value: str, ranged: str) -> Iterator[Fact]:
    yield from said("Value", value)
    yield from said("Value not given because", words(resource.get("dataAbsentReason")))
    for part in many(resource, "component"):
        if isinstance(part, dict):
            told = value_words(part) or (f"not given: {words(part.get('dataAbsentReason'))}" if part.get("dataAbsentReason") else "")
            within = _range(part)
            yield from said(words(part.get("code")) or "Part", f"{told} (range {within})" if told and within else told)
    yield from said("Range", ranged)
    if "interpretation" in resource:
        yield from said("Interpretation", "; ".join(filter(None, map(_flag, many(resource, "interpretation")))))
    yield from _belongings(resource, shelf)
    yield from each(resource, "Kind", "category")
    yield from each(resource, "Method", "method")
    yield from each(resource, "Body site", "bodySite")
    if "specimen" in resource:
        yield from said("Specimen", shelf.called(resource["specimen"], resource) or _specimen(resource, shelf))
    yield from said("Period", period(resource.get("effectivePeriod")))
    yield from moment("Issued", resource.get("issued"))
    yield from notes(resource, "note", "comment")


# HL7 ObservationInterpretation, the flags laboratories send; any other is shown as told.
_FLAGS = {
    "H": "High",
    "HH": "Critically high",
    "L": "Low",
    "LL": "Critically low",
    "N": "Normal",
    "A": "Abnormal",
    "AA": "Critically abnormal",
}
_FLAG_SYSTEMS = ("v3-ObservationInterpretation", "v2-0078", "v2/0078")


def _flag(concept: Any) -> str:
    told = words(concept)
    for system, code, _ in codings(concept):
        if told == code and code in _FLAGS and system.endswith(_FLAG_SYSTEMS):
            return f"{_FLAGS[code]} ({code})"
    return told


def _belongings(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    me = f"{resource.get('resourceType')}/{resource.get('id')}"
    above = [words(r.resource.get("code")) or "a report without a name" for r in shelf.groups(me)]
    yield from said("Part of", "; ".join(dict.fromkeys(above)))
    for label, element in (("Contains", "hasMember"), ("Derived from", "derivedFrom")):
        if element in resource:
            yield from said(label, "; ".join(shelf.every(resource, element)))


def _specimen(resource: Resource, shelf: Shelf) -> str:
    held = (shelf.follow(reference, resource) for reference in many(resource, "specimen"))
    return "; ".join(filter(None, (words(specimen.get("type")) for specimen in held if specimen)))


def _report(resource: Resource, shelf: Shelf) -> Iterator[Fact]:
    references = [r for r in many(resource, "result") if isinstance(r, dict)]
    named = [name for name in (shelf.called(r, resource) for r in references) if name]
    if references:
        count = f"{len(references)} result{'' if len(references) == 1 else 's'}"
        yield Fact("Contains", f"{count}: {'; '.join(named)}" if named else count)
    missing = sum(1 for r in references if text(r, "reference") and shelf.follow(r, resource) is None)
    if missing:
        yield Fact("Not held", f"{missing} of its results {'is' if missing == 1 else 'are'} not in what the source sent")
    yield from said("Conclusion", text(resource, "conclusion"))
    yield from each(resource, "Coded conclusion", "conclusionCode")
    yield from each(resource, "Kind", "category")
    yield from said("Specimen", _specimen(resource, shelf))
    yield from said(
        "Attachment", "; ".join(text(f, "title") or text(f, "contentType") or "a file" for f in many(resource, "presentedForm"))
    )
    yield from moment("Issued", resource.get("issued"))
    yield from notes(resource)


def _form(resource: Resource) -> Iterator[Fact]:
    yield from _answers(resource)
    for guess in many(resource, "prediction"):
        if isinstance(guess, dict):
            told = " ".join(filter(None, (value_words(guess, "probability"), words(guess.get("qualitativeRisk")))))
            yield from said(words(guess.get("outcome")) or "Risk", told)
    yield from notes(resource)


def _answers(item: Any) -> Iterator[Fact]:
    for question in many(item, "item"):
        if isinstance(question, dict):
            told = "; ".join(filter(None, (value_words(answer) for answer in many(question, "answer"))))
            yield from said(text(question, "text") or text(question, "linkId") or "Answer", told)
            yield from _answers(question)
            for answer in many(question, "answer"):
                yield from _answers(answer)
