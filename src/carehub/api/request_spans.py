"""Each request told as a span: the template of its route, its method and the class of its status. A trace begins here, whatever trace a caller says it is
part of: what stands in a caller's headers is the caller's, and could be anything."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.api.route_templates import Templates, method_of
from carehub.hub.spans import Spans

_UNTOLD = "/health"


class Spanned:
    """Pure ASGI middleware, outside all others. spans: who is told. routes: the application's. Questions whether the process is well are not told."""

    def __init__(self, app: ASGIApp, spans: Spans, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._spans = spans
        self._templates = Templates(routes)
        self._learned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._learned:
            self._spans.learn("route", self._templates.every())
            self._learned = True
        status = 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._spans.span("request") as span:
            try:
                await self._app(scope, receive, seen)
            finally:
                route = self._templates.of(scope)
                span.note(route=route, method=method_of(scope), status=f"{status // 100}xx")
                if route.startswith(_UNTOLD):
                    span.leave_out()
