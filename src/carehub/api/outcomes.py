"""Error class to HTTP status and OperationOutcome: the one table. Unforeseen errors give a number and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from carehub.fhir.canonical import dumps
from carehub.fhir.outcome import operation_outcome
from carehub.terms.errors import (
    CarehubError,
    Missing,
    NonConformant,
    OutsideDown,
    Overtaken,
    Refused,
    Rejected,
    StoreBusy,
    Unauthenticated,
    Unavailable,
    Unmappable,
    Unreadable,
)
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

FHIR_JSON = "application/fhir+json"

STATUS: dict[type[CarehubError], int] = {
    CarehubError: 500,
    Rejected: 422,
    Unreadable: 422,
    Unmappable: 422,
    NonConformant: 422,
    Unavailable: 503,
    StoreBusy: 503,
    OutsideDown: 503,
    Refused: 403,
    Unauthenticated: 401,
    Missing: 404,
    Overtaken: 409,
}

# A number says more than its class where HTTP has a status of its own for it.
_STATUS_OF_NUMBER = {
    "GATE-001": 413,
    "API-005": 400,
    "API-004": 400,
    "API-006": 413,
    "API-007": 406,
    "API-010": 400,
    "API-012": 405,
    "API-016": 400,
    "API-018": 410,
    "API-020": 408,
    "GOV-007": 429,
    "SIGN-007": 400,
    "SIGN-009": 400,
    "SIGN-010": 400,
    "ACT-003": 412,
    "ACT-004": 428,
    "CON-001": 412,
    "FEED-002": 400,
    "EXP-001": 429,
    "EXP-002": 400,
}

_HEADERS = {503: {"Retry-After": "2"}, 429: {"Retry-After": "60"}, 401: {"WWW-Authenticate": "Bearer"}}


def status_of(error: CarehubError) -> int:
    """The HTTP status of an error: by its first issue's number, else by its nearest class."""
    number = error.issues[0].number
    if number in _STATUS_OF_NUMBER:
        return _STATUS_OF_NUMBER[number]
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def outcome_response(issues: Sequence[Issue], status: int) -> Response:
    """An OperationOutcome as a response."""
    return Response(dumps(operation_outcome(issues)), status, media_type=FHIR_JSON, headers=_HEADERS.get(status))


async def on_error(request: Request, error: Exception) -> Response:
    """Starlette exception handler for CarehubError."""
    if not isinstance(error, CarehubError):
        raise TypeError("only CarehubError is handled here") from error
    return outcome_response(error.issues, status_of(error))


async def on_http(request: Request, error: Exception) -> Response:
    """Starlette exception handler for the framework's own refusals: unknown path, wrong method, bad request."""
    status = getattr(error, "status_code", 500)
    number = {404: "API-003", 405: "API-012", 406: "API-007", 413: "API-006"}.get(status, "API-005" if status < 500 else "API-008")
    return outcome_response([issue(number)], status)
