"""What another FHIR server may do to a record that is loaded into it, and what is then said."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
import respx

from carehub.outside.fhir_server import FhirServer
from carehub.outside.http import OutsideClient
from carehub.terms.errors import OutsideDown

BASE = "https://fhir.example.org/R4"
WARD = {"resourceType": "Location", "id": "w1", "meta": {"versionId": "1"}, "name": "Ward 7"}
FLAG = {"resourceType": "Flag", "id": "f1", "status": "active"}
TAKEN = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}}] * 2}


@pytest.fixture
def server() -> Iterator[FhirServer]:
    client = OutsideClient(BASE, hosts=frozenset({"fhir.example.org"}), pause=lambda seconds: None)
    yield FhirServer(client, {"Authorization": "Bearer other"})
    client.close()


def refused(server: FhirServer) -> str:
    with pytest.raises(OutsideDown) as caught:
        server.load([WARD, FLAG])
    return caught.value.issues[0].number


@respx.mock(base_url=BASE)
def test_a_record_is_loaded_by_one_transaction_of_updates(respx_mock: respx.MockRouter, server: FhirServer) -> None:
    route = respx_mock.post("").respond(200, json=TAKEN)
    server.load([WARD, FLAG])
    sent = route.calls.last.request
    bundle = json.loads(sent.content)
    assert (bundle["type"], sent.headers["content-type"], sent.headers["authorization"]) == (
        "transaction",
        "application/fhir+json",
        "Bearer other",
    )
    assert [one["request"] for one in bundle["entry"]] == [{"method": "PUT", "url": "Location/w1"}, {"method": "PUT", "url": "Flag/f1"}]
    assert [one["resource"] for one in bundle["entry"]] == [WARD, FLAG]


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (httpx.Response(400, json={"resourceType": "OperationOutcome"}), "OUT-005"),
        (httpx.Response(401), "OUT-005"),
        (httpx.Response(307, headers={"Location": "https://elsewhere.example/"}), "OUT-003"),
        (httpx.Response(200, content=b"<html>"), "OUT-003"),
        (httpx.Response(200, content=b"[]"), "OUT-003"),
        (httpx.Response(200, content=b'{"resourceType": "Bundle", "type": "transaction-resp'), "OUT-003"),
        (httpx.Response(200, json={**TAKEN, "entry": TAKEN["entry"][:1]}), "OUT-003"),
        (httpx.Response(200, json={"resourceType": "Bundle", "type": "batch-response"}), "OUT-003"),
    ],
)
def test_what_is_no_success_is_never_taken_for_one(answer: httpx.Response, number: str, server: FhirServer) -> None:
    with respx.mock(base_url=BASE) as routes:
        routes.post("").mock(return_value=answer)
        assert refused(server) == number


@pytest.mark.parametrize(("trouble", "number"), [(httpx.Response(429), "OUT-002"), (httpx.ReadTimeout("slow"), "OUT-001")])
def test_a_busy_or_slow_server_is_tried_again_a_bounded_number_of_times(trouble: object, number: str, server: FhirServer) -> None:
    with respx.mock(base_url=BASE) as routes:
        route = routes.post("").mock(side_effect=[trouble] * 9)
        assert refused(server) == number
        assert route.call_count == 4
    with respx.mock(base_url=BASE) as routes:
        routes.post("").mock(side_effect=[trouble, httpx.Response(200, json=TAKEN)])
        server.load([WARD, FLAG])


@respx.mock(base_url=BASE)
def test_what_is_read_back_otherwise_is_named_by_element(respx_mock: respx.MockRouter, server: FhirServer) -> None:
    respx_mock.get("/Location/w1").respond(200, json={**WARD, "meta": {"versionId": "7"}, "name": "Ward 8", "mode": "instance"})
    respx_mock.get("/Flag/f1").respond(404)
    assert list(server.unequal([WARD, FLAG])) == [("Location/w1", ("mode", "name")), ("Flag/f1", ("missing",))]


@respx.mock(base_url=BASE)
def test_what_is_read_back_equal_is_not_named(respx_mock: respx.MockRouter, server: FhirServer) -> None:
    respx_mock.get("/Location/w1").respond(200, json={**WARD, "meta": {"versionId": "7"}})
    respx_mock.get("/Flag/f1").respond(200, json=FLAG)
    assert list(server.unequal([WARD, FLAG])) == []


@respx.mock(base_url=BASE)
def test_a_server_that_fails_while_it_is_read_back_is_no_equal_record(respx_mock: respx.MockRouter, server: FhirServer) -> None:
    respx_mock.get("/Flag/f1").respond(500)
    with pytest.raises(OutsideDown):
        list(server.unequal([FLAG]))
