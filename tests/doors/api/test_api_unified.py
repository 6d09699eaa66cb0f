"""The unified CarePlan and CareTeam by search and by id: of what every source says, of nothing that policy holds back, and honest of their history."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.fhir.models import explain
from carehub.governance.policy import TABLE
from carehub.tokens.granting import Grant
from hub.toy_hub import NURSE, ada, submit, toy_hub

BASE, GOLDEN = "/fhir/R4", "urn:carehub:tag|golden-record"
LABEL = {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}}
COORDINATOR = replace(NURSE, user="cory", role="care-coordinator")
WALK = {"type": "Goal", "id": "g1", "lifecycleStatus": "active", "description": {"text": "Walk to the shop"}}
RAMP = {"type": "ServiceRequest", "id": "s1", "status": "active", "intent": "order", "code": {"text": "A ramp at the door"}}
NURSE_PLAN = {
    "type": "CarePlan",
    "id": "c1",
    "status": "active",
    "intent": "plan",
    "title": "Community plan",
    "activity": [{"detail": {"status": "in-progress", "description": "Change the dressing", "scheduledString": "every Monday"}}],
}
DAUGHTER = {"type": "RelatedPerson", "id": "r1", "relationship": [{"text": "Daughter"}], "name": [{"family": "Okafor", "given": ["Ngozi"]}]}


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada("gp", records=[WALK, RAMP, {**DAUGHTER, "id": "r0", **LABEL, "name": [{"family": "Secret"}]}]))
    submit(
        made, ada("community", "9", records=[NURSE_PLAN, DAUGHTER, {**WALK, "id": "g2", **LABEL, "description": {"text": "A secret goal"}}])
    )
    made.drain()
    return made


@pytest.fixture
def person(hub):
    return hub.store.links.persons()[0]


def client_of(hub, reader=NURSE, **more):
    known = {hashlib.sha256(b"r").hexdigest(): reader} if not more else {}
    return TestClient(create_api(hub, Credentials({}, known, **more), max_body_bytes=1000), headers={"Authorization": "Bearer r"})


def found(client, path, **params):
    answer = client.get(f"{BASE}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    assert explain(answer.json()) == ()
    return {
        (one["search"]["mode"], one["resource"]["resourceType"], one["resource"]["id"]): one["resource"] for one in answer.json()["entry"]
    }


def test_a_search_gives_the_unified_one_beside_those_of_the_sources(hub, person):
    client = client_of(hub)
    plans = found(client, "CarePlan", patient=person)
    assert len([at for at in plans if at[0] == "match"]) == 2
    plan = plans["match", "CarePlan", person]
    assert (plan["status"], plan["intent"], plan["careTeam"]) == ("active", "plan", [{"reference": f"CareTeam/{person}"}])
    told = found(client, "CarePlan", patient=person, _tag=GOLDEN, _include="CarePlan:goal", _revinclude="Provenance:target")
    goals = [one["description"]["text"] for at, one in told.items() if at[:2] == ("include", "Goal")]
    assert sorted(goals) == ["A secret goal", "Walk to the shop"]
    done = {one.get("reference", {}).get("reference") or one["detail"]["description"]: one for one in plan["activity"]}
    assert "Change the dressing" in done
    assert any(key.startswith("ServiceRequest/") for key in done)
    assert done["Change the dressing"]["detail"] == {
        "status": "in-progress",
        "scheduledString": "every Monday",
        "description": "Change the dressing",
    }
    (provenance,) = [one for one in told.values() if one.get("target") == [{"reference": f"CarePlan/{person}"}]]
    assert {"reference": plan["goal"][0]["reference"]} in [one["what"] for one in provenance["entity"]]
    team = found(client, "CareTeam", patient=person)["match", "CareTeam", person]
    assert ("Ngozi Okafor", "Daughter") in [(one["member"]["display"], one["role"][0]["text"]) for one in team["participant"]]
    assert person not in {at[2] for at in found(client, "CarePlan", _id=plan_of(hub).id)}


def plan_of(hub):
    patients = [link.patient for link in hub.store.links.links_of(hub.store.links.persons()[0])]
    return hub.store.records.of_patients(patients, ["CarePlan"])[0]


def test_notes_of_the_team_are_its_notes_and_are_written_once_and_changed_by_who_saw_them(hub, person):
    client = client_of(hub)
    address, words = f"{BASE}/Patient/{person}/$care-plan-note", {"words": "Agreed: <b>Mondays</b>"}
    first = client.post(address, json=words, headers={"Idempotency-Key": "k"})
    again = client.post(address, json=words, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert explain(first.json()) == ()
    assert client.post(address, json={"words": "other"}, headers={"Idempotency-Key": "k"}).status_code == 409
    at = f"{BASE}/CarePlan/{first.json()['id']}"
    assert client.post(f"{at}/$revise-note", json=words).status_code == 428
    seen = {"If-Match": first.headers["etag"]}
    second = client.post(f"{at}/$revise-note", json={"words": "Tuesdays"}, headers=seen)
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    refused = client.post(f"{at}/$withdraw-note", json=words, headers=seen)
    assert (refused.status_code, refused.json()["issue"][0]["details"]["coding"][0]["code"]) == (412, "ACT-003")
    assert client.post(f"{at}/$withdraw-note", json={"words": "Wrong person"}, headers={"If-Match": 'W/"2"'}).json()["status"] == "revoked"
    notes = [one["text"] for one in client.get(f"{BASE}/CarePlan/{person}").json()["note"]]
    assert notes == ["Agreed: <b>Mondays</b>", "Tuesdays", "Withdrawn: Wrong person"]
    assert len(client.get(f"{at}/_history").json()["entry"]) == 3
    told = [one for one in client.get(f"{BASE}/Patient/{person}/$care-plan").json()["parameter"] if one["name"] == "note"]
    assert "Withdrawn: Wrong person" in str(told)
    for wrong in ({}, {"words": ""}, {"words": "x", "more": "y"}, [], {"words": 1}):
        assert client.post(address, json=wrong).status_code == 400
    assert client.post(f"{BASE}/CarePlan/{plan_of(hub).id}/$revise-note", json=words, headers=seen).status_code == 404


def test_a_sources_own_patient_is_not_the_person(hub, person):
    patient = hub.store.links.links_of(person)[0].patient
    answer = client_of(hub).get(f"{BASE}/CarePlan", params={"patient": patient})
    assert person not in {one["resource"]["id"] for one in answer.json().get("entry", ())}


@pytest.mark.parametrize("type_", ["CarePlan", "CareTeam"])
def test_read_is_what_the_search_gives_and_history_has_one_version_that_cannot_be_read_again(hub, person, type_):
    client = client_of(hub)
    read = client.get(f"{BASE}/{type_}/{person}")
    assert (
        read.json()
        == found(client, type_, patient=person)["match", type_, person]
        == found(client, type_, _id=person)["match", type_, person]
    )
    assert "versionId" not in read.json()["meta"]
    assert "etag" not in read.headers
    history = client.get(f"{BASE}/{type_}/{person}/_history").json()
    assert explain(history) == ()
    assert [one["resource"] for one in history["entry"]] == [read.json()]
    assert client.get(f"{BASE}/{type_}/{person}/_history/1").status_code == 404
    assert found(client, "Provenance", target=f"{type_}/{person}")
    assert client.get(f"{BASE}/{type_}/nobody").status_code == 404
    assert client.get(f"{BASE}/Goal/{person}").status_code == 404


@pytest.mark.parametrize(
    "path", ["CarePlan?patient={}", "CarePlan/{}", "CareTeam?patient={}", "CareTeam/{}", "CarePlan/{}/_history", "CareTeam?_id={}"]
)
def test_nothing_of_what_policy_holds_back_is_in_it(hub, person, path):
    full, narrow = (client_of(hub, one).get(f"{BASE}/{path.format(person)}") for one in (NURSE, COORDINATOR))
    assert full.status_code == narrow.status_code == 200
    assert "ecret" in full.text
    assert "ecret" not in narrow.text
    goal = next(
        one.id
        for one in hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(person)], ["Goal"])
        if b"secret" in one.body
    )
    assert goal not in narrow.text


def test_a_masked_section_is_said_to_be_withheld_and_nothing_of_it_is_told(hub, person):
    row = TABLE["district-nurse", "TREAT"]
    masked = {**TABLE, ("district-nurse", "TREAT"): replace(row, masked_sections=frozenset({"plan", "care_team"}))}
    object.__setattr__(hub.disclosing, "policy", masked)
    for type_ in ("CarePlan", "CareTeam"):
        made = client_of(hub).get(f"{BASE}/{type_}/{person}")
        assert "withheld" in made.json()["text"]["div"]
        assert not {"goal", "activity", "participant"} & made.json().keys()
        assert not any(word in made.text for word in ("Walk", "ramp", "dressing", "Ngozi"))


def test_every_way_to_it_is_written_down_as_looks_at_the_person(hub, person):
    client = client_of(hub)
    for path in (f"CarePlan?patient={person}", f"CareTeam/{person}", f"CarePlan/{person}/_history"):
        before = len(hub.store.audit.about(person, 100))
        assert client.get(f"{BASE}/{path}").status_code == 200
        assert len(hub.store.audit.about(person, 100)) == before + 2
    refused = client_of(hub, replace(NURSE, role="integration-engineer", purpose="HOPERAT"))
    assert refused.get(f"{BASE}/CarePlan/{person}").status_code == 403


@pytest.mark.parametrize(
    ("scopes", "whole"),
    [("user/*.rs", True), ("user/CarePlan.rs", False), ("user/CarePlan.rs patient/*.rs", False), ("patient/*.rs", True)],
)
def test_an_access_that_does_not_cover_every_type_gets_the_sources_own_only_and_is_told(hub, person, scopes, whole):
    grant = Grant("app", NURSE, tuple(scopes.split()), person, "", "", "")
    client = client_of(hub, grant=lambda token: grant)
    answer = client.get(f"{BASE}/CarePlan", params={"patient": person})
    assert answer.status_code == 200
    entries = answer.json()["entry"]
    assert (person in {one["resource"]["id"] for one in entries if one["search"]["mode"] == "match"}) is whole
    assert ("does not cover" in answer.text) is not whole
    assert client.get(f"{BASE}/CarePlan/{person}").status_code == (200 if whole else 403)
    assert client.get(f"{BASE}/CarePlan/{person}/_history").status_code == (200 if whole else 403)
