"""Response headers for every page: nothing from elsewhere, nothing in line, nothing kept."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No script is shipped, so none is allowed. No style may be in line, so no value of a record can reach one.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": under that, browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def leading_to(addresses: Iterable[str]) -> dict[str, str]:
    """The header of a page whose form may lead on to these registered addresses: browsers hold "form-action" to where a form's answer leads too."""
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses)})
    return {"Content-Security-Policy": POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *origins)))}


class SafeHeaders:
    """ASGI middleware that puts HEADERS on every answer (a page's own policy stays, see leading_to), and "no-store" on all but the stylesheets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kept = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["Cache-Control"] = "public, max-age=86400" if kept and message["status"] in (200, 304) else "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)
