"""What the person disputes, on the page, on paper and over the API: said beside the entry, with the form that says it and withdraws it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.document import DISPUTED
from carehub.api.requester import Credentials
from carehub.hub.hub import Hub
from carehub.terms.refs import RecordRef
from doors.api.conftest import digest
from doors.web.conftest import desk_client
from doors.web.markup import Page
from doors.web.test_web_emergency import IVY, TOM, send
from hub.test_disagreements import NONE_KNOWN, hospital
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

WORDS = "I never had a <b>rash</b> from it in my life"
SAID = (
    "Disputed by the person on 22-Nov-2026, said to District nurse of Northvale Community: “I never had a <b>rash</b> from it in my life”."
)
RECORD = f"AllergyIntolerance/{RecordRef('gp', '1', 'AllergyIntolerance', 'a1').id}"
PROBLEM = {
    "type": "Condition",
    "id": "c1",
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
    "code": {"text": "Gout"},
    "onsetDateTime": "2026-11-01",
}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, PROBLEM]), hospital(NONE_KNOWN))
    made.drain()
    return made


@pytest.fixture
def base(hub: Hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


@pytest.fixture
def nurse(hub: Hub) -> TestClient:
    return desk_client(hub, (NURSE, TOM, IVY), NURSE)


def words_of(client: TestClient, address: str) -> str:
    return " ".join(Page(client.get(address).text).text.split())


def test_the_entry_leads_to_the_form_and_says_it_from_then_on_on_page_and_paper(nurse: TestClient, base: str) -> None:
    [form] = {
        a.attributes["href"]
        for a in Page(nurse.get(f"{base}/allergies").text).all("a")
        if RECORD.replace("/", "%2F") in a.attributes.get("href", "") or RECORD in a.attributes.get("href", "")
        if "/dispute" in a.attributes["href"]
    }
    done = send(nurse, form, form, words=WORDS, dispute="", section="allergies")
    assert (done.status_code, done.headers["location"]) == (303, f"{base}/allergies?done=disputed")
    for path in ("/allergies", "/print"):
        assert SAID in words_of(nurse, base + path), path
        assert "<b>rash" not in nurse.get(base + path).text
    assert SAID in words_of(nurse, form)


def test_too_few_words_and_a_second_one_are_told_and_what_was_typed_is_kept(nurse: TestClient, base: str) -> None:
    form = f"{base}/dispute?record={RECORD}"
    short = send(nurse, form, form, words="Not so", dispute="")
    assert (short.status_code, 'href="#words"' in short.text, "Not so</textarea>" in short.text) == (422, True, True)
    assert send(nurse, form, form, words=WORDS, dispute="", section="allergies").status_code == 303
    again = send(nurse, form, form, words="Somebody else writes at once", dispute="")
    assert (again.status_code, "The person disputes this entry already" in again.text) == (409, True)


def test_it_is_withdrawn_on_the_same_page(nurse: TestClient, base: str) -> None:
    form = f"{base}/dispute?record={RECORD}"
    send(nurse, form, form, words=WORDS, dispute="")
    page = Page(nurse.get(form).text)
    [id] = {one.attributes["value"] for one in page.all("input", name="dispute")}
    assert "withdrawing" in {one.attributes["id"] for one in page.all("textarea")}
    short = send(nurse, form, form, words="No", dispute=id)
    assert (short.status_code, 'href="#withdrawing"' in short.text) == (422, True)
    assert send(nurse, form, form, words="She remembers the rash now", dispute=id, section="allergies").status_code == 303
    assert "Disputed by the person" not in words_of(nurse, f"{base}/allergies")


def test_a_reader_who_is_not_shown_the_entry_has_neither_word_nor_form(hub: Hub, nurse: TestClient, base: str) -> None:
    gout = f"{base}/dispute?record=Condition/{RecordRef('gp', '1', 'Condition', 'c1').id}"
    assert send(nurse, gout, gout, words=WORDS, dispute="", section="problems").status_code == 303
    tom = desk_client(hub, (NURSE, TOM, IVY), TOM)
    assert SAID in words_of(nurse, f"{base}/problems")
    for path in ("", "/problems"):
        assert "Active; disputed by the person" in words_of(nurse, base + path), path
    for path in ("", "/problems", "/print", "/care-plan", "/timeline"):
        assert "rash" not in tom.get(base + path).text, path
    assert tom.get(gout).status_code == 404
    assert desk_client(hub, (NURSE, TOM, IVY), IVY).get(gout).status_code == 403
    for nothing in ("", "?record=", "?record=Condition/none", "?record=rubbish"):
        assert nurse.get(f"{base}/dispute{nothing}").status_code == 404


def test_the_unified_plan_tells_it_in_words_and_beside_the_record(hub: Hub, base: str) -> None:
    clients = {digest(who.user): who for who in (NURSE, IVY, replace(TOM, user="tom"))}
    api = TestClient(create_api(hub, Credentials({}, clients), max_body_bytes=1000, may_call=lambda endpoint: True))
    person = base.removeprefix("/people/")

    def post(user: str, what: str, purpose: str = "TREAT", **asked: str):
        headers = {"Authorization": f"Bearer {user}", "X-Purpose-Of-Use": purpose}
        return api.post(f"/fhir/R4/Patient/{person}/{what}", json=asked, headers=headers)

    def plan() -> str:
        return api.get(f"/fhir/R4/Patient/{person}/$unified-care-plan", headers={"Authorization": "Bearer jo"}).text

    before = plan()
    assert DISPUTED not in before
    made = post("jo", "$dispute", record=RECORD, words=WORDS)
    assert made.status_code == 201
    assert post("jo", "$dispute", record=RECORD, words=WORDS).status_code == 409
    composition = api.get(f"/fhir/R4/Patient/{person}/$unified-care-plan", headers={"Authorization": "Bearer jo"}).json()["entry"][0][
        "resource"
    ]
    told = [one for section in composition["section"] for one in section.get("entry", ()) if "extension" in one]
    assert told == [{"reference": RECORD, "extension": [{"url": DISPUTED, "valueString": SAID}]}]
    assert sum("Disputed by the person" in section["text"]["div"] for section in composition["section"]) == 1
    id = made.json()["parameter"][0]["valueString"]
    assert post("tom", "$withdraw-dispute", dispute="none", words=WORDS).status_code == 404
    assert post("ivy", "$withdraw-dispute", "HCOMPL", dispute=id, words="The person wrote to say so").status_code == 204
    assert DISPUTED not in plan()
    for rubbish in ({"record": RECORD}, {"record": 1, "words": WORDS}, {"more": "x"}):
        refused = api.post(f"/fhir/R4/Patient/{person}/$dispute", json=rubbish, headers={"Authorization": "Bearer jo"})
        assert 400 <= refused.status_code < 500
