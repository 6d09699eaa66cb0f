"""Request bodies, capped while they are read and only after the sender is known."""

from __future__ import annotations

from starlette.requests import Request

from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue


async def capped_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises Rejected (API-006) as soon as the declared or the read length passes `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit():
        raise Rejected(issue("API-005", at="Content-Length"))
    if int(declared) > limit:
        raise Rejected(issue("API-006"))
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Rejected(issue("API-006"))
        chunks.append(chunk)
    return b"".join(chunks)
