"""Demonstration sign-in: choose a persona. These routes exist only when the app is made for a demonstration."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.web.door import Door
from carehub.web.sign_in import PersonaSignIn, persona_key


def routes(door: Door, personas: PersonaSignIn) -> list[BaseRoute]:
    """GET and POST /sign-in, POST /sign-out."""

    async def choose(request: Request) -> Response:
        return _page(door, personas, request, onward(request.query_params.get("next", "")))

    async def chosen(request: Request) -> Response:
        fields = await door.form(request)
        next_path = onward(fields.get("next", ""))
        response = RedirectResponse(next_path, status_code=303)
        if not personas.choose(fields.get("persona", ""), request, response):
            return _page(door, personas, request, next_path, mistake="Choose who you are working as", status=422)
        return response

    async def leave(request: Request) -> Response:
        await door.form(request)
        response = RedirectResponse("/sign-in", status_code=303)
        personas.leave(request, response)
        return response

    return [
        Route("/sign-in", choose, methods=["GET"]),
        Route("/sign-in", chosen, methods=["POST"]),
        Route("/sign-out", leave, methods=["POST"]),
    ]


def _page(door: Door, personas: PersonaSignIn, request: Request, next_path: str, *, mistake: str = "", status: int = 200) -> Response:
    choices = [(persona_key(persona), persona) for persona in personas.personas()]
    return door.show(request, "sign_in.html", status=status, choices=choices, next_path=next_path, mistake=mistake)


def onward(path: str) -> str:
    """A path of this app to go on to, or the search: never another site, whatever a link says."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe else "/people"
