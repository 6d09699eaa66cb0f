"""Sign-in by the organisation's own provider: there and back, the choice of one of several roles, and every way of signing out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.terms.errors import CarehubError, OutsideDown
from carehub.web.door import Door
from carehub.web.failures import failure_of
from carehub.web.forms import read_form
from carehub.web.pages.sign_in import onward
from carehub.web.provider_sign_in import ProviderSignIn

CALLBACK = "/sign-in/callback"
T = TypeVar("T")
_AT_ONCE = 4
"""So many wait for the provider at most: while it hangs, the threads that others read records in stay free."""
_IN_A_PATH = ":/%#?=@[]!$&'()*+,;"


def routes(door: Door, signing: ProviderSignIn) -> list[BaseRoute]:
    """GET /sign-in and its callback, GET and POST /sign-in/role, POST /sign-out, GET /signed-out, and POST /sign-in/back-channel-logout."""

    few = asyncio.Semaphore(_AT_ONCE)

    async def asked(ask: Callable[..., T], *given: object) -> T:
        async with few:
            return await run_in_threadpool(ask, *given)

    async def begin(request: Request) -> Response:
        next_path = onward(request.query_params.get("next", ""))
        session = signing.session(request)
        if session is not None and len(session.offered) > 1:
            return RedirectResponse(f"/sign-in/role?next={quote(next_path, safe='')}", status_code=303)
        response = RedirectResponse("/", status_code=303)
        try:
            response.headers["location"] = await asked(signing.begin, request, response, next_path)
        except OutsideDown as error:
            return _failed(door, request, error)
        return response

    async def back(request: Request) -> Response:
        response = RedirectResponse("/", status_code=303)
        try:
            session, next_path = await asked(signing.finish, request, response)
        except CarehubError as error:
            return _failed(door, request, error)
        chosen = session.requester is not None
        response.headers["location"] = (
            quote(onward(next_path), safe=_IN_A_PATH) if chosen else f"/sign-in/role?next={quote(next_path, safe='')}"
        )
        return response

    async def roles(request: Request) -> Response:
        session = signing.session(request)
        next_path = onward(request.query_params.get("next", ""))
        if session is None:
            return RedirectResponse(f"/sign-in?next={quote(next_path, safe='')}", status_code=303)
        return door.show(request, "choose_role.html", choices=list(enumerate(session.offered)), next_path=next_path, mistake="")

    async def chosen(request: Request) -> Response:
        fields = await door.form(request)
        session, next_path = signing.session(request), onward(fields.get("next", ""))
        if session is not None and "role" not in fields:
            mistake = "Choose who you are working as"
            return door.show(
                request, "choose_role.html", status=422, choices=list(enumerate(session.offered)), next_path=next_path, mistake=mistake
            )
        response = RedirectResponse(next_path, status_code=303)
        signing.choose(request, response, fields.get("role", ""))
        return response

    async def leave(request: Request) -> Response:
        await door.form(request)
        response = RedirectResponse("/signed-out", status_code=303)
        signing.leave(request, response)
        return response

    async def left(request: Request) -> Response:
        address = await asked(signing.provider.end_address, signing.provider.redirect.removesuffix(CALLBACK) + "/signed-out")
        return door.show(request, "left.html", end_address=address)

    async def logged_out(request: Request) -> Response:
        """The provider calls this, not a browser: no cookie and no form token, only what it signed."""
        try:
            await asked(signing.logged_out, (await read_form(request)).get("logout_token", ""))
        except CarehubError as error:
            return Response(
                f'{{"error": "invalid_request", "error_description": "{error.issues[0].number}"}}', 400, media_type="application/json"
            )
        return Response(status_code=200)

    return [
        Route("/sign-in", begin, methods=["GET"]),
        Route(CALLBACK, back, methods=["GET"]),
        Route("/sign-in/role", roles, methods=["GET"]),
        Route("/sign-in/role", chosen, methods=["POST"]),
        Route("/sign-in/back-channel-logout", logged_out, methods=["POST"]),
        Route("/sign-out", leave, methods=["POST"]),
        Route("/signed-out", left, methods=["GET"]),
    ]


def _failed(door: Door, request: Request, error: CarehubError) -> Response:
    """A page, and never another redirect: a browser that is sent round and round tells its user nothing."""
    status = failure_of(error).status
    return door.show(request, "sign_in_failed.html", status=status, issues=error.issues)
