"""Request bodies, capped while they are read and only after the sender is known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any

from starlette.requests import Request

from carehub.fhir.gate import read_json
from carehub.terms.errors import Rejected, Unreadable
from carehub.terms.issue_catalogue import issue


async def capped_stream(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises Rejected (API-006) as soon as the declared or the read length passes `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit():
        raise Rejected(issue("API-005", at="Content-Length"))
    if int(declared) > limit:
        raise Rejected(issue("API-006"))
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Rejected(issue("API-006"))
        yield chunk


async def json_object(request: Request, limit: int, names: Collection[str]) -> dict[str, Any]:
    """The body as a JSON object with no other names than these. Raises Rejected (API-005), and as capped_stream does."""
    try:
        told = read_json(await capped_body(request, limit))
    except Unreadable:
        raise Rejected(issue("API-005")) from None
    if not isinstance(told, dict) or not told.keys() <= set(names):
        raise Rejected(issue("API-005"))
    return told


async def json_texts(request: Request, limit: int, names: Collection[str]) -> dict[str, str]:
    """The body as a JSON object of texts with no other names than these. Raises as json_object does."""
    told = await json_object(request, limit, names)
    if not all(isinstance(value, str) for value in told.values()):
        raise Rejected(issue("API-005"))
    return told


async def capped_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises as capped_stream does."""
    return b"".join([chunk async for chunk in capped_stream(request, limit)])
