"""POST Patient/$match: Parameters or a Patient in, a graded searchset out; what it cannot read is refused, and who asks comes first."""

from __future__ import annotations

import pytest

from carehub.fhir.models import explain

URL = "/fhir/R4/Patient/$match"
ADA = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "name": [{"family": "Okafor", "given": ["Ada"]}],
    "birthDate": "1944-05-01",
}


def parameters(*more, resource=ADA):
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}, *more]}


@pytest.mark.parametrize(
    "body", [ADA, parameters(), parameters({"name": "onlyCertainMatches", "valueBoolean": True}, {"name": "count", "valueInteger": 1})]
)
def test_a_match_is_a_searchset_with_score_and_grade(nurse, person, body):
    answer = nurse.post(URL, json=body)
    bundle = answer.json()
    assert (answer.status_code, explain(bundle)) == (200, ())
    assert (bundle["type"], bundle["total"]) == ("searchset", 1)
    [entry] = bundle["entry"]
    assert entry["resource"]["id"] == person
    assert entry["search"] == {
        "mode": "match",
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": "certain"}],
        "score": 1.0,
    }
    assert "9990000018" not in bundle["link"][0]["url"]


def test_nobody_is_an_empty_searchset(nurse):
    bundle = nurse.post(URL, json={**ADA, "identifier": [], "name": [{"family": "Ridley", "given": ["Walter"]}]}).json()
    assert bundle["resourceType"] == "OperationOutcome"  # an empty array is no FHIR
    bundle = nurse.post(URL, json={"resourceType": "Patient", "name": [{"family": "Ridley", "given": ["Walter"]}]}).json()
    assert (bundle["total"], "entry" in bundle) == (0, False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({"resourceType": "Goal"}, 400),
        (parameters({"name": "shoeSize", "valueInteger": 9}), 400),
        (parameters({"name": "count", "valueInteger": 0}), 400),
        (parameters({"name": "count", "valueString": "1"}), 400),
        (parameters({"name": "onlyCertainMatches", "valueString": "true"}), 400),
        (parameters({"name": "resource", "resource": ADA}), 400),
        (parameters(resource={"resourceType": "Goal"}), 400),
        (parameters(resource={"resourceType": "Patient", "birthDate": "1944-05-01"}), 400),
        (parameters(resource={**ADA, "gender": "dancing"}), 422),
    ],
)
def test_what_cannot_be_answered_is_an_operation_outcome(nurse, body, status):
    answer = nurse.post(URL, json=body)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
    assert "dancing" not in answer.text


def test_it_asks_who_asks_and_why(stranger, nurse):
    assert nurse.post(URL, json=ADA, headers={"X-Purpose-Of-Use": "HMARKT"}).status_code == 403
    del stranger.headers["Authorization"]
    assert stranger.post(URL, json=ADA).status_code == 401
