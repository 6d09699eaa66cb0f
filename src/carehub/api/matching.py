"""POST /fhir/R4/Patient/$match (https://hl7.org/fhir/R4/patient-operation-match.html), by the rules that link records."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.golden import golden_patient
from carehub.api.negotiation import base_of, fhir, json_only
from carehub.api.requester import Credentials
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.gate import check, read_json
from carehub.fhir.resource import Resource, many, text
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.match_people import Matching
from carehub.identity.likeness import Likeness
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_MOST_BYTES, _MOST = 100_000, 50
_MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_KINDS = {"resource": "resource", "onlyCertainMatches": "valueBoolean", "count": "valueInteger"}


def matching_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """One route. Who asks is known before the body is read."""
    router, matching = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), Matching(hub)

    @router.post("/Patient/$match", response_class=Response)
    async def match(request: Request) -> Response:
        """Who a Patient may be: Parameters with `resource`, `onlyCertainMatches` and `count`, or the Patient alone. A searchset, the most likely
        first, each with score and match-grade; with onlyCertainMatches nobody unless there is exactly one certain match."""
        requester = credentials.requester(request)
        json_only(request)
        return await run_in_threadpool(_matched, request, requester, read_json(await capped_body(request, _MOST_BYTES)))

    def _matched(request: Request, requester: Requester, given: Any) -> Response:
        said = _parameters(given)
        patient = said["resource"]
        if faults := check(patient):
            raise Rejected(*faults)
        found = matching.match(requester, patient, only_certain=said["onlyCertainMatches"]).value[: said["count"]]
        base = base_of(request)
        entries = [
            bundles.Entry(f"{base}/Patient/{plan.person}", dumps(golden_patient(plan)), "match", _search(told)) for plan, told in found
        ]
        return fhir(bundles.searchset(entries, len(entries), f"{base}/Patient/$match"))

    return router


def _search(told: Likeness) -> Resource:
    return {"extension": [{"url": _MATCH_GRADE, "valueCode": told.grade.value}], "score": told.score}


def _parameters(given: Any) -> Resource:
    """resource, onlyCertainMatches (False) and count (50). Raises Rejected: API-004 for any other parameter, API-005 for a value of another kind."""
    if isinstance(given, dict) and given.get("resourceType") == "Patient":
        given = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": given}]}
    if not isinstance(given, dict) or given.get("resourceType") != "Parameters":
        raise Rejected(issue("API-005"))
    said: Resource = {"onlyCertainMatches": False, "count": _MOST}
    names = []
    for one in many(given, "parameter"):
        name = text(one, "name") if isinstance(one, dict) else ""
        if name not in _KINDS or name in names:
            raise Rejected(issue("API-004", at="parameter"))
        names.append(name)
        said[name] = one.get(_KINDS[name])
    patient, count = said.get("resource"), said["count"]
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient" or not isinstance(said["onlyCertainMatches"], bool):
        raise Rejected(issue("API-005", at="parameter"))
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise Rejected(issue("API-005", at="count"))
    return said
