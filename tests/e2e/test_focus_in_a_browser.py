"""UI-81: after adding, changing, searching or filtering, the focus is on what says what came of it. By keyboard, and without scripts."""

from __future__ import annotations

import pytest

from e2e.test_actions_in_a_browser import address, hub, person  # noqa: F401

pytestmark = pytest.mark.e2e


def focused(page) -> str:
    """The words of the one element that has the focus; it is never the body."""
    return " ".join(page.locator("#result:focus").inner_text(timeout=5000).split())


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_ui_81_the_focus_goes_to_what_came_of_it_and_on_from_there(visit, address, person, scripts) -> None:  # noqa: F811
    page = visit(f"{person}/actions/enter", 1366, 768, scripts=scripts)

    def send(button: str) -> str:
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        return focused(page)

    assert "There is a problem" in send("Save the action")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "#description"
    for label, words in (
        ("What is to be done", "Fit a rail"),
        ("Who does it", "Sam Webb"),
        ("Their organisation", "Northvale Council"),
        ("By which day", "2026-11-25"),
    ):
        page.get_by_label(label).fill(words)
    assert send("Save the action") == "The action is saved. It stands in the care plan from now on."
    page.get_by_label("State").select_option("accepted")
    assert send("Save the change") == "The change is saved."
    assert "There is a problem" in send("Hand it over")
    page.goto(f"{address}{person}/timeline")
    page.get_by_role("checkbox", name="Medicines").uncheck()
    assert "event" in send("Show")
    page.goto(f"{address}{person}/care-plan")
    page.get_by_label("Show the plan as it stood").fill("2026-11-21")
    assert "The record as it stood" in send("Show")
    page.goto(f"{address}{person}/care-plan/changes")
    assert "received" in send("Show")
    page.goto(f"{address}/people")
    page.get_by_label("Family name").fill("Nobody")
    assert send("Find by name or date of birth") == "Nobody found"
    # What has the focus is in view, below the banner that stays.
    page.goto(f"{address}{person}/medicines?fold=off#result")
    assert focused(page)
    banner = page.locator("[aria-label='Patient identity']").first.bounding_box()
    assert page.locator("#result").bounding_box()["y"] >= banner["y"] + banner["height"]
