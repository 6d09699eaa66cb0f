"""A decision as a FHIR AuditEvent, for refusals too. Shape after IHE Basic Audit Log Patterns (BALP 1.1, Privacy Disclosure and Query)."""

from __future__ import annotations

from typing import NamedTuple

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import content_hash, dumps
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
    "simulate_policy": ("read", "R"),
    "change_agreements": ("read", "U"),
    "export_subject_access": ("read", "R"),
    "read_caseload": ("query", "E"),
    "export_caseload": ("read", "R"),
    "record_dispute": ("read", "U"),
    "manage_retention": ("read", "U"),
    "link_in_batch": ("read", "R"),
}
_INTERACTIONS = {"c": ("create", "C"), "r": ("read", "R"), "u": ("update", "U"), "d": ("delete", "D"), "s": ("search-type", "E")}
_ASKED = {"*": "every type", "": "what no scope speaks of"}
SHOWN, POLICY, WITHHELD, RULE, LABELLED = "shown", "policy", "withheld", "rule", "labelled"
"""Types of the details of an entry that says what was shown."""
# What is looked at is kept also where it is about nobody.
_NAMED = (
    "read_operations",
    "settle_reviews",
    "review_emergency_access",
    "change_agreements",
    "read_caseload",
    "export_caseload",
    "manage_retention",
    "link_in_batch",
)


def audit_event(
    requester: Requester, action: str, person: str, detail: str, decision: Decision, *, at: str, request: str, shown: str = ""
) -> Resource:
    """An R4 AuditEvent.

    person: the person's id or "". detail: what was looked at ("overview", "$everything"); never a value; kept for a look at a person and for
    operations. shown: the hash of the record that is released (shown_hash), kept with what policy took out of it. at: ISO UTC. request: an id that
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
        "purposeOfEvent": _purpose(requester),
        "agent": agents(requester),
        "source": {"observer": {"display": "carehub"}},
        **({"entity": [{**whom, "detail": _details(detail, decision, shown)}]} if person or action in _NAMED else {}),
    }


def beyond_event(who: Requester, type_: str, letters: str, words: str, *, at: str, request: str) -> Resource:
    """An R4 AuditEvent of a request that was refused because the access token does not cover it; about nobody, because nobody was looked up.

    type_: the resource type asked for, "*" for all, "" for none. letters: of the "cruds" of SMART scopes, as the request needs them; other than one
    of them: an operation. words: why. at: ISO UTC. request: an id that makes two of one millisecond two events.
    """
    interaction, code = _INTERACTIONS.get(letters, ("operation", "E"))
    whom = {"type": {"system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "2", "display": "System Object"}}
    return {
        "resourceType": "AuditEvent",
        "id": derived_id("audit", at, who.user, interaction, type_, who.app, request),
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": interaction}],
        "action": code,
        "recorded": at,
        "outcome": "4",
        "outcomeDesc": words,
        "purposeOfEvent": _purpose(who),
        "agent": agents(who),
        "source": {"observer": {"display": "carehub"}},
        "entity": [{**whom, "detail": [{"type": "asked", "valueString": _ASKED.get(type_, type_)}]}],
    }


def _purpose(who: Requester) -> list[Resource]:
    return [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": who.purpose or "UNKNOWN"}]}]


def agents(who: Requester) -> list[Resource]:
    """Who asks, for which organisation, and by which app, as the agents of an AuditEvent; "unknown" for what is not known of them."""
    return [
        {
            "type": {"text": who.role or "unknown"},
            "who": {"identifier": {"value": who.user or "unknown"}, "display": who.name or "unknown"},
            "requestor": True,
        },
        {
            "who": {"identifier": {"value": who.organisation or "unknown"}, "display": who.organisation_name or "unknown"},
            "requestor": False,
        },
        *([{"type": {"text": "app"}, "who": {"identifier": {"value": who.app}}, "requestor": False}] if who.app else []),
    ]


class Seen(NamedTuple):
    """What an entry about a person says. user, name, role, organisation (its name), purpose: who and why, as written down. what: what was opened.
    refused: it was not shown. changed: something was said or done, not only read. reason: of the decision."""

    user: str
    name: str
    role: str
    organisation: str
    purpose: str
    what: str
    refused: bool
    changed: bool
    reason: str


def seen(event: Resource) -> Seen:
    """An entry about a person, read back."""
    who, place = event["agent"][:2]
    return Seen(
        user=who["who"]["identifier"]["value"],
        name=who["who"]["display"],
        role=who["type"]["text"],
        organisation=place["who"]["display"],
        purpose=event["purposeOfEvent"][0]["coding"][0]["code"],
        what=event["entity"][0]["detail"][0]["valueString"],
        refused=event["outcome"] != "0",
        changed=event["action"] == "U",
        reason=event["outcomeDesc"],
    )


def nameless(event: Resource) -> Resource:
    """An entry without who it was: their role, organisation, app and purpose stay."""
    who, *others = event["agent"]
    return {**event, "agent": [{**who, "who": {"display": "Name not shown to your role"}}, *others]}


def asked_by(event: Resource) -> Requester:
    """Who was shown what an entry says, as policy knew them: a look under emergency access was for direct care."""
    entry, organisation = seen(event), event["agent"][1]["who"]
    purpose = "TREAT" if entry.purpose == "BTG" else entry.purpose
    return Requester(entry.user, entry.name, entry.role, organisation["identifier"]["value"], organisation["display"], purpose)


def shown_hash(released: UnifiedCarePlan) -> str:
    """32 hex digits over every statement, state and conflict of a record as it leaves the door, as it is written in JSON."""
    return content_hash(dumps(released))


def _details(view: str, decision: Decision, shown: str) -> list[Resource]:
    said = {"view": view}
    if shown:
        said |= {SHOWN: shown, POLICY: str(decision.policy_version), LABELLED: "shown" if decision.restricted else "held back"}
        if decision.masked_sections:
            said |= {WITHHELD: " ".join(sorted(decision.masked_sections)), RULE: decision.mask_sentence}
    return [{"type": type_, "valueString": value} for type_, value in said.items()]


def decided_then(event: Resource) -> tuple[str, Decision | None]:
    """From an entry: the hash of what was shown ("" where it does not say) and the decision that let it be shown."""
    said = {detail["type"]: detail["valueString"] for entity in event.get("entity", ()) for detail in entity["detail"]}
    if SHOWN not in said:
        return "", None
    masked = frozenset(said.get(WITHHELD, "").split())
    restricted = said[LABELLED] == "shown"
    return said[SHOWN], Decision(True, event["outcomeDesc"], masked, said.get(RULE, ""), int(said[POLICY]), restricted)
