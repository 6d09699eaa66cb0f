"""What the person disputes: a form beside an entry, to say it in their words or to withdraw it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.disputing import LEAST_WORDS, Disputing
from carehub.terms.errors import Overtaken, Rejected
from carehub.web import screen
from carehub.web.door import Door


def routes(door: Door, verb: Disputing) -> list[BaseRoute]:
    """GET and POST /people/{person}/dispute?record=Type/id. Policy decides; what a source says is never changed."""

    def form(request: Request) -> Response:
        return _form(request, {}, (), 200)

    async def answer(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        words, dispute = fields.get("words", ""), fields.get("dispute", "")
        where = "withdrawing" if dispute else "words"
        if sum(map(str.isalnum, words)) < LEAST_WORDS:
            mistake = (where, f"Write it in the person’s own words, with at least {LEAST_WORDS} letters")
            return await run_in_threadpool(_form, request, fields, (mistake,), 422)
        try:
            if dispute:
                await run_in_threadpool(verb.withdraw, asking, _person(request), dispute, words)
            else:
                await run_in_threadpool(verb.dispute, asking, _person(request), _record(request), words)
        except (Overtaken, Rejected) as error:
            return await run_in_threadpool(_form, request, fields, ((where, error.issues[0].entry.text),), 409)
        done = "not-disputed" if dispute else "disputed"
        return RedirectResponse(f"/people/{_person(request)}/{fields.get('section') or 'sources'}?done={done}", 303)

    def _form(request: Request, typed: dict[str, str], mistakes: tuple[tuple[str, str], ...], status: int) -> Response:
        released, entry, standing = verb.of_entry(door.requester(request), _person(request), _record(request))
        told = next(one for one in entry.attributions if one.record == _record(request))
        changed = standing is not None and standing.changed_by(told)
        return door.show(
            request,
            "dispute.html",
            status=status,
            frame=screen.frame(released),
            here=entry.section,
            entry=entry,
            told=told,
            record=_record(request),
            standing=standing,
            sentence=standing.sentence(told) if standing else "",
            again=standing is None or changed,
            typed={"words": "", "dispute": "", **typed},
            mistakes=mistakes,
            least=LEAST_WORDS,
        )

    address = "/people/{person}/dispute"
    return [Route(address, form, methods=["GET"]), Route(address, answer, methods=["POST"])]


def _person(request: Request) -> str:
    return str(request.path_params["person"])


def _record(request: Request) -> str:
    return request.query_params.get("record", "")
