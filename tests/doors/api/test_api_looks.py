"""Who looked, and what they were shown, over the API and from `carehub audit as-shown`."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.models import explain
from carehub.governance.requester import Requester
from doors.api.conftest import digest
from hub.toy_hub import NURSE

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")


@pytest.fixture
def ivy(hub):
    clients = {digest("nurse"): NURSE, digest("ivy"): IVY}
    with TestClient(create_api(hub, Credentials({}, clients), max_body_bytes=10_000), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = "Bearer ivy"
        yield client


AS_NURSE = {"Authorization": "Bearer nurse"}


def test_the_privacy_officer_lists_looks_and_refusals_and_proves_one(ivy, person) -> None:
    assert ivy.get(f"/fhir/R4/Patient/{person}/$everything", headers=AS_NURSE).status_code == 200
    assert ivy.get(f"/fhir/R4/Patient/{person}/$everything").status_code == 403
    told = ivy.get(f"/identity/people/{person}/looks").json()
    assert [look["refused"] for look in told["looks"]] == [False, True, False]
    shown = told["looks"][2]
    assert shown["name"] == NURSE.name
    proof = ivy.get(f"/identity/looks/{shown['id']}/as-shown").json()
    assert proof["same"] is True
    assert proof["shown"] == proof["rebuilt"]
    assert proof["record"] is None
    assert b"enicillin" not in ivy.get(f"/identity/looks/{shown['id']}/as-shown").content


def test_a_clinician_is_told_no_name_and_the_record_itself(ivy, person) -> None:
    ivy.get(f"/fhir/R4/Patient/{person}/$everything", headers=AS_NURSE)
    told = ivy.get(f"/identity/people/{person}/looks?refused=no", headers=AS_NURSE).json()
    shown = told["looks"][-1]
    assert {look["name"] for look in told["looks"]} == {""}
    proof = ivy.get(f"/identity/looks/{shown['id']}/as-shown", headers=AS_NURSE).json()
    assert (proof["name"], proof["same"]) == ("", True)
    assert "enicillin" in str(proof["record"])


def test_more_than_a_page_is_paged_and_filtered(ivy, person) -> None:
    for _ in range(60):
        ivy.get(f"/fhir/R4/Patient/{person}", headers=AS_NURSE)
    first = ivy.get(f"/identity/people/{person}/looks?purpose=TREAT").json()
    second = ivy.get(f"/identity/people/{person}/looks?purpose=TREAT&page=2").json()
    assert (first["found"], first["pages"], len(first["looks"]), len(second["looks"])) == (60, 2, 50, 10)
    assert not {look["id"] for look in first["looks"]} & {look["id"] for look in second["looks"]}


@pytest.mark.parametrize("asked", ["first=2026-13-01", "last=2026", "page=0", "page=-1", "page=x", "who=me"])
def test_what_is_asked_wrongly_is_refused_by_number(ivy, person, asked) -> None:
    answer = ivy.get(f"/identity/people/{person}/looks?{asked}")
    assert (answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]) == (400, "API-005")


@pytest.mark.parametrize("path", ["/identity/people/nobody/looks", "/identity/looks/nothing/as-shown"])
def test_what_is_not_there_is_missing_and_nobody_asks_without_a_credential(ivy, path) -> None:
    assert ivy.get(path).status_code == 404
    assert ivy.get(path, headers={"Authorization": ""}).status_code == 401


def test_the_same_entries_are_found_as_audit_events_by_pages_and_days(ivy, person) -> None:
    for _ in range(5):
        ivy.get(f"/fhir/R4/Patient/{person}", headers=AS_NURSE)
    ivy.get(f"/fhir/R4/Patient/{person}/$everything")
    found, url = [], f"/fhir/R4/AuditEvent?patient=Patient/{person}&_count=2"
    while url:
        bundle = ivy.get(url).json()
        assert len(bundle["entry"]) <= 2
        found += [entry["resource"] for entry in bundle["entry"]]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    listed = ivy.get(f"/identity/people/{person}/looks").json()["looks"]
    # Looking is itself written down, so what came while paging is newer than the first page.
    assert [event["id"] for event in found] == [look["id"] for look in listed][-len(found) :]
    assert [event["outcome"] for event in found].count("4") == 1
    assert {explain(event) for event in found} == {()}
    assert {event["agent"][0]["who"]["display"] for event in found} == {NURSE.name, IVY.name}
    today = found[0]["recorded"][:10]
    counts = [ivy.get(f"/fhir/R4/AuditEvent?patient={person}&date={day}").json()["total"] for day in (today, f"le{today}", "ge2099-01-01")]
    assert (counts[0] > 0, counts[1] > counts[0], counts[2]) == (True, True, 0)


def test_audit_events_name_nobody_to_a_clinician_and_are_asked_for_by_person(ivy, person) -> None:
    ivy.get(f"/fhir/R4/Patient/{person}", headers=AS_NURSE)
    answer = ivy.get(f"/fhir/R4/AuditEvent?patient={person}", headers=AS_NURSE)
    assert answer.json()["total"] == 2
    assert NURSE.name not in answer.text
    assert f'"{NURSE.user}"' not in answer.text
    for query, expected in (("", "API-016"), (f"?patient={person}&date=2026", "API-005"), (f"?patient={person}&agent=jo", "API-004")):
        told = ivy.get(f"/fhir/R4/AuditEvent{query}")
        assert (told.status_code, told.json()["issue"][0]["details"]["coding"][0]["code"]) == (400, expected)
    assert ivy.get("/fhir/R4/AuditEvent?patient=nobody").status_code == 404
