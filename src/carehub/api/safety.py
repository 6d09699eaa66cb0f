"""Headers on every answer of the API: a request id, no storing, no sniffing; and the same id on the way back. Carehub-Read-Only: since when nothing
that sources send has been taken in, where that is so."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.hub.read_only import Halt
from carehub.terms.moments import iso

_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_OURS = ("/fhir/", "/feeds/", "/operations/", "/health/", "/oauth2/", "/docs", "/openapi.json")


class ApiSafety:
    """Pure ASGI middleware; leaves the pages to their own headers."""

    def __init__(self, app: ASGIApp, halted: Callable[[], Halt | None] = lambda: None) -> None:
        self._app = app
        self._halted = halted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = sent.get("x-request-id", "")
        if not _SAFE_ID.match(request_id):
            request_id = secrets.token_hex(8)
        correlation = sent.get("x-correlation-id", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if _SAFE_ID.match(correlation):
                    headers["X-Correlation-ID"] = correlation
                if scope["path"].startswith(_OURS):
                    if halt := self._halted():
                        headers["Carehub-Read-Only"] = iso(halt.since)
                    headers.setdefault("Cache-Control", "no-store")
                    headers["X-Content-Type-Options"] = "nosniff"
                    headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self._app(scope, receive, send_with_headers)
