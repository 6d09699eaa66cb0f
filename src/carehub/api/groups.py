"""/fhir/R4/Group: the caseload of the requester's organisation, each member with the reasons; by search and by id."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.capability import Served
from carehub.api.group import IDENTIFIER, group
from carehub.api.negotiation import base_of, fhir, json_only
from carehub.api.requester import Credentials
from carehub.api.search_page import outcome
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.search import Query, parse_query
from carehub.governance.requester import Requester
from carehub.hub.caseload import Caseload, Caseloads, caseload_id
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_FORM_LIMIT = 20_000
_PARAMS = (("_id", "token"), ("identifier", "token"), ("type", "token"), ("actual", "token"), ("member", "reference"))
_NAMES = frozenset({name for name, _ in _PARAMS} | {"_format"})

SERVED = Served(
    "Group",
    ("read", "search-type"),
    _PARAMS,
    operations=("export",),
    note="The caseload of the requester's own organisation: who is on it and why, as this reader may see it now. Another organisation's is refused.",
)


def group_routes(caseloads: Caseloads, credentials: Credentials) -> APIRouter:
    """Every route decides and audits before it looks for anybody."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])

    def search(request: Request) -> Response:
        """The caseload of the requester's organisation, where it has the values asked for; with what could keep somebody off it."""
        return _found(request, credentials.requester(request), list(request.query_params.multi_items()))

    async def search_by_post(request: Request) -> Response:
        """The same by form."""
        requester = credentials.requester(request)
        body = (await capped_body(request, _FORM_LIMIT)).decode("utf-8", "replace")
        pairs = [*request.query_params.multi_items(), *parse_qsl(body, keep_blank_values=True)]
        return await run_in_threadpool(_found, request, requester, pairs)

    def _found(request: Request, requester: Requester, pairs: list[tuple[str, str]]) -> Response:
        query = parse_query(pairs, _NAMES)
        json_only(request, query.text("_format"))
        told = caseloads.members(requester, _asked(query, requester)).value
        found = [told] if _holds(query, told) else []
        base = base_of(request)
        entries = [bundles.Entry(f"{base}/Group/{one.id}", dumps(group(one)), "match") for one in found]
        said = [*(("API-013", words) for words in told.withheld), *(("API-014", words) for words in told.limits)]
        if said:
            entries.append(bundles.Entry("urn:carehub:outcome", dumps(outcome(said)), "outcome"))
        return fhir(bundles.searchset(entries, len(found), f"{base}/Group?{urlencode(query.values)}"))

    def read(request: Request, id: str) -> Response:
        """The caseload of the requester's organisation by its id."""
        requester = credentials.requester(request)
        json_only(request)
        return fhir(dumps(group(caseloads.members(requester, id).value)))

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {"application/fhir+json": {}}}}}
    router.add_api_route("/Group", search, methods=["GET"], **options)
    router.add_api_route("/Group/_search", search_by_post, methods=["POST"], **options)
    router.add_api_route("/Group/{id}", read, methods=["GET"], **options)
    return router


def _asked(query: Query, requester: Requester) -> str:
    """The id that a search names, "" for none. One that names another organisation is refused as a read of its list would be, not found empty."""
    named = query.text("_id")
    for token in query.tokens("identifier"):
        if token.system not in (None, IDENTIFIER):
            raise Rejected(issue("API-004", at="identifier"))
        named = named or caseload_id(token.code)
    return named


def _holds(query: Query, told: Caseload) -> bool:
    tokens = {name: {token.code for token in query.tokens(name)} for name in ("identifier", "type", "actual")}
    member = query.text("member").removeprefix("Patient/")
    return (
        (not tokens["identifier"] or told.organisation in tokens["identifier"])
        and (not tokens["type"] or "person" in tokens["type"])
        and (not tokens["actual"] or "true" in tokens["actual"])
        and (not member or any(one.person == member for one in told.people))
    )
