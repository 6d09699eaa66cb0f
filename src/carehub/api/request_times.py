"""How long each request took, by the template of its route, its method and the class of its status: never by its path, which may name a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.api.route_templates import Templates, method_of


class Timed:
    """Pure ASGI middleware, outside all others: what it measures includes them, until the last byte was given to the server. observe: told route,
    method, class of status and seconds. routes: the application's."""

    def __init__(self, app: ASGIApp, observe: Callable[[str, str, str, float], None], routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._observe = observe
        self._templates = Templates(routes)

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
            self._observe(self._templates.of(scope), method_of(scope), f"{status // 100}xx", time.perf_counter() - began)
