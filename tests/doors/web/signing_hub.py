"""The pages with a sign-in provider beside them, in one process: two ASGI applications, and a browser that follows from one to the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.testclient import TestClient

from carehub.store.memory import MemoryStore
from carehub.tokens.apps import read_apps
from carehub.tokens.granting import Granting
from carehub.tokens.id_token import Relying
from carehub.tokens.provider import Proof, SignInProvider
from carehub.tokens.roles import read_roles
from carehub.tokens.short_lived import ShortLived
from carehub.tokens.sign_in_trail import SignInTrail
from carehub.web.app import create_web
from carehub.web.provider_sign_in import ProviderSignIn
from carehub.wiring.development_provider import DevelopmentProvider
from doors.web import builders, fake_hub

PUBLIC, ISSUER, CLIENT = "https://hub.example", "https://provider.example", "carehub"
ROLES_TEXT = (Path(__file__).parents[3] / "fixtures/cast/roles.toml").read_text()
ROLES = read_roles(ROLES_TEXT)
SECRET = "only for these tests, not a secret"


class InProcess:
    """How the hub reaches the provider; counted."""

    def __init__(self, app: Starlette) -> None:
        self.client = TestClient(app, base_url=ISSUER, follow_redirects=False)
        self.asked: list[str] = []

    def get(self, address: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        return self._answer(address, self.client.get(address, headers=dict(headers)))

    def post(self, address: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        return self._answer(address, self.client.post(address, data=dict(form)))

    def _answer(self, address: str, answer) -> tuple[int, bytes]:
        self.asked.append(urlsplit(address).path)
        return answer.status_code, answer.content


class Signing:
    """A provider, a hub that relies on it, and a browser. now: moved by a test. apps: rows of users' apps. stewards: of the hub, for their pages."""

    def __init__(self, hub=None, apps=None, stewards=None) -> None:
        self.now: datetime = builders.NOW
        self.provider = DevelopmentProvider(ISSUER, CLIENT, "s", f"{PUBLIC}/sign-in/callback", lambda: self.now)
        self.asking = InProcess(self.provider.app())
        self.store = MemoryStore()
        self.short = ShortLived(self.store.passes, lambda: self.now)
        self.trail = SignInTrail(self.store.audit, lambda: self.now)
        relying = Relying(ISSUER, CLIENT, ("AAL3_ANY",))
        provider = SignInProvider(relying, Proof(None, "s"), f"{PUBLIC}/sign-in/callback", self.asking, self.short)
        self.signing = ProviderSignIn(provider, ROLES, self.short, self.trail, secure=True)
        self.granting = Granting(self.short, read_apps(apps or {}), PUBLIC, self.trail, users=True)
        pages = {"clock": lambda: self.now, "demo": False, "secret": SECRET, "granting": self.granting, "stewards": stewards}
        self.app = create_web(hub or fake_hub.FakeHub(), self.signing, **pages)
        self.browser = self.another()

    def another(self) -> TestClient:
        """Another browser."""
        return TestClient(self.app, base_url=PUBLIC, follow_redirects=False)

    def at_provider(self, user: str, onward: str = "/people", browser: TestClient | None = None) -> str:
        """Begin, choose somebody at the provider, and give the address that the browser is sent back to."""
        sent = (browser or self.browser).get(f"/sign-in?{urlencode({'next': onward})}")
        assert sent.status_code == 303
        page = self.asking.client.get(sent.headers["location"])
        fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', page.text.replace("&amp;", "&")))
        back = self.asking.client.post("/authorize", data=fields | {"user": user})
        assert back.status_code == 303, page.text
        return back.headers["location"]

    def sign_in(self, user: str, onward: str = "/people", browser: TestClient | None = None):
        return (browser or self.browser).get(self.at_provider(user, onward, browser))

    def choose(self, number: str, page: str = "/sign-in/role"):
        token = re.search(r'name="form_token" value="([^"]+)"', self.browser.get(page).text)[1]
        return self.browser.post("/sign-in/role", data={"form_token": token, "role": number, "next": "/people"})

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)
