"""The pack for paper: a meeting's sheets about one person, and the person's own copy (S12)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.web.door import Door
from carehub.web.pack import pack


def routes(door: Door) -> list[BaseRoute]:
    """Two addresses for one kind of sheet. Each is audited under its own name."""

    def for_meeting(request: Request) -> Response:
        return show(request, "pack")

    def for_person(request: Request) -> Response:
        return show(request, "person's copy")

    def show(request: Request, page: str) -> Response:
        record = door.hub.person_record(door.requester(request), str(request.path_params["person"]), page)
        view = pack(record, for_person=page != "pack")
        return door.show(request, "pack.html", view=view, frame=view.frame, large=request.query_params.get("large") == "yes")

    return [Route("/people/{person}/pack", for_meeting), Route("/people/{person}/pack/person", for_person)]
