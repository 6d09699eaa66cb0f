"""The shortcut to a route leads where trying every route in turn leads, and keeps nothing for paths that are made up."""

from __future__ import annotations

import re

from starlette.routing import Match, Route

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.api.shortcut import Shortcut
from doors.api.conftest import granting
from hub.toy_hub import toy_hub


def asked(path: str, method: str) -> dict[str, object]:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def walked(routes: list[Route], path: str, method: str) -> Route | None:
    return next((route for route in routes if route.matches(asked(path, method))[0] is Match.FULL), None)


def test_every_path_leads_where_trying_each_route_in_turn_leads() -> None:
    hub = toy_hub()
    app = create_api(hub, Credentials({}, {}), max_body_bytes=10, granting=granting(hub))
    [shortcut] = [one for one in app.router.routes if isinstance(one, Shortcut)]
    routes = [way.route for way in shortcut.ways]
    # An id may be the very word of another route, and a type one that is not served.
    for word in ("x1", "_search", "Patient", "$everything", "Basic", "", "a b", "ünï"):
        for path in {re.sub(r"\{\w+\}", word, route.path) for route in routes}:
            for method in ("GET", "POST", "PUT", "DELETE"):
                match, further = shortcut.matches(asked(path, method))
                expected = walked(routes, path, method)
                assert (match is Match.FULL) == (expected is not None), (method, path)
                if expected is not None:
                    assert further["carehub.way"].route is expected, (method, path)
                    assert further["path_params"] == expected.matches(asked(path, method))[1]["path_params"]
    assert len(routes) > 100
    # What takes more than the words of its path, such as a count, is left to FastAPI.
    longer = {way.route.path for way in shortcut.ways if way.answer == way.route.handle}
    assert {"/operations/quarantine", "/identity/history"} <= longer
    assert not any("{type}" in path or "/Patient" in path for path in longer)
    kept = len(shortcut.kept)
    for number in range(100):
        assert shortcut.matches(asked("/made/up" * number, "GET"))[0] is Match.NONE
        assert shortcut.matches(asked(f"/fhir/R4/Made{number}/up", "GET"))[0] is Match.FULL  # a type and an id
    assert len(shortcut.kept) <= kept + 1
