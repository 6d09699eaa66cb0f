"""What the sources of a person disagree about: all of it, one of them with its history, and the forms to assign or explain it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.careplan.disagreement.progress import history
from carehub.hub.disagreements import Answer, Disagreements
from carehub.terms.errors import Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.badges import Badges
from carehub.web.door import Door
from carehub.web.rows import RowMaker

_NEEDED = {
    "assign": (
        ("owner", "Say which person or team"),
        ("organisation", "Say which organisation"),
        ("due", "Give a day that is not in the past, as year, month, day"),
    ),
    "explain": (("why", "Say why the sources differ"),),
}


def routes(door: Door, verbs: Disagreements) -> list[BaseRoute]:
    """GET /people/{person}/disagreements, GET and POST /people/{person}/disagreements/{id}. Policy decides; what a source says is never changed."""

    async def all_of_them(request: Request) -> Response:
        record = await run_in_threadpool(verbs.of_person, door.requester(request), _person(request))
        held = screen.opened(record)
        if held.plan.person != _person(request):
            return RedirectResponse(f"/people/{held.plan.person}/disagreements", 303)
        maker = RowMaker(Badges.of(held.plan), ())
        shown = {state: [maker.disagreement(one.conflict) for one in held.progress if one.standing is state] for state in (True, False)}
        return door.show(
            request, "disagreements.html", frame=screen.frame(record), here="disagreements", standing=shown[True], past=shown[False]
        )

    async def one(request: Request) -> Response:
        return await _page(request, {}, (), 200)

    async def answer(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        do, seen = fields.get("do", ""), fields.get("seen", "")
        if do not in _NEEDED or not (seen.isascii() and seen.isdigit() and len(seen) < 9):
            raise Rejected(issue("API-005"))
        mistakes = tuple((name, said) for name, said in _NEEDED[do] if not fields.get(name, "").strip())
        if mistakes:
            return await _page(request, fields, mistakes, 422)
        text = fields.get("asked" if do == "assign" else "why", "")
        told = Answer(int(seen), text, *(fields.get(name, "").strip() for name in ("owner", "organisation", "due")))
        verb = verbs.assign if do == "assign" else verbs.explain
        try:
            await run_in_threadpool(verb, asking, request.path_params["id"], told, _person(request))
        except Overtaken:
            return await _page(request, fields, (), 409)
        except Rejected:
            return await _page(request, fields, _NEEDED[do][-1:], 422)
        return RedirectResponse(f"{request.url.path}?done={'assigned' if do == 'assign' else 'explained'}", 303)

    async def _page(request: Request, typed: dict[str, str], mistakes: tuple[tuple[str, str], ...], status: int) -> Response:
        record, found = await run_in_threadpool(verbs.one, door.requester(request), request.path_params["id"], _person(request))
        return door.show(
            request,
            "disagreement.html",
            status=status,
            frame=screen.frame(record),
            here="disagreements",
            one=found,
            shown=RowMaker(Badges.of(screen.opened(record).plan), ()).disagreement(found.conflict),
            lines=[history(step) for step in found.steps],
            typed=typed,
            mistakes=mistakes,
            overtaken=status == 409,
        )

    return [
        Route("/people/{person}/disagreements", all_of_them),
        Route("/people/{person}/disagreements/{id}", one, methods=["GET"]),
        Route("/people/{person}/disagreements/{id}", answer, methods=["POST"]),
    ]


def _person(request: Request) -> str:
    return str(request.path_params["person"])
