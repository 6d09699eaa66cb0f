"""What could be done wrongly at the door: one of two recommendations taken for the only one (S-H15), About me for a record (S-H31), a plan for whole."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials
from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.hub.write_about_me import WriteAboutMe
from carehub.identity.rulings import Why
from carehub.terms.refs import RecordRef
from doors.api.conftest import digest
from doors.web.conftest import desk_client
from doors.web.markup import Page
from hub.toy_hub import NURSE, ada, submit, toy_hub

FOR = {
    "type": "Observation",
    "id": "r1",
    "status": "final",
    "effectiveDateTime": "2025-03-11",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "450475007", "display": "For attempted CPR"}]},
    "note": [{"text": "Wants full treatment on a ward."}],
}
NOT_FOR = {
    "type": "Flag",
    "id": "r2",
    "status": "active",
    "code": {"text": "Not for attempted CPR (DNACPR)"},
    "period": {"start": "2026-09-02"},
}
DIFFER = "Two different recommendations are held. Neither is assumed to be current."


def held(*gp: dict, acute: tuple[dict, ...] = ()) -> Hub:
    made = toy_hub()
    submit(made, ada(records=list(gp)), ada("acute", "A1", kind="acute", records=list(acute)))
    made.drain()
    return made


def base(hub: Hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


def words(client: TestClient, address: str) -> str:
    return " ".join(Page(client.get(address).text).text.split())


def banner(client: TestClient, address: str) -> str:
    [found] = [part for part in Page(client.get(address).text).all("section") if part.attributes.get("aria-label") == "Patient identity"]
    return " ".join(found.text.split())


def test_ui_49_two_recommendations_stand_in_full_with_their_dates_and_the_banner_says_only_that_they_differ() -> None:
    hub = held(FOR, acute=(NOT_FOR,))
    nurse, at = desk_client(hub, (NURSE,), NURSE), base(hub)
    for page in ("", "/advance", "/care-plan", "/medicines"):
        said = banner(nurse, at + page)
        assert "Resuscitation: recommendations differ" in said
        assert "CPR" not in said
    assert f'href="{at}/advance">recommendations differ</a>' in nurse.get(at).text
    sides = ("Wants full treatment on a ward.", "(dated 11-Mar-2025)", "Review due: Not recorded by this source", "(dated 02-Sep-2026)")
    for page in ("", "/advance", "/print"):
        text = words(nurse, at + page)
        assert all(side in text for side in (DIFFER, *sides))
    with TestClient(create_api(hub, Credentials({}, {digest("nurse"): NURSE}), max_body_bytes=10_000)) as api:
        asked = f"/fhir/R4/DetectedIssue?patient={at.rpartition('/')[2]}"
        [issue] = [entry["resource"] for entry in api.get(asked, headers={"Authorization": "Bearer nurse"}).json()["entry"]]
    assert issue["detail"] == DIFFER
    told = " ".join(side["detail"][0]["display"] for side in issue["evidence"])
    assert len(issue["evidence"]) == 2
    assert all(side in told for side in sides)


@pytest.mark.parametrize("told", [[], [FOR], [NOT_FOR], [NOT_FOR, {**NOT_FOR, "id": "r3", "code": {"text": "DNACPR form in place"}}]])
def test_ui_49_nothing_is_said_where_none_differ(told: list[dict]) -> None:
    hub = held(*told)
    assert "recommendations differ" not in desk_client(hub, (NURSE,), NURSE).get(base(hub)).text


@pytest.mark.parametrize(
    ("title", "differs"),
    [
        ("DNACPR", True),
        ("Do not attempt cardiopulmonary resuscitation (DNACPR).", True),
        ("ReSPECT: CPR attempts not recommended", True),
        ("For attempted CPR", False),
        # Asked about, reported or taken back: for a reader to judge, and for no rule.
        ("DNACPR discussed, not in place", False),
        ("Resuscitation status to be reviewed", False),
        ("Not for CPR was withdrawn", False),
    ],
)
def test_ui_49_words_without_a_code_decide_only_where_they_say_nothing_else(title: str, differs: bool) -> None:
    hub = held(FOR, {**NOT_FOR, "code": {"text": title}})
    assert ("recommendations differ" in desk_client(hub, (NURSE,), NURSE).get(base(hub)).text) is differs


GOAL = {"type": "Goal", "id": "g1", "lifecycleStatus": "active", "description": {"text": "Walk to the shop"}}
PLAN = {
    "type": "CarePlan",
    "id": "p1",
    "status": "active",
    "intent": "plan",
    "title": "Support plan",
    "note": [{"text": "What is important to me: Going to church."}],
}


def test_ui_55_the_plan_says_whose_statements_are_left_out_while_a_record_is_checked_and_tells_none_of_them() -> None:
    hub = held(PLAN, acute=(GOAL,))
    nurse, at = desk_client(hub, (NURSE,), NURSE), base(hub)
    left_out = "are left out of this plan while a record is being checked."
    before = words(nurse, f"{at}/care-plan")
    assert (left_out in before, "Walk to the shop" in before) == (False, True)
    doubt = Doubt(at.rpartition("/")[2], RecordRef("acute", "A1", "Patient").id, Why.OTHER_PERSON, "Not hers.", True)
    Stewards(hub).report(NURSE, doubt)
    after = words(nurse, f"{at}/care-plan")
    assert after.count(left_out) == 1
    assert f"Statements of acute {left_out} A record from this source was reported as possibly another person's" in after
    assert "Walk to the shop" not in after
    assert "Support plan" in after


def test_ui_31_about_me_says_who_says_it_and_never_alters_the_allergy_label() -> None:
    hub = held(PLAN)
    nurse, at = desk_client(hub, (NURSE,), NURSE), base(hub)
    before = banner(nurse, at)
    WriteAboutMe(hub).write(NURSE, at.rpartition("/")[2], {"worth-knowing": "I am allergic to plasters."})
    assert banner(nurse, at) == before
    for page in ("", "/about_me"):
        text = words(nurse, at + page)
        assert re.search(r"Said by ?Ada(?!; not in)", text)
        assert re.search(r"Said by ?gp, as it wrote it down; not the person’s own words unless it says so", text)
        assert "Said by Ada; not in any clinical record." in text
