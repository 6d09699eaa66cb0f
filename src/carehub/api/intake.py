"""POST /feeds/{feed}/submissions: the door in over HTTP. The sender is known before the body is read."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from carehub.api.body import capped_body
from carehub.api.requester import Credentials
from carehub.feeds.message import Receipt, Submission
from carehub.fhir.canonical import dumps
from carehub.fhir.outcome import operation_outcome
from carehub.hub.hub import Hub
from carehub.terms.errors import Missing
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

_JSON = "application/json"


def intake_routes(hub: Hub, credentials: Credentials, limit: int) -> APIRouter:
    """Routes to hand over a submission and to ask what became of it."""
    router = APIRouter(tags=["intake"])

    async def submit(request: Request, feed: str) -> Response:
        """Take one submission. Header Idempotency-Key: the sender's own key for this delivery. 202 with a receipt once it is stored."""
        name = hub.catalogue.full_name(feed)
        source = credentials.source(request, name)
        body = await capped_body(request, limit)
        submission = Submission(
            feed=name,
            body=body,
            received_at=iso(hub.clock()),
            sender=source.name,
            delivery_key=request.headers.get("idempotency-key", "").strip(),
            content_type=request.headers.get("content-type", ""),
        )
        receipt = (await run_in_threadpool(hub.receive, [submission]))[0]
        where = f"/feeds/{name}/submissions/{receipt.submission}"
        return Response(dumps(_receipt(receipt, where)), 202, media_type=_JSON, headers={"Location": where})

    def status(request: Request, feed: str, submission: str) -> Response:
        """What became of a submission: a line per message with its verdict, and an OperationOutcome for what could not be used."""
        name = hub.catalogue.full_name(feed)
        credentials.source(request, name)
        found_fate = hub.fate(submission)
        if found_fate is None or found_fate[0].feed != name:
            raise Missing(issue("API-003"))
        receipt, outcomes = found_fate
        lines = []
        for message, outcome in zip(receipt.messages, outcomes, strict=True):
            found = (*outcome.issues, *(i for part in outcome.quarantined for i in part.issues)) if outcome else ()
            lines.append(
                {
                    "message": message,
                    "verdict": outcome.verdict if outcome else "waiting",
                    "records": outcome.records if outcome else 0,
                    **({"outcome": operation_outcome(found)} if found else {}),
                }
            )
        return Response(dumps({**_receipt(receipt, str(request.url.path)), "messages": lines}), 200, media_type=_JSON)

    for path in ("/feeds/{feed}/submissions", "/feeds/{feed:path}/submissions"):
        router.add_api_route(path, submit, methods=["POST"], status_code=202, include_in_schema=path.count(":") == 0)
        router.add_api_route(f"{path}/{{submission}}", status, methods=["GET"], include_in_schema=path.count(":") == 0)
    return router


def _receipt(receipt: Receipt, where: str) -> dict[str, object]:
    return {
        "submission": receipt.submission,
        "feed": receipt.feed,
        "received": receipt.received_at,
        "sha256": receipt.sha256,
        "messages": list(receipt.messages),
        "status": where,
    }
