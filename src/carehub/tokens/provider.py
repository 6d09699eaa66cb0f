"""An OpenID Connect provider as this hub relies on it: authorization code with PKCE, shaped for NHS CIS2 Authentication.

What the provider says of itself and its keys are fetched, kept for an hour, and its keys again when a token names one that is not known.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from carehub.terms.errors import CarehubError, OutsideDown
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.tokens.assertion import TYPE
from carehub.tokens.granting import challenge
from carehub.tokens.id_token import Relying, check_id_token, check_logout_token
from carehub.tokens.jose import public_keys, untrusted
from carehub.tokens.short_lived import ShortLived, digest

SCOPES = "openid profile nationalrbacaccess associatedorgs"
_KEPT, _AGAIN = timedelta(hours=1), timedelta(minutes=1)
_AWAY = timedelta(seconds=10)
_BEGUN_LASTS, _LOGOUT_LASTS = timedelta(minutes=10), timedelta(hours=1)
_LOCAL = ("http://127.0.0.1:", "http://localhost:")
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")


class Asking(Protocol):
    """How the provider is reached: carehub.outside.asking, or another in a test. Both raise OutsideDown."""

    def get(self, address: str, headers: Mapping[str, str], /) -> tuple[int, bytes]:
        """Status and body."""
        ...

    def post(self, address: str, form: Mapping[str, str], /) -> tuple[int, bytes]:
        """The same of a form that is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun. onward: the path to go on to."""

    nonce: str
    verifier: str
    onward: str


@dataclass(frozen=True, slots=True)
class Proof:
    """How this hub proves itself to the provider: a private key (private_key_jwt), or a secret."""

    key: RSAKey | ECKey | None
    secret: str = ""


class SignInProvider:
    """relying: how this hub is known there. redirect: our address that codes are sent to, as registered there. clock: of `short`."""

    def __init__(self, relying: Relying, proof: Proof, redirect: str, asking: Asking, short: ShortLived, scopes: str = SCOPES) -> None:
        self.relying, self.redirect = relying, redirect
        self._proof, self._asking, self._short, self._scopes = proof, asking, short, scopes
        self._clock: Callable[[], datetime] = short.clock
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._told_at: datetime | None = None
        self._keys_at: datetime | None = None
        self._away_at: datetime | None = None

    def begin(self, onward: str) -> tuple[str, str]:
        """The provider's address to send the browser to, and the state that the same browser must bring back. Raises OutsideDown."""
        address = self._discovered()["authorization_endpoint"]
        begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(48), onward)
        state = self._short.make("sign-in", begun, _BEGUN_LASTS)
        asked = {
            "response_type": "code",
            "client_id": self.relying.client,
            "redirect_uri": self.redirect,
            "scope": self._scopes,
            "state": state,
            "nonce": begun.nonce,
            "code_challenge": challenge(begun.verifier),
            "code_challenge_method": "S256",
            **({"acr_values": " ".join(self.relying.levels)} if self.relying.levels else {}),
        }
        return _with(address, asked), state

    def finish(self, state: str, code: str) -> tuple[dict[str, Any], str]:
        """The claims of who signed in, and the path to go on to. Once for each state. Raises Unauthenticated (SIGN-001), Refused (SIGN-002) for a
        sign-in that is not strong enough, OutsideDown."""
        begun = self._short.take("sign-in", state, Begun)
        if begun is None or not code:
            raise untrusted("SIGN-001")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, "code_verifier": begun.verifier}
        told = self._read(self._asking.post(self._discovered()["token_endpoint"], form | self._proved()))
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str) or not isinstance(access, str):
            raise untrusted("SIGN-001")
        claims = check_id_token(token, self._keys_for(token), self.relying, begun.nonce, self._clock())
        about = self._read(self._asking.get(self._discovered()["userinfo_endpoint"], {"Authorization": f"Bearer {access}"}))
        if about.get("sub") != claims["sub"]:
            raise untrusted("SIGN-001")
        # What signs the user in is what was signed; roles and names are told beside it.
        return about | {name: claims[name] for name in ("iss", "sub", "acr", "sid") if name in claims}, begun.onward

    def logged_out(self, token: str, ends: Callable[[str, str], None]) -> None:
        """Do what ends the sessions of (sid, sub) of a logout token, once. Raises Unauthenticated (SIGN-001), OutsideDown.

        It counts as used when they have ended: after a store that failed between, the provider may say it again.
        """
        sid, sub, number = check_logout_token(token, self._keys_for(token), self.relying, self._clock())
        if self._short.stands("logout", digest(number)):
            raise untrusted("SIGN-001")
        ends(sid, sub)
        self._short.once("logout", number, iso(self._clock() + _LOGOUT_LASTS))

    def end_address(self, back: str) -> str:
        """Where the user ends the sign-in at the provider too (RP-Initiated Logout 1.0); "" where it has no such address, or cannot be asked now."""
        try:
            address = self._discovered().get("end_session_endpoint", "")
        except CarehubError:
            return ""
        return _with(address, {"client_id": self.relying.client, "post_logout_redirect_uri": back}) if self._secure(address) else ""

    def _proved(self) -> dict[str, str]:
        named, seconds = {"client_id": self.relying.client}, int(self._clock().timestamp())
        if self._proof.key is None:
            return named | {"client_secret": self._proof.secret}
        said = {"iss": self.relying.client, "sub": self.relying.client, "aud": self._discovered()["token_endpoint"]}
        said |= {"jti": secrets.token_urlsafe(16), "iat": seconds, "exp": seconds + 60}
        algorithm = "RS512" if isinstance(self._proof.key, RSAKey) else "ES384"
        header = {"alg": algorithm, **({"kid": self._proof.key.kid} if self._proof.key.kid else {})}
        return named | {
            "client_assertion_type": TYPE,
            "client_assertion": jwt.encode(header, said, self._proof.key, algorithms=[algorithm]),
        }

    def _discovered(self) -> dict[str, Any]:
        now = self._clock()
        with self._lock:
            if self._told_at is None or now - self._told_at > _KEPT:
                told = self._fetched(f"{self.relying.issuer.rstrip('/')}/.well-known/openid-configuration")
                if told.get("issuer") != self.relying.issuer or not all(self._secure(told.get(name)) for name in _ADDRESSES):
                    raise OutsideDown(issue("OUT-003"))
                self._told, self._told_at = told, now
            return self._told

    def _keys_for(self, token: str) -> KeySet:
        address, now, wanted = self._discovered()["jwks_uri"], self._clock(), _key_id(token)
        with self._lock:
            age = now - self._keys_at if self._keys_at else _KEPT * 2
            unknown = self._keys is not None and wanted and wanted not in {key.kid for key in self._keys.keys}
            # Made-up key ids do not make us ask more than once a minute.
            if self._keys is None or age > _KEPT or (unknown and age > _AGAIN):
                self._keys, self._keys_at = public_keys(self._fetched(address)), now
            return self._keys

    def _fetched(self, address: str) -> dict[str, Any]:
        """What the provider publishes there. One that has just not answered is not asked for ten seconds, so that nobody waits behind others."""
        if self._away_at is not None and self._clock() - self._away_at < _AWAY:
            raise OutsideDown(issue("OUT-001"))
        try:
            return self._read(self._asking.get(address, {}), "OUT-003")
        except OutsideDown:
            self._away_at = self._clock()
            raise

    def _secure(self, address: object) -> bool:
        """Whether a browser or a secret may be sent there: https, unless the provider itself is one of this machine."""
        return isinstance(address, str) and address.startswith(
            ("https://", *_LOCAL) if self.relying.issuer.startswith(_LOCAL) else "https://"
        )

    def _read(self, answer: tuple[int, bytes], otherwise: str = "") -> dict[str, Any]:
        status, body = answer
        try:
            told = json.loads(body) if status == 200 else None
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise OutsideDown(issue(otherwise)) if otherwise else untrusted("SIGN-001")
        return told


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _key_id(token: str) -> str:
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid", ""))
    except (JoseError, ValueError):
        return ""
