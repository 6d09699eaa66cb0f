"""Every page under axe, and measured, in headless Chromium: accessible, and whole at every width."""

from __future__ import annotations

import pytest

from e2e.looking import BROKEN, ELLIPSIS, OVERFLOWING, PAGES, RULES, SIZES, SMALL_TARGETS

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
def test_axe_finds_nothing_and_nothing_overflows(visit, axe, address, size) -> None:
    page = visit("/people", *size)
    found: dict[str, object] = {}
    for path in PAGES:
        page.goto(address + path)
        result = axe.run(page, options={"runOnly": RULES})
        if result.response["violations"]:
            found[f"{path}: axe"] = [(one["id"], one["nodes"][0]["html"][:120]) for one in result.response["violations"]]
        assert len(result.response["passes"]) > 10, "axe ran"
        for name, script in (("overflow", OVERFLOWING), ("ellipsis", ELLIPSIS), ("broken", BROKEN), ("small", SMALL_TARGETS)):
            complaints = page.evaluate(script)
            if complaints:
                found[f"{path}: {name}"] = complaints[:5]
    assert found == {}


def test_folded_parts_are_accessible_when_open(visit, axe, address) -> None:
    page = visit("/people/rich/medicines", 320, 640)
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    assert axe.run(page).response["violations"] == []
    assert page.evaluate(OVERFLOWING) == []
