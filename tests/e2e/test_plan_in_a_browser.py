"""The care plan in headless Chromium: accessible, whole at every width and on paper, by keyboard, and without scripts."""

from __future__ import annotations

import re

import pytest

from carehub.web.app import PersonaSignIn, create_web
from doors.web import builders
from doors.web.test_web_plan import PlanHub
from e2e.conftest import SECRET, serving
from e2e.looking import BROKEN, OVERFLOWING, SMALL_TARGETS
from unit.careplan.joint_records import three

pytestmark = pytest.mark.e2e
PATHS = ("/people/p/care-plan", "/people/p/care-plan?as-of=2026-11-20", "/people/p/care-plan/changes")


@pytest.fixture(scope="module")
def address():
    people = PersonaSignIn([builders.NURSE], SECRET, lambda: builders.NOW)
    hub = PlanHub(tuple(three()))
    with serving(create_web(hub, people, clock=lambda: builders.NOW, demo=True, secret=SECRET)) as found:
        yield found


@pytest.mark.parametrize("width", [1366, 820, 320])
def test_the_plan_is_accessible_and_whole_at_every_width(visit, axe, address, width) -> None:
    page, found = visit(PATHS[0], width, 800), {}
    for path in PATHS:
        page.goto(address + path)
        complaints = [one["id"] for one in axe.run(page).response["violations"]]
        complaints += [one for script in (OVERFLOWING, BROKEN, SMALL_TARGETS) for one in page.evaluate(script)]
        if complaints:
            found[path] = complaints
    assert found == {}


def test_a_day_is_asked_for_by_keyboard_and_without_scripts(visit) -> None:
    page = visit(PATHS[0], 1366, 768, scripts=False)
    page.get_by_label(re.compile("as it stood")).focus()
    page.keyboard.type("2026-11-20")
    page.keyboard.press("Enter")
    page.wait_for_url("**as-of=2026-11-20#result")
    assert page.get_by_role("heading", name=re.compile("not as it is now")).is_visible()


def test_on_paper_the_contingency_plan_is_there_and_nothing_is_cut(visit) -> None:
    page = visit(PATHS[0], 820, 1180)
    page.emulate_media(media="print")
    assert page.get_by_text("ring the district nurses").first.is_visible()
    assert page.evaluate(BROKEN) == []
