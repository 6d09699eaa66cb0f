"""UI-83: every form that can be filled in wrongly says so at the head of its page and in its title, and leads to the field of each mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from carehub.governance.requester import Requester
from carehub.hub.emergency_access import EmergencyAccess
from carehub.hub.hub import Hub
from carehub.identity.rulings import Why
from doors.web.conftest import client_of, desk_client, token_of
from doors.web.markup import Page, mistakes_of
from hub.desk_cast import COUNCIL, NIA, NURSE, desk_hub, person, report
from hub.test_disagreements import NONE_KNOWN
from hub.toy_hub import ada, submit

LENA = Requester("lena", "Lena Osei", "social-worker", "X99003", "Northvale Council", "TREAT")
OWEN = replace(LENA, user="owen", name="Owen Reid")
IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
PEOPLE = (NURSE, NIA, LENA, OWEN, IVY)
ACTION = {
    "description": "Fit a rail",
    "holder": "Sam Webb",
    "organisation": "Northvale Council",
    "due": "2026-11-25",
    "priority": "routine",
}


@pytest.fixture(scope="module")
def hub() -> Hub:
    """Ada with an allergy that one source has and another denies, a reported record, one reported that stands alone, and an emergency access."""
    made = desk_hub()
    submit(made, ada("gp", at="2026-11-21T08:00:00.000Z", records=[NONE_KNOWN]))
    made.drain()
    report(made, hide=False)
    report(made, record=COUNCIL, why=Why.TWO_NUMBERS, hide=False)
    EmergencyAccess(made).ask(LENA, person(made), "treating", "Found confused at home, kidney function needed.")
    return made


@pytest.fixture(scope="module")
def browsers(hub: Hub) -> dict[Requester, TestClient]:
    return {who: desk_client(hub, PEOPLE, who) for who in PEOPLE}


def first(client: TestClient, page: str, begins: str) -> str:
    """The first address on a page that begins so, of a link or a form."""
    elements = Page(client.get(page).text).elements
    found = [one.attributes.get(name, "") for one in elements for name in ("href", "action")]
    return next(address for address in found if address.startswith(begins) and address != begins)


# Who, the page with the form, what its address begins with when the page only leads to it, what is posted, and which fields are wrong.
FORMS = [
    (NURSE, "/people", "", {"nhs_number": "123"}, ["nhs_number"]),
    (NURSE, "{base}/about-me/write", "", {"seen": "0"}, ["important"]),
    (NURSE, "{base}/actions/enter", "", {"once": "1"}, ["description", "holder", "organisation", "due"]),
    (NURSE, "{base}/wrong-match", "", {}, ["record-1", "why-1", "saw"]),
    (NURSE, "{base}/joined", "", {"report": "{report}"}, ["reason-{report}"]),
    (NURSE, "{base}", "{base}/disagreements/", {"do": "assign", "seen": "0"}, ["owner", "organisation", "due"]),
    (OWEN, "{base}/emergency-access", "", {}, ["kind-1", "reason"]),
    (NIA, "/reviews", "", {"report": "{alone}"}, ["reason-{alone}"]),
    (NIA, "/reviews", "/reviews/", {}, ["answer-1", "reason"]),
    (IVY, "/emergency-access", "/emergency-access/", {"answer": "follow-up"}, None),
]


@pytest.mark.parametrize(("who", "page", "begins", "fields", "wrong"), FORMS, ids=[f"{one[1]} {one[2]}".strip() for one in FORMS])
def test_ui_83_a_mistake_is_in_the_title_and_the_summary_leads_to_its_field(hub, browsers, who, page, begins, fields, wrong) -> None:
    reports = {one.record == COUNCIL: one.id for one in hub.store.links.reports()}
    names = {"base": f"/people/{person(hub)}", "report": reports[False], "alone": reports[True]}
    client, page, begins = browsers[who], page.format(**names), begins.format(**names)
    address = first(client, page, begins) if begins else page
    token = token_of(client.get(page).text if "emergency" in begins else client.get(address).text)
    said = mistakes_of(client.post(address, data={"form_token": token} | {name: value.format(**names) for name, value in fields.items()}))
    assert wrong is None or said == [one.format(**names) for one in wrong]


def test_ui_83_a_mistake_in_a_search_an_action_and_the_choice_of_a_persona_too(hub, browsers) -> None:
    nurse, base = browsers[NURSE], f"/people/{person(hub)}"
    assert mistakes_of(nurse.get("/people?given=Ada")) == ["family"]
    token = token_of(nurse.get(f"{base}/actions/enter").text)
    saved = nurse.post(f"{base}/actions/enter", data={"form_token": token, "once": "1"} | ACTION)
    action = saved.headers["location"]
    for change, field in (({"do": "change", "status": "cancelled", **ACTION}, "why"), ({"do": "hand-over"}, "holder")):
        token = token_of(nurse.get(action).text)
        assert field in mistakes_of(nurse.post(action, data={"form_token": token, "seen": "1"} | change))
    nobody = client_of(hub.disclosing, personas=PEOPLE)
    token = token_of(nobody.get("/sign-in").text)
    assert mistakes_of(nobody.post("/sign-in", data={"form_token": token, "persona": "x|y"})) == ["persona-1"]
