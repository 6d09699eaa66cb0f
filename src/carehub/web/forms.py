"""Forms: a small body read with a cap, and a token that ties a form to the browser it was sent to."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import parse_qsl

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

from carehub.terms.errors import Rejected
from carehub.terms.issue_catalogue import issue

COOKIE = "carehub_form"
FIELD = "form_token"
MAX_BODY = 16 * 1024


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded form, last value of each. Raises Rejected API-006 over 16 KB, API-005 for another content type or bad UTF-8."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Rejected(issue("API-005", at="Content-Type"))
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise Rejected(issue("API-006"))
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        raise Rejected(issue("API-005")) from None


class FormTokens:
    """Double-submit tokens: a random value in an HttpOnly cookie, and the same value signed in the form. secret: at least 16 characters."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 16:
            raise ValueError("the signing secret needs at least 16 characters")
        self._signer = Signer(secret, salt="carehub.form")

    def start(self, request: Request) -> tuple[str, str]:
        """(cookie value, token for the form). An existing cookie is kept, so that two open forms both work."""
        value = request.cookies.get(COOKIE, "")
        if not (len(value) == 43 and value.isascii()):
            value = secrets.token_urlsafe(32)
        return value, self._signer.sign(value).decode("ascii")

    def check(self, request: Request, fields: dict[str, str]) -> bool:
        """True when the form came from a page of ours in this browser."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        try:
            signed = self._signer.unsign(fields.get(FIELD, "").encode("utf-8"))
        except BadSignature:
            return False
        return hmac.compare_digest(signed, request.cookies.get(COOKIE, "").encode("utf-8"))


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """A session cookie: HttpOnly, SameSite=Lax, Secure under https."""
    response.set_cookie(name, value, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https")
