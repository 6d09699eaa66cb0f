"""What a source marked as restricted is for the roles that policy names: for the others its words stand in no byte of any page or answer."""

from __future__ import annotations

import json
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
    made = build_hub(demo_settings(tmp_path_factory.mktemp("var")))
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
