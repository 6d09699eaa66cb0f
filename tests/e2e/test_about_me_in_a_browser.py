"""The form for About Me in headless Chromium: accessible and whole at every width, by keyboard alone, and without scripts."""

from __future__ import annotations

import pytest

from e2e.looking import SIZES
from e2e.test_conflicts_in_a_browser import address, complaints, hub, person  # noqa: F401

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_the_form_and_its_mistake_are_accessible_and_whole(visit, person, axe, size) -> None:  # noqa: F811
    page = visit(f"{person}/about-me/write", *size)
    found = {"form": complaints(page, axe)}
    page.get_by_role("button", name="Save as a new version").click()
    assert page.title().startswith("Error: ")
    found["mistake"] = complaints(page, axe)
    assert {place: said for place, said in found.items() if said} == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_written_by_keyboard_with_and_without_scripts(visit, person, scripts) -> None:  # noqa: F811
    page = visit(f"{person}/about_me", scripts=scripts)
    page.get_by_role("link", name="Write a new version").focus()
    page.keyboard.press("Enter")
    page.get_by_label("What is important to me").focus()
    page.keyboard.type("Stay in my own house with the cat.")
    for _ in range(7):
        page.keyboard.press("Tab")
    page.keyboard.type("Her daughter Ruth")
    page.keyboard.press("Enter")
    page.wait_for_url("**/about_me?done=written#result")
    main = page.locator("main").inner_text()
    assert "Stay in my own house with the cat." in main
    assert "Her daughter Ruth" in main
