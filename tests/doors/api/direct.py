"""A client that calls the application itself, without a transport: for tests that ask many thousand times."""

from __future__ import annotations

import asyncio
import json as _json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

from fastapi import FastAPI


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers as sent, body."""

    status_code: int
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def everything(self) -> str:
        """Every byte of headers and body."""
        return b"\n".join((*(b": ".join(pair) for pair in self.headers), self.content)).decode("utf-8", "replace")

    def json(self) -> Any:
        return _json.loads(self.content)


class Direct:
    """app: any ASGI application; an error that it raises once it has answered is left to the answer (500)."""

    def __init__(self, app: FastAPI) -> None:
        self.app, self.loop = app, asyncio.new_event_loop()

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, params=None, json=None, data=None, content=b""
    ) -> Answer:
        """One request. path: as it stands in the address, encoded or not; a query may follow."""
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            content, given = _json.dumps(json).encode(), {"content-type": "application/json", **given}
        if data is not None:
            content, given = urlencode(data).encode(), {"content-type": "application/x-www-form-urlencoded", **given}
        address, _, query = path.partition("?")
        query = urlencode(params) if params else query
        raw = quote(address, safe="/%$:@!&'()*+,;=~")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
            "raw_path": raw.encode(),
            "root_path": "",
            "query_string": query.encode("utf-8", "replace"),
            "headers": [(b"host", b"testserver"), *((n.encode("latin-1"), v.encode("latin-1", "replace")) for n, v in given.items())],
            "client": ("testclient", 50000),
            "server": ("testserver", 80),
            "state": {},
        }
        return self.loop.run_until_complete(self._call(scope, content))

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    async def _call(self, scope: dict[str, Any], content: bytes) -> Answer:
        sent: list[dict[str, Any]] = []
        todo = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return todo.pop() if todo else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            if not sent:
                raise
        body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
        return Answer(sent[0]["status"], tuple((bytes(n), bytes(v)) for n, v in sent[0].get("headers", ())), body)
