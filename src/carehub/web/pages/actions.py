"""Actions that the team enters: the form, one action with its history, and what its holder says of it. What was typed is never lost."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.joint.standing import closed_by_death
from carehub.careplan.joint.team_action import STATUSES, Wanted, missing
from carehub.careplan.joint.timing import days_past
from carehub.hub.team_actions import TeamActions, answerable
from carehub.terms.errors import Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import LONDON
from carehub.web import screen
from carehub.web.door import Door

Mistakes = tuple[tuple[str, str], ...]

_SAID = {
    "description": "Say what is to be done, in at most 1,000 letters",
    "holder": "Name the person who is to do it: a team or an organisation alone is nobody",
    "organisation": "Say which organisation they are of",
    "due": "Give a day that is not in the past, as year, month, day",
    "why": "Say why it is cancelled, in at most 1,000 letters",
    "status": "Say what has changed, or write something",
    "way-in": "Leave out how to get into the home: your role could not read it afterwards. Nothing was saved",
    "answers": "Choose something that this record still holds",
}
_FIELDS = ("description", "holder", "organisation", "due", "priority", "answers")


def routes(door: Door, verbs: TeamActions) -> list[BaseRoute]:
    """GET and POST /people/{person}/actions/enter and /people/{person}/actions/{task}. once: a form's own words, so that it is saved once however often
    it is sent. seen: the version that the writer saw."""

    async def form(request: Request) -> Response:
        return await _form(request, {"once": secrets.token_hex(16)}, (), 200)

    async def enter(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        told = {name: fields.get(name, "") for name in _FIELDS}
        wanted = Wanted(**told)
        if mistakes := _mistakes(missing(wanted, _today())):
            return await _form(request, fields, mistakes, 422)
        try:
            kept = await run_in_threadpool(verbs.enter, asking, _person(request), wanted, once=fields.get("once", ""))
        except Rejected as error:
            return await _form(request, fields, _mistakes(_fields_of(error)), 422)
        return RedirectResponse(f"/people/{kept.person}/actions/{kept.task.id}?done=entered", 303)

    async def one(request: Request) -> Response:
        return await _one(request, {}, (), 200)

    async def change(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        seen, do = fields.get("seen", ""), fields.get("do", "")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 9) or do not in ("change", "hand-over"):
            raise Rejected(issue("API-005"))
        _, stands = await run_in_threadpool(verbs.one, asking, _task(request), _person(request))
        wanted, why = _asked(stands.wanted, fields, do), fields.get("why" if do == "change" else "because", "")
        same = (wanted.holder.strip(), wanted.organisation.strip()) == (stands.wanted.holder, stands.wanted.organisation)
        names = missing(wanted, _today(), stands.wanted)
        if do == "hand-over" and same:
            names = ("holder",)
        elif do == "change" and wanted.status == "cancelled" and not why.strip():
            names = ("why", *names)
        if names:
            return await _one(request, fields, _mistakes(names), 422)
        try:
            await run_in_threadpool(verbs.change, asking, _task(request), wanted, why, int(seen), _person(request))
        except Overtaken:
            return await _one(request, fields, (), 409)
        except Rejected as error:
            return await _one(request, fields, _mistakes(_fields_of(error)), 422)
        return RedirectResponse(f"{request.url.path}?done={'changed' if do == 'change' else 'handed-over'}", 303)

    async def _form(request: Request, typed: dict[str, str], mistakes: Mistakes, status: int) -> Response:
        record = await run_in_threadpool(verbs.record, door.requester(request), _person(request))
        plan = screen.opened(record).plan
        return door.show(
            request,
            "action_form.html",
            status=status,
            frame=screen.frame(record),
            here="care-plan",
            closed=closed_by_death(plan.identity),
            choices=answerable(plan),
            typed=typed,
            mistakes=mistakes,
        )

    async def _one(request: Request, typed: dict[str, str], mistakes: Mistakes, status: int) -> Response:
        record, action = await run_in_threadpool(verbs.one, door.requester(request), _task(request), _person(request))
        plan, wanted = screen.opened(record).plan, action.wanted
        return door.show(
            request,
            "action.html",
            status=status,
            frame=screen.frame(record),
            here="care-plan",
            closed=closed_by_death(plan.identity),
            action=action,
            task=_task(request),
            answers=dict(answerable(plan)).get(wanted.answers, ""),
            days=days_past(wanted.due, _today()) if action.open else 0,
            statuses={code: words for code, words in STATUSES.items() if code != "requested" or wanted.status == "requested"},
            words=STATUSES[wanted.status],
            typed={"status": wanted.status, "due": wanted.due, "priority": wanted.priority, **typed},
            mistakes=mistakes,
            overtaken=status == 409,
        )

    def _today() -> date:
        return door.clock().astimezone(LONDON).date()

    return [
        Route("/people/{person}/actions/enter", form, methods=["GET"]),
        Route("/people/{person}/actions/enter", enter, methods=["POST"]),
        Route("/people/{person}/actions/{task}", one, methods=["GET"]),
        Route("/people/{person}/actions/{task}", change, methods=["POST"]),
    ]


def _asked(stood: Wanted, fields: dict[str, str], do: str) -> Wanted:
    if do == "hand-over":
        return replace(stood, holder=fields.get("holder", ""), organisation=fields.get("organisation", ""), status="requested")
    return replace(stood, **{name: fields.get(name, "").strip() for name in ("status", "due", "priority")})


def _fields_of(error: Rejected) -> tuple[str, ...]:
    """The field that a refusal is about. Raises the refusal where it is about none."""
    told = error.issues[0]
    if told.number == "ACT-009":
        return ("way-in",)
    if told.number == "ACT-006":
        return ("answers",)
    if told.number in ("ACT-001", "ACT-002") and told.at in _SAID:
        return (told.at,)
    raise error


def _mistakes(names: tuple[str, ...]) -> Mistakes:
    return tuple((name, _SAID[name]) for name in dict.fromkeys(names))


def _person(request: Request) -> str:
    return str(request.path_params["person"])


def _task(request: Request) -> str:
    return str(request.path_params["task"])
