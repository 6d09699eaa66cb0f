"""What a sign-in proves: the id_token of OpenID Connect Core 3.1.3.7, and the logout token of Back-Channel Logout 1.0 section 2.6."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from carehub.terms.errors import Refused
from carehub.terms.issue_catalogue import issue
from carehub.tokens.jose import PROVIDER_ALGORITHMS, claims, untrusted

LEEWAY = 60
"""Seconds by which two clocks may differ."""
_OLDEST = timedelta(minutes=10)
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Relying:
    """How this hub is known to a provider. issuer: exactly as the provider writes it. client: our id there. levels: values of acr that are strong
    enough, such as AAL3_ANY of NHS CIS2; empty for any."""

    issuer: str
    client: str
    levels: tuple[str, ...]
    algorithms: tuple[str, ...] = PROVIDER_ALGORITHMS


class TooWeak(Refused):
    """A sign-in that is proved and not strong enough (SIGN-002). user: whose it is, as the provider names them."""

    def __init__(self, user: str) -> None:
        super().__init__(issue("SIGN-002"))
        self.user = user


def check_id_token(token: str, keys: KeySet, relying: Relying, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of an id_token that was made by this provider, for us, just now, for the sign-in that this nonce began.

    Raises Unauthenticated (SIGN-001), and TooWeak (SIGN-002) where only the strength of the sign-in is not enough.
    """
    told = _checked(token, keys, relying, now, essential=("exp", "sub", "nonce"))
    # Several audiences would make the token good elsewhere too; azp then says for whom it is, and must be us.
    alone = told["aud"] in (relying.client, [relying.client])
    if (
        told["nonce"] != nonce
        or told.get("azp", relying.client) != relying.client
        or not alone
        or not (told["sub"] and isinstance(told["sub"], str))
    ):
        raise untrusted("SIGN-001")
    if relying.levels and told.get("acr") not in relying.levels:
        raise TooWeak(told["sub"])
    return told


def check_logout_token(token: str, keys: KeySet, relying: Relying, now: datetime) -> tuple[str, str, str]:
    """(sid, sub, jti) of a logout token; one of the first two may be "". Raises Unauthenticated (SIGN-001)."""
    told = _checked(token, keys, relying, now, essential=("jti", "events"), types=("JWT", "logout+jwt"))
    events = told["events"]
    sid, sub = told.get("sid", ""), told.get("sub", "")
    if not isinstance(events, dict) or _LOGOUT_EVENT not in events or "nonce" in told or not (sid or sub):
        raise untrusted("SIGN-001")
    if not all(isinstance(one, str) for one in (sid, sub, told["jti"])):
        raise untrusted("SIGN-001")
    return sid, sub, told["jti"]


def _checked(
    token: str, keys: KeySet, relying: Relying, now: datetime, *, essential: Collection[str], types: Collection[str] = ("JWT",)
) -> dict[str, Any]:
    try:
        told = claims(token, keys, relying.algorithms, types)
        registry = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": relying.issuer},
            aud={"essential": True, "value": relying.client},
            iat={"essential": True},
        )
        registry.validate(told)
        if any(told.get(name) is None for name in essential):
            raise untrusted("SIGN-001")
    except Exception as error:
        if isinstance(error, JoseError) or getattr(error, "issues", None):
            raise untrusted("SIGN-001") from None
        raise
    if told["iat"] < (now - _OLDEST).timestamp():
        raise untrusted("SIGN-001")
    return told
