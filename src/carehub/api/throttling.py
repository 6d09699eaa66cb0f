"""Guessing at credentials is slowed and noticed. Whoever proves who they are is never held up, whoever else asks from the same address."""

from __future__ import annotations

from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carehub.api.outcomes import outcome_response
from carehub.terms.issue_catalogue import issue

_A_MINUTE = RateLimitItemPerMinute(1)


class Throttling:
    """Pure ASGI middleware: of one address so many 401 a minute are answered as such, further ones with 429 (API-019). In each process by itself.

    most: 401 a minute of one address; 0 for as many as are asked. noticed: told the address, once a minute, when they are more.
    """

    def __init__(self, app: ASGIApp, most: int, noticed: Callable[[str], None]) -> None:
        self._app = app
        self._most = RateLimitItemPerMinute(most) if most else None
        self._noticed = noticed
        self._refused = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._most is None:
            await self._app(scope, receive, send)
            return
        address, most = (scope.get("client") or ("",))[0], self._most
        held_back = False

        async def counted(message: Message) -> None:
            nonlocal held_back
            if message["type"] == "http.response.start" and message["status"] == 401 and not self._refused.hit(most, address):
                held_back = True
                if self._refused.hit(_A_MINUTE, "noticed", address):
                    await run_in_threadpool(self._noticed, address)
                await outcome_response([issue("API-019")], 429)(scope, receive, send)
            elif not held_back:
                await send(message)

        await self._app(scope, receive, counted)
