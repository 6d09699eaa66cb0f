"""The stewards' worklist: pairs of records that may be one person's, one of them side by side, and the answer to it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue
from carehub.web.door import Door
from carehub.web.forms import read_form

STAGES = {
    "open": "Waiting for an answer",
    "second": "Waiting for a second steward",
    "senior": "Two stewards disagree; waiting for a senior steward",
    "more": "More information is needed",
    "settled": "Decided",
}
LEVELS = {"agree": "agrees", "differ": "differs", "missing": "missing"}
ANSWERS = (
    (Answer.SAME.value, "Same person"),
    (Answer.DIFFERENT.value, "Different people"),
    (Answer.CANNOT_TELL.value, "Cannot tell"),
)


def routes(door: Door, stewards: Stewards) -> list[BaseRoute]:
    """GET /reviews, GET and POST /reviews/{id}. Policy decides who may; the answers of blind stewards never reach a page."""

    async def waiting(request: Request) -> Response:
        found = await run_in_threadpool(stewards.reviews, door.requester(request))
        return door.show(request, "reviews.html", list=found.value, stages=STAGES, saved=request.query_params.get("saved", ""))

    async def pair(request: Request) -> Response:
        return await _pair(request, mistakes=(), reason="", status=200)

    async def answer(request: Request) -> Response:
        asking, fields = door.requester(request), await read_form(request)
        if not door.tokens.check(request, fields):
            raise Refused(issue("API-002"))
        chosen, reason = fields.get("answer", ""), fields.get("reason", "").strip()
        mistakes = tuple(
            said
            for wrong, said in (
                (chosen not in dict(ANSWERS), ("answer-1", "Choose an answer")),
                (not reason, ("reason", "Give the reason in your own words")),
            )
            if wrong
        )
        if mistakes:
            return await _pair(request, mistakes=mistakes, reason=reason, status=422)

        def given(record: str, other: str) -> Given:
            return Given(Answer(chosen), record, other, reason, fields.get("opened") == "yes")

        heard = await run_in_threadpool(lambda: stewards.decide(asking, request.path_params["id"], given).value)
        return RedirectResponse(f"/reviews?saved={'now' if heard.in_effect else 'soon'}", 303)

    async def _pair(request: Request, *, mistakes: tuple[tuple[str, str], ...], reason: str, status: int) -> Response:
        asking, id = door.requester(request), request.path_params["id"]
        opened = request.query_params.get("total") == "shown"
        if opened:
            await run_in_threadpool(stewards.opened, asking, id)
        found = await run_in_threadpool(stewards.review, asking, id)
        return door.show(
            request,
            "review.html",
            status=status,
            pair=found.value,
            stages=STAGES,
            levels=LEVELS,
            answers=ANSWERS,
            opened=opened,
            mistakes=mistakes,
            reason=reason,
        )

    return [
        Route("/reviews", waiting),
        Route("/reviews/{id}", pair, methods=["GET"]),
        Route("/reviews/{id}", answer, methods=["POST"]),
    ]
