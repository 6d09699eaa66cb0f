"""create_api: the FHIR door, the door in and the health checks as one ASGI application."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Scope

from carehub import __version__
from carehub.api.about_me import about_me_routes
from carehub.api.audit_events import audit_routes
from carehub.api.care_plans import care_plan_routes
from carehub.api.compressing import Compressing
from carehub.api.disagreements import disagreement_routes
from carehub.api.disputes import dispute_routes
from carehub.api.emergency import emergency_routes
from carehub.api.everything import everything_routes
from carehub.api.exporting import export_routes
from carehub.api.feeds import feed_routes
from carehub.api.governance import governance_routes
from carehub.api.groups import group_routes
from carehub.api.health import health_routes
from carehub.api.history import history_routes
from carehub.api.in_time import BodyInTime
from carehub.api.intake import SizeLimits, intake_routes
from carehub.api.looks import look_routes
from carehub.api.matching import matching_routes
from carehub.api.metrics import Times, metric_routes
from carehub.api.notes import note_routes
from carehub.api.oauth import addresses_of, oauth_routes
from carehub.api.openapi import described
from carehub.api.outcomes import on_error, on_http
from carehub.api.patients import fhir_routes
from carehub.api.quarantine import quarantine_routes
from carehub.api.request_spans import Spanned
from carehub.api.request_times import Timed
from carehub.api.requester import Credentials
from carehub.api.reviews import review_routes
from carehub.api.safety import ApiSafety
from carehub.api.search import search_routes
from carehub.api.shortcut import Shortcut
from carehub.api.subject_access import subject_access_routes
from carehub.api.subscriptions import subscription_routes
from carehub.api.summary import summary_routes
from carehub.api.tasks import task_routes
from carehub.api.throttling import Throttling
from carehub.api.timeline import timeline_routes
from carehub.caseload.criteria import Criteria, shipped
from carehub.hub.caseload import Caseloads, caseload_id
from carehub.hub.exporting import Exporting
from carehub.hub.hub import Hub
from carehub.hub.read_only import Halt
from carehub.hub.spans import NOWHERE
from carehub.hub.subscribing import Subscribing
from carehub.terms.errors import CarehubError
from carehub.tokens.granting import Granting

# FastAPI's own spans hold the path and the query of each request, which name people. The hub's are hub.spans.
_SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
_API = frozenset({"fhir", "feeds", "identity", "operations", "governance", "health", "metrics"})


def create_api(
    hub: Hub,
    credentials: Credentials,
    *,
    max_body_bytes: int,
    max_streamed_bytes: int = 0,
    pages: ASGIApp | None = None,
    may_call: Callable[[str], bool] = lambda endpoint: False,
    halted: Callable[[], Halt | None] = lambda: None,
    granting: Granting | None = None,
    most_unproved: int = 0,
    besieged: Callable[[str], None] = lambda address: None,
    criteria: Criteria | None = None,
    times: Times | None = None,
    body_seconds: float = 60.0,
) -> FastAPI:
    """The application. max_body_bytes: the largest submission; max_streamed_bytes: the largest that is a table, if more.

    pages: the web application to mount at "/", or None. may_call: whether the site allows notifications to be sent to an address.
    halted: why the hub takes nothing in, or None; every answer of the API says so.
    granting: gives access to registered apps; None where there are none. most_unproved, besieged: see Throttling.
    criteria: of the caseload; None for those that ship. times: where it is kept how long requests take, if anywhere.
    body_seconds: so long the next piece of a request's body is waited for.

    Every refusal under /fhir, /feeds, /identity, /operations, /metrics and /health is an OperationOutcome. /docs is served without any other origin.
    """
    app = FastAPIOffline(
        title="carehub",
        version=__version__,
        summary="A shared care record: what every source says, what disagrees, what is missing and why.",
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be to whatever host the request names, with the credential
        telemetry=_SILENT,
    )
    app.add_middleware(BodyInTime, seconds=body_seconds)
    app.add_middleware(Compressing)
    app.add_middleware(Throttling, most=most_unproved, noticed=besieged)
    app.add_middleware(ApiSafety, halted=halted)
    if times is not None:
        app.add_middleware(Timed, observe=times.observe, routes=app.router.routes)
    if hub.spans is not NOWHERE:
        app.add_middleware(Spanned, spans=hub.spans, routes=app.router.routes)
    app.add_exception_handler(CarehubError, on_error)
    app.add_exception_handler(RequestValidationError, on_http)
    app.add_exception_handler(HTTPException, on_http)
    caseloads = Caseloads(hub, criteria or shipped())
    routers = [
        health_routes(hub, halted),
        intake_routes(hub, credentials, SizeLimits(max_body_bytes, max(max_body_bytes, max_streamed_bytes))),
        timeline_routes(hub, credentials),
        disagreement_routes(hub, credentials),
        group_routes(caseloads, credentials),
        about_me_routes(hub, credentials),
        emergency_routes(hub, credentials),
        task_routes(hub, credentials),
        subscription_routes(Subscribing(hub, may_call), credentials),
        care_plan_routes(hub, credentials),
        matching_routes(hub, credentials),
        summary_routes(hub, credentials),
        history_routes(hub, credentials),
        search_routes(hub, credentials),
        everything_routes(hub, credentials),
        export_routes(Exporting(hub, caseload_id), credentials),
        audit_routes(hub, credentials),
        *([oauth_routes(granting)] if granting is not None else []),
        fhir_routes(hub, credentials, addresses_of(granting) if granting else None),
        feed_routes(hub, credentials),
        metric_routes(hub, credentials, halted, times),
        quarantine_routes(hub, credentials),
        review_routes(hub, credentials),
        look_routes(hub, credentials),
        governance_routes(hub, credentials),
        subject_access_routes(hub, credentials),
        dispute_routes(hub, credentials),
        note_routes(hub, credentials),
    ]
    app.router.routes.append(Shortcut(route for router in routers for route in router.routes))
    for router in routers:
        app.include_router(router)
    plain = app.openapi
    app.openapi = lambda: app.openapi_schema or described(plain())  # type: ignore[method-assign]
    if pages is not None:
        app.router.routes.append(_Pages("/", pages))
    return app


class _Pages(Mount):
    """The web application at "/", which leaves what nobody serves under an API's prefix to be refused as an API refuses."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        first = scope["path"].split("/", 2)[1:2]
        return (Match.NONE, {}) if first and first[0] in _API else super().matches(scope)
