"""A shortcut to a route: by the words of a path instead of by trying every route in turn, which took a third of the processor time of a read, and past
the machinery of parameters where there are none but the words of the path."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

Words = tuple[str, ...]
"""The parts of a path; "" for a part that is no word of any route, such as an id."""
_THREADS = ThreadPoolExecutor(40, "carehub-read")
"""Endpoints run in these: the way into such a thread and back is shorter than Starlette's, a tenth of the processor time of a read by id."""


class Way(NamedTuple):
    """A route by the parts of its path, and what answers."""

    parts: Words
    route: Route
    answer: ASGIApp


class Shortcut(BaseRoute):
    """Stands before all routes and leads to the one that they would come to, which is tried as ever. Where none of these fits whole, path and method,
    it fits nothing, and the routes after it say what is wrong. routes: in the order in which they are tried."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        found = [Way(_parts(route.path), route, _plain(route) or route.handle) for route in routes if isinstance(route, Route)]
        # A parameter that may hold a slash has no number of parts: such a route is reached the long way.
        self.ways = [way for way in found if not any(":" in part for part in way.parts)]
        self._words = {part for way in self.ways for part in way.parts if not part.startswith("{")}
        self.kept: dict[Words, Sequence[Way]] = {}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The route's own match, with what answers."""
        if scope["type"] == "http" and not scope.get("root_path"):
            for way in self._leading(tuple(part if part in self._words else "" for part in _parts(scope["path"]))):
                match, further = way.route.matches(scope)
                if match is Match.FULL:
                    return match, {**further, "carehub.way": way}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the route found does."""
        await scope["carehub.way"].answer(scope, receive, send)

    def _leading(self, words: Words) -> Sequence[Way]:
        leading = self.kept.get(words)
        if leading is None:
            leading = [way for way in self.ways if _fits(way.parts, words)]
            if leading:  # only what leads anywhere is kept, so that no path which is made up can fill the table
                self.kept[words] = leading
        return leading


def _plain(route: Route) -> ASGIApp | None:
    """What answers where the endpoint takes the request and the words of its path and returns a Response: the endpoint as it stands. What it raises is
    told by the application, as ever. None for any other, which FastAPI reads the parameters of."""
    endpoint, taken = route.endpoint, inspect.signature(route.endpoint, eval_str=True)
    wanted = {name: one.annotation for name, one in taken.parameters.items()}
    if wanted != {"request": Request, **dict.fromkeys(route.param_convertors, str)} or taken.return_annotation is not Response:
        return None
    waits = inspect.iscoroutinefunction(endpoint)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        words = request.path_params
        if waits:
            response = await endpoint(request, **words)
        else:
            response = await asyncio.get_running_loop().run_in_executor(_THREADS, partial(copy_context().run, endpoint, request, **words))
        await response(scope, receive, send)

    return answer


def _parts(path: str) -> Words:
    return tuple(path.split("/"))


def _fits(parts: Words, words: Words) -> bool:
    return len(parts) == len(words) and all(part == word or part.startswith("{") for part, word in zip(parts, words, strict=True))
