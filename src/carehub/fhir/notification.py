"""A notification of the Subscriptions R5 Backport for R4 (http://hl7.org/fhir/uv/subscriptions-backport, 1.1.0): a history Bundle that begins with
the status of its subscription. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carehub.fhir.resource import Resource
from carehub.terms.refs import derived_id

STATUS = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4"


@dataclass(frozen=True, slots=True)
class Told:
    """What happened. at: when it was noticed, ISO UTC. focus: "Type/id", or "" to name nothing."""

    at: str
    focus: str


Kind = Literal["handshake", "event-notification", "query-status"]


def status(subscription: str, topic: str, state: str, kind: Kind, sent: int, told: Told | None = None) -> Resource:
    """The status as Parameters. subscription: its id. topic: canonical. state: a code of SubscriptionStatus. sent: events so far, this one included."""
    said: list[Resource] = [
        {"name": "subscription", "valueReference": {"reference": f"Subscription/{subscription}"}},
        {"name": "topic", "valueCanonical": topic},
        {"name": "status", "valueCode": state},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(sent)},
    ]
    if told:
        happened: list[Resource] = [{"name": "event-number", "valueString": str(sent)}, {"name": "timestamp", "valueInstant": told.at}]
        focus: list[Resource] = [{"name": "focus", "valueReference": {"reference": told.focus}}] if told.focus else []
        said.append({"name": "notification-event", "part": [*happened, *focus]})
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS]}, "parameter": said}


def notification(id: str, at: str, subscription: str, status: Resource) -> Resource:
    """The Bundle that is sent. id: its own; at: ISO UTC; status: as above."""
    request = {"method": "GET", "url": f"Subscription/{subscription}/$status"}
    entry = {"fullUrl": f"urn:uuid:{derived_id('status', id)}", "resource": status, "request": request, "response": {"status": "200"}}
    return {"resourceType": "Bundle", "id": id, "type": "history", "timestamp": at, "entry": [entry]}
