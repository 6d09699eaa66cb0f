"""The pages in headless Chromium: whole at every width, safe under the sticky banner, and asking nobody else for anything."""

from __future__ import annotations

import re

import pytest

from e2e.looking import PAGES, PARTED

pytestmark = pytest.mark.e2e

PERSON_PAGES = ["/people/rich", "/people/whole/timeline", "/people/dead/medicines", "/people/hostile", "/people/empty"]


@pytest.mark.parametrize("path", PERSON_PAGES)
@pytest.mark.parametrize(
    "size", [(1366, 768), (820, 1180), (390, 844), (320, 256), (1366, 600), (683, 384)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_identity_stays_in_view_and_takes_at_most_a_fifth(visit, path, size) -> None:
    page = visit(path, *size)
    page.evaluate("() => window.scrollTo(0, document.documentElement.scrollHeight)")
    boxes = page.evaluate(
        """() => ['.ch-banner', '.ch-micro'].map(name => document.querySelector(name).getBoundingClientRect())
              .filter(box => box.height && box.top === 0).map(box => box.height)"""
    )
    assert len(boxes) == 1, "one banner, and only one, is at the top of the screen"
    assert boxes[0] <= size[1] * 0.2


@pytest.mark.parametrize(
    ("path", "width", "height"),
    [
        ("/people/rich", 1366, 768),
        ("/people/rich", 320, 256),
        ("/people/rich/medicines", 820, 1180),
        ("/people/rich/medicines", 320, 640),
        ("/people/whole/timeline", 820, 1180),
        ("/people/whole/timeline", 320, 256),
        ("/people/dead", 1366, 768),
        ("/people/dead", 320, 640),
        ("/people/hostile/medicines", 820, 1180),
        ("/people/hostile/medicines", 320, 256),
    ],
)
def test_no_focus_is_hidden_under_the_banner(visit, path, width, height) -> None:
    page = visit(path, width, height)
    hidden, stops = [], 0
    for key in ("Tab", "Shift+Tab"):
        page.evaluate("() => document.activeElement.blur()")
        if key == "Shift+Tab":
            page.evaluate(
                "() => { window.scrollTo(0, document.documentElement.scrollHeight); [...document.querySelectorAll('a')].at(-1).focus(); }"
            )
        for _ in range(150):
            page.keyboard.press(key)
            seen = page.evaluate(
                """() => {
                  const e = document.activeElement, box = e.getBoundingClientRect();
                  if (e === document.body) return null;
                  // What is taller than the screen may have both its ends out of view and still fill it.
                  const middle = Math.min(Math.max(box.top + 3, window.innerHeight / 2), box.bottom - 3);
                  const spots = [[box.left + 3, box.top + 3], [box.left + 3, middle], [box.left + 3, box.bottom - 3]];
                  const covered = spots.every(([x, y]) => { const top = document.elementFromPoint(x, y);
                    return !top || !(top === e || e.contains(top) || top.contains(e)); });
                  return { covered, what: e.outerHTML.slice(0, 90) };
                }"""
            )
            if seen is None:
                break
            stops += 1
            if seen["covered"]:
                hidden.append((key, seen["what"]))
    assert stops > 20
    assert hidden == []


def test_nothing_leaves_the_origin_and_the_policy_is_never_broken(visit, address) -> None:
    page = visit("/people")
    for path in PAGES:
        page.goto(address + path)
    asked = {re.split("/people|/static|/help|/session.css", url)[0] for url in page.asked if "/nowhere" not in url}
    assert asked <= {address, f"{address}/sign-in"}
    assert [words for words in page.said if "/nowhere" not in words and "404" not in words and "422" not in words] == []


def test_everything_works_without_scripts(visit, address) -> None:
    page = visit("/people", scripts=False)
    page.get_by_role("textbox", name="NHS number").fill("999 000 0018")
    page.get_by_role("button", name="Find by NHS number").click()
    page.get_by_role("link", name="O'BRIEN-SMITH, Margaret (Mrs)").click()
    page.get_by_role("navigation", name="Sections of this record").get_by_role("link", name="Medicines").click()
    page.get_by_text("2 entries: who said it").click()
    page.get_by_role("link", name=re.compile("See as sent.*Paracetamol 500 mg tablets, Elmfield Surgery")).click()
    assert page.locator("pre").inner_text().startswith('{"resourceType"')
    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{address}/sign-in"


def test_text_at_twice_the_size_still_fits(visit) -> None:
    page = visit("/people/rich/medicines", 640, 600)
    page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_a_date_is_copied_once(visit) -> None:
    page = visit("/people/rich")
    copied = page.evaluate(
        """() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('.ch-banner time'));
                   const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(range); return chosen.toString(); }"""
    )
    assert copied == "09-Mar-1941"


def test_day_month_and_year_stand_in_one_row_on_the_narrowest_screen(visit) -> None:
    page = visit("/people", 320, 640)
    tops = page.evaluate("() => [...document.querySelectorAll('input[id^=born-]')].map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 3
    assert len(set(tops)) == 1


@pytest.mark.parametrize("width", [1366, 1024, 961, 960, 820, 320])
def test_no_word_is_broken_inside_a_table(visit, address, width) -> None:
    page = visit("/people", width, 900)
    found = {}
    for path in (
        "/people?family=O",
        "/people/rich",
        "/people/rich/about",
        "/people/rich/medicines",
        "/people/rich/encounters",
        "/people/hostile/about",
    ):
        page.goto(address + path)
        if parted := page.evaluate(PARTED):
            found[path] = parted[:5]
    assert found == {}
