"""A decision as a FHIR AuditEvent, for refusals too. Shape after IHE Basic Audit Log Patterns (BALP 1.1, Privacy Disclosure and Query)."""

from __future__ import annotations

from carehub.fhir.resource import Resource
from carehub.governance.decision import Decision
from carehub.governance.requester import Requester
from carehub.terms.refs import derived_id

_ACTIONS = {
    "search_people": ("query", "E"),
    "read_record": ("read", "R"),
    "read_operations": ("read", "R"),
    "match_people": ("query", "E"),
    "explain_links": ("read", "R"),
    "report_wrong_match": ("read", "U"),
    "settle_reviews": ("read", "U"),
    "answer_conflict": ("read", "U"),
    "write_about_me": ("read", "U"),
    "write_action": ("read", "U"),
    "subscribe": ("read", "U"),
    "see_who_looked": ("read", "R"),
    "use_emergency_access": ("read", "U"),
    "review_emergency_access": ("read", "U"),
}
# What is looked at is kept also where it is about nobody.
_NAMED = ("read_operations", "settle_reviews", "review_emergency_access")


def audit_event(requester: Requester, action: str, person: str, detail: str, decision: Decision, *, at: str, request: str) -> Resource:
    """An R4 AuditEvent.

    person: the person's id or "". detail: what was looked at ("overview", "$everything"); never a value; kept for a look at a person and for
    operations. at: ISO UTC. request: an id that
    makes two looks in one millisecond two events. The outcome is 0 for a permitted look and 4 for a refusal.
    """
    subtype, code = _ACTIONS[action]
    patient = {
        "what": {"reference": f"Patient/{person}"},
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1", "display": "Person"},
        "role": {"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient"},
    }
    whom: Resource = patient if person else {"type": {**patient["type"], "code": "2", "display": "System Object"}}
    return {
        "resourceType": "AuditEvent",
        "id": derived_id("audit", at, requester.user, action, person, detail, request),
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation"},
        "subtype": [
            {
                "system": "http://hl7.org/fhir/restful-interaction",
                "code": "update" if code == "U" else "read" if subtype == "read" else "search",
            }
        ],
        "action": code,
        "recorded": at,
        "outcome": "0" if decision.permitted else "4",
        "outcomeDesc": decision.reason,
        "purposeOfEvent": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": requester.purpose or "UNKNOWN"}]}
        ],
        "agent": [
            {
                "type": {"text": requester.role or "unknown"},
                "who": {"identifier": {"value": requester.user or "unknown"}, "display": requester.name or "unknown"},
                "requestor": True,
            },
            {
                "who": {"identifier": {"value": requester.organisation or "unknown"}, "display": requester.organisation_name or "unknown"},
                "requestor": False,
            },
        ],
        "source": {"observer": {"display": "carehub"}},
        **({"entity": [{**whom, "detail": [{"type": "view", "valueString": detail}]}]} if person or action in _NAMED else {}),
    }
