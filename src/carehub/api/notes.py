"""Notes to the unified care plan, over the API: Patient/{id}/$care-plan-note writes one, CarePlan/{id}/$revise-note and $withdraw-note change it. They are
read as CarePlan.note of the unified CarePlan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_texts
from carehub.api.negotiation import seen_version, written
from carehub.api.requester import Credentials
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.team_notes import NoteKept, TeamNotes
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

_LIMIT, _LONGEST_KEY = 20_000, 200


def note_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """All three store something, so they take a credential and no browser's session."""
    router, verbs = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"]), TeamNotes(hub)

    async def write(request: Request, id: str) -> Response:
        """A new note: {"words"}. Header Idempotency-Key: the sender's own key for it; sent again it is there once, and comes back with 200. 201 with the
        CarePlan that holds the note; 409 for another note under that key."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"words"})
        key = request.headers.get("idempotency-key", "").strip()
        if len(key) > _LONGEST_KEY:
            raise Rejected(issue("API-005", at="Idempotency-Key"))
        kept = await run_in_threadpool(verbs.write, requester, id, asked.get("words", ""), key)
        return written(request, kept.record, 201 if kept.written else 200)

    async def revise(request: Request, id: str) -> Response:
        """The next version of a note: {"words"}, with If-Match. 412 when somebody changed it meanwhile; nothing is stored then."""
        return await _change(request, id, verbs.revise)

    async def withdraw(request: Request, id: str) -> Response:
        """Withdraw a note: {"words"} say why, with If-Match. What it said stays."""
        return await _change(request, id, verbs.withdraw)

    async def _change(request: Request, id: str, verb: Callable[[Requester, str, str, int], NoteKept]) -> Response:
        requester, seen = credentials.sender(request), seen_version(request)
        asked = await json_texts(request, _LIMIT, {"words"})
        kept = await run_in_threadpool(verb, requester, id, asked.get("words", ""), seen)
        return written(request, kept.record, 200)

    options: dict[str, Any] = {"methods": ["POST"], "response_class": Response}
    router.add_api_route("/Patient/{id}/$care-plan-note", write, status_code=201, **options)
    router.add_api_route("/CarePlan/{id}/$revise-note", revise, **options)
    router.add_api_route("/CarePlan/{id}/$withdraw-note", withdraw, **options)
    return router
