"""Why records are joined, and "report a wrong match", over a real hub: two steps, hidden from everybody from the next page on, and undone again."""

from __future__ import annotations

import json
from functools import partial

import pytest
from starlette.testclient import TestClient

from carehub.api.explaining import of_person
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Answer
from doors.web.conftest import desk_client, token_of
from doors.web.markup import Page
from hub.desk_cast import ACUTE, COUNCIL, GP, GP_DOCTOR, NIA, NURSE, OMAR, answer, desk_hub, person, report
from hub.toy_hub import ada, submit

PEOPLE = (NURSE, GP_DOCTOR, NIA, OMAR)


@pytest.fixture
def hub():
    return desk_hub()


@pytest.fixture
def as_persona(hub):
    """as_persona(requester) → a client of the pages, signed in."""
    return partial(desk_client, hub, PEOPLE)


def at(hub, page: str = "joined", record: str = GP) -> str:
    return f"/people/{person(hub, record)}/{page}"


def post(client: TestClient, path: str, **fields: str):
    return client.post(path, data={"form_token": token_of(client.get(path).text)} | fields)


SAID = {"record": ACUTE, "why": "another-person", "saw": "She was never in hospital."}


def test_the_person_page_leads_to_why_and_from_there_to_the_report(hub, as_persona) -> None:
    client = as_persona(NURSE)
    links = [a.attributes["href"] for a in Page(client.get(f"/people/{person(hub)}").text).all("a")]
    assert at(hub) in links
    page = Page(client.get(at(hub)).text)
    assert page.one("section", aria_label="Patient identity")
    assert at(hub, "wrong-match") in [a.attributes["href"] for a in page.all("a")]


def test_a_report_offers_four_reasons_and_names_every_record_without_a_default(hub, as_persona) -> None:
    page = Page(as_persona(NURSE).get(at(hub, "wrong-match")).text)
    radios = page.all("input", type="radio")
    assert [one.attributes["value"] for one in radios if one.attributes["name"] == "why"] == [
        "another-person",
        "two-numbers",
        "shared-number",
        "not-sure",
    ]
    assert {one.attributes["value"] for one in radios if one.attributes["name"] == "record"} == {GP, ACUTE}
    assert not [one for one in radios if "checked" in one.attributes]


@pytest.mark.parametrize("missing", ["record", "why", "saw"])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(hub, as_persona, missing: str) -> None:
    client = as_persona(NURSE)
    told = post(client, at(hub, "wrong-match"), **{**SAID, missing: ""})
    assert told.status_code == 422
    assert Page(told.text).one("div", role="alert")
    if missing != "saw":
        assert "She was never in hospital." in told.text
    assert hub.store.links.reports() == []


def test_the_answers_are_checked_before_anything_is_sent_and_can_be_changed(hub, as_persona) -> None:
    client = as_persona(NURSE)
    check = post(client, at(hub, "wrong-match"), **SAID)
    assert check.status_code == 200
    assert "Check your report" in check.text
    assert "will be hidden from everyone at once" in check.text
    assert hub.store.links.reports() == []
    again = Page(post(client, at(hub, "wrong-match"), step="again", **SAID).text)
    assert [one.attributes["value"] for one in again.all("input", type="radio") if "checked" in one.attributes] == [ACUTE, "another-person"]


def test_ui_54_a_reported_record_is_hidden_at_once_though_what_came_before_the_report_is_unread(hub, as_persona) -> None:
    nurse, doctor = as_persona(NURSE), as_persona(GP_DOCTOR)
    submit(hub, ada("gp", at="2026-11-21T08:00:00.000Z"))
    assert "Allergy to penicillin" in doctor.get(f"/people/{person(hub)}/allergies").text
    post(nurse, at(hub, "wrong-match"), step="hide", **SAID)
    assert hub.store.links.lane_position() < hub.log.last_position()
    assert "Allergy to penicillin" not in doctor.get(f"/people/{person(hub)}/allergies").text


def test_hazard_a_reported_record_is_on_nobodys_next_page_and_undone_it_is_back_exactly(hub, as_persona) -> None:
    nurse, doctor = as_persona(NURSE), as_persona(GP_DOCTOR)
    section = f"/people/{person(hub)}/allergies"
    before = doctor.get(section).text
    assert "Allergy to penicillin" in before
    sent = post(nurse, at(hub, "wrong-match"), step="hide", **SAID)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{at(hub)}?done=hidden")
    after = doctor.get(section).text
    assert "Allergy to penicillin" not in after
    assert "was reported as possibly another person" in after
    assert "Allergies unavailable" in after
    why = doctor.get(at(hub)).text
    for said in ("Hidden while checked", "Jo Adeyemi", "Facts in it belong to another person", "She was never in hospital."):
        assert said in why
    [told] = hub.store.links.reports()
    refused = post(doctor, at(hub), report=told.id, reason=" ")
    assert refused.status_code == 422
    assert Page(refused.text).one("div", role="alert")
    back = post(doctor, at(hub), report=told.id, reason="The ward confirms that it is hers.")
    assert back.headers["location"] == f"{at(hub)}?done=shown"
    assert _without_times(doctor.get(section).text) == _without_times(before)
    assert "Amir Khan took the report back" in doctor.get(at(hub)).text


def _without_times(html: str) -> str:
    page = Page(html)
    return "\n".join(line for line in page.one("main").text.splitlines() if "This page was built" not in line)


def test_a_report_can_be_sent_without_hiding(hub, as_persona) -> None:
    client = as_persona(NURSE)
    assert post(client, at(hub, "wrong-match"), step="send", **SAID).headers["location"].endswith("done=sent")
    assert "Allergy to penicillin" in client.get(f"/people/{person(hub)}/allergies").text
    assert "reported it" in client.get(at(hub, "wrong-match")).text


def test_what_is_hidden_already_is_not_offered_again_and_says_who_reported_it(hub, as_persona) -> None:
    report(hub)
    own, other = (as_persona(who).get(at(hub, "wrong-match")).text for who in (NURSE, GP_DOCTOR))
    assert "you reported it" in own
    assert "Jo Adeyemi reported it" in other
    offered = {one.attributes["value"] for one in Page(own).all("input", type="radio") if one.attributes["name"] == "record"}
    assert offered == {GP}


def test_a_record_that_stands_alone_can_be_reported_and_not_hidden(hub, as_persona) -> None:
    client = as_persona(NURSE)
    assert "nothing has been joined" in client.get(at(hub, record=COUNCIL)).text
    check = post(client, at(hub, "wrong-match", COUNCIL), record=COUNCIL, why="two-numbers", saw="Two cards.")
    assert "Hide it" not in check.text
    assert "only record of this person" in check.text
    post(client, at(hub, "wrong-match", COUNCIL), step="send", record=COUNCIL, why="two-numbers", saw="Two cards.")
    steward = as_persona(NIA)
    page = steward.get("/reviews").text
    assert "Reports of records that stand alone" in page
    [told] = hub.store.links.reports()
    assert steward.post("/reviews", data={"form_token": token_of(page), "report": told.id, "reason": ""}).status_code == 422
    closed = steward.post("/reviews", data={"form_token": token_of(page), "report": told.id, "reason": "The council was told."})
    assert closed.headers["location"] == "/reviews?done=closed"
    assert "Reports of records that stand alone" not in steward.get("/reviews").text


def test_page_api_and_terminal_tell_the_same_facts(hub, as_persona) -> None:
    submit(hub, ada("hospice", "H1", kind="voluntary", family="Okafor-Bell"))
    hub.drain()
    told = of_person(Stewards(hub).joined(NURSE, person(hub)).value)
    text = Page(as_persona(NURSE).get(at(hub)).text).text
    assert len(told["records"]) == 3
    for one in told["records"]:
        assert one["source"]["name"] in text
        assert one["explanation"]["because"] in text
        assert f"Rule {one['explanation']['rule']}, version {one['explanation']['rules_version']}" in text
        for field in one["explanation"]["fields"]:
            assert field["label"] in text
            assert field["sentence"] in text
            assert ("not weighed" if field["weight"] is None else f"{field['weight']:+.1f}") in text
        assert f"{one['explanation']['total']:+.1f}" in text
        for sentence in (*one["explanation"]["would_change"], *(hold["because"] for hold in one["held_by"])):
            assert sentence in text
        assert [turn["because"] in text for turn in one["history"]] == [True] * len(one["history"])


def test_hazard_what_stewards_undo_is_undone_on_the_page_at_once_with_who_and_why(hub, as_persona) -> None:
    report(hub)
    id = Stewards(hub).reviews(NIA).value.pairs[0].id
    for who in (NIA, OMAR):
        ruling = answer(hub, id, Answer.DIFFERENT, who)
    doctor, steward = as_persona(GP_DOCTOR), as_persona(NIA)
    apart = doctor.get(at(hub)).text
    assert "Records that are not here any more" in apart
    assert "Omar Diaz has seen the letter." in apart
    assert "Allergy to penicillin" not in doctor.get(f"/people/{person(hub)}/allergies").text
    page = steward.get(at(hub)).text
    assert 'aria-label="Patient identity"' not in page
    assert "Take this ruling back" in page
    assert "Take this ruling back" not in apart
    taken = post(steward, at(hub), ruling=ruling, reason="The letter was another's.")
    assert taken.headers["location"] == f"{at(hub)}?done=taken-back"
    # The report stands again, and with it the hiding, until somebody settles it.
    assert "Hidden while checked" in doctor.get(at(hub)).text
    Stewards(hub).lift(NURSE, hub.store.links.reports()[0].id, "It is hers.")
    assert "Allergy to penicillin" in doctor.get(f"/people/{person(hub)}/allergies").text
    history = doctor.get(at(hub)).text
    assert "took a ruling back" in history
    assert "The letter was another" in history


def test_a_form_of_another_browser_is_refused_and_a_role_without_the_right_too(hub, as_persona) -> None:
    client = as_persona(NURSE)
    assert client.post(at(hub, "wrong-match"), data={"form_token": "made.up", "step": "hide", **SAID}).status_code == 403
    assert post(client, at(hub), ruling="any", reason="Nothing to do with me.").status_code == 403
    assert hub.store.links.reports() == []


def test_every_look_and_every_word_is_written_down(hub, as_persona) -> None:
    client = as_persona(NURSE)
    client.get(at(hub))
    post(client, at(hub, "wrong-match"), step="hide", **SAID)
    said = [json.loads(row.event)["entity"][0]["detail"][0]["valueString"] for row in hub.store.audit.about(person(hub), 50)]
    assert "why these records are joined" in said
    assert f"wrong match reported, hidden: {ACUTE}" in said
