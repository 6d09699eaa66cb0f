"""Signed tokens from outside: which algorithms and keys are believed, and what a token may say of itself (RFC 8725).

The algorithm comes from the setting, never from the token; no token names or carries the key it is checked with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from carehub.terms.errors import CarehubError, Unauthenticated
from carehub.terms.issue_catalogue import issue

PROVIDER_ALGORITHMS = ("RS256", "PS256", "ES256")
"""Of a sign-in: what OpenID Connect providers use."""
CLIENT_ALGORITHMS = ("RS384", "ES384")
"""Of a backend client (SMART App Launch 2.2, "Asymmetric authentication")."""

_MOST_CHARACTERS = 20_000
_LEAST_RSA_BITS = 2048
# A key in, or an address of a key in, the token would be the sender's choice. None of what crit can name is understood here.
_REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip"})


def untrusted(number: str = "SIGN-004") -> CarehubError:
    """The one answer to a token that is not trusted: it never says which check failed."""
    return Unauthenticated(issue(number))


def public_keys(told: Mapping[str, Any]) -> KeySet:
    """The keys of a JWK Set that may check a signature: RSA of at least 2048 bits, and elliptic curves. Others are passed over: a set may hold
    keys for something else, but never a secret. Raises Unauthenticated (SIGN-004) for what is no JWK Set, or has no such key."""
    found: list[Key] = [key for one in _listed(told) if (key := _public(one)) is not None]
    if not found:
        raise untrusted()
    return KeySet(found)


def _listed(told: Mapping[str, Any]) -> Iterable[Any]:
    keys = told.get("keys") if isinstance(told, Mapping) else None
    return keys if isinstance(keys, list) else ()


def _public(told: Any) -> RSAKey | ECKey | None:
    if not isinstance(told, dict) or told.get("use", "sig") != "sig" or "verify" not in told.get("key_ops", ["verify"]):
        return None
    kinds: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    kind = kinds.get(str(told.get("kty")))
    try:
        # Only the public members: a private key in a published set is no reason to hold it.
        key = (
            kind.import_key(
                {name: value for name, value in told.items() if name not in ("d", "p", "q", "dp", "dq", "qi", "oth", "key_ops")}
            )
            if kind
            else None
        )
    # A weak key is warned of; where warnings are errors it is one.
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        return None
    return key


def signed(token: str, keys: KeySet, algorithms: Collection[str], types: Collection[str] = ("JWT",)) -> bytes:
    """The bytes that a compact JWS of one of these algorithms signs, under one of these keys. types: what `typ` may say where it is said.

    Raises Unauthenticated (SIGN-004) for anything else: another serialisation, an encrypted token, no signature, a key or a critical header in
    the token, a key id that is not in the set.
    """
    if not isinstance(token, str) or not token.isascii() or len(token) > _MOST_CHARACTERS or token.count(".") != 2:
        raise untrusted()
    try:
        unproved = jws.extract_compact(token.encode()).headers()
        fits = not _REFUSED_HEADERS & unproved.keys() and str(unproved.get("typ", "")).casefold() in (
            "",
            *(one.casefold() for one in types),
        )
        if not fits or not isinstance(unproved.get("kid", ""), str):
            raise untrusted()
        return jws.deserialize_compact(token, keys, algorithms=list(algorithms)).payload or b""
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise untrusted() from None


def claims(token: str, keys: KeySet, algorithms: Collection[str], types: Collection[str] = ("JWT",)) -> dict[str, Any]:
    """The claims of a JWT that `signed` accepts. Raises Unauthenticated (SIGN-004) also where they are no JSON object, or say a name twice."""
    try:
        told = json.loads(signed(token, keys, algorithms, types), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise untrusted() from None
    if not isinstance(told, dict):
        raise untrusted()
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name is said twice")
    return made
