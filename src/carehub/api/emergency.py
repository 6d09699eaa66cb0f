"""Emergency access over the API: /fhir/R4/Patient/{id}/$emergency-access asks, /operations/emergency-access is the privacy officer's queue."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_texts
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.hub.emergency_access import EmergencyAccess, Opened
from carehub.hub.hub import Hub

_JSON = "application/json"
_LIMIT = 20_000


def emergency_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Reading takes a session or a credential; what changes something a credential only."""
    router = APIRouter(tags=["emergency access"])
    verb = EmergencyAccess(hub)

    async def ask(request: Request, id: str) -> Response:
        """Open what the role is not shown: {"kind": "treating" | "agrees" | "legal", "reason"}. Gives the access's id and its end (UTC)."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"kind", "reason"})
        grant = await run_in_threadpool(verb.ask, requester, id, asked.get("kind", ""), asked.get("reason", ""))
        told = [{"name": "id", "valueString": grant.id}, {"name": "until", "valueInstant": grant.over}]
        return Response(dumps({"resourceType": "Parameters", "parameter": told}), status_code=201, media_type=FHIR_JSON)

    def queue(request: Request) -> Response:
        """Every access, the oldest first: who, why, when, what was opened, and how it was reviewed (null while it was not)."""
        found = verb.queue(credentials.requester(request), reviewed=True).value
        return Response(dumps({"access": [_told(one) for one in found]}), media_type=_JSON)

    async def review(request: Request, id: str) -> Response:
        """Review one access: {"answer": "appropriate" | "follow-up", "words"}. 204; 409 where it was reviewed."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"answer", "words"})
        await run_in_threadpool(verb.review, requester, id, asked.get("answer", ""), asked.get("words", ""))
        return Response(status_code=204)

    options: dict[str, Any] = {"response_class": Response}
    router.add_api_route("/fhir/R4/Patient/{id}/$emergency-access", ask, methods=["POST"], status_code=201, **options)
    router.add_api_route("/operations/emergency-access", queue, methods=["GET"], **options)
    router.add_api_route("/operations/emergency-access/{id}", review, methods=["POST"], status_code=204, **options)
    return router


def _told(one: Opened) -> dict[str, Any]:
    grant, asked = one.grant, one.grant.asked
    review = grant.reviewed
    return {
        "id": grant.id,
        "person": asked.person,
        "by": asdict(asked.by),
        "kind": asked.kind,
        "reason": asked.reason,
        "from": asked.at,
        "until": grant.over,
        "opened": [{"at": at, "what": what} for at, what in one.looks],
        "more": one.more,
        "review": {"answer": review.verdict, "words": review.words, "by": review.by.name, "at": review.at} if review else None,
    }
