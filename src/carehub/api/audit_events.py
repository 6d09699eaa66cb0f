"""/fhir/R4/AuditEvent: who has looked at a person's record, and who tried, as the entries of the audit trail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.capability import Served
from carehub.api.cursor import key_of, opened, sealed
from carehub.api.negotiation import base_of, fhir, json_only
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.fhir.search import Query, parse_query
from carehub.hub.hub import Hub
from carehub.hub.who_looked import Asked, WhoLooked
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import valid_date

_PARAMS = (("patient", "reference"), ("date", "date"))
_PAGE, _MOST = 50, 200
_DATE = re.compile(r"(eq|ge|le)?(\d{4}-\d\d-\d\d)")

SERVED = Served(
    "AuditEvent",
    ("search-type",),
    _PARAMS,
    note="Looks and refusals about one person, newest first. A search names the patient; date is a day (UTC), from ge or until le; names only by policy.",
)


def audit_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """The search decides, and is itself written down as a look at the person."""
    router, key = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), key_of(credentials.clients)

    def search(request: Request) -> Response:
        """Every look and refusal about a person."""
        requester = credentials.requester(request)
        json_only(request)
        asked = parse_query(request.query_params.multi_items(), {*(name for name, _ in _PARAMS), "_count", "_cursor", "_format"})
        person = asked.text("patient").removeprefix("Patient/")
        if not person:
            raise Rejected(issue("API-016"))
        first, last = _days(asked)
        mine = [("AuditEvent", requester.user, person), (first, last)]
        after = opened(key, mine, asked.text("_cursor")) if "_cursor" in asked else None
        events = WhoLooked(hub).events(requester, person, Asked(first, last)).value
        left = [event for event in events if after is None or _place(event) < after]
        shown = left[: asked.count(_PAGE, _MOST)]
        base = f"{base_of(request)}/AuditEvent"
        entries = [bundles.Entry(f"{base}/{event['id']}", dumps(event), "match") for event in shown]
        given = [pair for pair in asked.values if pair[0] != "_cursor"]
        more = _onward(base, given, sealed(key, mine, _place(shown[-1]))) if shown and len(shown) < len(left) else ""
        return fhir(bundles.searchset(entries, len(events), f"{base}?{urlencode(given)}", more))

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/AuditEvent", search, methods=["GET"], **options)
    return router


def _place(event: Resource) -> tuple[str, str]:
    return event["recorded"], event["id"]


def _onward(base: str, given: Sequence[tuple[str, str]], cursor: str) -> str:
    return f"{base}?{urlencode([*given, ('_cursor', cursor)])}"


def _days(asked: Query) -> tuple[str, str]:
    """First and last day, "" for none. Raises Rejected(API-005)."""
    raw = asked.text("date")
    read = _DATE.fullmatch(raw)
    if raw and (read is None or not valid_date(read[2])):
        raise Rejected(issue("API-005", at="date"))
    if read is None:
        return "", ""
    return ("" if read[1] == "le" else read[2]), ("" if read[1] == "ge" else read[2])
