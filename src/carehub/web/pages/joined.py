"""Why the records of a person are joined, and "report a wrong match": say so in two steps, and the record is hidden at once, reversibly."""

from __future__ import annotations

from datetime import timedelta

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.governance.requester import Requester
from carehub.hub.explain_person import Joined, Reason
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.identity.explaining import Explanation
from carehub.identity.rulings import Why
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.web import screen
from carehub.web.badges import Badges
from carehub.web.dates import today
from carehub.web.door import Door
from carehub.web.marks import as_read, level_word, plain
from carehub.web.pages.reviews import NONE, WHY, Mistakes

ANSWERS = {
    "same": "the same person",
    "different": "different people",
    "never-link": "never to be linked",
    "link": "this record belongs to that person",
    "unlink": "this record stands alone",
}
# A steward has no record to read, so their pages carry no banner.
_STEWARDS = "PATADMIN"
_LONGEST = 2000


def routes(door: Door, stewards: Stewards) -> list[BaseRoute]:
    """GET and POST /people/{person}/joined, GET and POST /people/{person}/wrong-match. Each is decided on and written down before anything is shown."""

    async def joined(request: Request) -> Response:
        asking = door.requester(request)
        told = (await run_in_threadpool(stewards.joined, asking, _person(request))).value
        if told.person != _person(request):
            return RedirectResponse(f"/people/{told.person}/joined", 303)
        return _page(request, asking, told, NONE, 200)

    async def undo(request: Request) -> Response:
        """A report, or a steward's ruling, is taken back."""
        asking, fields = door.requester(request), await door.form(request)
        reason, report, ruling = (fields.get(name, "").strip() for name in ("reason", "report", "ruling"))
        if not reason:
            told = (await run_in_threadpool(stewards.joined, asking, _person(request))).value
            wrong = (f"reason-{report or ruling}", "Say why, in your own words")
            return _page(request, asking, told, (wrong,), 422)
        heard = (await run_in_threadpool(stewards.lift if report else stewards.take_back, asking, report or ruling, reason)).value
        done = "soon" if not heard.in_effect else "shown" if report else "taken-back"
        return RedirectResponse(f"/people/{_person(request)}/joined?done={done}", 303)

    async def asked(request: Request) -> Response:
        asking, chosen = door.requester(request), request.query_params.get("record", "")
        return await _ask(request, asking, {"record": chosen}, NONE, 200)

    async def report(request: Request) -> Response:
        """The first step gives the answers, which are shown to be checked; the second says whether to hide."""
        asking, fields = door.requester(request), await door.form(request)
        saw, why = fields.get("saw", "").strip(), fields.get("why", "")
        wrong = (
            (not fields.get("record"), ("record-1", "Choose the record that looks wrong")),
            (why not in WHY, ("why-1", "Choose what is wrong")),
            (not saw, ("saw", "Say what you saw")),
            (len(saw) > _LONGEST, ("saw", f"Say it in at most {_LONGEST} letters")),
        )
        mistakes = tuple(said for is_wrong, said in wrong if is_wrong)
        if mistakes or fields.get("step") == "again":
            return await _ask(request, asking, fields, mistakes, 422 if mistakes else 200)
        if fields.get("step") not in ("hide", "send"):
            return await _ask(request, asking, fields, NONE, 200, check=True)
        doubt = Doubt(_person(request), fields["record"], Why(why), saw, fields["step"] == "hide")
        await run_in_threadpool(stewards.report, asking, doubt)
        return RedirectResponse(f"/people/{_person(request)}/joined?done={'hidden' if doubt.hide else 'sent'}", 303)

    async def _ask(
        request: Request, asking: Requester, fields: dict[str, str], mistakes: Mistakes, status: int, *, check: bool = False
    ) -> Response:
        told = (await run_in_threadpool(stewards.joined, asking, _person(request))).value
        chosen = next((one for one in told.records if one.record == fields.get("record")), None)
        if check and chosen is None:
            raise Missing(issue("API-003"))
        return _show(
            request,
            asking,
            told,
            "wrong_match.html",
            status,
            typed={name: fields.get(name, "") for name in ("record", "why", "saw")},
            chosen=chosen if check else None,
            mistakes=mistakes,
        )

    def _page(request: Request, asking: Requester, told: Joined, mistakes: Mistakes, status: int) -> Response:
        return _show(request, asking, told, "joined.html", status, mistakes=mistakes)

    def _show(request: Request, asking: Requester, told: Joined, template: str, status: int, **values: object) -> Response:
        reads = asking.purpose != _STEWARDS
        page = "why joined" if template == "joined.html" else "report a wrong match"
        frame = screen.frame(door.hub.person_record(asking, told.person, page)) if reads else None
        return door.show(
            request,
            template,
            status=status,
            headers=None,
            frame=frame,
            here="",
            base="person.html" if reads else "steward.html",
            told=told,
            now=door.clock(),
            expires=today(door.clock() + timedelta(days=1)),
            badge_of=Badges.kind_of,
            why=WHY,
            answers=ANSWERS,
            rows=weighed_rows,
            named=names(told),
            **values,
        )

    return [
        Route("/people/{person}/joined", joined, methods=["GET"]),
        Route("/people/{person}/joined", undo, methods=["POST"]),
        Route("/people/{person}/wrong-match", asked, methods=["GET"]),
        Route("/people/{person}/wrong-match", report, methods=["POST"]),
    ]


def names(told: Joined) -> dict[str, str]:
    """What each record is called on the page: its source's name, with the source's number where it has several records here."""
    held: list[Reason] = [*told.records, *told.former]
    titles = [one.source.title for one in held]
    return {one.record: _name(one, alone=titles.count(one.source.title) == 1) for one in held}


def weighed_rows(told: Explanation) -> tuple[tuple[str, Markup, Markup, str, str, float | None, int], ...]:
    """Each field: label, both values, level in a word, sentence, weight in bits or None, and how long a bar stands for it, 0 to 10."""
    most = max((abs(one.weight) for one in told.fields if one.weight is not None), default=0.0) or 1.0
    found = []
    for one in told.fields:
        a, b = (plain(as_read(one.field, value)) for value in (one.a, one.b))
        if one.field == "prior":
            a = b = Markup("Not compared")
        bar = 0 if one.weight is None else round(10 * abs(one.weight) / most)
        found.append((one.label, a, b, level_word(one.level), one.sentence, one.weight, bar))
    return tuple(found)


def _name(one: Reason, *, alone: bool) -> str:
    return one.source.title if alone or not one.number else f"{one.source.title} ({one.number})"


def _person(request: Request) -> str:
    return str(request.path_params["person"])
