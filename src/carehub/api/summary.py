"""GET and POST /fhir/R4/Patient/{id}/$summary: an International Patient Summary, made when it is asked for and kept nowhere."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.negotiation import base_of, fhir, json_only
from carehub.api.patient_summary import BUNDLE, patient_summary
from carehub.api.requester import Credentials
from carehub.fhir import bundles
from carehub.fhir.gate import read_json
from carehub.fhir.search import parse_query
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.refs import derived_id

_MOST_BYTES = 20_000


def summary_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """The operation by both methods. No parameter but `_format` is served; any other is refused (API-004)."""
    router, door = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), hub.disclosing

    @router.get("/Patient/{id}/$summary", response_class=Response)
    def summary(request: Request, id: str) -> Response:
        """The International Patient Summary of a person, as a document Bundle."""
        return _summary(request, credentials.requester(request), id)

    @router.post("/Patient/{id}/$summary", response_class=Response)
    async def summary_by_post(request: Request, id: str) -> Response:
        """The same; the body is empty, or Parameters without any."""
        requester = credentials.requester(request)
        body = await capped_body(request, _MOST_BYTES)
        if body and read_json(body) != {"resourceType": "Parameters"}:
            raise Rejected(issue("API-004", at="parameter"))
        return await run_in_threadpool(_summary, request, requester, id)

    def _summary(request: Request, requester: Requester, id: str) -> Response:
        json_only(request)
        parse_query(request.query_params.multi_items(), {"_format"})
        record = door.person_record(requester, id, "$summary")
        _, bodies = door.everything(requester, id, "$summary").value
        base, built = base_of(request), iso(record.value.built_at)
        entries = (bundles.Entry(f"{base}/{at}", body) for at, body in patient_summary(record, bodies))
        about = derived_id("summary document", record.value.plan.person, built)
        return fhir(bundles.document(entries, id=about, system="urn:carehub:document", value=about, timestamp=built, profile=BUNDLE))

    return router
