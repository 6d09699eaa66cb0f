"""Who has looked at this record: every view, print, answer and refusal, newest first, filtered by day, organisation and reason."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.who_looked import Asked, WhoLooked
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import valid_date
from carehub.web import screen
from carehub.web.dates import today
from carehub.web.door import Door

PAGE_ROWS = 100
# HL7 v3 PurposeOfUse in words that a reader uses.
REASONS = {
    "TREAT": "Direct care",
    "PATADMIN": "Putting records right",
    "HOPERAT": "Running the hub",
    "HCOMPL": "Privacy review",
    "BTG": "Emergency access",
    "UNKNOWN": "No reason given",
}
_CARE = "TREAT"


def routes(door: Door, verb: WhoLooked) -> list[BaseRoute]:
    """GET /people/{person}/who-looked?first=&last=&organisation=&purpose=&refused=&page=. Who reads records sees it under the banner."""

    def show(request: Request) -> Response:
        asking, given = door.requester(request), request.query_params
        asked = Asked(
            _day(given.get("first", "")),
            _day(given.get("last", "")),
            given.get("organisation", ""),
            given.get("purpose", ""),
            given.get("refused", "") == "yes",
        )
        told = verb.at(asking, str(request.path_params["person"]), asked).value
        if told.person != request.path_params["person"]:
            return RedirectResponse(f"/people/{told.person}/who-looked", 303)
        page = max(1, int(given["page"])) if given.get("page", "").isdecimal() and len(given["page"]) < 6 else 1
        pages = max(1, -(-len(told.looks) // PAGE_ROWS))
        page = min(page, pages)
        return door.show(
            request,
            "who_looked.html",
            frame=screen.frame(door.hub.person_record(asking, told.person, "who looked")) if asking.purpose == _CARE else None,
            base="person.html" if asking.purpose == _CARE else "steward.html",
            here="",
            told=told,
            shown=told.looks[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
            asked=asked,
            page=page,
            pages=pages,
            reasons=REASONS,
            now=door.clock(),
            expires=today(door.clock() + timedelta(days=1)),
        )

    return [Route("/people/{person}/who-looked", show)]


def _day(text: str) -> str:
    if text and not (valid_date(text) and len(text) == 10):
        raise Rejected(issue("API-005", at="day"))
    return text
