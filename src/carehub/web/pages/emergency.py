"""Emergency access: asking with a reason, ending it, and the privacy officer's queue."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.sections import BY_KEY
from carehub.hub.emergency_access import LEAST_WORDS, EmergencyAccess
from carehub.hub.emergency_feed import ANSWERS, KINDS
from carehub.terms.errors import Refused, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.door import Door


def routes(door: Door, verb: EmergencyAccess) -> list[BaseRoute]:
    """GET and POST /people/{person}/emergency-access, POST …/end; GET /emergency-access and POST /emergency-access/{id} for who reviews."""

    def form(request: Request) -> Response:
        return _form(request, {}, (), 200)

    async def ask(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        kind, reason = fields.get("kind", ""), fields.get("reason", "")
        mistakes = []
        if kind not in KINDS:
            mistakes.append(("kind-1", "Choose why you need to open this record"))
        if sum(map(str.isalnum, reason)) < LEAST_WORDS:
            mistakes.append(("reason", f"Write the reason in your own words, with at least {LEAST_WORDS} letters"))
        if mistakes:
            return await run_in_threadpool(_form, request, fields, tuple(mistakes), 422)
        await run_in_threadpool(verb.ask, asking, _person(request), kind, reason)
        return RedirectResponse(f"/people/{_person(request)}?done=emergency", 303)

    async def end(request: Request) -> Response:
        asking, _ = door.requester(request), await door.form(request)
        await run_in_threadpool(verb.end, asking, _person(request))
        return RedirectResponse(f"/people/{_person(request)}?done=emergency-ended", 303)

    def queue(request: Request) -> Response:
        return _queue(request, (), "", 200)

    async def review(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        id = str(request.path_params["id"])
        try:
            await run_in_threadpool(verb.review, asking, id, fields.get("answer", ""), fields.get("words", ""))
        except Rejected:
            said = "Choose an answer; say in words what is to be followed up; nobody reviews their own access"
            return await run_in_threadpool(_queue, request, ((f"words-{id}", said),), fields.get("words", ""), 422)
        return RedirectResponse("/emergency-access?done=reviewed", 303)

    def _form(request: Request, typed: dict[str, str], mistakes: tuple[tuple[str, str], ...], status: int) -> Response:
        asking = door.requester(request)
        if not verb.may_ask(asking):
            # Which is written down as a refusal and raised; without a reason it could open nothing anyway.
            verb.ask(asking, _person(request), "", "")
            raise Refused(issue("API-002"))
        told: dict[str, Any] = {"kinds": KINDS, "typed": {"kind": "", "reason": "", **typed}, "mistakes": mistakes, "least": LEAST_WORDS}
        try:
            record = door.hub.person_record(asking, _person(request), "emergency access")
        except Refused as refused:
            if refused.issues[0].number != "GOV-005":
                raise
            address = f"/people/{quote(_person(request), safe='')}/emergency-access"
            return door.show(request, "emergency_unrelated.html", status=status, address=address, back="/people", **told)
        opens = [BY_KEY[key].title for key in BY_KEY if key in verb.opens(asking)]
        return door.show(
            request,
            "emergency_access.html",
            status=status,
            frame=screen.frame(record),
            here="",
            opens=opens,
            **told,
        )

    def _queue(request: Request, mistakes: tuple[tuple[str, str], ...], typed: str, status: int) -> Response:
        found = verb.queue(door.requester(request), reviewed=True).value
        return door.show(
            request,
            "emergency_queue.html",
            status=status,
            waiting=[one for one in found if one.grant.reviewed is None],
            reviewed=[one for one in reversed(found) if one.grant.reviewed is not None],
            kinds=KINDS,
            answers=ANSWERS,
            mistakes=mistakes,
            typed=typed,
        )

    address = "/people/{person}/emergency-access"
    return [
        Route(address, form, methods=["GET"]),
        Route(address, ask, methods=["POST"]),
        Route(f"{address}/end", end, methods=["POST"]),
        Route("/emergency-access", queue, methods=["GET"]),
        Route("/emergency-access/{id}", review, methods=["POST"]),
    ]


def _person(request: Request) -> str:
    return str(request.path_params["person"])
