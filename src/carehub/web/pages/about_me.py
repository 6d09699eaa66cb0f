"""The form for About Me: the person's own words, entered by a member of their team. What was typed is never lost to a mistake or to another writer."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.about_me import NOT_WRITTEN, SPOKEN
from carehub.governance.redaction import Disclosed
from carehub.hub.reading import PersonRecord
from carehub.hub.write_about_me import WriteAboutMe, versions
from carehub.terms.errors import Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.door import Door

_NOTHING = (("important", "Write the person's words under at least one heading"),)


def routes(door: Door, verb: WriteAboutMe) -> list[BaseRoute]:
    """GET and POST /people/{person}/about-me/write. seen: how many versions the writer saw, so that none is written over unread."""

    async def form(request: Request) -> Response:
        record = door.hub.person_record(door.requester(request), _person(request), "about_me")
        told = versions(screen.opened(record).plan)
        typed = {key: words for key, heading in SPOKEN if told and (words := told[0].fact(heading)) != NOT_WRITTEN}
        return _show(request, record, typed, (), 200)

    async def write(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        seen = fields.get("seen", "")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 9):
            raise Rejected(issue("API-005", at="seen"))
        told = {key: fields.get(key, "") for key, _ in SPOKEN}
        if not any(words.strip() for words in told.values()):
            return _again(request, fields, _NOTHING, 422)
        try:
            await run_in_threadpool(verb.write, asking, _person(request), told, fields.get("supported-by", ""), int(seen))
        except Overtaken:
            return _again(request, fields, (), 409)
        return RedirectResponse(f"/people/{_person(request)}/about_me?done=written", 303)

    def _again(request: Request, fields: dict[str, str], mistakes: tuple[tuple[str, str], ...], status: int) -> Response:
        record = door.hub.person_record(door.requester(request), _person(request), "about_me")
        return _show(request, record, fields, mistakes, status)

    def _show(
        request: Request, record: Disclosed[PersonRecord], typed: dict[str, str], mistakes: tuple[tuple[str, str], ...], status: int
    ) -> Response:
        return door.show(
            request,
            "about_me_form.html",
            status=status,
            frame=screen.frame(record),
            here="about_me",
            elements=SPOKEN,
            typed=typed,
            mistakes=mistakes,
            earlier=versions(screen.opened(record).plan),
            overtaken=status == 409,
        )

    address = "/people/{person}/about-me/write"
    return [Route(address, form, methods=["GET"]), Route(address, write, methods=["POST"])]


def _person(request: Request) -> str:
    return str(request.path_params["person"])
