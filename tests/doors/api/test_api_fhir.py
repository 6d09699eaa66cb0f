"""The FHIR door: what is served is R4, references resolve, refusals are OperationOutcomes, nothing leaves unasked."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from carehub.fhir.models import explain
from carehub.fhir.references import find

BASE = "/fhir/R4"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def number(response) -> str:
    return response.json()["issue"][0]["details"]["coding"][0]["code"]


def test_metadata_needs_no_credential_and_is_a_capability_statement(stranger):
    answer = stranger.get(f"{BASE}/metadata")
    statement = answer.json()
    assert answer.status_code == 200
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    patient = next(r for r in statement["rest"][0]["resource"] if r["type"] == "Patient")
    assert {op["name"] for op in patient["operation"]} == {
        "everything",
        "care-plan-note",
        "match",
        "summary",
        "unified-care-plan",
        "timeline",
        "validate",
    }


def test_every_search_parameter_that_is_declared_finds_the_person(nurse, person):
    statement = nurse.get(f"{BASE}/metadata").json()
    patient = next(r for r in statement["rest"][0]["resource"] if r["type"] == "Patient")
    values = {
        "identifier": f"{NHS}|9990000018",
        "family": "Okafor",
        "birthdate": "1944-05-01",
        "_id": person,
    }
    beside = {"given": ("Ada", "family=Okafor"), "address-postalcode": ("ZX10 1AB", "")}
    for name in (p["name"] for p in patient["searchParam"]):
        if name in beside:
            value, other = beside[name]
            query = f"{name}={quote(value)}" + (f"&{other}" if other else "")
            expected = 1 if other else 0  # nobody in this hub has told a postcode
        else:
            query, expected = f"{name}={quote(values[name])}", 1
        found = nurse.get(f"{BASE}/Patient?{query}")
        assert found.status_code == 200, name
        assert found.json()["total"] == expected, name


def test_search_by_post_keeps_the_number_out_of_addresses(nurse, person):
    found = nurse.post(f"{BASE}/Patient/_search", data={"identifier": f"{NHS}|9990000018"})
    bundle = found.json()
    assert bundle["entry"][0]["resource"]["id"] == person
    assert "9990000018" not in bundle["link"][0]["url"]


def test_a_number_nobody_has_gives_an_empty_bundle(nurse):
    bundle = nurse.get(f"{BASE}/Patient?identifier={NHS}|9990000034").json()
    assert (bundle["total"], "entry" in bundle) == (0, False)


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/Patient?shoe-size=9", 400, "API-004"),
        ("/Patient?identifier=urn:other|1", 400, "API-004"),
        (f"/Patient?identifier={NHS}|1234567890", 400, "API-005"),
        ("/Patient", 400, "API-005"),
        ("/Patient?birthdate=1944-31-31", 400, "API-005"),
        ("/Patient/nobody", 404, "API-003"),
        ("/Patient/nobody/$everything", 404, "API-003"),
        ("/Patient/nobody/$unified-care-plan", 404, "API-003"),
        ("/Observation/nobody", 404, "API-003"),
        ("/Banana/1", 404, "API-003"),
        ("/Patient/1/$banana", 404, "API-003"),
    ],
)
def test_what_cannot_be_answered_is_an_operation_outcome(nurse, path, status, expected):
    answer = nurse.get(BASE + path)
    assert (answer.status_code, number(answer)) == (status, expected)
    assert "1234567890" not in answer.text


@pytest.mark.parametrize(
    "path", ["/Patient?family=Okafor", "/Patient/{id}", "/Patient/{id}/$everything", "/Patient/{id}/$unified-care-plan", "/Observation/1"]
)
def test_nothing_is_read_without_a_credential(stranger, person, path):
    answer = stranger.get(BASE + path.format(id=person))
    assert (answer.status_code, number(answer)) == (401, "API-001")


@pytest.mark.parametrize("purpose", ["", "HMARKT", "nonsense"])
def test_a_purpose_outside_the_policy_is_refused(nurse, person, purpose):
    answer = nurse.get(f"{BASE}/Patient/{person}", headers={"X-Purpose-Of-Use": purpose})
    assert (answer.status_code, number(answer)) == (403, "API-002")


def test_only_json_is_served(nurse, person):
    assert nurse.get(f"{BASE}/Patient/{person}", headers={"Accept": "application/fhir+xml"}).status_code == 406
    assert nurse.get(f"{BASE}/Patient/{person}?_format=json").status_code == 200


def test_methods_that_do_not_exist_are_refused(nurse, person):
    answer = nurse.delete(f"{BASE}/Patient/{person}")
    assert (answer.status_code, number(answer)) == (405, "API-012")


def test_everything_holds_every_record_with_its_provenance_and_no_dangling_reference(nurse, person):
    bundle = nurse.get(f"{BASE}/Patient/{person}/$everything").json()
    resources = [entry["resource"] for entry in bundle["entry"]]
    types = [resource["resourceType"] for resource in resources]
    assert types.count("Patient") == 3  # the person, and one of each source
    sources = {f"{r['resourceType']}/{r['id']}" for r in resources if r["resourceType"] not in ("Provenance",)} - {f"Patient/{person}"}
    targets = {target["reference"] for r in resources if r["resourceType"] == "Provenance" for target in r["target"]}
    assert targets == sources
    held = {f"{r['resourceType']}/{r['id']}" for r in resources}
    dangling = [ref for r in resources for _, ref in find(r) if not ref.startswith(("#", "urn:", "http")) and ref not in held]
    assert dangling == []
    assert [explain(resource) for resource in resources] == [()] * len(resources)


def test_the_care_plan_is_a_valid_document_with_every_section_spoken_for(nurse, person):
    bundle = nurse.get(f"{BASE}/Patient/{person}/$unified-care-plan").json()
    assert explain(bundle) == ()
    composition = bundle["entry"][0]["resource"]
    assert (bundle["type"], composition["resourceType"]) == ("document", "Composition")
    for section in composition["section"]:
        assert "entry" in section or "emptyReason" in section or section["title"].startswith("Sources")
        assert "<li>" in section["text"]["div"]
    held = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    pointed = {e["reference"] for section in composition["section"] for e in section.get("entry", ())}
    assert pointed <= held


def test_a_source_record_is_served_exactly_as_stored(nurse, hub, person):
    patients = [link.patient for link in hub.store.links.links_of(person)]
    [allergy] = hub.store.records.of_patients(patients, ["AllergyIntolerance"])
    answer = nurse.get(f"{BASE}/AllergyIntolerance/{allergy.id}")
    assert answer.content == allergy.body
    assert answer.headers["etag"] == 'W/"1"'


def test_answers_carry_a_request_id_and_are_not_stored(nurse, person):
    answer = nurse.get(f"{BASE}/Patient/{person}", headers={"X-Request-ID": "abc-1", "X-Correlation-ID": "c-9"})
    assert (answer.headers["x-request-id"], answer.headers["x-correlation-id"]) == ("abc-1", "c-9")
    assert answer.headers["cache-control"] == "no-store"
    assert nurse.get("/health/live", headers={"X-Request-ID": "bad id\x01"}).headers["x-request-id"] != "bad id\x01"


def test_health_and_docs(stranger):
    assert stranger.get("/health/live").json() == {"status": "live"}
    assert stranger.get("/health/ready").json()["status"] == "ready"
    page = stranger.get("/docs").text
    assert "cdn." not in page
    assert "//" not in page.replace("http://testserver", "") or "https://" not in page


def test_a_bug_tells_its_number_and_nothing_else(nurse, person, hub, monkeypatch):
    monkeypatch.setattr(type(hub.store.plans), "get", lambda self, person: 1 / 0)
    answer = nurse.get(f"{BASE}/Patient/{person}")
    assert (answer.status_code, number(answer)) == (500, "API-008")
    assert "division" not in answer.text


def test_everything_by_type_and_since(nurse, person):
    def types(query: str) -> list[str]:
        return sorted(
            e["resource"]["resourceType"] for e in nurse.get(f"{BASE}/Patient/{person}/$everything?{query}").json().get("entry", ())
        )

    assert types("_type=AllergyIntolerance,Observation") == ["AllergyIntolerance", "Observation"]
    assert types("_since=2099-01-01T00:00:00Z") == ["Patient"]
    assert types("_since=2099-01-01T00:00:00Z&_type=Observation") == []
    assert types("_since=2020-01-01T00:00:00Z&_type=Observation") == ["Observation"]


def test_everything_by_pages_is_everything_once(nurse, person):
    def links(bundle: dict) -> dict[str, str]:
        return {link["relation"]: link["url"] for link in bundle["link"]}

    address = f"{BASE}/Patient/{person}/$everything"
    whole = nurse.get(address).json()
    assert "next" not in links(whole)
    found, pages, url = [], 0, f"{address}?_count=2"
    while url:
        bundle = nurse.get(url).json()
        matches = [entry["fullUrl"] for entry in bundle["entry"] if entry["search"]["mode"] == "match"]
        assert (len(matches) <= 2, bundle["total"]) == (True, whole["total"])
        found, pages, url = found + matches, pages + 1, links(bundle).get("next", "")
    assert found == [entry["fullUrl"] for entry in whole["entry"] if entry["search"]["mode"] == "match"]
    assert (pages, len(set(found))) == (-(-whole["total"] // 2), whole["total"])
    onward = links(nurse.get(f"{address}?_count=2").json())["next"]
    assert number(nurse.get(onward.replace("_count=2", "_type=Observation&_count=2"))) == "API-005"  # a link of another question
    counted = nurse.get(f"{address}?_count=0").json()
    assert (counted["total"], "next" in links(counted)) == (whole["total"], False)


@pytest.mark.parametrize(("query", "expected"), [("_since=yesterday", "API-005"), ("_type=Banana", "API-004"), ("start=2020", "API-004")])
def test_everything_refuses_what_it_cannot_do(nurse, person, query, expected):
    answer = nurse.get(f"{BASE}/Patient/{person}/$everything?{query}")
    assert (answer.status_code, number(answer)) == (400, expected)


def test_validate_names_each_fault_and_its_place(nurse):
    good = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"display": "somebody"}}
    told = nurse.post(f"{BASE}/Flag/$validate", json=good).json()
    assert [one["severity"] for one in told["issue"]] == ["information"]
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {**good, "status": "dancing"}}]}
    for body in ({**good, "status": "dancing"}, wrapped):
        told = nurse.post(f"{BASE}/Flag/$validate", json=body).json()
        assert told["issue"][0]["expression"] == ["Flag.status"]
        assert "dancing" not in str(told)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"resourceType": "Goal"}', b'{"resourceType": "Parameters", "parameter": [{"name": "mode"}]}']
)
def test_validate_refuses_what_is_no_such_resource(nurse, body):
    answer = nurse.post(f"{BASE}/Flag/$validate", content=body)
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.status_code in (400, 422)


def test_validate_asks_who_is_asking(stranger):
    assert stranger.post(f"{BASE}/Flag/$validate", json={"resourceType": "Flag"}).status_code == 401
