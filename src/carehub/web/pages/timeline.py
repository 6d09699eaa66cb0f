"""The timeline of one person (S5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.timeline import asked_for
from carehub.web.door import Door
from carehub.web.pages.earlier import read
from carehub.web.timeline import timeline_view


def routes(door: Door) -> list[BaseRoute]:
    """The one page; what it shows is in its address, and nothing is remembered."""

    def timeline(request: Request) -> Response:
        record, frame = read(door, request, "timeline")
        query = request.query_params
        span, kinds = asked_for(query.get("span", ""), query.getlist("show"))
        page = query.get("page", "1")
        view = timeline_view(record, span, kinds, int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1)
        return door.show(request, "timeline.html", view=view, frame=frame, here="timeline")

    return [Route("/people/{person}/timeline", timeline)]
