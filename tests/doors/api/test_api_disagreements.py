"""API-07, API-13, REC-07: disagreements as FHIR DetectedIssue, with who said what, how far each has come, and no answer lost to another."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from carehub.fhir.models import explain
from carehub.hub.hub import Hub
from hub.test_disagreements import LATEX, NONE_KNOWN, SENTENCE, hospital
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub

ASKED = {"owner": "Ward pharmacist", "organisation": "Northvale General", "due": "2026-11-26", "text": "Please correct it."}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("community", "C1", kind="community", records=[LATEX]))
    made.drain()
    return made


def extension(issue: dict, name: str) -> list[str]:
    return [next(v for k, v in e.items() if k != "url") for e in issue["extension"] if e["url"] == f"urn:carehub:conflict-{name}"]


def found(nurse: TestClient, person: str, query: str = "") -> list[dict]:
    bundle = nurse.get(f"/fhir/R4/DetectedIssue?patient={person}{query}").json()
    assert bundle["total"] == len(bundle.get("entry", []))
    return [entry["resource"] for entry in bundle.get("entry", [])]


def test_one_detected_issue_with_three_statements_and_their_provenance(nurse: TestClient, person: str) -> None:
    [issue] = found(nurse, person)
    assert explain(issue) == ()
    assert issue["detail"] == SENTENCE
    assert (issue["status"], issue["severity"], extension(issue, "state"), extension(issue, "kind")) == (
        "preliminary",
        "high",
        ["open"],
        ["conflict"],
    )
    assert [e["detail"][0]["display"] for e in issue["evidence"]] == [
        "acute: No known allergy",
        "community: Latex allergy",
        "gp: Allergy to penicillin",
    ]
    document = nurse.get(f"/fhir/R4/Patient/{person}/$unified-care-plan").json()
    held = {entry["fullUrl"].rpartition("/R4/")[2]: entry["resource"] for entry in document["entry"]}
    for side in issue["evidence"]:
        record, provenance = (detail["reference"] for detail in side["detail"])
        assert held[provenance]["target"] == [{"reference": record}]
        assert record in held
    assert held[f"DetectedIssue/{issue['id']}"]["detail"] == SENTENCE


def test_read_assign_explain_and_the_history_in_the_resource(nurse: TestClient, person: str) -> None:
    [listed] = found(nurse, person)
    address = f"/fhir/R4/DetectedIssue/{listed['id']}"
    read = nurse.get(address)
    assert (read.json(), read.headers["etag"]) == (listed, 'W/"0"')
    assigned = nurse.post(f"{address}/$assign", json=ASKED, headers={"If-Match": 'W/"0"'})
    assert (assigned.status_code, assigned.headers["etag"]) == (200, 'W/"1"')
    explained = nurse.post(f"{address}/$explain", json={"text": "Two wards."}, headers={"If-Match": 'W/"1"'}).json()
    assert explain(explained) == ()
    assert (explained["status"], extension(explained, "state"), len(extension(explained, "history"))) == ("final", ["explained"], 2)
    assert [m["action"]["text"] for m in explained["mitigation"]] == [
        "Assigned to Ward pharmacist, Northvale General, due 26-Nov-2026: Please correct it.",
        "Explained: Two wards.",
    ]
    assert [m["author"]["display"] for m in explained["mitigation"]] == ["Jo Adeyemi, Northvale Community"] * 2
    assert nurse.get(address).json() == explained


def test_the_second_of_two_is_refused_with_412_and_nothing_is_written(nurse: TestClient, person: str) -> None:
    [issue] = found(nurse, person)
    address = f"/fhir/R4/DetectedIssue/{issue['id']}"
    assert nurse.post(f"{address}/$assign", json=ASKED, headers={"If-Match": 'W/"0"'}).status_code == 200
    late = nurse.post(f"{address}/$explain", json={"text": "Mine."}, headers={"If-Match": 'W/"0"'})
    assert (late.status_code, late.json()["resourceType"]) == (412, "OperationOutcome")
    assert nurse.get(address).headers["etag"] == 'W/"1"'


def test_an_answer_needs_if_match_whole_words_and_a_credential(nurse: TestClient, stranger: TestClient, person: str) -> None:
    [issue] = found(nurse, person)
    address = f"/fhir/R4/DetectedIssue/{issue['id']}/$assign"
    assert nurse.post(address, json=ASKED).status_code == 400
    assert nurse.post(address, json={**ASKED, "due": "2020-01-01"}, headers={"If-Match": 'W/"0"'}).status_code == 422
    assert nurse.post(address, json={**ASKED, "more": "x"}, headers={"If-Match": 'W/"0"'}).status_code == 400
    assert nurse.post(address, json={**ASKED, "due": 4}, headers={"If-Match": 'W/"0"'}).status_code == 400
    assert nurse.get("/fhir/R4/DetectedIssue/nobody.1").status_code == 404
    assert nurse.get("/fhir/R4/DetectedIssue").status_code == 400
    del stranger.headers["Authorization"]
    assert stranger.post(address, json=ASKED, headers={"If-Match": 'W/"0"'}).status_code == 401


def test_it_is_still_there_when_the_sources_agree_and_says_so(hub: Hub, nurse: TestClient, person: str) -> None:
    [issue] = found(nurse, person)
    mistaken = {key: value for key, value in NONE_KNOWN.items() if key != "clinicalStatus"}
    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
    withdrawn = {**mistaken, "verificationStatus": {"coding": [{"system": system, "code": "entered-in-error"}]}}
    submit(hub, hospital(withdrawn, at="2026-11-23T08:00:00.000Z"))
    hub.drain()
    closed = nurse.get(f"/fhir/R4/DetectedIssue/{issue['id']}").json()
    assert explain(closed) == ()
    assert (closed["status"], extension(closed, "state")) == ("final", ["resolved"])
    assert [one["id"] for one in found(nurse, person, "&status=resolved")] == [issue["id"]]
    assert found(nurse, person, "&code=C1&status=preliminary") == []
    assert {extension(one, "kind")[0] for one in found(nurse, person, "&code=difference")} == {"difference"}
