"""Every search parameter in carehub's CapabilityStatement finds what it should and nothing else, here and at any other server."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.fhir.cases import MISSES, Case, cases
from contracts.fhir.conftest import everything

CASES = list(cases(everything()))
WITH_PATIENT = {case.type for case in CASES if case.name == "patient"}


def ids(client: Any, case_type: str, **params: str) -> set[str]:
    """Ids of the matches, which must all be of the type that was asked for."""
    answer = client.post(f"{case_type}/_search", data={**params, "_count": "500"})
    assert answer.status_code == 200, answer.text[:1000]
    matches = [one["resource"] for one in answer.json().get("entry", ()) if one["search"]["mode"] == "match"]
    assert {one["resourceType"] for one in matches} <= {case_type}
    return {one["id"] for one in matches}


def where(case: Case, patient: str, record: list[dict[str, Any]]) -> dict[str, str]:
    """What names the record that is searched: the patient, or for what names none the records of the type by id."""
    if case.type == "Provenance":
        return {"target": ",".join(t["reference"] for one in record if one["resourceType"] == "Provenance" for t in one["target"])}
    if case.type in WITH_PATIENT:
        return {"patient": patient}
    return {"_id": ",".join(one["id"] for one in record if one["resourceType"] == case.type)}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.type}-{case.name}" for case in CASES])
def test_a_declared_parameter_finds_exactly_what_has_the_value(client: Any, patient: str, record: list[dict[str, Any]], case: Case) -> None:
    assert case.value, "the record of the contract has no value for this parameter"
    beside = {name: value for name, value in where(case, patient, record).items() if name != case.name}
    if case.name == "_lastUpdated":  # each server's own: R4 resource.html#Meta
        one = min(case.found)
        value = client.get(f"{case.type}/{one}").json()["meta"]["lastUpdated"]
        assert one in ids(client, case.type, **beside, _lastUpdated=value)
        return
    found = ids(client, case.type, **beside, **{case.name: case.value})
    if case.value.startswith("ge") and case.kind == "date":
        assert case.found <= found
    else:
        assert found == case.found


@pytest.mark.parametrize("case", CASES, ids=[f"{case.type}-{case.name}" for case in CASES])
def test_a_value_that_nothing_has_finds_nothing(client: Any, patient: str, record: list[dict[str, Any]], case: Case) -> None:
    beside = {name: value for name, value in where(case, patient, record).items() if name != case.name}
    assert ids(client, case.type, **beside, **{case.name: MISSES[case.kind]}) == set()
