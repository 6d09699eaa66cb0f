"""/fhir/R4/Patient/{id}/$about-me: the person's own words, as they stand and every version before; and a new version of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_object
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.careplan.plan import Entry
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.governance.redaction import Disclosed
from carehub.hub.hub import Hub
from carehub.hub.reading import PersonRecord
from carehub.hub.write_about_me import WriteAboutMe, versions
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_LIMIT = 100_000


def about_me_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Reading takes a session or a credential; writing a credential only, as for all that changes something."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])
    verbs = WriteAboutMe(hub)

    def read(request: Request, id: str) -> Response:
        """Every version, the newest first, and what sources say under the same headings; and each source's state where it says nothing."""
        record = hub.disclosing.person_record(credentials.requester(request), id, "about_me")
        return _answer(record, 200)

    async def write(request: Request, id: str) -> Response:
        """A new version: {"told": {element: words}, "supportedBy"}. Earlier ones stay; what is left out is "Not written yet".
        If-Match: the ETag that was read; 409 where somebody wrote another version since."""
        requester, asked = credentials.sender(request), await json_object(request, _LIMIT, {"told", "supportedBy"})
        told, helper = asked.get("told"), asked.get("supportedBy", "")
        if not isinstance(told, dict) or not all(isinstance(words, str) for words in (*told.values(), helper)):
            raise Rejected(issue("API-005", at="told"))
        record = await run_in_threadpool(verbs.write, requester, id, told, helper, _seen(request))
        return _answer(record, 201)

    options: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {FHIR_JSON: {}}}}}
    router.add_api_route("/Patient/{id}/$about-me", read, methods=["GET"], **options)
    router.add_api_route("/Patient/{id}/$about-me", write, methods=["POST"], **options)
    return router


def _answer(record: Disclosed[PersonRecord], status: int) -> Response:
    tag = f'W/"{len(versions(record.value.plan))}"'
    return Response(dumps(_parameters(record)), status_code=status, media_type=FHIR_JSON, headers={"ETag": tag})


def _seen(request: Request) -> int | None:
    """How many versions the sender has seen, from If-Match; None without one. Raises Rejected (API-005) for a tag that was never given out."""
    tag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if tag and not (tag.isascii() and tag.isdigit() and len(tag) < 9):
        raise Rejected(issue("API-005", at="If-Match"))
    return int(tag) if tag else None


def _parameters(record: Disclosed[PersonRecord]) -> Resource:
    held = record.value
    versions = [_version(entry) for entry in held.plan.section("about_me").entries]
    states = [{"name": "state", "valueString": state.sentence} for state in held.section_states.get("about_me", ())]
    return {"resourceType": "Parameters", "parameter": [*versions, *states]}


def _version(entry: Entry) -> Resource:
    told = entry.attributions[0]
    head = [
        {"name": "status", "valueString": entry.status or "Status not recorded"},
        {"name": "said-by", "valueString": f"{told.source.kind.badge}: {told.source.title}"},
    ]
    facts = [{"name": fact.label, "valueString": fact.value} for fact in entry.facts]
    return {"name": "about-me", "part": [*head, *facts]}
