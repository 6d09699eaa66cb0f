"""One request for every route of fixtures/policy/routes.csv, which a reader who is allowed it would be answered by as the table says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carehub.feeds.message import Submission
from carehub.governance.subscription import ADDRESS
from carehub.hub.caseload import caseload_id
from carehub.hub.hub import Hub
from carehub.terms.moments import iso
from carehub.terms.nhs_number import SYSTEM as NHS_NUMBER

_OF_A_TYPE = re.compile(r"GET /fhir/R4/(?!Patient$|DetectedIssue$|Subscription$|Group$|metadata$)[A-Za-z]+$")


@dataclass(frozen=True)
class About:
    """Whom and what the requests are about. task: an action that stands, as it is served. looked_at: whose
    looks are asked for, where it is another person. organisation: whose caseload is asked for."""

    person: str
    number: str
    patient: str
    record: tuple[str, str]
    message: str
    submission: str
    entry: str
    disagreement: str = "none"
    review: str = "none"
    task: dict[str, Any] | None = None
    looked_at: str = ""
    organisation: str = "X99001"


def about(hub: Hub, person: str, number: str, **more: Any) -> About:
    """The same of a person of a hub. number: their NHS number. record: type and id of one that is no Patient."""
    patients = [link.patient for link in hub.store.links.links_of(hub.store.links.current_person(person) or person)]
    record = next(one for one in hub.store.records.of_patients(patients) if one.type != "Patient")
    [receipt] = hub.receive([Submission("toy/feed", b'{"source": "X", "patient": "9"}', iso(hub.clock()), "asking", "once")])
    hub.drain()
    looks = hub.store.audit.about(person, 1)
    entry = looks[0].id if looks else "none"
    return About(person, number, patients[0], (record.type, record.id), receipt.messages[0], receipt.submission, entry, **more)


def request_of(route: str, a: About, n: int = 0) -> tuple[str, str, dict[str, Any]]:
    """Method, address, and query, body or headers. route: "GET /fhir/R4/Patient/{id}". n: makes what is created another thing each time."""
    method, _, path = route.partition(" ")
    id = next((told for part, told in _ids(a).items() if part in path), a.person)
    type_ = "Flag" if route.endswith("$validate") else a.record[0]
    names = {"id": id, "type": type_, "version": "1", "feed": "toy/feed", "submission": a.submission, "message": a.message}
    for name, value in {**names, "person": a.looked_at or a.person, "entry": a.entry}.items():
        path = path.replace(f"{{{name}}}", value)
    if _OF_A_TYPE.match(route):
        return method, path, {"params": {"patient": a.person}}
    return method, path, next((made(a, n) for ends, made in _MORE if route.endswith(ends)), {})


def _ids(a: About) -> dict[str, str]:
    task = str((a.task or {}).get("id", "none"))
    known = {
        "/DetectedIssue/": a.disagreement,
        "/Task/": task,
        "/identity/reviews/": a.review,
        "/{type}/{id}": a.record[1],
        "/Group/": caseload_id(a.organisation),
    }
    return {**known, **dict.fromkeys(("/Subscription/", "/agreements/", "/rulings/", "/reports/", "/operations/emergency-access/"), "none")}


def _task(a: About, n: int) -> dict[str, Any]:
    holder = {"practitioner": {"display": "Sam Webb"}, "organization": {"display": "Northvale Council"}}
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": f"Fit stair rail {n}",
        "for": {"reference": f"Patient/{a.person}"},
        "contained": [{"resourceType": "PractitionerRole", "id": "who", **holder}],
        "owner": {"reference": "#who"},
        "restriction": {"period": {"end": "2026-12-20"}},
    }


_SUBSCRIPTION = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "On our ward",
    "criteria": f"{ADDRESS}feed-late",
    "channel": {"type": "rest-hook", "endpoint": "https://hook.example/x", "payload": "application/fhir+json"},
}
_FLAG = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"display": "somebody"}}
_NOBODY = {"resourceType": "Patient", "name": [{"family": "Nobody"}], "birthDate": "1900-01-01"}
_SEEN = {"If-Match": 'W/"999"'}
_ASKED = {"owner": "a", "organisation": "b", "due": "2026-12-20", "text": "c"}
# By the end of the route; the first that fits.
_MORE: tuple[tuple[str, Callable[[About, int], dict[str, Any]]], ...] = (
    ("/submissions", lambda a, n: {"content": b'{"source": "X", "patient": "9"}'}),
    ("$changes", lambda a, n: {"params": {"since": "2020-01-01"}}),
    ("GET /fhir/R4/Patient", lambda a, n: {"params": {"identifier": f"{NHS_NUMBER}|{a.number}"}}),
    ("/Patient/_search", lambda a, n: {"data": {"identifier": f"{NHS_NUMBER}|{a.number}"}}),
    ("$match", lambda a, n: {"json": _NOBODY}),
    ("POST /fhir/R4/Patient/{id}/$about-me", lambda a, n: {"json": {"told": {"wellness": f"Told {n}"}}}),
    ("$dispute", lambda a, n: {"json": {"record": "", "words": ""}}),
    ("$withdraw-dispute", lambda a, n: {"json": {"dispute": "", "words": ""}}),
    ("$emergency-access", lambda a, n: {"json": {"kind": "none", "reason": "none"}}),
    ("GET /fhir/R4/DetectedIssue", lambda a, n: {"params": {"patient": a.person}}),
    ("$care-plan-note", lambda a, n: {"json": {"words": f"Told {n}"}}),
    ("-note", lambda a, n: {"json": {"words": "x"}, "headers": _SEEN}),
    ("$assign", lambda a, n: {"json": _ASKED, "headers": _SEEN}),
    ("$explain", lambda a, n: {"json": {"text": "c"}, "headers": _SEEN}),
    ("POST /fhir/R4/Task", lambda a, n: {"json": _task(a, n)}),
    ("PUT /fhir/R4/Task/{id}", lambda a, n: {"json": {**(a.task or {}), "status": "accepted"}, "headers": _SEEN}),
    ("POST /fhir/R4/Subscription", lambda a, n: {"json": _SUBSCRIPTION}),
    ("/Group/_search", lambda a, n: {"data": {"type": "person"}}),
    (
        "POST /fhir/R4/Group/{id}/$export",
        lambda a, n: {"json": {"resourceType": "Parameters"}, "headers": {"Prefer": "respond-async"}},
    ),
    ("/$export", lambda a, n: {"headers": {"Prefer": "respond-async"}}),
    ("/_search", lambda a, n: {"data": {"patient": a.person}}),
    ("$validate", lambda a, n: {"json": _FLAG}),
    ("POST /operations/emergency-access/{id}", lambda a, n: {"json": {"answer": "appropriate", "words": "x"}}),
    ("trial", lambda a, n: {"json": {"messages": ["none"]}}),
    ("replay", lambda a, n: {"json": {"messages": []}}),
    ("POST /identity/reviews/{id}", lambda a, n: {"json": {"answer": "same", "reason": ""}}),
    ("/rulings", lambda a, n: {"json": {"answer": "unlink", "record": a.patient, "reason": ""}}),
    ("taking-back", lambda a, n: {"json": {"reason": "x"}}),
    ("/reports", lambda a, n: {"json": {"person": a.person, "record": a.patient, "why": "another-person", "saw": "", "hide": False}}),
    ("/explanation", lambda a, n: {"params": {"person": a.person}}),
    ("/history", lambda a, n: {"params": {"record": a.patient}}),
    ("/agreements", lambda a, n: {"json": {"agreements": "none", "reason": "x"}}),
    ("/agreements/{id}", lambda a, n: {"json": {"answer": "approved", "words": ""}}),
    ("/token", lambda a, n: {"data": {"grant_type": "client_credentials"}}),
    ("/introspect", lambda a, n: {"data": {"token": "gp"}}),
    ("/revoke", lambda a, n: {"data": {"token": "gp"}}),
    ("/simulate", lambda a, n: {"json": {"person": a.person}}),
)
