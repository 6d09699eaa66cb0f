"""/operations/feeds: how each feed stands, for whoever runs the hub. Counts and times only."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.hub.hub import Hub
from carehub.terms.moments import iso


def feed_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """One route. It decides, audits, and only then counts."""
    router = APIRouter(prefix="/operations", tags=["operations"])

    def feeds(request: Request) -> Response:
        """Every feed and source: state with its sentence, last message, volume against usual, dead letters, unreadable share, unmapped codes."""
        requester = credentials.requester(request)
        lines = hub.disclosing.operations(requester, "feed health", hub.feed_health).value
        said: dict[str, Any] = {"at": iso(hub.clock()), "feeds": [asdict(line) for line in lines]}
        return Response(dumps(said), media_type="application/json")

    router.add_api_route("/feeds", feeds, methods=["GET"], response_class=Response)
    return router
