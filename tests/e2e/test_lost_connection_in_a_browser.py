"""UI-74 over a lost connection: the browser still has the form, and loading the page again sends it. Without scripts."""

from __future__ import annotations

import pytest

from e2e.test_actions_in_a_browser import address, hub, person  # noqa: F401

pytestmark = pytest.mark.e2e
TYPED = {
    "What is to be done": "Fit a rail",
    "Who does it": "Sam Webb",
    "Their organisation": "Northvale Council",
    "By which day": "2026-11-25",
}


def test_ui_74_what_was_sent_into_a_lost_connection_is_saved_when_the_page_is_loaded_again(visit, person) -> None:  # noqa: F811
    page = visit(f"{person}/actions/enter", scripts=False)
    for label, words in TYPED.items():
        page.get_by_label(label).fill(words)
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Save the action").click(no_wait_after=True)
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("heading", name="Fit a rail").wait_for()
    assert "Sam Webb, Northvale Council" in page.locator("main").inner_text()
