"""For who runs the hub (S9): how the feeds stand, what waits and why, what trying it again would do, and one message opened for a reason. Below
/service, because /operations is the API's."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from carehub.hub.feed_health import FeedHealth
from carehub.hub.operating import MOST_TRIED, WHY, Operating
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import CATALOGUE, issue
from carehub.web.door import Door

STATES = {"current": "Up to date", "late": "Late", "stale": "Out of date", "failing": "Failing", "silent": "Nothing yet"}
STEPS = {"map": "to be mapped", "identity": "to be matched", "assemble": "plans to be made anew"}
VERDICTS = {"rejected": "Not taken", "partly_quarantined": "Taken in part", "accepted": "Taken"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Mistakes = tuple[tuple[str, str], ...]


def routes(door: Door, verb: Operating) -> list[BaseRoute]:
    """GET /service, /service/feeds.csv, /service/waiting, /service/messages/{message}; POST /service/trial, /service/replay, /service/messages/{message}."""

    def standing(request: Request) -> Response:
        told = verb.feeds(door.requester(request)).value
        return door.show(
            request,
            "feeds.html",
            told=told,
            states=STATES,
            steps=STEPS,
            ill=[line for line in told.figures.feeds if not line.well],
        )

    def counts(request: Request) -> Response:
        told = verb.feeds(door.requester(request)).value
        headers = {"Content-Disposition": 'attachment; filename="feeds.csv"'}
        return Response(_table(told.figures.feeds), media_type="text/csv; charset=utf-8", headers=headers)

    def waiting(request: Request) -> Response:
        return _waiting(request, request.query_params, (), 200)

    async def trial(request: Request) -> Response:
        return await _of_chosen(request, _tried_out)

    async def replay(request: Request) -> Response:
        return await _of_chosen(request, _tried_again)

    async def _of_chosen(request: Request, act: Callable[[Request, Mapping[str, str], list[str]], Response]) -> Response:
        door.requester(request)
        given = await door.form(request)
        if chosen := _chosen(given):
            return await run_in_threadpool(act, request, given, chosen)
        return await run_in_threadpool(_waiting, request, given, (("choose", "Choose at least one message"),), 422)

    def _tried_out(request: Request, given: Mapping[str, str], chosen: list[str]) -> Response:
        told = verb.trial(door.requester(request), chosen).value
        return door.show(request, "feeds_trial.html", told=told, chosen=chosen, given=_filter(given), why=_texts(told.still))

    def _tried_again(request: Request, given: Mapping[str, str], chosen: list[str]) -> Response:
        done = verb.replay(door.requester(request), chosen).value
        return RedirectResponse(f"/service/waiting?done={'tried' if len(done.closed) < len(chosen) else 'all-taken'}", 303)

    def message(request: Request) -> Response:
        return _message(request, (), 200)

    async def opened(request: Request) -> Response:
        asking, given = door.requester(request), await door.form(request)
        if given.get("why", "") not in WHY:
            return await run_in_threadpool(_message, request, (("why-1", "Choose why you open it"),), 422)
        id = str(request.path_params["message"])
        body = (await run_in_threadpool(verb.opened, asking, id, given["why"])).value
        headers = {"Content-Disposition": f'attachment; filename="{id}"', "X-Content-Type-Options": "nosniff"}
        return Response(body, media_type="application/octet-stream", headers=headers)

    def _waiting(request: Request, given: Mapping[str, str], mistakes: Mistakes, status: int) -> Response:
        asked, after = _filter(given), given.get("after", "")
        if asked["reason"] and asked["reason"] not in CATALOGUE:
            raise Rejected(issue("API-005", at="reason"))
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
        told = verb.waiting(door.requester(request), asked["feed"], asked["reason"], number).value
        return door.show(
            request,
            "feeds_waiting.html",
            status=status,
            told=told,
            asked=asked,
            counts=[(feed, number, CATALOGUE[number].text, many) for (feed, number), many in told.found.counts.items()],
            verdicts=VERDICTS,
            most=MOST_TRIED,
            mistakes=mistakes,
        )

    def _message(request: Request, mistakes: Mistakes, status: int) -> Response:
        entry = verb.message(door.requester(request), str(request.path_params["message"])).value
        return door.show(
            request,
            "feeds_message.html",
            status=status,
            entry=entry,
            verdicts=VERDICTS,
            reasons=[(found, CATALOGUE[found.number].text) for found in entry.reasons],
            first=_texts(entry.outcome.failed_with),
            why=WHY,
            mistakes=mistakes,
        )

    return [
        Route("/service", standing),
        Route("/service/feeds.csv", counts),
        Route("/service/waiting", waiting),
        Route("/service/trial", trial, methods=["POST"]),
        Route("/service/replay", replay, methods=["POST"]),
        Route("/service/messages/{message}", message, methods=["GET"]),
        Route("/service/messages/{message}", opened, methods=["POST"]),
    ]


def _chosen(given: Mapping[str, str]) -> list[str]:
    """The messages whose boxes are ticked: a form's field of one name is read once, so each box has a name of its own."""
    return [name.removeprefix("message-") for name in given if name.startswith("message-")]


def _filter(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "") for name in ("feed", "reason")}


def _texts(numbers: Iterable[str]) -> list[tuple[str, str]]:
    return [(number, CATALOGUE[number].text) for number in numbers]


def _table(lines: Iterable[FeedHealth]) -> str:
    """The counts as CSV. What a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV Injection)."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([field.name for field in fields(FeedHealth)])
    for line in lines:
        told = [("" if value is None else str(value)) for value in asdict(line).values()]
        table.writerow([f"'{text}" if text.startswith(_FORMULA) else text for text in told])
    return out.getvalue()
