"""The person's unified CarePlan and CareTeam are found by every search parameter that their types declare and that they have a value for."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.fhir.cases import MISSES, declared, texts
from contracts.fhir.conftest import BASE
from contracts.fhir.in_process import carehub_client
from contracts.fhir.record import Body

UNIFIED = ("CarePlan", "CareTeam")
PARAMETERS = [one for one in declared() if one[0] in UNIFIED]
# A period would be made up: each plan has its own. It has no time of its own either: it is made when it is asked for.
WITHOUT = {("CarePlan", "date"), ("CareTeam", "date"), ("CarePlan", "_lastUpdated"), ("CareTeam", "_lastUpdated")}


@pytest.fixture(scope="module")
def made() -> dict[str, Body]:
    """What carehub makes, by type; and the person."""
    own = carehub_client()
    person = own.get("Patient?family=Okafor").json()["entry"][0]["resource"]
    return {"Patient": person, **{type_: own.get(f"{type_}/{person['id']}").json() for type_ in UNIFIED}}


@pytest.fixture(scope="module")
def server(client: Any, made: dict[str, Body]) -> Any:
    """The server under test, which another server is given these three on first."""
    if BASE:
        for type_ in ("Patient", "CareTeam", "CarePlan"):
            kept = {name: value for name, value in made[type_].items() if name not in ("link", "supportingInfo")}
            assert client.put(f"{type_}/{kept['id']}", json=kept).status_code in (200, 201)
    return client


def ids(server: Any, type_: str, **params: str) -> set[str]:
    answer = server.post(f"{type_}/_search", data={**params, "_count": "500"})
    assert answer.status_code == 200, answer.text[:1000]
    return {one["resource"]["id"] for one in answer.json().get("entry", ()) if one["search"]["mode"] == "match"}


@pytest.mark.parametrize(("type_", "name", "kind"), PARAMETERS, ids=[f"{type_}-{name}" for type_, name, _ in PARAMETERS])
def test_a_declared_parameter_finds_the_unified_one_where_it_has_the_value_and_not_else(
    server: Any, made: dict[str, Body], type_: str, name: str, kind: str
) -> None:
    person, one = made["Patient"]["id"], made[type_]
    beside = {} if name in ("patient", "subject") else {"patient": person}
    value = next(iter([f"{tag['system']}|{tag['code']}" for tag in one["meta"]["tag"]] if name == "_tag" else texts(one, name, kind)), "")
    assert bool(value) is ((type_, name) not in WITHOUT)
    if value:
        assert person in ids(server, type_, **beside, **{name: value})
    assert person not in ids(server, type_, **beside, **{name: MISSES[kind]})
