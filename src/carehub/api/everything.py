"""`Patient/$everything`: every record of every source about a person, whole or a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.cursor import key_of, opened, sealed
from carehub.api.document import Part, provenance_part
from carehub.api.golden import golden_patient
from carehub.api.negotiation import base_of, fhir, json_only
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.api.search_page import beside, outcome
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.search import Query, parse_query
from carehub.fhir.search_table import PARAMS
from carehub.hub.hub import Hub
from carehub.hub.reading import StoredBody
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, sort_key

_MOST = 1000
_NAMES = {"_type", "_since", "_count", "_cursor", "_format"}
Place = tuple[str, str, str]
"""Where a part stands, the same whatever else there is: the person first, then records by type and id, then what tells where each came from."""


def everything_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """The one route (https://hl7.org/fhir/R4/patient-operation-everything.html). Decided on and written down before anything is read."""
    router, key = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), key_of(credentials.clients)

    def everything(request: Request, id: str) -> Response:
        """Every record of every source about a person, with the golden Patient, a Provenance for each record, and what is missing.

        _type: only these types; _since (an instant): only records whose version that stands was received then or later. _count: how many
        resources a page has, at most 1,000; without it all come at once.
        """
        requester = credentials.requester(request)
        json_only(request)
        asked = parse_query(request.query_params.multi_items(), _NAMES)
        types, since = _asked_for(asked)
        count, mine = asked.count(-1, _MOST), [("$everything", requester.user, id), *_narrowing(asked)]
        after = opened(key, mine, asked.text("_cursor")) if "_cursor" in asked else ()
        released = hub.disclosing.everything(requester, id)
        plan, bodies = released.value
        kept = [body for body in bodies if sort_key(body.last_updated) >= sort_key(since)] if since else bodies
        parts = [one for one in _parts(plan, kept) if not types or one[1][0].partition("/")[0] in types]
        left = [one for one in parts if one[0] > after] if after else parts
        shown = left if count < 0 else left[:count]
        base = base_of(request)
        entries = [bundles.Entry(f"{base}/{reference}", body, "match") for _, (reference, body) in shown]
        if told := beside("", plan, released.masks):
            entries.append(bundles.Entry("urn:carehub:outcome", dumps(outcome(told)), "outcome"))
        given = [pair for pair in asked.values if pair[0] != "_cursor"]
        here = f"{base}/Patient/{id}/$everything"
        more = urlencode([*given, ("_cursor", sealed(key, mine, shown[-1][0]))]) if shown and len(shown) < len(left) else ""
        return fhir(
            bundles.searchset(entries, len(parts), f"{here}?{urlencode(given)}" if given else here, f"{here}?{more}" if more else "")
        )

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/Patient/{id}/$everything", everything, methods=["GET"], **options)
    return router


def _asked_for(asked: Query) -> tuple[set[str], str]:
    types, since = {part for part in asked.text("_type").split(",") if part}, asked.text("_since")
    if since and instant(since) is None:
        raise Rejected(issue("API-005", at="_since"))
    if not types <= {"Patient", *PARAMS}:
        raise Rejected(issue("API-004", at="_type"))
    return types, since


def _narrowing(asked: Query) -> list[tuple[str, str]]:
    return [pair for pair in asked.values if pair[0] in ("_type", "_since")]


def _parts(plan: UnifiedCarePlan, bodies: Sequence[StoredBody]) -> Iterator[tuple[Place, Part]]:
    """In the order of their places. bodies: by type and id."""
    yield ("0", "", ""), (f"Patient/{plan.person}", dumps(golden_patient(plan)))
    for body in bodies:
        yield ("1", body.type, body.id), (f"{body.type}/{body.id}", body.body)
    for body in bodies:
        yield ("2", body.type, body.id), provenance_part(body)
