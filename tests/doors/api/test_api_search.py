"""What only carehub promises of a search: it is decided on and written down first, what is withheld is told, cursors are its own."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.fhir.in_process import carehub_client
from hub.toy_hub import NURSE

BASE = "/fhir/R4"
LINK_WORKER = replace(NURSE, user="tom", role="link-worker")


def numbers(answer) -> set[str]:
    """Catalogue numbers of the outcome entries of a searchset, or of a refusal."""
    body = answer.json()
    told = (
        [body]
        if body["resourceType"] == "OperationOutcome"
        else [e["resource"] for e in body.get("entry", ()) if e["search"]["mode"] == "outcome"]
    )
    return {one["details"]["coding"][0]["code"] for outcome in told for one in outcome["issue"]}


def test_a_search_is_written_down_as_a_look_at_the_person(nurse, hub, person):
    assert nurse.get(f"{BASE}/Observation?patient={person}").json()["total"] == 1
    [newest] = hub.store.audit.about(person, 1)
    assert b"Observation search" in newest.event


def test_what_a_role_may_not_see_is_told_and_not_given():
    client = carehub_client(LINK_WORKER)
    person = client.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    answer = client.get(f"MedicationRequest?patient={person}")
    assert answer.json()["total"] == 0
    assert "API-013" in numbers(answer)
    assert "Your role" in answer.text
    told = client.get(f"CarePlan?patient={person}&_include=CarePlan:goal&_revinclude=Provenance:target")
    assert "MedicationRequest" not in told.text


def test_nothing_withheld_is_reached_through_chain_reverse_chain_or_include():
    client = carehub_client(LINK_WORKER)
    person = client.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    for query in ("_has:MedicationRequest:requester:status=active", "_has:Observation:performer:status=final"):
        found = client.get("Practitioner", params=[("_id", _practitioner()), tuple(query.split("="))])
        assert found.json()["total"] == 0, query
    assert client.get(f"Task?patient={person}&_revinclude=MedicationRequest:requester").status_code == 200


def _practitioner() -> str:
    full = carehub_client()
    person = full.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    found = full.get(f"MedicationRequest?patient={person}&status=active").json()["entry"][0]["resource"]
    return found["requester"]["reference"].partition("/")[2]


def test_without_a_credential_nothing_is_searched(stranger, person):
    answer = stranger.get(f"{BASE}/Observation?patient={person}")
    assert (answer.status_code, numbers(answer)) == (401, {"API-001"})


def test_a_purpose_outside_the_policy_is_refused(nurse, person):
    answer = nurse.get(f"{BASE}/Observation?patient={person}", headers={"X-Purpose-Of-Use": "HMARKT"})
    assert (answer.status_code, numbers(answer)) == (403, {"API-002"})


@pytest.mark.parametrize("query", ["", "?code=1", "?status=final&_count=5"])
def test_a_search_names_whose_record(nurse, query):
    answer = nurse.get(f"{BASE}/Observation{query}")
    assert (answer.status_code, numbers(answer)) == (400, {"API-016"})


def test_nobody_known_is_an_empty_answer(nurse):
    assert nurse.get(f"{BASE}/Observation?patient=nobody").json()["total"] == 0
    assert nurse.get(f"{BASE}/Observation?_id=nobody").json()["total"] == 0


def test_a_parameter_that_was_left_out_is_told(nurse, person):
    answer = nurse.get(f"{BASE}/Observation?patient={person}&shoe-size=9", headers={"Prefer": "handling=lenient"})
    assert numbers(answer) == {"API-015"}
    assert "shoe-size" not in answer.json()["link"][0]["url"]


def test_a_cursor_is_good_for_its_own_search_and_reader_only():
    client = carehub_client()
    person = client.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    onward = client.get(f"Observation?patient={person}&_count=1").json()["link"][1]["url"]
    cursor = parse_qs(urlsplit(onward).query)["_cursor"][0]
    assert client.get(onward).status_code == 200
    bent = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for query in (f"patient={person}&_cursor={bent}", f"patient={person}&status=final&_cursor={cursor}", f"patient={person}&_cursor=%ff"):
        answer = client.get(f"Observation?{query}")
        assert (answer.status_code, numbers(answer)) == (400, {"API-005"})
    other = carehub_client(replace(NURSE, user="another"))
    assert other.get(onward).status_code == 400


def test_only_json_is_served(nurse, person):
    assert nurse.get(f"{BASE}/Observation?patient={person}&_format=xml").status_code == 406
    assert nurse.post(f"{BASE}/Observation/_search", data={"patient": person, "_format": "xml"}).status_code == 406


def test_what_is_missing_from_a_source_is_told_beside_the_matches(nurse, hub, person):
    plan_gaps = hub.disclosing.person_record(NURSE, person, "test").value.plan.gaps
    answer = nurse.get(f"{BASE}/Observation?patient={person}")
    assert ("API-014" in numbers(answer)) is bool(plan_gaps)


def test_a_search_by_number_keeps_it_out_of_links_and_is_answered_whole():
    client = carehub_client()
    person = client.get("Patient?family=Okafor").json()["entry"][0]["resource"]["id"]
    number = "https://fhir.nhs.uk/Id/nhs-number|9990000018"
    bundle = client.post("Observation/_search", data={"patient": person, "patient.identifier": number, "_count": "1"}).json()
    assert (bundle["total"], len([e for e in bundle["entry"] if e["search"]["mode"] == "match"])) == (3, 3)
    assert [link["relation"] for link in bundle["link"]] == ["self"]
    assert "9990000018" not in bundle["link"][0]["url"]


_ODD = (
    "|",
    ",,",
    "\\",
    "eq",
    "9999",
    "0001",
    "ap0001",
    "ap9998-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1e999",
    "5.4||",
    "NaN",
    "2026-11-10T08:15:00+99:99",
    "true",
    "Patient/",
    "x\u0000",
    "\u0663",
    "a:b:c:d",
)
_NAMES = (
    "date",
    "date:missing",
    "value-quantity",
    "code",
    "code:text",
    "encounter",
    "_id",
    "_sort",
    "_count",
    "_include",
    "_revinclude",
    "_elements",
    "_total",
    "_summary",
    "_cursor",
    "_has:",
    "_has:a:b",
    "_has:DiagnosticReport:result:date",
    "_has:Observation:has-member:_has:x:y:z",
    "subject:Patient.birthdate",
    "patient.identifier",
    "subject.",
    ".",
    "subject:Patient.",
    "encounter.location.name",
)


@pytest.mark.parametrize("name", _NAMES)
def test_whatever_is_asked_is_answered_or_refused(nurse, person, name):
    for value in _ODD:
        answer = nurse.get(f"{BASE}/Observation", params=[("patient", person), (name, value)])
        assert answer.status_code in (200, 400), (name, value)
        assert answer.json()["resourceType"] in ("Bundle", "OperationOutcome")
