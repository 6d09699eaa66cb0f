"""private_key_jwt: an app proves who it is by a token that it signs itself (RFC 7523; SMART App Launch 2.2, "Asymmetric authentication")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError

from carehub.terms.errors import CarehubError
from carehub.terms.moments import iso
from carehub.tokens.apps import App
from carehub.tokens.id_token import LEEWAY
from carehub.tokens.jose import CLIENT_ALGORITHMS, claims, untrusted
from carehub.tokens.short_lived import ShortLived

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 300
"""Seconds from now at which an assertion may run out, at the latest."""


def prove(assertion: str, apps: Mapping[str, App], audience: str, short: ShortLived, now: datetime) -> App:
    """The app that signed an assertion for exactly this audience, that runs out within five minutes and was never used before.

    Raises Unauthenticated (SIGN-008), whatever it is that is wrong.
    """
    app = apps.get(claimed(assertion))
    if app is None or app.keys is None:
        raise untrusted("SIGN-008")
    try:
        told = claims(assertion, app.keys, CLIENT_ALGORITHMS)
    except CarehubError:
        raise untrusted("SIGN-008") from None
    seconds, expires, number = now.timestamp(), told.get("exp"), told.get("jti")
    timely = isinstance(expires, int | float) and _number(expires) and seconds < expires <= seconds + LONGEST
    begun = all(_number(told[name]) and told[name] <= seconds + LEEWAY for name in ("iat", "nbf") if name in told)
    meant = told.get("iss") == told.get("sub") == app.id and told.get("aud") in (audience, [audience])
    if not (timely and begun and meant and isinstance(number, str) and 0 < len(number) <= 500):
        raise untrusted("SIGN-008")
    until = iso(now + timedelta(seconds=LONGEST + 1))
    if not short.once("assertion", f"{app.id}\0{number}", until):
        raise untrusted("SIGN-008")
    return app


def claimed(assertion: str) -> str:
    """Who it says it is from, to find the keys that it is then checked with."""
    try:
        told = json.loads(jws.extract_compact(assertion.encode()).payload or b"")
    except (JoseError, ValueError, RecursionError):
        return ""
    said = told.get("iss") if isinstance(told, dict) else None
    return said if isinstance(said, str) else ""


def _number(value: object) -> bool:
    # NaN compares false with everything, so it is refused by what follows.
    return isinstance(value, int | float) and not isinstance(value, bool)
