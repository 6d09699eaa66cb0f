"""The pages and the API over one hub: what an empty list claims is not believed, every act is written down, and who may not look learns nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.governance.audit import seen
from carehub.governance.requester import Requester
from carehub.tokens.granting import Grant
from doors.api.conftest import digest
from doors.web.conftest import desk_client, token_of
from hub.test_disagreements import NONE_KNOWN
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

LENA = Requester("lena", "Lena Osei", "social-worker", "X99003", "Northvale Council", "TREAT")
AL = Requester("al", "Al Reed", "integration-engineer", "X99001", "Northvale Community", "HOPERAT")
NIA = Requester("nia", "Nia Rees", "identity-steward", "X99001", "Northvale Community", "PATADMIN")
PEOPLE = (NURSE, LENA, AL, NIA)
NIL = {
    "type": "List",
    "id": "l1",
    "status": "current",
    "mode": "snapshot",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "886921000000105"}]},
    "emptyReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}]},
}
PAGES = ("", "/allergies", "/allergies?fold=off", "/print", "/pack", "/pack/person", "/care-plan", "/timeline", "/sources", "/meeting")
READS = ("$unified-care-plan", "$summary", "$timeline")
NOBODY = "00000000-0000-4000-8000-000000000000"


def doors_of(*records, grant=None) -> SimpleNamespace:
    """A hub with one woman, of whom her GP tells these records, and both its doors. page(who, path), api(who, path) → the answer."""
    hub = toy_hub()
    submit(hub, ada(records=list(records)), ada("acute", "A1", kind="acute"), ada("gp", "2", nhs="9990000026", given="Bo"))
    hub.drain()
    credentials = Credentials({}, {digest(who.user): who for who in PEOPLE}, grant=grant or (lambda token: None))
    api = TestClient(create_api(hub, credentials, max_body_bytes=10_000))
    pages = {who: desk_client(hub, PEOPLE, who) for who in PEOPLE}
    [person] = hub.store.links.find(nhs_number="9990000018")
    [other] = hub.store.links.find(nhs_number="9990000026")

    def asked(who: Requester | str, path: str):
        return api.get(path, headers={"Authorization": f"Bearer {who if isinstance(who, str) else who.user}"})

    return SimpleNamespace(hub=hub, person=person, other=other, pages=pages, page=lambda who, path: pages[who].get(path), api=asked)


def test_ui_12_an_empty_list_that_claims_nil_known_says_no_known_at_neither_door() -> None:
    """The source's own List keeps its claim among the records of the API, as sent; nothing that carehub says repeats it."""
    told = {}
    for name, record in (("claimed", NIL), ("stated", NONE_KNOWN)):
        made = doors_of(record)
        shown = {path: made.page(NURSE, f"/people/{made.person}{path}") for path in PAGES}
        shown |= {path: made.api(NURSE, f"/fhir/R4/Patient/{made.person}/{path}") for path in READS}
        assert {answer.status_code for answer in shown.values()} == {200}
        said = {path: json.dumps(_without_lists(answer.json())) if path in READS else answer.text for path, answer in shown.items()}
        told[name] = {path for path, words in said.items() if re.search("no known|nilknown", words, re.IGNORECASE)}
    assert told["claimed"] == set()
    assert told["stated"] >= {"", "/allergies", "/print", "/pack", "$unified-care-plan", "$summary"}


def _without_lists(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "entry": [one for one in told.get("entry", ()) if one["resource"]["resourceType"] != "List"]}


def test_ui_59_every_view_print_export_read_emergency_and_refusal_says_who_when_what_and_why() -> None:
    made = doors_of(PENICILLIN)
    hub, home = made.hub, f"/people/{made.person}"
    patients = [link.patient for link in hub.store.links.links_of(made.person)]
    [allergy] = hub.store.records.of_patients(patients, ["AllergyIntolerance"])
    sent, fhir = f"AllergyIntolerance/{allergy.id}", f"/fhir/R4/Patient/{made.person}"

    def emergency():
        form = token_of(made.page(LENA, f"{home}/emergency-access").text)
        given = {"form_token": form, "kind": "treating", "reason": "Found confused at home, results needed."}
        return made.pages[LENA].post(f"{home}/emergency-access", data=given)

    acts = [
        (NURSE, "overview", lambda: made.page(NURSE, home)),
        (NURSE, "medicines", lambda: made.page(NURSE, f"{home}/medicines")),
        (NURSE, "care plan", lambda: made.page(NURSE, f"{home}/care-plan")),
        (NURSE, "print", lambda: made.page(NURSE, f"{home}/print")),
        (NURSE, "pack", lambda: made.page(NURSE, f"{home}/pack")),
        (NURSE, "AllergyIntolerance as sent", lambda: made.page(NURSE, f"{home}/as-sent?record={sent}")),
        (NURSE, "$everything", lambda: made.api(NURSE, f"{fhir}/$everything")),
        (NURSE, "AllergyIntolerance read", lambda: made.api(NURSE, f"/fhir/R4/{sent}")),
        (LENA, "emergency access asked for: treating", emergency),
        (replace(LENA, purpose="BTG"), "results", lambda: made.page(LENA, f"{home}/results")),
        (AL, "overview", lambda: made.page(AL, home)),
        (AL, "$everything", lambda: made.api(AL, f"{fhir}/$everything")),
    ]
    for who, what, act in acts:
        before = {row.id for row in hub.store.audit.about(made.person, 100)}
        answer = act()
        assert answer.status_code == (403 if who is AL else 303 if act is emergency else 200), what
        events = [json.loads(row.event) for row in hub.store.audit.about(made.person, 100) if row.id not in before]
        entries = {event["recorded"]: seen(event) for event in events}
        [(when, entry)] = [(at, one) for at, one in entries.items() if one.what.startswith(what)] or [("", list(entries.values()))]
        assert when > "2026-11-22T09:00", entry
        assert (entry.user, entry.name, entry.role, entry.organisation) == (who.user, who.name, who.role, who.organisation_name), what
        assert (entry.purpose, entry.refused) == (who.purpose, who is AL), what


@pytest.mark.parametrize("who", [AL, NIA], ids=lambda who: who.role)
def test_ui_64_who_may_not_look_is_answered_alike_whether_there_is_such_a_person_or_not(who: Requester) -> None:
    made = doors_of(PENICILLIN)
    patients = [link.patient for link in made.hub.store.links.links_of(made.person)]
    [allergy] = made.hub.store.records.of_patients(patients, ["AllergyIntolerance"])

    def answers(person: str, record: str, number: str) -> list[tuple[int, str]]:
        told = [made.page(who, f"/people/{person}{path}") for path in (*PAGES, f"/as-sent?record=AllergyIntolerance/{record}")]
        told += [made.api(who, f"/fhir/R4/Patient/{person}{path}") for path in ("", "/$everything", *(f"/{one}" for one in READS))]
        told += [
            made.api(who, f"/fhir/R4/AllergyIntolerance/{record}"),
            made.api(who, f"/fhir/R4/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{number}"),
        ]
        form = token_of(made.page(who, "/help").text)
        told.append(made.pages[who].post("/people", data={"form_token": form, "nhs_number": number}))
        told.append(made.page(who, f"/people?family={'Okafor' if person == made.person else 'Zyx'}"))
        return [(one.status_code, re.sub(r'name="form_token" value="[^"]+"', "", one.text)) for one in told]

    there = answers(made.person, allergy.id, "9990000018")
    assert there == answers(NOBODY, NOBODY, "9990000034")
    assert {status for status, _ in there} == {403}
    assert not any("kafor" in text for _, text in there)


def test_ui_64_an_app_that_was_given_one_person_is_answered_alike_about_another_and_about_nobody() -> None:
    grants: dict[str, Grant] = {}
    made = doors_of(PENICILLIN, grant=grants.get)
    grants["app"] = Grant("chart", NURSE, ("patient/*.rs",), made.person, "", "", "")
    assert made.api("app", f"/fhir/R4/Patient/{made.person}").status_code == 200
    for path in ("", "/$everything", "/$unified-care-plan"):
        other, nobody = (made.api("app", f"/fhir/R4/Patient/{person}{path}") for person in (made.other, NOBODY))
        assert (other.status_code, other.text) == (nobody.status_code, nobody.text)
        assert other.status_code in (403, 404)
