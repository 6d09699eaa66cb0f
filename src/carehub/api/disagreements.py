"""/fhir/R4/DetectedIssue: a person's disagreements, one of them, and what to do about it ($assign, $explain)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_texts
from carehub.api.capability import Served
from carehub.api.detected_issue import STATUS, detected_issue, kind
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.careplan.disagreement.progress import Progress
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.governance.requester import Requester
from carehub.hub.disagreements import Answer, Disagreements
from carehub.hub.hub import Hub
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_LIMIT = 20_000
_PARAMS = (("patient", "reference"), ("status", "token"), ("code", "token"))

SERVED = Served(
    "DetectedIssue",
    ("read", "search-type"),
    _PARAMS,
    ("assign", "explain"),
    note="What the sources of one person disagree about. A search names the patient. $assign and $explain need If-Match with the ETag that was read.",
)


def disagreement_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Every route decides and audits before it looks. What changes something needs a credential, not a browser's session."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])
    verbs = Disagreements(hub)

    def search(request: Request) -> Response:
        """Every disagreement of a person, those resolved at source last; with status or code only those."""
        requester, asked = credentials.requester(request), dict(request.query_params)
        person = asked.get("patient", "").removeprefix("Patient/")
        if not person or not asked.keys() <= {name for name, _ in _PARAMS} | {"_format"}:
            raise Rejected(issue("API-005" if not person else "API-004", at="patient"))
        record = verbs.of_person(requester, person).value
        statuses, codes = _tokens(asked, "status"), _tokens(asked, "code")
        found = [
            one
            for one in record.progress
            if (not statuses or STATUS[one.state] in statuses or one.state in statuses)
            and (not codes or {one.conflict.type, kind(one.conflict)} & codes)
        ]
        served = _served(requester, record.plan.person)
        base = f"{str(request.base_url).rstrip('/')}/fhir/R4/DetectedIssue"
        entries = [
            bundles.Entry(f"{base}/{one.conflict.id}", dumps(detected_issue(one, record.plan.person, served)), "match") for one in found
        ]
        return Response(bundles.searchset(entries, len(entries), f"{base}?{request.url.query}"), media_type=FHIR_JSON)

    def read(request: Request, id: str) -> Response:
        """One disagreement, standing or resolved."""
        requester = credentials.requester(request)
        record, found = verbs.one(requester, id)
        return _issue(requester, found, record.value.plan.person)

    async def assign(request: Request, id: str) -> Response:
        """Ask somebody to put it right at the source: {"owner", "organisation", "due", "text"}. 412 when somebody did something meanwhile."""
        return await _answer(request, id, {"owner", "organisation", "due", "text"}, verbs.assign)

    async def explain(request: Request, id: str) -> Response:
        """Say why the sources differ: {"text"}. 412 when somebody did something meanwhile; nothing is stored then."""
        return await _answer(request, id, {"text"}, verbs.explain)

    async def _answer(request: Request, id: str, names: set[str], verb: Callable[[Requester, str, Answer], Progress]) -> Response:
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, names)
        answer = Answer(_seen(request), **asked)

        def work() -> Response:
            found = verb(requester, id, answer)
            return _issue(requester, found, verbs.one(requester, id)[0].value.plan.person)

        return await run_in_threadpool(work)

    def _issue(requester: Requester, found: Progress, person: str) -> Response:
        body = dumps(detected_issue(found, person, _served(requester, person)))
        return Response(body, media_type=FHIR_JSON, headers={"ETag": f'W/"{len(found.steps)}"'})

    def _served(requester: Requester, person: str) -> set[str]:
        _, bodies = hub.disclosing.everything(requester, person).value
        return {f"{body.type}/{body.id}" for body in bodies}

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/DetectedIssue", search, methods=["GET"], **options)
    router.add_api_route("/DetectedIssue/{id}", read, methods=["GET"], **options)
    router.add_api_route("/DetectedIssue/{id}/$assign", assign, methods=["POST"], **options)
    router.add_api_route("/DetectedIssue/{id}/$explain", explain, methods=["POST"], **options)
    return router


def _tokens(asked: dict[str, str], name: str) -> set[str]:
    """The codes of a token parameter, whatever their system."""
    return {token.rpartition("|")[2] for token in asked.get(name, "").split(",") if token}


def _seen(request: Request) -> int:
    """How many steps the sender has seen: from If-Match, which must be there (https://hl7.org/fhir/R4/http.html#concurrency)."""
    tag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) < 9):
        raise Rejected(issue("API-005", at="If-Match"))
    return int(tag)
