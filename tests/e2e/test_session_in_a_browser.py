"""UI-84: two minutes before a session ends the page says so and one press lets it go on, without scripts, by keyboard, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carehub.web.app import PersonaSignIn, create_web
from carehub.web.pages.session import WARNED
from carehub.web.sign_in import LASTS
from doors.web import builders, fake_hub
from e2e.conftest import SECRET, serving
from e2e.test_conflicts_in_a_browser import complaints

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("scripts", [True, False])
def test_ui_84_the_end_of_a_session_is_announced_and_put_off_by_one_press(chromium, axe, scripts) -> None:
    now = [builders.NOW]
    people = PersonaSignIn([builders.NURSE], SECRET, lambda: now[0])
    app = create_web(fake_hub.FakeHub(), people, clock=lambda: now[0], demo=True, secret=SECRET)
    context = chromium.new_context(java_script_enabled=scripts)
    with serving(app) as address:
        page = context.new_page()
        page.goto(address + "/sign-in")
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Continue").click()
        page.goto(address + "/people")
        warning, button = page.get_by_text("You will be signed out at"), page.get_by_role("button", name="Stay signed in")
        assert not warning.is_visible()
        assert button.count() == 0, "out of sight is out of the reading order"

        now[0] += LASTS - WARNED - timedelta(seconds=2)
        page.goto(address + "/people")
        page.get_by_label("Family name").fill("O'Brien")
        assert not warning.is_visible()
        warning.wait_for(timeout=20_000)
        assert page.locator("[aria-live=assertive]").filter(has=warning).count() == 1, "it is said aloud when it comes into sight"
        assert not page.get_by_text("Your session ended at").is_visible()
        if scripts:
            assert complaints(page, axe) == []
        for _ in range(40):
            page.keyboard.press("Tab")
            if button.evaluate("one => one === document.activeElement") if scripts else button.and_(page.locator(":focus")).count():
                break
        with context.expect_page() as opened:
            page.keyboard.press("Enter")
        beside = opened.value
        beside.wait_for_load_state()
        assert beside.get_by_role("heading", level=1).inner_text().startswith("You stay signed in until")
        assert page.get_by_label("Family name").input_value() == "O'Brien"
        now[0] += timedelta(hours=1)
        page.goto(address + "/people/rich")
        assert page.url.endswith("/people/rich"), "the session goes on after it would have ended"
        now[0] += LASTS - timedelta(hours=1, seconds=2)
        page.goto(address + "/people/rich")
        page.get_by_text("Your session ended at").wait_for(timeout=20_000)
        now[0] += timedelta(seconds=3)
        page.goto(address + "/people/rich")
        assert "/sign-in" in page.url
    context.close()
