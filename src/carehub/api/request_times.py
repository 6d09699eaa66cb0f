"""How long each request took, by the template of its route, its method and the class of its status: never by its path, which may name a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN, OTHER = "unknown", "other"


class Timed:
    """Pure ASGI middleware, outside all others: what it measures includes them, until the last byte was given to the server. observe: told route,
    method, class of status and seconds. routes: the application's."""

    def __init__(self, app: ASGIApp, observe: Callable[[str, str, str, float], None], routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._observe = observe
        self._routes = routes
        self._templates: dict[object, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            self._observe(self._template(scope), method, f"{status // 100}xx", time.perf_counter() - began)

    def _template(self, scope: Scope) -> str:
        """The route that answered, as it is declared; UNKNOWN for a path that is none of ours."""
        if way := scope.get("carehub.way"):
            return str(way.route.path)
        if not self._templates:
            self._templates = dict(_templates(self._routes, ""))
        return self._templates.get(scope.get("endpoint"), UNKNOWN)


def _templates(routes: Iterable[BaseRoute], before: str) -> Iterable[tuple[object, str]]:
    for route in routes:
        path = before + str(getattr(route, "path", ""))
        if isinstance(route, Mount):
            inner = list(route.routes or ())
            yield from _templates(inner, path) if inner else [(route.app, path)]
        elif (endpoint := getattr(route, "endpoint", None)) is not None:
            yield endpoint, path
