"""Tokens for apps: POST /oauth2/token, /introspect and /revoke, and SMART's own description of them. Where a user consents is a page of the web."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.outcomes import status_of
from carehub.fhir.canonical import dumps
from carehub.terms.errors import CarehubError, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant
from carehub.tokens.granting import Grant, Granting
from carehub.tokens.jose import CLIENT_ALGORITHMS

_LIMIT = 40_000
# RFC 6749 section 5.2 in this hub's numbers; what is in neither is an invalid request.
_CODES = {"SIGN-008": "invalid_client", "SIGN-009": "invalid_grant", "SIGN-010": "invalid_scope"}
_OF_USERS = ("launch-standalone", "context-standalone-patient", "client-public", "permission-patient", "permission-user")
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def addresses_of(granting: Granting) -> dict[str, str]:
    """Where access is asked for, by the names of SMART's oauth-uris extension."""
    names = ("authorize", "token", "introspect", "revoke")
    return {name: address for name in names if (address := getattr(granting, name))}


def oauth_routes(granting: Granting) -> APIRouter:
    """Errors are those of RFC 6749, with the catalogue's number and words as their description: OAuth clients read nothing else."""
    router = APIRouter(tags=["Access for apps"])

    async def token(request: Request) -> Response:
        """An access token, for a code or for a backend client's assertion."""
        return await _answer(request, lambda form: _given(*granting.exchange(form)))

    async def introspect(request: Request) -> Response:
        """What an app's own token stands for (RFC 7662); of any other only that it is not active."""

        def told(form: Mapping[str, str]) -> dict[str, Any]:
            app, found = granting.app_of(form), granting.grant_of(form.get("token", ""))
            return _introspected(found) if found and found.app == app.id else {"active": False}

        return await _answer(request, told)

    async def revoke(request: Request) -> Response:
        """An app gives a token back (RFC 7009)."""

        def ended(form: Mapping[str, str]) -> dict[str, Any]:
            granting.revoked(granting.app_of(form), form.get("token", ""))
            return {}

        return await _answer(request, ended)

    def configuration() -> Response:
        """SMART App Launch 2.2: what this server does for apps."""
        return Response(dumps(_configuration(granting)), media_type="application/json", headers={"Access-Control-Allow-Origin": "*"})

    for path, route in (("token", token), ("introspect", introspect), ("revoke", revoke)):
        router.add_api_route(f"/oauth2/{path}", route, methods=["POST"], response_class=Response)
    router.add_api_route("/fhir/R4/.well-known/smart-configuration", configuration, methods=["GET"], response_class=Response)
    return router


async def _answer(request: Request, answer: Any) -> Response:
    try:
        form = await _form(request)
        return Response(dumps(await run_in_threadpool(answer, form)), media_type="application/json", headers=_NOT_KEPT)
    except CarehubError as error:
        first = error.issues[0]
        code = "unsupported_grant_type" if first.at == "grant_type" else _CODES.get(first.number, "invalid_request")
        status = status_of(error)
        if status >= 500:
            code = "temporarily_unavailable"
        told = {"error": code, "error_description": f"{first.number}: {first.text}"}
        return Response(dumps(told), status, media_type="application/json", headers=_NOT_KEPT)


async def _form(request: Request) -> dict[str, str]:
    """Raises Rejected (API-005) for another content type, bad UTF-8 and a parameter that comes twice (RFC 6749 section 3.2), and as capped_body does."""
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != "application/x-www-form-urlencoded":
        raise Rejected(issue("API-005"))
    body = await capped_body(request, _LIMIT)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=40)
    except ValueError:
        raise Rejected(issue("API-005")) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Rejected(issue("API-005"))
    return form


def _given(token: str, grant: Grant) -> dict[str, Any]:
    """RFC 6749 section 5.1 with SMART's launch context."""
    until, since = instant(grant.until), instant(grant.since)
    lasts = until - since if until and since else timedelta(0)
    told = {"access_token": token, "token_type": "Bearer", "expires_in": int(lasts.total_seconds()), "scope": " ".join(grant.scopes)}
    # The person's banner is this hub's; an app shows its own.
    return told | ({"patient": grant.patient, "need_patient_banner": True} if grant.patient else {})


def _introspected(grant: Grant) -> dict[str, Any]:
    times = {name: int(moment.timestamp()) for name, said in (("iat", grant.since), ("exp", grant.until)) if (moment := instant(said))}
    told: dict[str, Any] = {"active": True, "client_id": grant.app, "sub": grant.requester.user, "scope": " ".join(grant.scopes)}
    return told | times | ({"patient": grant.patient} if grant.patient else {})


def _configuration(granting: Granting) -> dict[str, Any]:
    told: dict[str, Any] = {
        "token_endpoint": granting.token,
        "introspection_endpoint": granting.introspect,
        "revocation_endpoint": granting.revoke,
        "grant_types_supported": ["client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
        "scopes_supported": ["system/*.cruds"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }
    if not granting.authorize:
        return told
    started = ["launch-ehr", "context-ehr-patient"] if any(app.launch for app in granting.apps.values()) else []
    return told | {
        "authorization_endpoint": granting.authorize,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", *told["grant_types_supported"]],
        "token_endpoint_auth_methods_supported": [*told["token_endpoint_auth_methods_supported"], "none"],
        "scopes_supported": ["launch", "launch/patient", "patient/*.rs", "user/*.cruds", *told["scopes_supported"]],
        "capabilities": [*told["capabilities"], *started, *_OF_USERS],
    }
