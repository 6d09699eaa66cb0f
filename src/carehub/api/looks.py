"""Under /identity: who has looked at a record, and what one of them was shown, as JSON: the same facts as on the page and from `carehub audit`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.hub.as_shown import AsShown, Shown
from carehub.hub.hub import Hub
from carehub.hub.who_looked import Asked, WhoLooked
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import valid_date

_PAGE = 50
_ASKED = frozenset({"first", "last", "organisation", "purpose", "refused", "page"})


def look_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Both routes decide and are themselves written down as looks at the person. Names only where policy lets the reader see them."""
    router = APIRouter(prefix="/identity", tags=["who looked"])

    def looks(request: Request, person: str) -> Response:
        """Every look and refusal about a person, newest first, 50 a page. first, last: days (YYYY-MM-DD, UTC); organisation; purpose; refused=yes."""
        requester, given = credentials.requester(request), request.query_params
        days = [given.get(name, "") for name in ("first", "last")]
        page = given.get("page", "1")
        if not given.keys() <= _ASKED or not all(not day or (valid_date(day) and len(day) == 10) for day in days):
            raise Rejected(issue("API-005", at="day"))
        if not (page.isascii() and page.isdecimal() and 0 < int(page[:6]) <= 10_000):
            raise Rejected(issue("API-005", at="page"))
        asked = Asked(days[0], days[1], given.get("organisation", ""), given.get("purpose", ""), given.get("refused", "") == "yes")
        told = WhoLooked(hub).at(requester, person, asked).value
        start = (int(page[:6]) - 1) * _PAGE
        body = {
            "person": told.person,
            "all": told.all,
            "people": told.people,
            "since": told.since,
            "older_left_out": told.more,
            "found": len(told.looks),
            "page": int(page[:6]),
            "pages": max(1, -(-len(told.looks) // _PAGE)),
            "looks": told.looks[start : start + _PAGE],
        }
        return Response(dumps(body), media_type="application/json")

    def as_shown(request: Request, entry: str) -> Response:
        """What the reader of one audit entry was shown, worked out anew, and whether its hash is the one written down then."""
        return Response(dumps(of_shown(Shown(hub).at(credentials.requester(request), entry).value)), media_type="application/json")

    router.add_api_route("/people/{person}/looks", looks, methods=["GET"], response_class=Response)
    router.add_api_route("/looks/{entry}/as-shown", as_shown, methods=["GET"], response_class=Response)
    return router


def of_shown(told: AsShown) -> dict[str, Any]:
    """What was shown, with the verdict; record is null where the reader may not read it."""
    return {
        "entry": told.entry,
        "person": told.person,
        "at": told.at,
        "name": told.name,
        "role": told.role,
        "organisation": told.organisation,
        "page": told.page,
        "withheld": told.withheld,
        "same": told.same,
        "shown": told.shown,
        "rebuilt": told.rebuilt,
        "limits": told.limits,
        "record": told.record,
    }
