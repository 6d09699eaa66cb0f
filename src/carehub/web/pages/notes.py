"""Notes to the care plan: a form to write one, and one note with every version, to be revised or withdrawn. What was typed is never lost."""

from __future__ import annotations

import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.team_notes import TeamNotes
from carehub.terms.errors import Overtaken, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.door import Door

Mistakes = tuple[tuple[str, str], ...]

_WAY_IN = "Leave out how to get into the home: your role could not read it afterwards. Nothing was saved"
_WORDS = {"words": "Write the note, in at most 4,000 letters", "why": "Say why it holds no more, in at most 4,000 letters"}


def routes(door: Door, verbs: TeamNotes) -> list[BaseRoute]:
    """GET and POST /people/{person}/notes/write and /people/{person}/notes/{note}. once: a form's own words, so that it is saved once however often it
    is sent. seen: the version that the writer saw."""

    async def form(request: Request) -> Response:
        return await _form(request, {"once": secrets.token_hex(16)}, (), 200)

    async def write(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        try:
            kept = await run_in_threadpool(verbs.write, asking, _person(request), fields.get("words", ""), fields.get("once", ""))
        except Rejected as error:
            return await _form(request, fields, _mistake(error, "words"), 422)
        except Overtaken:  # the form was sent before, and was then changed: it is another note
            return await _form(request, {**fields, "once": secrets.token_hex(16)}, (), 409)
        return RedirectResponse(f"/people/{kept.person}/care-plan?done=noted", 303)

    async def one(request: Request) -> Response:
        return await _one(request, {}, (), 200)

    async def change(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        seen, do = fields.get("seen", ""), fields.get("do", "")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 9) or do not in ("revise", "withdraw"):
            raise Rejected(issue("API-005"))
        verb, field = (verbs.withdraw, "why") if do == "withdraw" else (verbs.revise, "words")
        try:
            kept = await run_in_threadpool(verb, asking, _note(request), fields.get(field, ""), int(seen), _person(request))
        except Rejected as error:
            return await _one(request, fields, _mistake(error, field), 422)
        except Overtaken:
            return await _one(request, fields, (), 409)
        return RedirectResponse(f"/people/{kept.person}/care-plan?done={'note-withdrawn' if do == 'withdraw' else 'noted'}", 303)

    async def _form(request: Request, typed: dict[str, str], mistakes: Mistakes, status: int) -> Response:
        record = await run_in_threadpool(verbs.record, door.requester(request), _person(request))
        return door.show(
            request,
            "note_form.html",
            status=status,
            frame=screen.frame(record),
            here="care-plan",
            note=None,
            typed=typed,
            mistakes=mistakes,
            overtaken=False,
        )

    async def _one(request: Request, typed: dict[str, str], mistakes: Mistakes, status: int) -> Response:
        asking = door.requester(request)
        record, note = await run_in_threadpool(verbs.one, asking, _note(request), _person(request))
        return door.show(
            request,
            "note_form.html",
            status=status,
            frame=screen.frame(record),
            here="care-plan",
            note=note,
            id=_note(request),
            ours=asking.organisation == note.said[0].by.organisation,
            typed=typed,
            mistakes=mistakes,
            overtaken=status == 409,
        )

    return [
        Route("/people/{person}/notes/write", form, methods=["GET"]),
        Route("/people/{person}/notes/write", write, methods=["POST"]),
        Route("/people/{person}/notes/{note}", one, methods=["GET"]),
        Route("/people/{person}/notes/{note}", change, methods=["POST"]),
    ]


def _mistake(error: Rejected, field: str) -> Mistakes:
    """The sentence of a refusal that is about what was written. Raises any other."""
    told = error.issues[0]
    if told.number == "ACT-009":
        return ((field, _WAY_IN),)
    if told.number == "API-005" and told.at == "words":
        return ((field, _WORDS[field]),)
    raise error


def _person(request: Request) -> str:
    return str(request.path_params["person"])


def _note(request: Request) -> str:
    return str(request.path_params["note"])
