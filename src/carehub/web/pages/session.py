"""A session that is about to end: the sheet that shows its warning at the right moment, and what the warning's button does (UI-84)."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.terms.errors import Unauthenticated
from carehub.terms.issue_catalogue import issue
from carehub.web.door import Door

WARNED = timedelta(minutes=2)
"""How long before a session ends its user is warned."""


def routes(door: Door) -> list[BaseRoute]:
    """POST /session lets a session go on, GET /session says until when, GET /session.css uncovers the warning."""

    async def go_on(request: Request) -> Response:
        door.requester(request)
        await door.form(request)
        response = RedirectResponse("/session", status_code=303)
        door.sign_in.go_on(request, response)
        return response

    async def until(request: Request) -> Response:
        ending = door.sign_in.ends(request)
        if ending is None:
            raise Unauthenticated(issue("API-001"))
        return door.show(request, "session.html", until=ending)

    return [Route("/session", go_on, methods=["POST"]), Route("/session", until, methods=["GET"]), Route("/session.css", _warning)]


def _warning(request: Request) -> Response:
    """left: seconds until the session ends. No script is allowed and no style may be in line, so the moment is in a sheet of its own."""
    said = request.query_params.get("left", "")
    left = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    wait = max(0, left - int(WARNED.total_seconds()))
    sheet = "".join(
        f".ch-session__{name} {{ animation: ch-session 1s step-end {seconds}s both; }}\n"
        for name, seconds in (("ends", wait), ("over", left))
    )
    return Response(sheet, media_type="text/css")
