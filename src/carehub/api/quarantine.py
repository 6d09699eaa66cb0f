"""/operations/quarantine: what waits with its reason, for whoever runs the hub. Counts, reasons and places; bytes only when asked for by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import json_object
from carehub.api.requester import Credentials
from carehub.fhir.canonical import dumps
from carehub.fhir.outcome import operation_outcome
from carehub.hub.hub import Hub
from carehub.hub.operating import Operating
from carehub.hub.quarantine import MOST, Entry, Replayed
from carehub.hub.settling import numbers
from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import CATALOGUE, issue

_JSON = "application/json"
_PAGE = 200
_LIMIT = 200_000


def quarantine_routes(hub: Hub, credentials: Credentials) -> APIRouter:
    """List, look at one, try it out, try again. Every route decides, audits, and only then looks."""
    router = APIRouter(prefix="/operations/quarantine", tags=["operations"])
    door, desk = hub.disclosing, Operating(hub)

    def listed(request: Request, feed: str = "", reason: str = "", after: int = 0, count: int = 50) -> Response:
        """Messages that wait: how many by feed and reason, and a page of them in log order. reason: an issue number."""
        requester = credentials.requester(request)
        name = hub.catalogue.full_name(feed) if feed else ""
        if not 1 <= count <= _PAGE or after < 0 or (reason and reason not in CATALOGUE):
            raise Rejected(issue("API-005", at="query"))
        found = door.operations(requester, "quarantine list", lambda: hub.waiting(feed=name, reason=reason, after=after, limit=count)).value
        counts = [{"feed": of, "reason": number, "text": CATALOGUE[number].text, "messages": n} for (of, number), n in found.counts.items()]
        page = [_line(one) for one in found.page]
        return _json({"counts": counts, "messages": page, **({"after": found.after} if found.after else {})})

    def one(request: Request, message: str, raw: bool = False, why: str = "") -> Response:
        """One message: its reasons and places, its first failure, and what closed it. raw: its bytes as received, which is written down. why they
        are opened: "find" (why it cannot be used), "answer" (the organisation that sent it) or "asked" (by a privacy officer)."""
        requester = credentials.requester(request)
        if raw:
            body = desk.opened(requester, message, why).value
            headers = {"Content-Disposition": f'attachment; filename="{message}"', "X-Content-Type-Options": "nosniff"}
            return Response(body, media_type="application/octet-stream", headers=headers)
        return _json(_entry(door.operations(requester, f"quarantined message {message}", lambda: hub.waiting_entry(message)).value))

    async def trial(request: Request) -> Response:
        """What trying again would do, {"messages": [ids]}, at most 200: how many would be taken, why others not, and what newer messages told since."""
        requester = credentials.sender(request)
        asked = _asked(await json_object(request, _LIMIT, ("messages",)))
        told = (await run_in_threadpool(desk.trial, requester, asked["messages"])).value
        return _json(asdict(told) | {"still": dict(told.still)})

    async def replay(request: Request) -> Response:
        """Try again, in log order: {"messages": [ids]}, or all that wait with {"feed": …} or {"reason": …}; "limit" at most 1,000."""
        requester = credentials.sender(request)
        asked = _asked(await json_object(request, _LIMIT, ("messages", "feed", "reason", "limit")))
        if asked["feed"]:
            asked["feed"] = hub.catalogue.full_name(asked["feed"])
        what = (
            f"replay of {len(asked['messages'])} messages" if asked["messages"] is not None else f"replay {asked['feed']} {asked['reason']}"
        )

        def work() -> Replayed:
            return door.operations(requester, what.strip(), lambda: hub.replay(by=requester.user, **asked)).value

        done = await run_in_threadpool(work)
        said = {"tried": len(done.tried), "closed": list(done.closed), "adapter_failures": list(done.bugs), "more": done.stopped}
        return _json(said)

    router.add_api_route("", listed, methods=["GET"], response_class=Response)
    router.add_api_route("/trial", trial, methods=["POST"], response_class=Response)
    router.add_api_route("/replay", replay, methods=["POST"], response_class=Response)
    router.add_api_route("/{message}", one, methods=["GET"], response_class=Response)
    return router


def _asked(told: dict[str, Any]) -> dict[str, Any]:
    messages, limit = told.get("messages"), told.get("limit", MOST)
    right = messages is None or (isinstance(messages, list) and all(isinstance(message, str) for message in messages))
    texts = all(isinstance(told.get(name, ""), str) for name in ("feed", "reason"))
    if not (right and texts and isinstance(limit, int) and 1 <= limit <= MOST):
        raise Rejected(issue("API-005"))
    if messages is None and not (told.get("feed") or told.get("reason")):
        raise Rejected(issue("API-005"))
    return {"messages": messages, "feed": told.get("feed", ""), "reason": told.get("reason", ""), "limit": limit}


def _line(outcome: Any) -> dict[str, Any]:
    return {
        "message": outcome.message,
        "position": outcome.position,
        "feed": outcome.feed,
        "received": outcome.received,
        "kind": outcome.kind,
        "verdict": outcome.verdict,
        "attempts": outcome.attempts,
        "first_failed": outcome.failed_at or (outcome.at if outcome.verdict != "accepted" else ""),
        "reasons": list(numbers(outcome)),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    outcome = entry.outcome
    said = {**_line(outcome), "state": entry.state, "outcome": operation_outcome(entry.reasons)}
    if entry.state != "never waited":
        said["first_reasons"] = list(outcome.failed_with or numbers(outcome))
    if entry.state == "closed":
        said["closed"] = {"at": outcome.closed_at, "by": outcome.closed_by, "result": [f"/fhir/R4/{record}" for record in entry.result]}
    return said


def _json(value: object) -> Response:
    return Response(dumps(value), media_type=_JSON)
