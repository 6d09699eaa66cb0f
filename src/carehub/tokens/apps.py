"""Who is registered here: backend clients and users' apps, with their keys and what they may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from joserfc.jwk import KeySet

from carehub.governance.policy import TABLE
from carehub.governance.requester import Requester
from carehub.terms.errors import CarehubError
from carehub.tokens.jose import public_keys
from carehub.tokens.scopes import LAUNCH, parse

_ALL = {"kind", "name", "scopes", "jwks", "redirects", "launch", "role", "organisation", "organisation_name", "purpose"}
_NEEDED = {
    "backend": {"kind", "name", "scopes", "jwks", "role", "organisation", "organisation_name", "purpose"},
    "user": {"kind", "name", "scopes", "redirects"},
}
_CONTEXTS = {"backend": ("system",), "user": ("patient", "user")}


@dataclass(frozen=True, slots=True)
class App:
    """id, name: as registered, and as users read it. keys: what it signs with; None for a public app. requester: whom a backend client speaks as;
    None for a user's app, which speaks as the user. redirects: where codes are sent. launch: where it is started from here, "" for nowhere."""

    id: str
    kind: Literal["backend", "user"]
    name: str
    scopes: str
    keys: KeySet | None
    requester: Requester | None
    redirects: frozenset[str]
    launch: str


def read_apps(rows: Mapping[str, Any]) -> dict[str, App]:
    """{"id": {"kind": "backend" or "user", …}} to apps. Raises ValueError, naming the app, for a row that says too little or too much, a scope that
    is none, an address that is not https (http on this machine), and keys that nothing could be checked with."""
    return {id: _app(id, row) for id, row in rows.items()}


def _app(id: str, row: Any) -> App:
    kind = row.get("kind") if isinstance(row, dict) else None
    if kind not in ("backend", "user") or not _NEEDED[kind] <= set(row) <= (
        _NEEDED[kind] if kind == "backend" else _ALL - _NEEDED["backend"] | {"kind", "name", "scopes", "jwks"}
    ):
        raise ValueError(
            f"{id}: a backend client has {sorted(_NEEDED['backend'])}; a user's app {sorted(_NEEDED['user'])}, and may have jwks and launch"
        )
    for word in row["scopes"].split():
        scope = parse(word)
        if not (scope and scope.context in _CONTEXTS[kind]) and not (kind == "user" and word in LAUNCH):
            raise ValueError(f"{id}: {word} is no scope that such an app can have")
    redirects, launch = frozenset(row.get("redirects", ())), row.get("launch", "")
    if not all(map(_may_be_answered, [*redirects, *([launch] if launch else [])])) or (kind == "user" and not redirects):
        raise ValueError(f"{id}: addresses are https, or http on this machine, without a fragment")
    if kind == "backend" and (row["role"], row["purpose"]) not in TABLE:
        raise ValueError(f"{id}: no row of the policy table is for {row['role']} and {row['purpose']}")
    try:
        keys = public_keys(row["jwks"]) if "jwks" in row else None
    except CarehubError:
        raise ValueError(f"{id}: jwks has no public RSA key of 2048 bits or more, nor one of an elliptic curve") from None
    speaks = (
        Requester(id, row["name"], row["role"], row["organisation"], row["organisation_name"], row["purpose"])
        if kind == "backend"
        else None
    )
    return App(id, kind, row["name"], row["scopes"], keys, speaks, redirects, launch)


def _may_be_answered(address: str) -> bool:
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool((parts.scheme == "https" or here) and parts.hostname and not parts.fragment and "@" not in parts.netloc)
