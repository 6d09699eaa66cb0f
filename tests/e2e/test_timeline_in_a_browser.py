"""The timeline and the folded rows as a reader meets them: by eye at three widths, by keyboard alone, on grey paper, without scripts."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.e2e

WIDTHS = [(1366, 768), (768, 1024), (320, 640)]


@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: f"{size[0]} px")
def test_ui_77_only_the_drawing_scrolls_sideways_and_it_can_be_reached_and_is_named(visit, size) -> None:
    page = visit("/people/whole/timeline", *size)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    region = page.get_by_role("region", name="By source")
    region.focus()
    assert page.evaluate("() => document.activeElement.className") == "ch-lanes"
    # It begins at its newest end: the today line is in view without any scrolling.
    assert page.evaluate(
        """() => { const box = document.querySelector('.ch-lanes').getBoundingClientRect();
                   const line = document.querySelector('path.ch-today').getBoundingClientRect();
                   return line.left >= box.left && line.right <= box.right; }"""
    )


@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: f"{size[0]} px")
def test_ui_45_the_words_of_a_silent_lane_are_inside_its_drawing_and_no_words_lie_on_each_other(visit, size) -> None:
    page = visit("/people/whole/timeline?span=all", *size)
    found = page.evaluate(
        """() => [...document.querySelectorAll('.ch-lane svg')].flatMap(svg => {
          const frame = svg.getBoundingClientRect();
          const boxes = [...svg.querySelectorAll('text')].map(t => ({ words: t.textContent, box: t.getBoundingClientRect() }));
          const out = boxes.filter(one => one.box.left < frame.left - 1 || one.box.right > frame.right + 1 || one.box.bottom > frame.bottom + 2);
          const on = boxes.flatMap((a, n) => boxes.slice(n + 1).filter(b => a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1
            && a.box.top < b.box.bottom - 6 && b.box.top < a.box.bottom - 6).map(b => a.words + ' on ' + b.words));
          return [...out.map(one => one.words + ' sticks out'), ...on]; })"""
    )
    assert found == []


@pytest.mark.parametrize("width", [320, 640, 768])
@pytest.mark.parametrize("span", ["3m", "12m", "5y", "all"])
def test_hazard_no_name_is_cut_by_the_edge_of_a_narrow_screen(visit, span, width) -> None:
    """S-H11: half of a medicine's name could be another medicine. What has no name in the drawing has one in the table, and the page says so."""
    page = visit(f"/people/whole/timeline?span={span}", width, 640)
    cut, named = page.evaluate(
        """() => { const edge = document.querySelector('.ch-lanes').getBoundingClientRect().left;
          const names = [...document.querySelectorAll('.ch-name')].map(t => [t.textContent, t.getBoundingClientRect()]);
          return [names.filter(([, box]) => box.left < edge && box.right > edge).map(([words]) => words), names.some(([, box]) => box.width)]; }"""
    )
    assert cut == []
    assert named != page.get_by_text("too narrow for names").is_visible()


def test_ui_46_today_divides_what_was_from_what_is_planned(visit) -> None:
    page = visit("/people/whole/timeline")
    today = page.locator("path.ch-today").first.bounding_box()
    planned = [mark.bounding_box() for mark in page.locator(".ch-mark--open").all()]
    assert planned
    assert all(box["x"] > today["x"] for box in planned)


def test_the_table_comes_first_for_the_keyboard(visit) -> None:
    page = visit("/people/whole/timeline")
    page.get_by_role("link", name="Skip the drawing and go to the table").press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "events"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('table') !== null")


def test_ui_78_and_ui_38_the_filter_works_without_scripts_and_is_in_the_address(visit) -> None:
    page = visit("/people/whole/timeline", scripts=False)
    page.get_by_label("Medicines", exact=True).uncheck()
    page.get_by_label("Whole record").check()
    page.get_by_role("button", name="Show").click()
    assert "span=all" in page.url
    assert "show=medicine" not in page.url
    assert "Hidden by the filter: 5 under medicines." in page.locator(".ch-count").inner_text()
    page.get_by_role("link", name="Show everything").click()
    assert "Hidden by the filter" not in page.locator(".ch-count").inner_text()


def test_ui_26_every_entry_of_a_folded_row_is_one_key_away(visit) -> None:
    page = visit("/people/whole/medicines")
    row = page.get_by_role("row", name=re.compile("Paracetamol"))
    summary = row.locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert row.locator(".ch-members > li").count() == 2
    assert row.locator(".ch-members > li").first.is_visible()


def test_ui_48_the_way_to_the_plan_is_one_activation(visit, address) -> None:
    page = visit("/people/whole")
    page.get_by_role("link", name="Home safety visit").last.press("Enter")
    assert page.url.startswith(f"{address}/people/whole/plan#entry-Task-1")
    assert page.locator("#entry-Task-1").is_visible()
    hidden = page.evaluate(
        """() => { const banner = document.querySelector('.ch-banner').getBoundingClientRect();
                   return document.querySelector('#entry-Task-1').getBoundingClientRect().top < banner.bottom - 1; }"""
    )
    assert not hidden, "where the link leads is not under the banner"


def test_ui_69_grey_paper_tells_kinds_and_silence_apart(visit) -> None:
    page = visit("/people/whole/timeline", 703, 1000)
    page.emulate_media(media="print")
    assert page.locator(".ch-lanes").evaluate("e => e.scrollWidth <= e.clientWidth")
    forms = page.evaluate(
        "() => new Set([...document.querySelectorAll('.ch-lane svg .ch-mark, .ch-lane svg .ch-bar')].map(e => e.tagName)).size"
    )
    assert forms >= 3
    assert page.locator('.ch-lane [fill="url(#hatch)"]').count() >= 4
    borders = page.evaluate("() => [...document.querySelectorAll('.nhsuk-tag')].map(e => getComputedStyle(e).borderTopWidth)")
    assert set(borders) == {"1px"}


def test_ui_23_nothing_on_the_page_changes_by_itself(visit) -> None:
    page = visit("/people/whole/timeline")
    assert page.locator("script").count() == 0
    assert page.locator("meta[http-equiv=refresh]").count() == 0
    assert "This page was built" in page.locator("main").inner_text()
