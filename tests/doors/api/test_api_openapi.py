"""GET /openapi.json says what the doors take: every parameter of the CapabilityStatement, every body, who may ask, and how a refusal is told."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from doors.api.conftest import granting
from hub.toy_hub import toy_hub

OPEN = {"/health/live", "/health/ready", "/fhir/R4/metadata", "/fhir/R4/.well-known/smart-configuration"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    hub = toy_hub()
    return TestClient(create_api(hub, Credentials({}, {}), max_body_bytes=10, granting=granting(hub)), raise_server_exceptions=False)


def test_the_document_says_every_search_parameter_that_the_capability_statement_says(client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    [rest] = client.get("/fhir/R4/metadata").json()["rest"]
    said = 0
    for resource in rest["resource"]:
        if {"code": "search-type"} in resource["interaction"] and (names := {one["name"] for one in resource.get("searchParam", ())}):
            path = f"/fhir/R4/{resource['type']}"
            assert names <= {one["name"] for one in paths[path]["get"]["parameters"]}, path
            said += len(names)
    assert said > 200


def test_whatever_is_not_open_takes_a_credential_and_whatever_is_sent_has_a_body(client) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    for path, verbs in document["paths"].items():
        for method, operation in verbs.items():
            assert bool(operation.get("security")) == (path not in OPEN and not path.startswith("/oauth2/")), path
            assert "requestBody" in operation or method not in ("post", "put"), (method, path)
            assert "422" not in operation["responses"]
            assert "OperationOutcome" in operation["responses"]["default"]["description"]


def test_an_address_with_a_slash_too_many_is_not_redirected(client) -> None:
    """A redirect would be made of the Host that the request names, and a client would follow it with its credential."""
    answer = client.get("/fhir/R4/Patient/", headers={"Host": "elsewhere.example"}, follow_redirects=False)
    assert (answer.status_code, "location" in answer.headers) == (404, False)
    assert answer.json()["resourceType"] == "OperationOutcome"
