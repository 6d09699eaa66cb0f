"""Settings to how browsers sign in: a provider, the demonstration's personas, or nobody."""

from __future__ import annotations

import json
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from carehub.governance.requester import Requester
from carehub.tokens.id_token import Relying
from carehub.tokens.provider import Asking, Proof, SignInProvider
from carehub.tokens.roles import RoleMap, read_roles
from carehub.tokens.short_lived import ShortLived
from carehub.tokens.sign_in_trail import SignInTrail
from carehub.web.pages.provider_sign_in import CALLBACK
from carehub.web.provider_sign_in import ProviderSignIn
from carehub.web.sign_in import Ending, PersonaSignIn, SignIn
from carehub.wiring.settings import Settings, UnsafeSettings


class NobodySignsIn:
    """Where no browser sign-in is configured, pages answer 401."""

    def current(self, request: HTTPConnection) -> Requester | None:
        return None

    def session_of(self, request: HTTPConnection) -> str:
        return ""

    def ends(self, request: HTTPConnection) -> Ending | None:
        return None

    def go_on(self, request: Request, response: Response) -> None:
        return None


def sign_in_of(
    settings: Settings, short: ShortLived, trail: SignInTrail, personas: list[Requester], asking: Asking | None = None
) -> SignIn:
    """By the provider where one is named; else by personas in a demonstration; else nobody. trail: where it is written down. asking: how the provider
    is reached, but for tests.

    Raises UnsafeSettings for a table of roles or a key that cannot be used.
    """
    if not settings.oidc_issuer:
        secret = settings.secret_key.get_secret_value()
        return PersonaSignIn(personas, secret, short.clock, trail) if settings.env == "demo" else NobodySignsIn()
    relying = Relying(settings.oidc_issuer, settings.oidc_client_id, tuple(settings.oidc_acr.split()))
    proof = Proof(_key(settings.oidc_key_file), settings.oidc_client_secret.get_secret_value())
    provider = SignInProvider(relying, proof, settings.public + CALLBACK, asking or _outside(settings), short)
    return ProviderSignIn(provider, _roles(settings.roles), short, trail, secure=settings.public.startswith("https://"))


def _outside(settings: Settings) -> Asking:
    from carehub.outside.asking import OutsideAsking  # its client takes half a second to import

    return OutsideAsking(settings.oidc_names, plain=settings.env != "production")


def _roles(path: Path | None) -> RoleMap:
    if path is None:
        raise UnsafeSettings("CAREHUB_ROLES must name the table of roles and organisations that may sign in")
    try:
        return read_roles(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnsafeSettings(f"CAREHUB_ROLES: {path}: {error if isinstance(error, ValueError) else type(error).__name__}") from error


def _key(path: Path | None) -> RSAKey | ECKey | None:
    if path is None:
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return ECKey.import_key(told) if told.get("kty") == "EC" else RSAKey.import_key(told)
    except (OSError, ValueError, AttributeError, TypeError, KeyError, JoseError) as error:
        raise UnsafeSettings(f"CAREHUB_OIDC_KEY_FILE: {path}: {type(error).__name__}") from None
