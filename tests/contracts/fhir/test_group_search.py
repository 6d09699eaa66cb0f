"""Every search parameter that carehub declares for Group, the caseload, finds it by its value and by no other."""

from __future__ import annotations

import hashlib

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.models import explain
from contracts.fhir.in_process import carehub_client
from hub.caseload_hub import FRAIL, GP, of_gp, of_hospital, told

DECLARED = [
    (one["name"], one["type"])
    for resource in carehub_client().get("metadata").json()["rest"][0]["resource"]
    if resource["type"] == "Group"
    for one in resource["searchParam"]
]


@pytest.fixture(scope="module")
def client() -> TestClient:
    made = create_api(
        told(of_gp(FRAIL), of_hospital()), Credentials({}, {hashlib.sha256(b"reader").hexdigest(): GP}), max_body_bytes=10_000
    )
    return TestClient(made, base_url="http://carehub.test/fhir/R4", headers={"Authorization": "Bearer reader"})


def found(client: TestClient, **params: str) -> list[str]:
    """Ids of the matches, by GET and by POST alike."""
    answers = [client.get("Group", params=params), client.post("Group/_search", data=params)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    sets = [[one["resource"]["id"] for one in answer.json().get("entry", ()) if one["search"]["mode"] == "match"] for answer in answers]
    assert sets[0] == sets[1]
    assert answers[0].json()["total"] == len(sets[0])
    return sets[0]


@pytest.mark.parametrize(("name", "kind"), DECLARED)
def test_a_declared_parameter_finds_the_list_by_what_it_says(client: TestClient, name: str, kind: str) -> None:
    [one] = found(client)
    held = client.get(f"Group/{one}").json()
    says = {
        "_id": held["id"],
        "identifier": f"{held['identifier'][0]['system']}|{held['identifier'][0]['value']}",
        "type": held["type"],
        "actual": str(held["actual"]).lower(),
        "member": held["member"][0]["entity"]["reference"],
    }
    assert found(client, **{name: says[name]}) == [one]


@pytest.mark.parametrize(("name", "value"), [("type", "animal"), ("actual", "false"), ("member", "Patient/nobody")])
def test_a_value_that_the_list_has_not_finds_nothing(client: TestClient, name: str, value: str) -> None:
    assert name in dict(DECLARED)
    assert found(client, **{name: value}) == []


@pytest.mark.parametrize("query", ["_id=another", "identifier=acute", "identifier=urn:carehub:caseload|acute"])
def test_the_list_of_another_organisation_is_refused_and_not_found_empty(client: TestClient, query: str) -> None:
    assert client.get(f"Group?{query}").status_code == 403


@pytest.mark.parametrize("query", ["name=x", "characteristic=x", "identifier=urn:x|gp", "type=", "_id=a&_id=b", "_include=Group:member"])
def test_what_is_not_served_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"Group?{query}").status_code == 400


def test_the_list_is_a_group_of_r4(client: TestClient) -> None:
    [one] = found(client)
    assert explain(client.get(f"Group/{one}").json()) == ()
