"""/health/live: the process answers. /health/ready: the store can be read and written."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carehub.fhir.canonical import dumps
from carehub.hub.hub import Hub


def health_routes(hub: Hub) -> APIRouter:
    """Two routes for whoever watches the process. Readiness answers 503 with an OperationOutcome when the store cannot be used."""
    router = APIRouter(tags=["health"])

    async def live() -> Response:
        """The process answers."""
        return Response(dumps({"status": "live"}), media_type="application/json")

    def ready() -> Response:
        """The store can be read and written, and how many adapters are loaded."""
        hub.ready()
        return Response(dumps({"status": "ready", "feeds": hub.catalogue.feeds()}), media_type="application/json")

    router.add_api_route("/health/live", live, methods=["GET"])
    router.add_api_route("/health/ready", ready, methods=["GET"])
    return router
