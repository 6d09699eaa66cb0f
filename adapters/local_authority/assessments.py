"""Assessments and reviews: a Task of the council with its method, its outcome and what it found."""

from __future__ import annotations

from typing import Any

from carehub.terms.organisations import SourceOrganisation

from .draft import CLD, Draft, standard_words
from .event import Event
from .person import observation
from .requests import local, work
from .source import as_reference
from .timing import Span, span


def assessment(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    """Put an assessment into the draft; whether eligible needs were identified is an Observation of its own as well."""
    when = span(draft, row, "Task")
    if row.assessment_type:
        code = draft.value("assessment_type", row.assessment_type, "Task")
    else:
        code = {
            "coding": [{"system": f"{CLD}:event-type", "code": "Assessment", "display": "Assessment"}],
            "text": "Social care assessment",
        }
        draft.note("MAP-007", "Assessment_Type", "Task")
    name = local("assessment", row, when, standard_words("assessment_type", row.assessment_type))
    told = work(draft, row, when, source, code)
    _method(draft, told, "method_of_assessment", "Method of assessment", row.method_of_assessment)
    if row.eligible_needs_identified:
        value = draft.value("eligible_needs_identified", row.eligible_needs_identified, "Task")
        _output(told, "Eligible needs identified", value)
        found = {"valueCodeableConcept": value, "performer": [as_reference(source)]}
        named = f"eligible needs|{name}"
        column = "eligible_needs_identified"
        observation(draft, column, "Care Act eligible needs identified", found, when.end or when.start, local=named, scope=when.scope)
    _put(draft, name, told, when)


def review(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    """Put a review of a care and support plan into the draft."""
    when = span(draft, row, "Task")
    code = {"coding": [{"system": f"{CLD}:event-type", "code": "Review", "display": "Review"}], "text": "Review of care and support"}
    told = work(draft, row, when, source, code)
    if row.review_reason:
        # Release 2 has families of reasons ("Planned: …", "Unplanned: …"); any words after the colon are the family's.
        reason = _reason(draft, row.review_reason)
        told["reasonCode"] = reason
    _method(draft, told, "method_of_review", "Method of review", row.method_of_review)
    if row.review_outcomes_achieved:
        _output(told, "Outcomes achieved", draft.value("review_outcomes_achieved", row.review_outcomes_achieved, "Task"))
    _put(draft, local("review", row, when), told, when)


def _reason(draft: Draft, sent: str) -> dict[str, Any]:
    family = sent.partition(":")[0].strip().casefold()
    if family in ("planned", "unplanned"):
        words = " ".join(sent.split())
        return {"coding": [{"system": f"{CLD}:review-reason", "code": words, "display": words}], "text": words}
    return draft.value("review_reason", sent, "Task")


def _method(draft: Draft, told: dict[str, Any], column: str, words: str, sent: str) -> None:
    if sent:
        told["input"] = [{"type": {"text": words}, "valueCodeableConcept": draft.value(column, sent, "Task")}]


def _output(told: dict[str, Any], words: str, value: dict[str, Any]) -> None:
    told["output"] = [*told.get("output", ()), {"type": {"text": words}, "valueCodeableConcept": value}]


def _put(draft: Draft, name: str, told: dict[str, Any], when: Span) -> None:
    if not when.ended:
        draft.note("MAP-010", "Event_End_Date", "Task")
    draft.add("Task", name, told, at="Event_Type", scope=when.scope)
