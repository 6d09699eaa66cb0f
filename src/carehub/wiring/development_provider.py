"""A small OpenID Connect provider with the demonstration's people, shaped as NHS CIS2 Authentication is. For development and tests only."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from carehub.tokens.granting import challenge
from carehub.tokens.provider import Asking
from carehub.wiring.settings import Settings, UnsafeSettings

_NEEDED = ("client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can sign in. roles: (role code as national RBAC writes it, ODS code of the organisation)."""

    user: str
    name: str
    roles: tuple[tuple[str, str], ...]
    level: str = "AAL3_ANY"


PLACES = {"X99001": "Northvale Community", "X99002": "Elmfield Surgery", "X99003": "Northvale Council", "X99004": "Age Well Northvale"}
MEMBERS = (
    Member("jo.adeyemi", "Jo Adeyemi", (("S8000:G8000:R8001", "X99001"),)),
    Member("amir.khan", "Amir Khan", (("S8000:G8000:R8000", "X99002"),)),
    Member("ruth.patel", "Ruth Patel", (("S8000:G8001:R8008", "X99002"), ("S8000:G8000:R8001", "X99001"))),
    Member("lena.osei", "Lena Osei", (("S8000:G8000:R8003", "X99003"),)),
    Member("tom.hart", "Tom Hart", (("S8000:G8000:R8003", "X99004"),)),
    Member("ivy.stone", "Ivy Stone", (("S8002:G8003:R0001", "X99001"),)),
    Member("sam.field", "Sam Field, with a role that is not known here", (("S8001:G8005:R8015", "X99001"),)),
    Member("kit.moor", "Kit Moor, by password alone", (("S8000:G8000:R8001", "X99001"),), level="AAL1_USERPASS"),
)


class DevelopmentProvider:
    """issuer: its own address. client, secret: the one hub it knows; redirect: where that hub's codes go; asking: how that hub is told that somebody
    has signed out here. clock: aware UTC now."""

    def __init__(
        self, issuer: str, client: str, secret: str, redirect: str, clock: Callable[[], datetime], asking: Asking | None = None
    ) -> None:
        self.issuer, self._client, self._secret, self._redirect, self._clock = issuer, client, secret, redirect, clock
        self._asking = asking
        self._codes: dict[str, tuple[Member, dict[str, str]]] = {}
        self._access: dict[str, Member] = {}
        self.turn_key()

    def turn_key(self) -> None:
        """Sign with a new key from now on; the one before is published no longer."""
        self._key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"}, auto_kid=False)

    def app(self) -> Starlette:
        """The provider as an ASGI application."""
        routes = [
            Route("/.well-known/openid-configuration", self._configuration),
            Route("/jwks", self._jwks),
            Route("/authorize", self._page, methods=["GET"]),
            Route("/authorize", self._chosen, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/userinfo", self._userinfo),
            Route("/end", self._ending, methods=["GET"]),
            Route("/end", self._ended, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def logout_token(self, user: str) -> str:
        """What a provider sends to the hub when a user signs out there."""
        seconds = int(self._clock().timestamp())
        said = {"iss": self.issuer, "aud": self._client, "sub": user, "sid": f"sid-{user}", "iat": seconds, "exp": seconds + 120}
        said |= {"jti": secrets.token_hex(8), "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
        return self._signed(said, "logout+jwt")

    async def _configuration(self, request: Request) -> Response:
        ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "end"}
        told: dict[str, Any] = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in ends.items()}
        return JSONResponse(told | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", "response_types_supported": ["code"]})

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    def _may(self, asked: Mapping[str, str]) -> bool:
        known = asked.get("client_id") == self._client and asked.get("redirect_uri") == self._redirect
        pkce = asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        return known and pkce and all(asked.get(name) for name in _NEEDED) and "openid" in asked["scope"].split()

    async def _page(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if not self._may(asked):
            return Response("This sign-in was not asked for as it must be.", 400)
        hidden = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in asked.items())
        return _choice("Invented sign-in", hidden)

    async def _chosen(self, request: Request) -> Response:
        asked = await _form(request)
        member = next((one for one in MEMBERS if one.user == asked.get("user")), None)
        if member is None or not self._may(asked):
            return Response("This sign-in was not asked for as it must be.", 400)
        code = secrets.token_urlsafe(24)
        self._codes[code] = (member, asked)
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{self._redirect}?{back}", status_code=303)

    async def _token(self, request: Request) -> Response:
        asked = await _form(request)
        member, begun = self._codes.pop(asked.get("code", ""), (None, {}))
        known = secrets.compare_digest(asked.get("client_secret", ""), self._secret) and asked.get("client_id") == self._client
        proved = member is not None and challenge(asked.get("code_verifier", "")) == begun["code_challenge"]
        if member is None or not (known and proved) or asked.get("redirect_uri") != self._redirect:
            return JSONResponse({"error": "invalid_grant"}, 400)
        seconds, access = int(self._clock().timestamp()), secrets.token_urlsafe(24)
        self._access[access] = member
        said = {
            "iss": self.issuer,
            "aud": self._client,
            "sub": member.user,
            "nonce": begun["nonce"],
            "acr": member.level,
            "sid": f"sid-{member.user}",
        }
        token = self._signed(said | {"iat": seconds, "exp": seconds + 300}, "JWT")
        return JSONResponse({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    async def _userinfo(self, request: Request) -> Response:
        member = self._access.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
        if member is None:
            return JSONResponse({"error": "invalid_token"}, 401)
        roles = [
            {"person_roleid": f"{member.user}-{number}", "role_code": code, "org_code": place}
            for number, (code, place) in enumerate(member.roles)
        ]
        places = [{"org_code": place, "org_name": PLACES[place]} for place in dict.fromkeys(place for _, place in member.roles)]
        told = {"sub": member.user, "nhsid_useruid": member.user, "name": member.name}
        return JSONResponse(told | {"nhsid_nrbac_roles": roles, "nhsid_user_orgs": places})

    async def _ending(self, request: Request) -> Response:
        return _choice("Sign out everywhere", "")

    async def _ended(self, request: Request) -> Response:
        """Back-channel logout: the hub is told before the browser is answered."""
        user = (await _form(request)).get("user", "")
        if self._asking is None or user not in {one.user for one in MEMBERS}:
            return Response("Nobody was signed out.", 400)
        address = self._redirect.replace("/callback", "/back-channel-logout")
        status, _ = await run_in_threadpool(self._asking.post, address, {"logout_token": self.logout_token(user)})
        return _page("Signed out everywhere", f"<p>The hub answered {status}.</p>")

    def _signed(self, said: dict[str, Any], kind: str) -> str:
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": kind}, said, self._key, algorithms=["RS256"])


def _choice(title: str, hidden: str) -> Response:
    buttons = "".join(f'<p><button name="user" value="{one.user}">{html.escape(one.name)}</button></p>' for one in MEMBERS)
    return _page(title, f'<p>Nobody here is a real person.</p><form method="post">{hidden}{buttons}</form>')


def _page(title: str, body: str) -> Response:
    return HTMLResponse(f'<!DOCTYPE html><html lang="en-GB"><title>{title}</title><h1>{title}</h1>{body}</html>')


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def run_development_provider(port: int) -> None:
    """Serve it on this machine for the hub of the settings, and print what that hub needs. Raises UnsafeSettings in production."""
    import uvicorn

    from carehub.outside.asking import OutsideAsking
    from carehub.wiring.bootstrap import clock

    settings = Settings()
    refuse_development_provider(settings)
    issuer, client, secret = (
        f"http://127.0.0.1:{port}",
        settings.oidc_client_id or "carehub",
        settings.oidc_client_secret.get_secret_value(),
    )
    asking = OutsideAsking(frozenset({urlsplit(settings.public).hostname or ""}), plain=True)
    provider = DevelopmentProvider(issuer, client, secret or "development", f"{settings.public}/sign-in/callback", clock, asking)
    for name, value in (("ISSUER", issuer), ("CLIENT_ID", client), ("CLIENT_SECRET", secret or "development")):
        print(f"CAREHUB_OIDC_{name}={json.dumps(value)}", flush=True)
    uvicorn.run(provider.app(), host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


def refuse_development_provider(settings: Settings) -> None:
    """Raise UnsafeSettings in production: this provider signs anybody in."""
    if settings.env == "production":
        raise UnsafeSettings("the development provider signs anybody in, so it does not run where CAREHUB_ENV is production")
