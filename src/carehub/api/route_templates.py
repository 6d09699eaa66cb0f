"""The template of the route that answers a request, as it is declared: never the path, which may name a person."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Mount
from starlette.types import Scope

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN, OTHER = "unknown", "other"


class Templates:
    """routes: the application's; looked at when the first request is there, because they are added one after another."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = routes
        self._found: dict[object, str] = {}

    def every(self) -> frozenset[str]:
        """All that there are."""
        return frozenset({*self._all().values(), UNKNOWN})

    def of(self, scope: Scope) -> str:
        """That of the route that answered; UNKNOWN for a path that is none of ours."""
        if way := scope.get("carehub.way"):
            return str(way.route.path)
        return self._all().get(scope.get("endpoint"), UNKNOWN)

    def _all(self) -> dict[object, str]:
        if not self._found:
            self._found = dict(_templates(self._routes, ""))
        return self._found


def method_of(scope: Scope) -> str:
    """The request's method; OTHER for a word that is none, because whoever asks may choose it."""
    return scope["method"] if scope["method"] in METHODS else OTHER


def _templates(routes: Iterable[BaseRoute], before: str) -> Iterable[tuple[object, str]]:
    for route in routes:
        path = before + str(getattr(route, "path", ""))
        if isinstance(route, Mount):
            inner = list(route.routes or ())
            yield from _templates(inner, path) if inner else [(route.app, path)]
        elif (included := getattr(route, "original_router", None)) is not None:  # how FastAPI keeps what was included
            yield from _templates(included.routes, path)
        elif (endpoint := getattr(route, "endpoint", None)) is not None:
            yield endpoint, path
