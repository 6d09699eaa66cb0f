"""The pack for paper: a meeting's sheets about one person, and the person's own copy (S12); and the meeting's screen (UI-86)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.web.door import Door
from carehub.web.meeting import ROLES, for_a_screen
from carehub.web.pack import pack


def routes(door: Door) -> list[BaseRoute]:
    """Three addresses for one kind of page. Each is audited under its own name."""

    def for_meeting(request: Request) -> Response:
        return show(request, "pack")

    def for_person(request: Request) -> Response:
        return show(request, "person's copy")

    def show(request: Request, page: str) -> Response:
        record = door.hub.person_record(door.requester(request), str(request.path_params["person"]), page)
        view = pack(record, for_person=page != "pack")
        return door.show(request, "pack.html", view=view, frame=view.frame, large=request.query_params.get("large") == "yes")

    def on_a_screen(request: Request) -> Response:
        """present: once for each role in the room; without any, every role is taken to be."""
        asked = [role for role in request.query_params.getlist("present") if role in ROLES]
        present = asked or list(ROLES)
        person = str(request.path_params["person"])
        record = for_a_screen(door.hub.person_record(door.requester(request), person, "meeting screen", present=present))
        view = pack(record, for_person=False)
        return door.show(request, "meeting.html", view=view, frame=view.frame, roles=ROLES, present=present)

    return [
        Route("/people/{person}/pack", for_meeting),
        Route("/people/{person}/pack/person", for_person),
        Route("/people/{person}/meeting", on_a_screen),
    ]
