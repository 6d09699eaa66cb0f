"""/identity: reviews as FHIR Tasks (list, read, decide), rulings, why records are linked, and whose a record was."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api import explaining
from carehub.api.body import json_object
from carehub.api.outcomes import FHIR_JSON
from carehub.api.requester import Credentials
from carehub.fhir import bundles
from carehub.fhir.canonical import dumps
from carehub.fhir.resource import Resource
from carehub.hub.hub import Hub
from carehub.hub.own_feeds import Heard
from carehub.hub.report_match import Doubt
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.hub.worklist import Pair, Waiting
from carehub.identity.rulings import Answer, Why
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import instant, iso

_JSON = "application/json"
_LIMIT = 20_000
_YES_OR_NO = ("opened", "hide")
_STATUS = {"open": "requested", "second": "in-progress", "senior": "in-progress", "more": "on-hold", "settled": "completed"}
_STAGES = {
    "open": "Waiting for an answer",
    "second": "Waiting for a second steward",
    "senior": "Two stewards disagree; waiting for a senior",
    "more": "More information is needed",
    "settled": "Decided",
}


def review_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """Every route decides, audits, and only then looks. What changes something needs a credential, not a browser's session."""
    router = APIRouter(prefix="/identity", tags=["identity"])
    stewards = Stewards(hub)

    def reviews(request: Request) -> Response:
        """The pairs that wait for a steward: a searchset of Tasks, reports of a wrong match first, then the oldest."""
        found = stewards.reviews(credentials.requester(request)).value
        base = f"{str(request.base_url).rstrip('/')}/identity/reviews"
        entries = [bundles.Entry(f"{base}/{one.id}", dumps(_task(one)), "match") for one in found.pairs]
        return Response(bundles.searchset(entries, found.total, base), media_type=FHIR_JSON)

    def review(request: Request, id: str) -> Response:
        """One pair: a Task, with both records compared field by field in its output. The answers of blind stewards are not shown."""
        return Response(dumps(_pair_task(stewards.review(credentials.requester(request), id).value)), media_type=FHIR_JSON)

    async def decide(request: Request, id: str) -> Response:
        """Answer a pair: {"answer": "same" | "different" | "cannot-tell" | "never-link", "reason"}. 200 when in effect, 202 when it will be."""
        requester, asked = credentials.sender(request), await _asked(request, {"answer", "reason", "opened"})
        answer = _answer(asked)
        if answer in (Answer.LINK, Answer.UNLINK):
            raise Rejected(issue("IDN-004", at="answer"))

        def given(record: str, other: str) -> Given:
            return Given(answer, record, other, asked["reason"], bool(asked.get("opened")))

        return _heard(await run_in_threadpool(lambda: stewards.decide(requester, id, given).value))

    async def rule(request: Request) -> Response:
        """Rule on records: {"answer", "record", "other", "reason"}; "other" is left out for "unlink". As `decide` otherwise."""
        requester, asked = credentials.sender(request), await _asked(request, {"answer", "record", "other", "reason"})
        given = Given(_answer(asked), asked.get("record", ""), asked.get("other", ""), asked["reason"])
        return _heard(await run_in_threadpool(lambda: stewards.rule(requester, given).value))

    async def take_back(request: Request, id: str) -> Response:
        """Take a ruling back: {"reason"}. Everything is then as if it had never been."""
        requester, asked = credentials.sender(request), await _asked(request, {"reason"})
        return _heard(await run_in_threadpool(lambda: stewards.take_back(requester, id, asked["reason"]).value))

    async def report(request: Request) -> Response:
        """Report a wrong match: {"person", "record", "why", "saw", "hide"}. Hidden, it is shown to nobody from the next reading on."""
        requester, asked = credentials.sender(request), await _asked(request, {"person", "record", "why", "saw", "hide"})
        try:
            why = Why(asked.get("why", ""))
        except ValueError:
            raise Rejected(issue("IDN-010", at="why")) from None
        doubt = Doubt(asked.get("person", ""), asked.get("record", ""), why, asked.get("saw", ""), bool(asked.get("hide")))
        return _heard(await run_in_threadpool(lambda: stewards.report(requester, doubt).value))

    async def lift(request: Request, id: str) -> Response:
        """Take a report back, so that what it hid is shown again: {"reason"}."""
        requester, asked = credentials.sender(request), await _asked(request, {"reason"})
        return _heard(await run_in_threadpool(lambda: stewards.lift(requester, id, asked["reason"]).value))

    def explanation(request: Request, record: str = "", other: str = "", person: str = "") -> Response:
        """Why two patient records are one person's or not: each field's values, level and sentence, who decided, and what would have changed it.

        With person instead: every record of that person with what holds it there, what was reported of it, and whose it has been."""
        if person and not record and not other:
            return _json(explaining.of_person(stewards.joined(credentials.requester(request), person).value))
        if person or not record:
            raise Rejected(issue("API-005", at="record"))
        return _json(explaining.of_pair(stewards.explain(credentials.requester(request), record, other).value))

    def history(request: Request, record: str, at: str = "") -> Response:
        """Every person a patient record has belonged to; with at (an instant), the one it belonged to then."""
        requester = credentials.requester(request)
        if not at:
            return _json({"record": record, "links": [explaining.belonging(one) for one in stewards.history(requester, record).value]})
        moment = instant(at)
        if moment is None:
            raise Rejected(issue("API-005", at="at"))
        return _json({"record": record, "at": iso(moment), **explaining.belonging(stewards.belonged(requester, record, iso(moment)).value)})

    for path, route, method in (
        ("/reviews", reviews, "GET"),
        ("/reviews/{id}", review, "GET"),
        ("/reviews/{id}", decide, "POST"),
        ("/rulings", rule, "POST"),
        ("/rulings/{id}/taking-back", take_back, "POST"),
        ("/reports", report, "POST"),
        ("/reports/{id}/taking-back", lift, "POST"),
        ("/explanation", explanation, "GET"),
        ("/history", history, "GET"),
    ):
        router.add_api_route(path, route, methods=[method], response_class=Response)
    return router


async def _asked(request: Request, names: set[str]) -> dict[str, Any]:
    told = await json_object(request, _LIMIT, names)
    if not all(isinstance(value, bool if name in _YES_OR_NO else str) for name, value in told.items()):
        raise Rejected(issue("API-005"))
    return {"reason": "", **told}


def _answer(asked: dict[str, Any]) -> Answer:
    try:
        return Answer(asked.get("answer", ""))
    except ValueError:
        raise Rejected(issue("IDN-004", at="answer")) from None


def _task(one: Waiting) -> Resource:
    review = one.review
    return {
        "resourceType": "Task",
        "id": one.id,
        "status": _STATUS[one.stage],
        "businessStatus": {"text": _STAGES[one.stage]},
        "intent": "order",
        "priority": "urgent" if one.report or one.stage == "senior" else "routine",
        "code": {"text": "Are these two records the same person's?"},
        "description": review.because,
        **({"authoredOn": one.since} if one.since else {}),
        "input": [
            *({"type": {"text": "record"}, "valueReference": {"reference": f"Patient/{record}"}} for record in (review.a, review.b)),
            {"type": {"text": "rule"}, "valueString": review.rule},
            {"type": {"text": "two stewards needed"}, "valueBoolean": one.needs_two},
            {"type": {"text": "flags and plans held"}, "valueInteger": one.flags},
            {"type": {"text": "answered by you"}, "valueBoolean": one.mine},
            *([{"type": {"text": "you may not answer"}, "valueString": one.barred}] if one.barred else []),
            *(
                [
                    {"type": {"text": "reported record"}, "valueReference": {"reference": f"Patient/{one.report.record}"}},
                    {"type": {"text": "reported because"}, "valueString": f"{one.report.why.value}: {one.report.saw}"},
                    {"type": {"text": "reported by"}, "valueString": f"{one.report.by.name}, {one.report.by.role}"},
                    {"type": {"text": "hidden while checked"}, "valueBoolean": one.report.hide},
                ]
                if one.report
                else []
            ),
        ],
    }


def _pair_task(pair: Pair) -> Resource:
    told = pair.explanation
    sources = [{"type": {"text": "source"}, "valueString": one.source.title} for one in (pair.a, pair.b)]
    output = [{"type": {"text": one.field}, "valueString": f"{one.a} | {one.b} | {one.level} | {one.sentence}"} for one in told.fields]
    task = _task(pair.waiting)
    return {**task, "input": [*task["input"], *sources], "output": output}


def _heard(heard: Heard) -> Response:
    return Response(dumps({"ruling": heard.message, "in_effect": heard.in_effect}), 200 if heard.in_effect else 202, media_type=_JSON)


def _json(value: object) -> Response:
    return Response(dumps(value), media_type=_JSON)
