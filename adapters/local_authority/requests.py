"""Requests for support: a ServiceRequest, and a Task that says what came of it."""

from __future__ import annotations

from typing import Any

from carehub.terms.codes import ukcore
from carehub.terms.organisations import SourceOrganisation

from .draft import CLD, Draft, standard_words
from .event import Event
from .source import as_reference
from .tables import client_type
from .timing import Span, span

_SOURCE = ukcore("Extension:SourceOfServiceRequest")
_WHAT = {
    "coding": [{"system": f"{CLD}:event-type", "code": "Request", "display": "Request"}],
    "text": "Request for adult social care support",
}


def tell(draft: Draft, row: Event, source: SourceOrganisation) -> None:
    """Put the request into the draft. Only services may be open: one without an end is told as not known to be closed."""
    when = span(draft, row, "ServiceRequest")
    if not when.ended:
        draft.note("MAP-010", "Event_End_Date", "ServiceRequest")
    name = local("request", row, when, standard_words("request_route_of_access", row.request_route_of_access))
    told: dict[str, Any] = {
        "status": "completed" if when.ended else "unknown",
        "intent": "proposal",
        "code": _WHAT,
        "subject": draft.subject,
        "occurrencePeriod": when.period,
        "authoredOn": when.start,
        "performer": [as_reference(source)],
    }
    if row.request_route_of_access:
        route = draft.value("request_route_of_access", row.request_route_of_access, "ServiceRequest")
        told["extension"] = [{"url": _SOURCE, "valueCodeableConcept": route}]
        told["category"] = [route]
    if row.event_description:
        told["note"] = [{"text": row.event_description}]
    request = draft.add("ServiceRequest", name, told, at="Event_Type", scope=when.scope)
    task = work(draft, row, when, source, _WHAT)
    task["focus"] = {"reference": request}
    draft.add("Task", name, task, at="Event_Type", scope=when.scope)


def local(kind: str, row: Event, when: Span, *specific: str) -> str:
    """The event's name: DHSC's unique event (methodology, step 6.1) without the council and person, which the record has already.

    Event_Reference is no part of it: councils use it again and change it.
    """
    return "|".join((kind, client_type(row.client_type), when.start, when.sent_end, *specific))


def work(draft: Draft, row: Event, when: Span, source: SourceOrganisation, code: dict[str, Any]) -> dict[str, Any]:
    """A Task of the council that is done, with its outcome."""
    told: dict[str, Any] = {
        "status": "completed" if when.ended else "in-progress",
        "intent": "order",
        "code": code,
        "for": draft.subject,
        "executionPeriod": when.period,
        "owner": as_reference(source),
    }
    if row.event_description:
        told["description"] = row.event_description
    if row.event_reference:
        told["identifier"] = [{"type": {"text": "Event reference (not unique)"}, "value": row.event_reference}]
    if row.event_outcome:
        outcome = draft.value("event_outcome", row.event_outcome, "Task")
        told["businessStatus"] = outcome
        told["output"] = [{"type": {"text": "Outcome"}, "valueCodeableConcept": outcome}]
    return told
