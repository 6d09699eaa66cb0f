"""The door in over HTTP: who is asking first, then a capped body, then a receipt that stays the same."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from hub.toy_hub import ada


def number(response) -> str:
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert response.headers["content-type"].startswith("application/fhir+json")
    return outcome["issue"][0]["details"]["coding"][0]["code"]


def test_a_submission_is_stored_and_answered_with_a_receipt(source, hub):
    body = json.dumps(ada(patient="9", nhs="9990000026", given="Bo")).encode()
    answer = source.post("/feeds/toy/submissions", content=body, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 202
    receipt = answer.json()
    assert hub.log.submission_body(receipt["submission"]) == body
    again = source.post("/feeds/toy/feed/submissions", content=body, headers={"Idempotency-Key": "k1"})
    assert again.json() == receipt
    waiting = source.get(receipt["status"]).json()
    assert [line["verdict"] for line in waiting["messages"]] == ["waiting"]
    hub.drain()
    assert [line["verdict"] for line in source.get(receipt["status"]).json()["messages"]] == ["accepted"]


def test_what_could_not_be_used_is_told_to_the_sender_without_patient_data(source, hub):
    answer = source.post("/feeds/toy/submissions", content=b'{"family": "Okafor" rubbish')
    hub.drain()
    line = source.get(answer.json()["status"]).json()["messages"][0]
    assert line["verdict"] == "rejected"
    assert line["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "MAP-001"
    assert "Okafor" not in json.dumps(line)


def test_the_sender_must_be_known_before_the_body_is_read(stranger, hub):
    def body():
        raise AssertionError("the body was read")
        yield b""

    answer = stranger.post("/feeds/toy/submissions", content=body(), headers={"Content-Length": "5"})
    assert (answer.status_code, number(answer)) == (401, "API-001")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_client_for_reading_may_not_submit(nurse):
    assert nurse.post("/feeds/toy/submissions", content=b"x").status_code == 401


def test_refusals_are_operation_outcomes(source):
    assert number(source.post("/feeds/nowhere/submissions", content=b"x")) == "FEED-001"
    assert number(source.post("/feeds/toy/submissions", content=b"")) == "FEED-002"
    over = source.post("/feeds/toy/submissions", content=b"x" * 10_001)
    assert (over.status_code, number(over)) == (413, "API-006")
    one = source.post("/feeds/toy/submissions", content=b"one", headers={"Idempotency-Key": "same"})
    two = source.post("/feeds/toy/submissions", content=b"two", headers={"Idempotency-Key": "same"})
    assert (one.status_code, two.status_code, number(two)) == (202, 409, "FEED-003")


def test_a_body_longer_than_it_says_is_refused_too(source):
    def chunks():
        for _ in range(20):
            yield b"x" * 1000

    answer = source.post("/feeds/toy/submissions", content=chunks())
    assert (answer.status_code, number(answer)) == (413, "API-006")


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/fhir/R4/Nothing", 404, "API-003"),
        ("GET", "/fhir", 404, "API-003"),
        ("PUT", "/fhir/R4/Patient/1", 405, "API-012"),
        ("GET", "/feeds/toy/nothing", 404, "API-003"),
        ("POST", "/health/live", 405, "API-012"),
        ("GET", "/identity/nothing", 404, "API-003"),
    ],
)
def test_what_nobody_serves_is_refused_as_an_api_refuses_also_where_pages_are_served(hub, method, path, status, said):
    pages = Starlette(routes=[Mount("/", PlainTextResponse("a page"))])
    client = TestClient(create_api(hub, Credentials({}, {}), max_body_bytes=10_000, pages=pages), raise_server_exceptions=False)
    answer = client.request(method, path)
    assert (answer.status_code, number(answer)) == (status, said)
    assert client.get("/people").text == "a page"
    assert client.get("/fhirside").text == "a page"
