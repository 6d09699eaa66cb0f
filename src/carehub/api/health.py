"""/health/live: the process answers. /health/ready: the store can be read and written."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from carehub.fhir.canonical import dumps
from carehub.hub.hub import Hub
from carehub.hub.read_only import Halt
from carehub.hub.rules_in_force import standing_out


def health_routes(hub: Hub, halted: Callable[[], Halt | None] = lambda: None) -> APIRouter:
    """Two routes for whoever watches the process. Readiness answers 503 with an OperationOutcome when the store cannot be used; a hub that is
    read-only (halted) is ready to be read, and says "read-only"."""
    router = APIRouter(tags=["health"])

    async def live() -> Response:
        """The process answers."""
        return Response(dumps({"status": "live"}), media_type="application/json")

    def ready() -> Response:
        """The store can be read and written, which feeds are loaded, and whether all of it was linked by the identity rules of the settings."""
        hub.ready()
        rules = standing_out(hub.store.links, hub.log, hub.scales) or "as decided"
        status = "read-only" if halted() else "ready"
        return Response(dumps({"status": status, "feeds": hub.catalogue.feeds(), "identity_rules": rules}), media_type="application/json")

    router.add_api_route("/health/live", live, methods=["GET"])
    router.add_api_route("/health/ready", ready, methods=["GET"])
    return router
