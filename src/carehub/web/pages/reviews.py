"""The stewards' worklist: reports of a wrong match and pairs that may be one person's, one of them side by side, and the answer to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.settle_review import Given
from carehub.hub.shielding import PROTECTED
from carehub.hub.stewards import Stewards
from carehub.hub.worklist import Pair, Worklist
from carehub.identity.rulings import Answer, Why
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.web.badges import Badges
from carehub.web.door import Door
from carehub.web.marks import as_read, level_word, marked, plain
from carehub.web.waiting_times import TARGET, past_target, waited

STAGES = {
    "open": "Waiting for an answer",
    "second": "Waiting for a second steward",
    "senior": "Two stewards disagree; waiting for a senior steward",
    "more": "More information is needed",
    "settled": "Decided",
}
ANSWERS = (
    (Answer.SAME.value, "Same person"),
    (Answer.DIFFERENT.value, "Different people"),
    (Answer.CANNOT_TELL.value, "Cannot tell: more information is needed"),
)
WHY = {
    Why.OTHER_PERSON.value: "Facts in it belong to another person",
    Why.TWO_NUMBERS.value: "This person has two NHS numbers",
    Why.SHARED_NUMBER.value: "Two people share this NHS number",
    Why.NOT_SURE.value: "Not sure",
}
NATIONAL = (Why.TWO_NUMBERS, Why.SHARED_NUMBER)
Mistakes = tuple[tuple[str, str], ...]
NONE: Mistakes = ()
Page = Callable[[Request], Awaitable[Response]]


class Compared(NamedTuple):
    """A row of the comparison: both values as HTML, the level in a word, its sentences, and the weight in bits or None."""

    label: str
    a: Markup
    b: Markup
    level: str
    sentence: str
    weight: float | None


def routes(door: Door, stewards: Stewards) -> list[BaseRoute]:
    """GET and POST /reviews, GET /reviews/next, GET and POST /reviews/{id}. Policy decides who may; the answers of blind stewards never reach a
    page."""

    async def waiting(request: Request) -> Response:
        return await _list(request, NONE, 200)

    async def close(request: Request) -> Response:
        """A report of a record that stands alone is closed once its source was told."""
        asking, fields = door.requester(request), await door.form(request)
        reason = fields.get("reason", "").strip()
        if not reason:
            return await _list(request, ((f"reason-{fields.get('report', '')}", "Say what was done about the report"),), 422)
        await run_in_threadpool(stewards.lift, asking, fields.get("report", ""), reason)
        return RedirectResponse("/reviews?done=closed", 303)

    async def following(request: Request) -> Response:
        after = request.query_params.get("after", "")
        found = await run_in_threadpool(stewards.next_after, door.requester(request), after)
        return RedirectResponse(f"/reviews/{found.value}" if found.value else "/reviews?done=last", 303)

    async def pair(request: Request) -> Response:
        return await _pair(request, NONE, "", 200)

    async def answer(request: Request) -> Response:
        asking, fields = door.requester(request), await door.form(request)
        id, chosen, reason = request.path_params["id"], fields.get("answer", ""), fields.get("reason", "").strip()
        if fields.get("back"):
            if not reason:
                return await _pair(request, (("back-reason", "Say why you take your answer back"),), "", 422)
            await run_in_threadpool(stewards.take_back, asking, fields["back"], reason)
            return RedirectResponse(f"/reviews/{id}?done=back", 303)
        wrong = (
            (chosen not in dict(ANSWERS), ("answer-1", "Choose an answer")),
            (not reason, ("reason", "Give the reason in your own words")),
        )
        mistakes = tuple(said for is_wrong, said in wrong if is_wrong)
        if mistakes:
            return await _pair(request, mistakes, reason, 422)
        onward = (await run_in_threadpool(stewards.next_after, asking, id)).value

        def given(record: str, other: str) -> Given:
            return Given(Answer(chosen), record, other, reason, fields.get("opened") == "yes")

        heard = await run_in_threadpool(lambda: stewards.decide(asking, id, given).value)
        done = f"{'next' if onward else 'answered'}{'' if heard.in_effect else '-soon'}"
        return RedirectResponse(f"/reviews{f'/{onward}' if onward else ''}?done={done}", 303)

    async def _list(request: Request, mistakes: Mistakes, status: int) -> Response:
        found = (await run_in_threadpool(stewards.reviews, door.requester(request))).value
        return door.show(
            request,
            "reviews.html",
            status=status,
            list=found,
            now=door.clock(),
            first=_first(found),
            stages=STAGES,
            why=WHY,
            waited=waited,
            past_target=past_target,
            target=TARGET,
            mistakes=mistakes,
        )

    async def _pair(request: Request, mistakes: Mistakes, reason: str, status: int) -> Response:
        asking, id = door.requester(request), request.path_params["id"]
        opened = request.query_params.get("total") == "shown"
        if opened:
            await run_in_threadpool(stewards.opened, asking, id)
        found = (await run_in_threadpool(stewards.review, asking, id)).value
        looked = (await run_in_threadpool(stewards.looked, asking, id)).value if found.waiting.report else ()
        return door.show(
            request,
            "review.html",
            status=status,
            pair=found,
            rows=rows_of(found),
            watch=watch_for(found),
            looked=looked,
            national=found.waiting.report is not None and found.waiting.report.why in NATIONAL,
            stages=STAGES,
            answers=ANSWERS,
            why=WHY,
            waited=waited(found.waiting.since, door.clock()),
            barred=issue(found.waiting.barred).text if found.waiting.barred else "",
            badge_of=Badges.kind_of,
            sources=next((one for one in found.explanation.fields if one.field == "source"), None),
            opened=opened,
            mistakes=mistakes,
            reason=reason,
        )

    def while_it_waits(page: Page) -> Page:
        """The page, or that its pair waits no more."""

        async def found(request: Request) -> Response:
            try:
                return await page(request)
            except Missing as error:
                if error.issues[0].number not in ("IDN-007", "IDN-012"):
                    raise
                told = await run_in_threadpool(stewards.ended, door.requester(request), request.path_params["id"])
                return door.show(request, "review_gone.html", status=404, ended=told.value)

        return found

    return [
        Route("/reviews", waiting, methods=["GET"]),
        Route("/reviews", close, methods=["POST"]),
        Route("/reviews/next", following, methods=["GET"]),
        Route("/reviews/{id}", while_it_waits(pair), methods=["GET"]),
        Route("/reviews/{id}", while_it_waits(answer), methods=["POST"]),
    ]


def rows_of(pair: Pair) -> tuple[Compared, ...]:
    """Each field with both values, what differs marked. The weights' starting point has no values, and the sources have a row of
    their own, so neither is among them."""
    told = []
    for one in pair.explanation.fields:
        if one.field in ("prior", "source"):
            continue
        a, b = (as_read(one.field, value) for value in (one.a, one.b))
        agrees = level_word(one.level) == "agrees" or PROTECTED in (a, b)
        first, second, differences = (plain(a), plain(b), "") if agrees else marked(a, b)
        told.append(Compared(one.label, first, second, level_word(one.level), f"{one.sentence} {differences}".strip(), one.weight))
    return tuple(told)


def watch_for(pair: Pair) -> tuple[str, ...]:
    """What makes a pair look like one person although it may be two."""
    found = []
    a, b = pair.a.says, pair.b.says
    if a.address_line and (a.address_line, a.postcode) == (b.address_line, b.postcode):
        found.append("Both give the same address. People of one household share it, so it says little.")
    if set(a.phones) & set(b.phones):
        found.append("Both give the same telephone number. A household or a carer may share it.")
    others = {one.person: one for side in pair.near for one in side}.values()
    twins = [one for one in others if one.same_birth_date]
    if twins:
        found.append(
            f"{_people(len(twins))} at the address {'has' if len(twins) == 1 else 'have'} the same date of birth: there may be twins."
        )
    namesakes = [one for one in others if one.same_name]
    if namesakes:
        found.append(
            f"{_people(len(namesakes))} at the address {'has' if len(namesakes) == 1 else 'have'} the same name: a parent and a child may."
        )
    return tuple(found)


def _people(count: int) -> str:
    return "Another person" if count == 1 else f"{count} other people"


def _first(found: Worklist) -> str:
    return next((one.id for one in found.pairs if not one.barred), "")
