"""Group/{id}/$export asked for by POST: the parameters in a Parameters resource, the same answers, refusals and scopes as by GET (Bulk Data Access 2.0)."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from doors.api.test_api_export import ASK, ASYNC, api, held, made, number
from hub.exporting_hub import ExportingHub

__all__ = ["api", "held"]

SINCE = "2026-11-20T00:00:00+00:00"


def parameters(*pairs: tuple[str, str, Any]) -> dict[str, Any]:
    """name, kind of value, value."""
    return {"resourceType": "Parameters", "parameter": [{"name": name, kind: value} for name, kind, value in pairs]}


TYPES = parameters(("_type", "valueString", "Patient"), ("_type", "valueString", "AllergyIntolerance"))


def test_what_the_body_asks_for_is_made_and_the_manifest_tells_the_address_alone(held: ExportingHub, api: TestClient) -> None:
    wanted = parameters(
        ("_type", "valueString", "Patient,AllergyIntolerance"),
        ("_outputFormat", "valueString", "application/fhir+ndjson"),
        ("_since", "valueInstant", SINCE),
    )
    answer = api.post(ASK, json=wanted, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    made(held)
    manifest = api.get(answer.headers["content-location"]).json()
    assert manifest["request"] == f"http://testserver{ASK}"
    assert {one["type"] for one in manifest["output"]} <= {"Patient", "AllergyIntolerance"}
    [one] = held.hub.store.exports.all()
    assert (one.export.types, one.export.since) == (("AllergyIntolerance", "Patient"), "2026-11-20T00:00:00.000Z")


def test_by_post_and_by_get_the_files_are_the_same(held: ExportingHub, api: TestClient) -> None:
    asked = (api.post(ASK, json=TYPES, headers=ASYNC), api.get(f"{ASK}?_type=Patient,AllergyIntolerance", headers=ASYNC))
    made(held)
    manifests = [api.get(answer.headers["content-location"]).json() for answer in asked]
    files = [[(one["type"], api.get(one["url"]).content) for one in manifest["output"]] for manifest in manifests]
    assert files[0] == files[1]
    assert [type_ for type_, _ in files[0]] == ["AllergyIntolerance", "Patient"]


def test_a_body_without_parameters_asks_for_everything(held: ExportingHub, api: TestClient) -> None:
    assert api.post(ASK, json={"resourceType": "Parameters"}, headers=ASYNC).status_code == 202
    assert held.hub.store.exports.all()[0].export.types == ()


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        ("_typeFilter", "valueString", "Observation?code=9990000018", "API-004"),
        ("_elements", "valueString", "id", "API-004"),
        ("patient", "valueReference", {"reference": "Patient/9990000018"}, "API-004"),
        ("_outputFormat", "valueString", "text/csv", "API-004"),
        ("_type", "valueString", "Nonsense", "API-004"),
        ("_since", "valueInstant", "yesterday", "API-005"),
        ("_since", "valueString", SINCE, "API-005"),
        ("_since", "valueInstant", 9990000018, "API-005"),
        ("_type", "valueCode", "Patient", "API-005"),
        ("_type", "valueString", ["Patient"], "API-005"),
        ("_type", "valueString", None, "API-005"),
        (None, "valueString", "Patient", "API-005"),
        (["_type"], "valueString", "Patient", "API-005"),
    ],
)
def test_what_is_not_served_is_refused_at_its_name_and_nothing_is_kept(
    held: ExportingHub, api: TestClient, name: Any, kind: str, value: Any, said: str
) -> None:
    answer = api.post(ASK, json=parameters((name, kind, value)), headers=ASYNC)
    assert number(answer) == (400, said)
    assert "9990000018" not in answer.text
    if isinstance(name, str):
        assert answer.json()["issue"][0]["diagnostics"] == f"at {name}"
    assert held.hub.store.exports.all() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"Parameters"',
        b"[" * 9_000,
        b'{"resourceType": "Patient"}',
        b'{"resourceType": "Parameters", "parameter": {}}',
        b'{"resourceType": "Parameters", "parameter": [[]]}',
        b'{"resourceType": "Parameters", "parameter": [{}]}',
        b'{"resourceType": "Parameters", "parameter": ["_type"]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "_type"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Patient", "part": []}]}',
        b'{"resourceType": "Parameters", "parameter": [' + b",".join([b'{"name": "_type", "valueString": "Patient"}'] * 41) + b"]}",
        b'{"resourceType": "Parameters", "text": {}}',
        b"_type=Patient",
    ],
)
def test_rubbish_is_refused(held: ExportingHub, api: TestClient, body: bytes) -> None:
    answer = api.post(ASK, content=body, headers={**ASYNC, "Content-Type": "application/fhir+json"})
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert held.hub.store.exports.all() == []


def test_a_body_too_large_is_refused(api: TestClient) -> None:
    assert number(api.post(ASK, content=b" " * 20_001, headers=ASYNC)) == (413, "API-006")


def test_leniently_it_is_left_out_and_told(held: ExportingHub, api: TestClient) -> None:
    wanted = parameters(("_typeFilter", "valueString", "Observation?code=9990000018"), ("_type", "valueString", "Patient"))
    answer = api.post(ASK, json=wanted, headers={"Prefer": "respond-async, handling=lenient"})
    assert (answer.status_code, answer.json()["issue"][0]["diagnostics"]) == (202, "at _typeFilter")
    assert "9990000018" not in answer.text
    assert held.hub.store.exports.all()[0].export.types == ("Patient",)


def test_without_the_preference_a_credential_or_the_right_role_nothing_is_asked(held: ExportingHub, api: TestClient) -> None:
    assert number(api.post(ASK, json=TYPES)) == (400, "EXP-002")
    assert number(api.post(ASK, json=TYPES, headers={**ASYNC, "Authorization": "Bearer nurse"})) == (403, "API-002")
    assert number(api.post(ASK, content=b"{", headers={**ASYNC, "Authorization": "Bearer nobody"})) == (401, "API-001")
    del api.headers["Authorization"]
    assert number(api.post(ASK, json=TYPES, headers=ASYNC)) == (401, "API-001"), "a browser's session asks for no export"
    assert held.hub.store.exports.all() == []


def test_a_token_is_held_to_the_types_of_the_body(held: ExportingHub, api: TestClient) -> None:
    def by(token: str, *types: str) -> tuple[int, str]:
        wanted = parameters(*(("_type", "valueString", type_) for type_ in types))
        answer = api.post(ASK, json=wanted, headers={**ASYNC, "Authorization": f"Bearer {token}"})
        return (answer.status_code, "") if answer.status_code == 202 else number(answer)

    assert by("some") == by("some", "Patient") == by("some", "AllergyIntolerance", "Patient") == (403, "SIGN-005")
    assert by("one", "AllergyIntolerance") == by("write", "AllergyIntolerance") == (403, "SIGN-005")
    assert held.hub.store.exports.all() == []
    assert by("some", "AllergyIntolerance") == by("all") == (202, "")
