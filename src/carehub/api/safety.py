"""Headers on every answer of the API: a request id, no storing, no sniffing; and the same id on the way back. Carehub-Read-Only: since when nothing
that sources send has been taken in, where that is so. A failure is told to the log by its request id, class and place, never in its own words."""

from __future__ import annotations

import re
import secrets
import traceback
from collections.abc import Callable
from logging import getLogger
from pathlib import PurePath

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.api.outcomes import outcome_response
from carehub.hub.read_only import Halt
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso

_logger = getLogger("carehub")
_PLACES = 4
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
        correlation, answering = sent.get("x-correlation-id", ""), False

        async def send_with_headers(message: Message) -> None:
            nonlocal answering
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
            answering = True
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # a server that is told of it writes its words to the log, and they may be a patient's
            _logger.error("request %s failed (API-008): %s at %s", request_id, type(error).__name__, _where(error))
            if not answering:
                await outcome_response([issue("API-008")], 500)(scope, receive, send_with_headers)


def _where(error: Exception) -> str:
    """The innermost places of an error as files and lines, the last where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{PurePath(one.filename).name}:{one.lineno}" for one in reversed(frames[-_PLACES:]))
