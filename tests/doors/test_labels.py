"""What a source marked as restricted is for the roles that policy names: for the others its words stand in no byte of any page or answer."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from carehub.careplan.absence import WITHHELD
from carehub.careplan.sections import HEADINGS
from carehub.hub.hub import Hub
from carehub.terms.errors import Refused
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.demo import PERSONAS, demo_settings, load_cast
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from doors.api.conftest import digest
from doors.test_absence_everywhere import blanks, words_of
from doors.web.conftest import sign_in
from hub.toy_hub import without_relationships

NURSE = PERSONAS[0]
SEES = ("gp", "district-nurse", "hospital-doctor", "social-worker")
SEES_NOT = ("care-coordinator", "link-worker")
# Words of Ruby Sandhu's restricted council plan: an action, a goal.
CANARIES = ("domestic abuse", "front door by spring")
PAGES = (
    "", *(f"/{heading.key}" for heading in HEADINGS), "/sources", "/timeline?span=all", "/care-plan", "/care-plan/changes?since=2020-01-01",
    "/print", "/pack", "/pack/person", "/disagreements", "/plan?fold=off", "/plan?view=source", "/plan?as-of={now}",
)  # fmt: skip
ANSWERS = (
    "Patient/{}/$everything", "Patient/{}/$unified-care-plan", "Patient/{}/$timeline", "Patient/{}/$care-plan", "Patient/{}/$changes?since=2020-01-01",
    "CarePlan?patient={}", "Goal?patient={}", "Task?patient={}", "ServiceRequest?patient={}", "Provenance?patient={}", "DetectedIssue?patient={}",
    "CarePlan?patient={}&_include=*", "Condition?patient={}", "Goal?patient={}&description:contains=front",
)  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    made = without_relationships(build_hub(demo_settings(tmp_path_factory.mktemp("var"))))
    load_cast(made, quiet=True)
    return made


@pytest.fixture(scope="module")
def ruby(hub) -> str:
    found = hub.store.links.find(family_key="sandhu")
    people = found or [p for p in hub.store.links.persons() if plan_of(hub, "gp", p).identity.family == "Sandhu"]
    (person,) = (p for p in people if plan_of(hub, "gp", p).section("safeguarding").entries)
    return person


def plan_of(hub: Hub, role: str, person: str):
    return hub.disclosing.person_record(replace(NURSE, role=role), person, "test").value.plan


def client_of(hub: Hub, role: str) -> TestClient:
    who = replace(NURSE, role=role)
    app = create_app(Settings(env="demo"), hub, personas=[who], clients={digest("reader"): who})
    client = TestClient(app, headers={"Authorization": "Bearer reader"})
    assert sign_in(client, f"{who.user}|{who.role}").status_code == 200
    return client


@pytest.mark.parametrize("role", [*SEES, *SEES_NOT])
def test_who_sees_a_restricted_plan(hub, ruby, role) -> None:
    told = repr(plan_of(hub, role, ruby))
    assert [word in told for word in CANARIES] == [role in SEES] * len(CANARIES)


@pytest.mark.parametrize("role", SEES_NOT)
def test_its_words_are_in_no_page_and_the_place_says_so(hub, ruby, role) -> None:
    client = client_of(hub, role)
    for path in PAGES:
        page = client.get(f"/people/{ruby}{path}".replace("{now}", iso(hub.clock())))
        assert page.status_code == 200, path
        assert [word for word in CANARIES if word in page.text.lower()] == [], path
        assert blanks(page.text) == [], path
    assert f"Social care: {WITHHELD}" in words_of(client.get(f"/people/{ruby}/plan").text)
    shown = client_of(hub, "district-nurse").get(f"/people/{ruby}/plan")
    assert all(word in shown.text.lower() for word in CANARIES)
    assert f"Social care: {WITHHELD}" not in words_of(shown.text)


@pytest.mark.parametrize("role", SEES_NOT)
def test_its_words_are_in_no_answer_of_the_api(hub, ruby, role) -> None:
    client, nurse = client_of(hub, role), client_of(hub, "district-nurse")
    seen = 0
    for path in ANSWERS:
        answer, full = (one.get(f"/fhir/R4/{path.format(ruby)}") for one in (client, nurse))
        assert answer.status_code < 500, path
        assert [word for word in CANARIES if word in answer.text.lower()] == [], path
        seen += any(word in full.text.lower() for word in CANARIES)
    assert seen >= 5
    composition = client.get(f"/fhir/R4/Patient/{ruby}/$unified-care-plan").json()["entry"][0]["resource"]
    assert WITHHELD in json.dumps(composition)


def test_a_labelled_record_is_refused_as_sent_and_a_patient_is_not(hub, ruby) -> None:
    records = [body for body in hub.disclosing.everything(NURSE, ruby).value[1] if b"omestic abuse" in body.body]
    assert records
    worker = replace(NURSE, role="care-coordinator")
    for record in records:
        with pytest.raises(Refused):
            hub.disclosing.as_sent(worker, ruby, f"{record.type}/{record.id}")
    patients = {body.id for body in hub.disclosing.everything(NURSE, ruby).value[1] if body.type == "Patient"}
    assert patients == {body.id for body in hub.disclosing.everything(worker, ruby).value[1] if body.type == "Patient"}


def screen(hub: Hub, person: str, reader: str, *present: str) -> str:
    answer = client_of(hub, reader).get(f"/people/{person}/meeting", params=[("present", role) for role in present])
    assert answer.status_code == 200
    return answer.text


def test_hazard_a_meetings_screen_shows_what_everybody_in_the_room_may_see(hub, ruby) -> None:
    """S-H17, UI-86: a doctor shows it; with a link worker in the room neither results, medicines nor what a source labelled are on it."""
    among_doctors, with_all = screen(hub, ruby, "gp", "gp", "hospital-doctor"), screen(hub, ruby, "gp")
    assert "No section is held back because of who is in the room." in among_doctors
    assert "5 sections not shown because of who is in the room:" in with_all
    assert "Not shown on a screen that others see" in with_all
    assert screen(hub, ruby, "gp", "nobody-of-this-name").count("not shown because of who is in the room") == 1
    for page in (among_doctors, with_all):
        assert "domestic abuse" not in page.lower()
        assert blanks(page) == []
    assert screen(hub, ruby, "link-worker", "gp").count("5 sections not shown") == 1


def test_no_meetings_screen_of_the_cast_tells_how_to_reach_somebody_or_get_in(hub) -> None:
    reaches = re.compile(r"\b0\d{3,4} \d{3} \d{3,4}\b|\b[A-Z]{1,2}\d{1,2} \d[A-Z]{2}\b|@|key ?safe", re.IGNORECASE)
    for person in hub.store.links.persons():
        page = screen(hub, person, "gp", "gp")
        main = page[page.index('<main id="maincontent"') : page.index("</main>")]
        assert reaches.findall(main) == [], person
        assert "Safeguarding</h2>" not in main


def test_a_meetings_screen_is_written_down_as_one(hub, ruby) -> None:
    screen(hub, ruby, "gp", "gp")
    newest = [json.loads(row.event)["entity"][0]["detail"][0]["valueString"] for row in hub.store.audit.about(ruby, 3)]
    assert "meeting screen" in newest
