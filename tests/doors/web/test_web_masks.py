"""What policy keeps from a role is said in its own place, with how many entries that withholds, and is never called empty."""

from __future__ import annotations

import re

import pytest

from carehub.careplan.sections import HEADINGS
from doors.web import builders, records
from doors.web.markup import Page
from doors.web.test_web_pages import PERSON_PATHS


def test_what_policy_held_back_is_on_every_page(client, hub) -> None:
    hub.masked = ("medicines",)
    for path in (*PERSON_PATHS, "/print"):
        assert f"Medicines: 5 entries withheld. {builders.RULE}" in Page(client.get(f"/people/rich{path}").text).text


def _section_row(client, person: str, title: str) -> str:
    """The row of a section in the overview's list of sections."""
    rows = Page(client.get(f"/people/{person}").text).all("tr")
    return next(row.text for row in rows if row.text.startswith(f"{title} Held"))


@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: heading.key)
@pytest.mark.parametrize("person", ["rich", "empty", "absent"])
def test_a_masked_section_says_in_its_own_place_that_the_role_is_not_shown_it(client, hub, person, heading) -> None:
    held = sum(len(entry.members) or 1 for entry in records.PEOPLE[person]().plan.section(heading.key).entries)
    words = "Not shown to your role" + (f": {held} {'entry' if held == 1 else 'entries'} withheld" if held else "")
    hub.masked = (heading.key,)
    assert f"{words}" in _section_row(client, person, heading.title)
    assert "No entries" not in _section_row(client, person, heading.title)
    page = Page(client.get(f"/people/{person}/{heading.key}").text)
    assert f"{words}. {builders.RULE}" in page.one("main").text
    assert "No source is included here" not in page.text
    assert "Nothing recorded" not in page.text
    assert "No entries" not in page.text
    assert "0 entries" not in page.text
    assert not page.all("th", scope="row")
    paper = client.get(f"/people/{person}/print").text.partition(f"<h2>{heading.title}</h2>")[2].partition("<h2>")[0]
    if heading.key == "safeguarding":
        assert "Not printed. See the screen." in paper
        assert "withheld" not in paper
        return
    assert f"{words}." in re.sub(r"<[^>]+>", "", paper)
    assert builders.RULE in paper
    assert "Nothing recorded" not in paper


def test_the_details_that_sources_told_of_the_person_go_with_the_section_that_holds_them(client, hub) -> None:
    assert "12 Oak Street" in Page(client.get("/people/rich/about").text).text
    hub.masked = ("about",)
    for path in ("/about", "/print", ""):
        assert "12 Oak Street" not in client.get(f"/people/rich{path}").text


def test_lists_across_sections_say_what_policy_left_out_of_them(client, hub) -> None:
    hub.masked = ("medicines", "alerts")
    overview = Page(client.get("/people/rich").text).text
    words = "Entries under Alerts, Medicines are not shown to your role, so they are not in this list."
    assert overview.count(words) == 2, "disagreements and newest entries"
    assert "found no disagreement between the entries it holds" not in overview
    alerts = (
        overview.partition("Not shown to your role")[2].partition("Disagreements")[2].partition("Alerts")[2].partition("Newest entries")[0]
    )
    assert "Not shown to your role" in alerts
    assert "No current alert" not in overview
    assert words in Page(client.get("/people/rich/print").text).text


def test_a_source_that_speaks_nowhere_is_named_once_though_some_sections_are_masked(client, hub) -> None:
    hub.masked = ("about", "medicines")
    overview = Page(client.get("/people/rich").text)
    assert (
        "Not included in any section shown to your role: Northvale Community (not part of what it shares), Northvale Council (no record found),"
        in overview.text
    )
    assert "Northvale Council" not in _section_row(client, "rich", "Conditions")
    assert "Northvale Council" not in _section_row(client, "rich", "Medicines")
    hub.masked = tuple(heading.key for heading in HEADINGS)
    assert "Not included in any section" not in Page(client.get("/people/rich").text).text
