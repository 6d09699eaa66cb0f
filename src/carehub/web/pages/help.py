"""Help: what the words on these pages mean."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from carehub.web.badges import Badge, state_tag
from carehub.web.door import Door

# The tags of SCREENS 3.0.3, in the order in which a reader meets them.
_STATES = (
    ("current", "Up to date", "The source is connected and sending as often as expected."),
    ("late", "Late", "A message was expected by now and has not come. Newer entries may exist in the source."),
    ("stale", "Out of date", "Nothing has come for longer than is safe to rely on. Phone the source before acting on its absence."),
    ("failing", "Failing", "Messages come, but some cannot be read. Entries may be missing."),
    (
        "no_agreement",
        "No sharing agreement",
        "Nobody has agreed with the source on sharing with carehub, so nothing is received, or nothing that it sent is shown.",
    ),
    ("not_connected", "Not connected", "The source is not connected to carehub."),
    ("no_record", "No record found", "No record in the source has been matched to this person. They may still be known to the service."),
    ("checking", "Being checked", "A possible record is being checked by a person and is not shown until then."),
    ("hidden_wrong", "Hidden while checked", "A record was reported as possibly another person's and is hidden."),
    ("withheld", "Withheld at source", "The source left items out because of confidentiality or the person's wishes."),
    ("in_transfer", "Transfer not complete", "The record is moving between practices. Earlier information may be missing."),
    ("awaiting_filing", "Awaiting filing", "Some items wait to be reviewed by the practice and are not included."),
    ("objected", "Person has objected", "The person has asked for the source not to be shared."),
    ("role", "Restricted", "Your role cannot see this."),
)


def routes(door: Door) -> list[BaseRoute]:
    """GET /help. It shows no one's record, so nobody need be signed in."""
    states: tuple[tuple[Badge, str], ...] = tuple((state_tag(code, tag), meaning) for code, tag, meaning in _STATES)

    async def show(request: Request) -> Response:
        return door.show(request, "help.html", states=states)

    return [Route("/help", show)]
