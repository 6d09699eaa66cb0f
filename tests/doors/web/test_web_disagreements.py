"""UI-30: a disagreement on its page, who is asked to put it right, why it is so; two at once lose nothing that they wrote."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from carehub.hub.hub import Hub
from carehub.hub.stewards import Stewards
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from doors.web.conftest import SECRET, sign_in, token_of
from doors.web.markup import Page
from hub.test_disagreements import LATEX, NONE_KNOWN, SENTENCE, correct, hospital
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

ASKED = {
    "do": "assign",
    "seen": "0",
    "owner": "Ward pharmacist",
    "organisation": "Northvale General",
    "due": "2026-11-26",
    "asked": "Correct it.",
}


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN]), hospital(NONE_KNOWN), ada("community", "C1", kind="community", records=[LATEX]))
    made.drain()
    return made


@pytest.fixture
def nurse(hub: Hub) -> TestClient:
    people = PersonaSignIn((NURSE,), SECRET, lambda: builders.NOW)
    pages = create_web(hub.disclosing, people, clock=lambda: builders.NOW, demo=True, secret=SECRET, stewards=Stewards(hub))
    client = TestClient(pages, follow_redirects=False)
    assert sign_in(client, f"{NURSE.user}|{NURSE.role}").status_code == 303
    return client


@pytest.fixture
def base(hub: Hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


def address(nurse: TestClient, base: str) -> str:
    page = Page(nurse.get(base).text)
    [found] = {a.attributes["href"] for a in page.all("a") if a.attributes.get("href", "").startswith(f"{base}/disagreements/")}
    return found


def answer(nurse: TestClient, at: str, **fields: str):
    return nurse.post(at, data={"form_token": token_of(nurse.get(at).text)} | fields)


def test_the_sentence_and_the_state_are_on_overview_section_and_paper(nurse: TestClient, base: str) -> None:
    assert answer(nurse, address(nurse, base), **ASKED).status_code == 303
    for path in ("", "/allergies", "/print", "/disagreements"):
        text = " ".join(Page(nurse.get(f"{base}{path}").text).text.split())
        assert SENTENCE in text
        assert "Assigned to Ward pharmacist, Northvale General, due 26-Nov-2026" in text
        for said in ("Allergy to penicillin", "Latex allergy", "No known allergy"):
            assert said in text


def test_assigned_then_explained_with_history(nurse: TestClient, base: str) -> None:
    at = address(nurse, base)
    answer(nurse, at, **ASKED)
    assert answer(nurse, at, do="explain", seen="1", why="Two wards, <one> chart.").status_code == 303
    page = nurse.get(at)
    assert "Two wards, &lt;one&gt; chart." in page.text
    text = " ".join(Page(page.text).text.split())
    assert "assigned to Ward pharmacist, Northvale General, due 26-Nov-2026, by Jo Adeyemi, Northvale Community" in text
    assert "explained by Jo Adeyemi, Northvale Community" in text
    assert "The sources still differ." in text


@pytest.mark.parametrize(
    ("gone", "said"), [("owner", "Say which person or team"), ("organisation", "Say which organisation"), ("due", "not in the past")]
)
def test_what_is_left_out_is_asked_for_and_what_was_written_is_kept(nurse: TestClient, base: str, gone: str, said: str) -> None:
    at = address(nurse, base)
    refused = answer(nurse, at, **{**ASKED, gone: ""})
    assert refused.status_code == 422
    assert said in refused.text
    assert "Correct it." in refused.text
    late = answer(nurse, at, **{**ASKED, "due": "2020-01-01"})
    assert (late.status_code, "not in the past" in late.text) == (422, True)


def test_the_second_of_two_sees_what_the_first_said_and_keeps_their_own_words(nurse: TestClient, base: str) -> None:
    at = address(nurse, base)
    answer(nurse, at, **ASKED)
    second = answer(nurse, at, do="explain", seen="0", why="I rang the ward.")
    assert second.status_code == 409
    assert "Assigned to Ward pharmacist" in second.text
    assert "I rang the ward." in second.text
    assert "Nothing of yours was stored" in second.text
    assert answer(nurse, at, do="explain", seen="1", why="I rang the ward.").status_code == 303


def test_a_form_without_its_token_is_refused(nurse: TestClient, base: str) -> None:
    assert nurse.post(address(nurse, base), data=ASKED).status_code == 403


def test_resolved_at_source_stays_on_the_list_and_its_page_has_no_form(hub: Hub, nurse: TestClient, base: str) -> None:
    at = address(nurse, base)
    correct(hub)
    listed = nurse.get(f"{base}/disagreements").text
    assert "Resolved at source: the sources agree" in listed
    # What only one source records is no disagreement: the list and the overview count alike.
    assert "The sources disagree now (0)" in listed
    assert "Differences worth a look (2)" in listed
    assert "Differences worth a look (2)" in nurse.get(base).text
    page = nurse.get(at)
    assert "Resolved at source" in page.text
    assert "Save the explanation" not in page.text
