"""What a section says that carehub could not read, as its sources sent it (UI-17)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.missing import type_words
from carehub.careplan.sections import BY_KEY
from carehub.hub.not_read import NotRead
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import CATALOGUE, issue
from carehub.web import screen
from carehub.web.door import Door

MOST = 100


def routes(door: Door, verb: NotRead) -> list[BaseRoute]:
    """GET /people/{person}/{section}/not-read."""

    def not_read(request: Request) -> Response:
        person, key = str(request.path_params["person"]), request.path_params["section"]
        if key not in BY_KEY:
            raise Missing(issue("API-003"))
        asking = door.requester(request)
        held = door.hub.person_record(asking, person, f"{key}: not read")
        entries = verb.of(asking, person, key).value
        rows = [(one, type_words(one.type), CATALOGUE[one.why].text if one.why else "") for one in entries[:MOST]]
        return door.show(request, "not_read.html", frame=screen.frame(held), heading=BY_KEY[key], rows=rows, total=len(entries), here=key)

    return [Route("/people/{person}/{section}/not-read", not_read)]
