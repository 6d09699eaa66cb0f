"""/fhir/R4/Subscription: asked for, read, listed, ended; what is not served is refused in a numbered outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.subscription import ADDRESS
from carehub.hub.hub import Hub
from doors.api.conftest import digest
from hub.toy_hub import NURSE

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient]:
    clients = {digest("nurse"): NURSE, digest("other"): replace(NURSE, user="mo")}
    app = create_api(hub, Credentials({}, clients), max_body_bytes=10_000, may_call=lambda endpoint: endpoint == "https://mdt.example/hook")
    with TestClient(app, headers={"Authorization": "Bearer nurse"}, raise_server_exceptions=False) as made:
        yield made


def asked(person: str, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "On our virtual ward",
        "criteria": f"{ADDRESS}admitted",
        "_criteria": {"extension": [{"url": f"{BACKPORT}backport-filter-criteria", "valueString": f"Patient?patient=Patient/{person}"}]},
        "channel": {
            "type": "rest-hook",
            "endpoint": "https://mdt.example/hook",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": "id-only"}]},
        },
        **changes,
    }


def test_one_is_asked_for_read_listed_and_ended(client: TestClient, person: str) -> None:
    made = client.post("/fhir/R4/Subscription", json=asked(person))
    assert made.status_code == 201
    where = made.headers["location"].removeprefix("http://testserver")
    held = client.get(where).json()
    assert held == made.json()
    assert {name: held[name] for name in asked(person)} == asked(person)
    listed = client.get("/fhir/R4/Subscription").json()
    assert [entry["resource"] for entry in listed["entry"]] == [held]
    said = client.get(f"{where}/$status").json()["entry"][0]["resource"]["parameter"]
    assert {"name": "type", "valueCode": "query-status"} in said
    assert client.delete(where).status_code == 204
    assert client.get(where).json()["status"] == "off"


def test_nobody_else_sees_or_ends_it(client: TestClient, person: str) -> None:
    where = client.post("/fhir/R4/Subscription", json=asked(person)).headers["location"].removeprefix("http://testserver")
    other = {"Authorization": "Bearer other"}
    assert client.get(where, headers=other).status_code == 404
    assert client.delete(where, headers=other).status_code == 404
    assert "entry" not in client.get("/fhir/R4/Subscription", headers=other).json()
    assert client.get(where).json()["status"] == "requested"


def channel(**changes: Any) -> dict[str, Any]:
    return {"channel": {**asked("")["channel"], **changes}}


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        (channel(endpoint="https://evil.example/hook"), "SUB-001"),
        (channel(endpoint=7), "SUB-002"),
        (channel(type="websocket"), "SUB-002"),
        (channel(header=["Authorization: Bearer x"]), "SUB-002"),
        (channel(payload="text/plain"), "SUB-002"),
        (channel(_payload={"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": "full-resource"}]}), "SUB-002"),
        ({"channel": []}, "SUB-002"),
        ({"criteria": "Observation?code=1"}, "SUB-002"),
        ({"criteria": None}, "SUB-002"),
        ({"_criteria": {"extension": "x"}}, "SUB-002"),
        ({"_criteria": {"extension": [{"url": f"{BACKPORT}backport-filter-criteria", "valueString": "Patient?name=Ada"}]}}, "SUB-002"),
        ({"end": "tomorrow"}, "SUB-002"),
        ({"end": "2020-01-01T00:00:00Z"}, "SUB-002"),
        ({"resourceType": "Patient"}, "SUB-002"),
    ],
)
def test_what_is_not_served_is_refused(client: TestClient, person: str, changes: dict[str, Any], number: str) -> None:
    refused = client.post("/fhir/R4/Subscription", json=asked(person, **changes))
    assert refused.status_code in (400, 422)
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == number
    assert "entry" not in client.get("/fhir/R4/Subscription").json()


def test_rubbish_a_stranger_and_a_person_that_there_is_not_are_refused(client: TestClient, person: str) -> None:
    assert client.post("/fhir/R4/Subscription", content=b"{").status_code in (400, 422)
    assert client.post("/fhir/R4/Subscription", content=b"[]").status_code in (400, 422)
    assert client.post("/fhir/R4/Subscription", json=asked("nobody")).status_code == 404
    assert client.post("/fhir/R4/Subscription", json=asked(person), headers={"Authorization": ""}).status_code == 401


def test_a_hub_that_may_call_nobody_keeps_no_subscription(nurse: TestClient, person: str) -> None:
    refused = nurse.post("/fhir/R4/Subscription", json=asked(person))
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "SUB-001"
