"""What the person disputes of their record, over the API: Patient/{id}/$dispute says it, $withdraw-dispute withdraws it. Readers are told in the unified
care plan."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_texts
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.hub.disputing import Disputing
from carehub.hub.hub import Hub

_LIMIT = 20_000


def dispute_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Both routes store something, so they take a credential and no browser's session."""
    router = APIRouter(prefix="/fhir/R4", tags=["FHIR R4"])
    verb = Disputing(hub)

    async def dispute(request: Request, id: str) -> Response:
        """Say that the person disputes an entry: {"record": "Type/id" of its source record, "words": theirs}. 201 with the dispute's id; 409 where one
        stands and the source has changed nothing since."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"record", "words"})
        made = await run_in_threadpool(verb.dispute, requester, id, asked.get("record", ""), asked.get("words", ""))
        told = {"resourceType": "Parameters", "parameter": [{"name": "id", "valueString": made}]}
        return Response(dumps(told), status_code=201, media_type=FHIR_JSON)

    async def withdraw(request: Request, id: str) -> Response:
        """Withdraw a dispute: {"dispute": its id, "words": why}. 204."""
        requester, asked = credentials.sender(request), await json_texts(request, _LIMIT, {"dispute", "words"})
        await run_in_threadpool(verb.withdraw, requester, id, asked.get("dispute", ""), asked.get("words", ""))
        return Response(status_code=204)

    options: dict[str, Any] = {"methods": ["POST"], "response_class": Response}
    router.add_api_route("/Patient/{id}/$dispute", dispute, status_code=201, **options)
    router.add_api_route("/Patient/{id}/$withdraw-dispute", withdraw, status_code=204, **options)
    return router
