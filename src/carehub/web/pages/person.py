"""The person record: overview, section lists, sources, what was sent, and the sheets for paper."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.sections import BY_KEY
from carehub.governance.redaction import Disclosed
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.web import screen, section_list
from carehub.web.door import Door
from carehub.web.glance import glance
from carehub.web.pack import NOT_ON_PAPER, for_paper
from carehub.web.pages.earlier import read
from carehub.web.source_lines import source_lines


def routes(door: Door) -> list[BaseRoute]:
    """All pages about one person. Each asks the door out for itself; nothing is kept between pages."""

    def overview(request: Request) -> Response:
        record, frame = read(door, request, "overview")
        if not frame.earlier and screen.opened(record).plan.person != _person(request):
            return RedirectResponse(f"/people/{screen.opened(record).plan.person}?joined=yes", 303)
        view = screen.overview(record)
        joined = request.query_params.get("joined") == "yes"
        return door.show(
            request, "overview.html", view=view, glance=glance(record, view.nowhere), frame=frame, here="overview", joined=joined
        )

    def section(request: Request) -> Response:
        key = request.path_params["section"]
        if key not in BY_KEY:
            raise Missing(issue("API-003"))
        record, frame = read(door, request, key)
        fold = request.query_params.get("fold") != "off"
        page, way = _page_number(request.query_params.get("page", "1")), request.query_params.get("view", "")
        view = section_list.section(record, key, fold=fold, page=page, view=way)
        return door.show(request, "section.html", view=view, frame=frame, here=key)

    def sources(request: Request) -> Response:
        record, frame = read(door, request, "sources")
        return door.show(
            request,
            "sources.html",
            frame=frame,
            sources=source_lines(screen.opened(record)),
            shares=screen.shares(record),
            here="sources",
        )

    def as_sent(request: Request) -> Response:
        asking = door.requester(request)
        record = request.query_params.get("record", "")
        if not record:
            raise Missing(issue("API-003"))
        held = door.hub.person_record(asking, _person(request), "as-sent")
        sent = door.hub.as_sent(asking, _person(request), record)
        return door.show(request, "as_sent.html", frame=screen.frame(held), record=record, text=sent_text(sent), here="")

    def printed(request: Request) -> Response:
        record = for_paper(door.hub.person_record(door.requester(request), _person(request), "print"))
        view = screen.overview(record)
        return door.show(
            request,
            "print.html",
            view=view,
            frame=view.frame,
            parts=section_list.sheets(record),
            not_on_paper=NOT_ON_PAPER,
        )

    return [
        Route("/people/{person}", overview),
        Route("/people/{person}/sources", sources),
        Route("/people/{person}/as-sent", as_sent),
        Route("/people/{person}/print", printed),
        Route("/people/{person}/{section}", section),
    ]


def sent_text(sent: Disclosed[bytes]) -> str:
    """The stored JSON, letter for letter. Raises TypeError for anything that the door out did not release."""
    if not isinstance(sent, Disclosed):
        raise TypeError("a page shows only what was disclosed")
    return sent.value.decode("utf-8")


def _person(request: Request) -> str:
    return str(request.path_params["person"])


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
