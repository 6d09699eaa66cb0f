"""The care plan of every agency as one (S6), now or as it stood, and what changed between two days."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.changes import by_heading_and_agency, day_start
from carehub.governance.redaction import carry
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.badges import Badges
from carehub.web.dates import today
from carehub.web.door import Door
from carehub.web.pages.earlier import moment
from carehub.web.plan_view import plan_view

_A_MONTH = timedelta(days=28)


def routes(door: Door) -> list[BaseRoute]:
    """The plan's pages. `as-of` is an instant or a day; a day means its end."""

    def plan(request: Request) -> Response:
        asking, person = door.requester(request), str(request.path_params["person"])
        at = request.query_params.get("as-of", "")
        view = plan_view(
            door.hub.record_then(asking, person, moment(at, "as-of"), "care plan")
            if at
            else door.hub.person_record(asking, person, "care plan")
        )
        return door.show(request, "plan.html", view=view, frame=view.frame, here="care-plan", at=at)

    def changes(request: Request) -> Response:
        asking, person = door.requester(request), str(request.path_params["person"])
        since = request.query_params.get("since", "") or today(door.clock() - _A_MONTH)
        until = request.query_params.get("until", "")
        found = door.hub.changes(asking, person, _from(since), moment(until, "until") if until else None, "care plan changes")
        held = found.value
        return door.show(
            request,
            "plan_changes.html",
            frame=screen.frame(carry(found, held.record)),
            found=held,
            groups=by_heading_and_agency(held.changes),
            badges=Badges.of(held.record.plan).of_all,
            since=since,
            until=until,
            here="care-plan",
        )

    return [Route("/people/{person}/care-plan", plan), Route("/people/{person}/care-plan/changes", changes)]


def _from(day: str) -> datetime:
    try:
        return day_start(day)
    except ValueError:
        raise Rejected(issue("API-005", at="since")) from None
