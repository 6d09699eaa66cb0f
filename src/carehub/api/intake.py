"""POST /feeds/{feed}/submissions: the door in over HTTP. The sender is known before the body is read."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_stream
from carehub.api.requester import Credentials
from carehub.feeds.message import VERDICTS, Arrival, Receipt
from carehub.fhir.canonical import dumps
from carehub.fhir.outcome import operation_outcome
from carehub.hub.follow_submission import Line
from carehub.hub.hub import Hub
from carehub.hub.receive_stream import WHOLE, Incoming
from carehub.terms.errors import Missing, Rejected
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

_JSON = "application/json"
_MOST_LINES = 1000
_HANDED_ON = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Bytes. held: the largest submission that is one message, or whose adapter must have all of it at once. streamed: the largest of all."""

    held: int
    streamed: int


def intake_routes(hub: Hub, credentials: Credentials, limits: SizeLimits) -> APIRouter:
    """Routes to hand over a submission and to ask what became of it."""
    router = APIRouter(tags=["intake"])

    async def submit(request: Request, feed: str) -> Response:
        """Take one submission. Header Idempotency-Key: the sender's own key for this delivery. 202 with a receipt once it is stored.

        With only an adapter named, it goes to the feed it looks like. A table of any size is stored as it comes.
        """
        known = credentials.source_of(request, hub.catalogue.feeds_of(feed))
        streams = hub.catalogue.adapter(feed).split_stream is not None
        body = capped_stream(request, limits.streamed if streams else limits.held)
        start = bytearray()
        async for chunk in body:
            start += chunk
            if len(start) > WHOLE:
                break
        name = hub.catalogue.feed_of(feed, bytes(start[:64]))
        credentials.source(request, name)
        key, declared = request.headers.get("idempotency-key", "").strip(), request.headers.get("content-type", "")
        arrival = Arrival(name, iso(hub.clock()), known.name, key, declared)
        if len(start) <= WHOLE:
            receipt = (await run_in_threadpool(hub.receive, [arrival.whole(bytes(start))]))[0]
        else:
            incoming = await run_in_threadpool(hub.incoming, arrival, held_whole=limits.held)
            try:
                async for chunk in body:
                    start += chunk
                    if len(start) >= _HANDED_ON:
                        await run_in_threadpool(incoming.write, bytes(start))
                        start.clear()
                receipt = await run_in_threadpool(_finish, hub, incoming, bytes(start))
            finally:
                await run_in_threadpool(incoming.discard)
        where = f"/feeds/{name}/submissions/{receipt.submission}"
        return Response(dumps(_receipt(receipt, where)), 202, media_type=_JSON, headers={"Location": where})

    def status(request: Request, feed: str, submission: str, after: int = 0, limit: int = _MOST_LINES, verdict: str = "") -> Response:
        """What became of a submission: how many messages by verdict and by reason, and a line per message with an OperationOutcome for what
        could not be used. after, limit: a page of them, by their number in the submission. verdict: only those of one."""
        feeds = hub.catalogue.feeds_of(feed)
        credentials.source_of(request, feeds)
        if after < 0 or not 1 <= limit <= _MOST_LINES or verdict not in ("", *VERDICTS):
            raise Rejected(issue("API-005", at="query"))
        found = hub.follow(submission, after=after, limit=limit, verdict=verdict)
        if found is None or found.receipt.feed not in feeds:
            raise Missing(issue("API-003"))
        credentials.source(request, found.receipt.feed)
        where = str(request.url.path)
        asked = f"&verdict={verdict}" if verdict else ""
        answer = {
            **_receipt(found.receipt, where),
            "counts": found.counts,
            "reasons": found.reasons,
            **({"reasons_counted_in": found.counted} if found.counted < sum(found.counts[v] for v in VERDICTS[1:]) else {}),
            "messages": [_line(line) for line in found.page],
            **({"next": f"{where}?after={found.after}&limit={limit}{asked}"} if found.after else {}),
        }
        return Response(dumps(answer), 200, media_type=_JSON)

    for path in ("/feeds/{feed}/submissions", "/feeds/{feed:path}/submissions"):
        router.add_api_route(path, submit, methods=["POST"], status_code=202, include_in_schema=path.count(":") == 0)
        router.add_api_route(f"{path}/{{submission}}", status, methods=["GET"], include_in_schema=path.count(":") == 0)
    return router


def _finish(hub: Hub, incoming: Incoming, rest: bytes) -> Receipt:
    with hub.spans.span("stream") as span:
        incoming.write(rest)
        receipt = incoming.finish()
        span.note(feed=receipt.feed, messages=len(receipt.messages))
        hub.announce(receipt)
        return receipt


def _receipt(receipt: Receipt, where: str) -> dict[str, object]:
    """messages: the first of them; message_count says how many there are."""
    return {
        "submission": receipt.submission,
        "feed": receipt.feed,
        "received": receipt.received_at,
        "sha256": receipt.sha256,
        "message_count": len(receipt.messages),
        "messages": list(receipt.messages[:_MOST_LINES]),
        "status": where,
    }


def _line(line: Line) -> dict[str, object]:
    outcome = line.outcome
    found = (*outcome.issues, *(i for part in outcome.quarantined for i in part.issues)) if outcome else ()
    return {
        "number": line.number,
        "message": line.message,
        "verdict": outcome.verdict if outcome else "waiting",
        "records": outcome.records if outcome else 0,
        **({"outcome": operation_outcome(found)} if found else {}),
    }
