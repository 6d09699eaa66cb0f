"""History and vread: every version that a source told, in the source's order, worked out from the log and governed as a read is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.models import explain
from hub.toy_hub import NURSE, PENICILLIN, ada, submit

BASE = "/fhir/R4"
LABEL = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}
COORDINATOR = replace(NURSE, user="cory", role="care-coordinator")


def told(hub, at, **said):
    submit(hub, ada(at=at, records=[{**PENICILLIN, **said}]))
    hub.drain()


def record_of(hub, person, type_):
    patients = [link.patient for link in hub.store.links.links_of(person)]
    return hub.store.records.of_patients(patients, [type_])[0]


def history(client, path, **params):
    answer = client.get(f"{BASE}/{path}/_history", params=params)
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert explain(bundle) == ()
    return bundle, [(e["request"]["method"], e["response"]["status"], e["response"]["etag"]) for e in bundle.get("entry", ())]


def test_every_version_is_there_the_newest_first_and_each_is_read_by_itself(nurse, hub, person):
    told(hub, "2026-11-21T08:00:00.000Z", note=[{"text": "rash"}])
    told(hub, "2026-11-20T20:00:00.000Z", note=[{"text": "an older word that comes late"}])
    allergy = record_of(hub, person, "AllergyIntolerance")
    at = f"AllergyIntolerance/{allergy.id}"
    bundle, entries = history(nurse, at)
    assert entries == [("PUT", "200", 'W/"3"'), ("PUT", "200", 'W/"2"'), ("PUT", "201", 'W/"1"')]
    assert (bundle["type"], bundle["total"]) == ("history", 3)
    notes = [e["resource"].get("note", [{"text": ""}])[0]["text"] for e in bundle["entry"]]
    assert notes == ["rash", "an older word that comes late", ""]
    for entry in bundle["entry"]:
        number = entry["resource"]["meta"]["versionId"]
        read = nurse.get(f"{BASE}/{at}/_history/{number}")
        assert (read.json(), read.headers["etag"]) == (entry["resource"], f'W/"{number}"')
    assert nurse.get(f"{BASE}/{at}").content == nurse.get(f"{BASE}/{at}/_history/3").content == allergy.body
    assert nurse.get(f"{BASE}/{at}/_history/4").status_code == 404
    first, _ = history(nurse, at, _count="2")
    following = nurse.get(first["link"][1]["url"]).json()
    assert [e["response"]["etag"] for e in following["entry"]] == ['W/"1"']
    assert history(nurse, at, _since="2099-01-01T00:00:00Z")[1] == []


def test_what_its_source_withdrew_is_gone_and_its_history_says_so(nurse, hub, person):
    told(hub, "2026-11-21T08:00:00.000Z", change="withdrawn")
    at = f"AllergyIntolerance/{record_of(hub, person, 'AllergyIntolerance').id}"
    bundle, entries = history(nurse, at)
    assert [(method, status) for method, status, _ in entries] == [("DELETE", "204"), ("PUT", "201")]
    assert "resource" not in bundle["entry"][0]
    gone = [nurse.get(f"{BASE}/{at}"), nurse.get(f"{BASE}/{at}/_history/2")]
    assert [(one.status_code, one.json()["issue"][0]["details"]["coding"][0]["code"]) for one in gone] == [(410, "API-018")] * 2
    assert nurse.get(f"{BASE}/{at}/_history/1").status_code == 200


def test_a_version_is_held_back_where_a_read_of_it_would_be_and_says_so(hub, person):
    told(hub, "2026-11-21T08:00:00.000Z", **LABEL, note=[{"text": "a secret"}])
    told(hub, "2026-11-22T08:00:00.000Z")
    digest = hashlib.sha256(b"c").hexdigest()
    client = TestClient(create_api(hub, Credentials({}, {digest: COORDINATOR}), max_body_bytes=100), headers={"Authorization": "Bearer c"})
    at = f"AllergyIntolerance/{record_of(hub, person, 'AllergyIntolerance').id}"
    bundle, entries = history(client, at)
    assert [status for _, status, _ in entries] == ["200", "403", "201"]
    assert "secret" not in str(bundle)
    assert bundle["entry"][1]["response"]["outcome"]["issue"][0]["details"]["coding"][0]["code"] == "API-013"
    assert [client.get(f"{BASE}/{at}/_history/{n}").status_code for n in (1, 2, 3)] == [200, 403, 200]
    told(hub, "2026-11-23T08:00:00.000Z", **LABEL)
    assert client.get(f"{BASE}/{at}/_history").status_code == client.get(f"{BASE}/{at}/_history/1").status_code == 403


def test_a_person_has_one_version_and_a_sources_patient_its_own(nurse, hub, person):
    bundle = nurse.get(f"{BASE}/Patient/{person}/_history").json()
    assert (explain(bundle), bundle["total"], bundle["entry"][0]["resource"]["id"]) == ((), 1, person)
    source = bundle["entry"][0]["resource"]["link"][0]["other"]["reference"]
    assert history(nurse, source)[1] == [("PUT", "201", 'W/"1"')]
    looks = hub.store.audit.about(person, 2)
    assert all(b"Patient history" in row.event for row in looks)


def test_who_asks_comes_first_and_what_is_not_there_is_404(stranger, nurse):
    for path, status in (("Observation/nobody", 404), ("Banana/1", 404), ("Provenance/1", 404)):
        assert nurse.get(f"{BASE}/{path}/_history").status_code == status
    assert nurse.get(f"{BASE}/Patient/1/_history?_since=yesterday").status_code == 400
    del stranger.headers["Authorization"]
    assert stranger.get(f"{BASE}/Patient/1/_history").status_code == 401
