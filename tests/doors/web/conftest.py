"""A client of the pages, with and without somebody signed in."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from carehub.hub.stewards import Stewards
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders, fake_hub

SECRET = "only for these tests, not a secret"


def client_of(hub, *, demo: bool = True, personas=(builders.NURSE,), **options) -> TestClient:
    """A client that nobody has signed in to."""
    people = PersonaSignIn(personas, SECRET, lambda: builders.NOW)
    app = create_web(hub, people, clock=lambda: builders.NOW, demo=demo, secret=SECRET)
    return TestClient(app, follow_redirects=False, **options)


def desk_client(hub, people, who) -> TestClient:
    """A client of the pages over a whole hub with its desk, signed in as one of these people."""
    signing = PersonaSignIn(people, SECRET, lambda: builders.NOW)
    pages = create_web(hub.disclosing, signing, clock=lambda: builders.NOW, demo=True, secret=SECRET, stewards=Stewards(hub))
    client = TestClient(pages, follow_redirects=False)
    assert sign_in(client, f"{who.user}|{who.role}").status_code == 303
    return client


def token_of(html: str) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', html)[1]


def sign_in(client: TestClient, persona: str = "jo|district_nurse", onward: str = "/people"):
    token = token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"form_token": token, "persona": persona, "next": onward})


@pytest.fixture
def hub() -> fake_hub.FakeHub:
    return fake_hub.FakeHub()


@pytest.fixture
def client(hub) -> TestClient:
    """Signed in as the nurse."""
    found = client_of(hub)
    assert sign_in(found).status_code == 303
    return found
