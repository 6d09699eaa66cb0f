"""The application over a toy hub, with one client and one source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.hub.hub import Hub
from carehub.tokens.apps import read_apps
from carehub.tokens.granting import Granting
from carehub.tokens.short_lived import ShortLived
from carehub.tokens.sign_in_trail import SignInTrail
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

RESULT = {
    "type": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "Creatinine"},
    "valueQuantity": {"value": 81, "unit": "umol/L"},
}


def digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def granting(hub: Hub) -> Granting:
    """Access for apps, of which none is registered."""
    return Granting(ShortLived(hub.store.passes, hub.clock), read_apps({}), "https://hub.example", SignInTrail(hub.store.audit, hub.clock))


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, RESULT]), ada("acute", "A1", kind="acute"))
    made.drain()
    return made


@pytest.fixture
def stranger(hub: Hub) -> Iterator[TestClient]:
    """A client without a credential."""
    credentials = Credentials({digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}, {digest("nurse"): NURSE})
    with TestClient(create_api(hub, credentials, max_body_bytes=10_000), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def nurse(stranger: TestClient) -> TestClient:
    stranger.headers["Authorization"] = "Bearer nurse"
    return stranger


@pytest.fixture
def source(stranger: TestClient) -> TestClient:
    stranger.headers["Authorization"] = "Bearer source"
    return stranger


@pytest.fixture
def person(hub: Hub) -> str:
    return hub.store.links.persons()[0]
