"""Answers in FHIR JSON compressed with gzip for who asks for it with a credential of its own (RFC 9110, 8.4 and 12.5.3; RFC 1952).

How long a compressed answer is tells whether words of its request stand in it too (BREACH, CVE-2013-3587), to whoever can make another's browser ask.
So nothing is compressed for a browser's session, no page, and no answer that holds a token: only FHIR JSON, asked for with `Authorization`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.api.outcomes import FHIR_JSON

LEAST = 1_400
"""Bytes below which an answer fits one packet and is left as it is."""

# Measured on $everything of 1,000 records (docs/performance.md): a higher level takes more processor time than it saves.
_LEVEL = 1
_GZIP = 16 + zlib.MAX_WBITS
_BY_THE_WAY = 65_536


class Compressing:
    """Pure ASGI middleware for paths under /fhir/. Whole or in pieces, an answer is never held longer than a piece."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/fhir/") and scope["method"] != "HEAD":
            asked = Headers(scope=scope)
            if "authorization" in asked:
                send = _Sender(send, wanted=takes_gzip(",".join(asked.getlist("accept-encoding")))).send
        await self._app(scope, receive, send)


class _Sender:
    """Holds the start of an answer until its first piece is there, which says whether it is worth it."""

    def __init__(self, send: Send, *, wanted: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._start: Message | None = None
        self._packing: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        """In the place of the server's own."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        start, self._start = self._start, None
        if start is not None and self._worth(start, len(body), more):
            self._packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        if self._packing is not None:
            body = await run_in_threadpool(_packed, self._packing, body, more)
        if start is not None:
            if self._packing is not None:
                _as_packed(start, None if more else len(body))
            await self._send(start)
        if body or not more:
            await self._send({**message, "body": body})

    def _worth(self, start: Message, size: int, more: bool) -> bool:
        """Whether to compress an answer of which this is the start and the size of its first piece. One that could be says that it varies."""
        headers = MutableHeaders(scope=start)
        if start["status"] != 200 or not headers.get("content-type", "").startswith(FHIR_JSON) or "content-encoding" in headers:
            return False
        headers.add_vary_header("Accept-Encoding")
        return self._wanted and (more or size >= LEAST)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, by its Accept-Encoding (RFC 9110, 12.5.3); one that cannot be read is no wish."""
    wishes = dict(_wishes(accept_encoding))
    return wishes.get("gzip", wishes.get("x-gzip", wishes.get("*", 0.0))) > 0


def _wishes(told: str) -> Iterator[tuple[str, float]]:
    for part in told.split(","):
        name, *more = (one.strip() for one in part.split(";"))
        weight = next((one[2:] for one in more if one[:2].casefold() == "q="), "1")
        whole, _, rest = weight.partition(".")
        if name and whole in ("0", "1") and (not rest or (rest.isascii() and rest.isdigit())):
            yield name.casefold(), float(weight)


def _packed(packing: zlib._Compress, body: bytes, more: bool) -> bytes:
    pieces = [packing.compress(body[n : n + _BY_THE_WAY]) for n in range(0, len(body), _BY_THE_WAY)]
    return b"".join((*pieces, b"" if more else packing.flush()))


def _as_packed(start: Message, size: int | None) -> None:
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = "gzip"
    if size is None:
        del headers["Content-Length"]
    else:
        headers["Content-Length"] = str(size)
