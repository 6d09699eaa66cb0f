"""The pages of the team's actions in headless Chromium: accessible and whole at every width, by keyboard alone, and without scripts (UI-50)."""

from __future__ import annotations

import re

import pytest

from carehub.hub.stewards import Stewards
from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from e2e.conftest import SECRET, serving
from e2e.looking import SIZES
from e2e.test_conflicts_in_a_browser import complaints
from hub.test_team_actions import GOAL, NEED, PLAN
from hub.toy_hub import NURSE, ada, submit, toy_hub

pytestmark = pytest.mark.e2e
LONG = {
    "type": "Goal",
    "id": "g2",
    "lifecycleStatus": "active",
    "description": {"text": "To walk to the shop and back again with one stick " * 4},
}


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, LONG, PLAN]))
    made.drain()
    return made


@pytest.fixture
def address(hub, static):
    people = PersonaSignIn([NURSE], SECRET, lambda: builders.NOW)
    app = create_web(hub.disclosing, people, clock=lambda: builders.NOW, demo=True, secret=SECRET, static=static, stewards=Stewards(hub))
    with serving(app) as found:
        yield found


@pytest.fixture
def person(hub) -> str:
    return f"/people/{hub.store.links.persons()[0]}"


def enter(page) -> None:
    page.get_by_label("What is to be done").fill("Fit a second stair rail")
    page.get_by_label("Who does it").fill("Sam Webb")
    page.get_by_label("Their organisation").fill("Northvale Council")
    page.get_by_label("By which day").fill("2026-11-25")
    page.get_by_role("button", name="Save the action").click()
    page.get_by_role("heading", name="Fit a second stair rail").wait_for()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_the_form_its_mistakes_the_action_and_the_plan_are_accessible_and_whole(visit, address, person, axe, size) -> None:
    page = visit(f"{person}/actions/enter", *size)
    found = {"form": complaints(page, axe)}
    page.get_by_role("button", name="Save the action").click()
    assert page.title().startswith("Error: ")
    found["mistakes"] = complaints(page, axe)
    enter(page)
    found["action"] = complaints(page, axe)
    page.get_by_role("button", name="Hand it over").click()
    found["handing over to nobody"] = complaints(page, axe)
    page.get_by_role("button", name="Save the change").click()
    found["no change"] = complaints(page, axe)
    page.get_by_label("State").select_option("accepted")
    page.get_by_role("button", name="Save the change").click()
    page.get_by_role("listitem").filter(has_text="Accepted").wait_for()
    found["history"] = complaints(page, axe)
    page.goto(f"{address}{person}/care-plan")
    found["plan"] = complaints(page, axe)
    assert {place: said for place, said in found.items() if said} == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_entered_accepted_and_handed_over_by_keyboard_with_and_without_scripts(visit, person, scripts) -> None:
    page = visit(f"{person}/care-plan", scripts=scripts)
    page.get_by_role("link", name=re.compile("Enter an action")).focus()
    page.keyboard.press("Enter")
    page.get_by_label("What is to be done").focus()
    for words in ("Fit a second stair rail", "Sam Webb", "Northvale Council", "2026-11-25"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Fit a second stair rail").wait_for()
    page.get_by_label("State").focus()
    page.keyboard.type("Acc")
    page.get_by_role("button", name="Save the change").focus()
    page.keyboard.press("Enter")
    page.get_by_role("listitem").filter(has_text="Accepted").wait_for()
    page.get_by_label("Who does it from now on").focus()
    page.keyboard.type("Ann Poole")
    page.keyboard.press("Tab")
    page.keyboard.type("Northvale Council")
    page.keyboard.press("Enter")
    page.get_by_role("listitem").filter(has_text="Handed over from Sam Webb").wait_for()
    page.get_by_role("link", name=re.compile("every open action", re.IGNORECASE)).click()
    assert "Ann Poole, Northvale Council" in page.locator("main").inner_text()


def test_typed_words_outlive_another_writer(visit, person) -> None:
    first = visit(f"{person}/actions/enter")
    enter(first)
    second = visit(first.url[first.url.index("/people") :])
    second.get_by_label("Anything to say about it").fill("Rail ordered")
    first.get_by_label("State").select_option("accepted")
    first.get_by_role("button", name="Save the change").click()
    first.get_by_role("listitem").filter(has_text="Accepted").wait_for()
    second.get_by_role("button", name="Save the change").click()
    second.get_by_text("Somebody changed this action while you wrote").wait_for()
    assert second.get_by_label("Anything to say about it").input_value() == "Rail ordered"
    assert second.get_by_role("listitem").filter(has_text="Accepted").count() == 1
