"""A body that stops coming is not waited for for ever: who sends half of one holds nothing longer than a time-out."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.terms.errors import Unavailable
from carehub.terms.issue_catalogue import issue


class BodyInTime:
    """Pure ASGI middleware: the application is told API-020 (408, RFC 9110 section 15.5.9) when the next piece of a body does not come within so many
    seconds. The server then closes the connection, since the rest of the body was not read."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        whole = False

        async def in_time() -> Message:
            nonlocal whole
            if whole:  # what is waited for now is that the client hangs up
                return await receive()
            try:
                async with asyncio.timeout(self._seconds):
                    message = await receive()
            except TimeoutError:
                raise Unavailable(issue("API-020")) from None
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, in_time, send)
