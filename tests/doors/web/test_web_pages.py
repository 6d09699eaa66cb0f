"""Every page, over every hand-written record: the frame, the words for what is absent, and nothing that a source wrote taken as markup."""

from __future__ import annotations

import re

import pytest

from carehub.careplan.sections import BY_KEY, HEADINGS
from doors.web import records
from doors.web.conftest import client_of
from doors.web.markup import Page

MORE_PATHS = ("/medicines?fold=off", "/medicines?view=source", "/medicines?view=date", "/timeline", "/timeline?span=all&show=stay")
PERSON_PATHS = ("", "/sources", "/as-sent?record=Condition/1", *(f"/{heading.key}" for heading in HEADINGS), *MORE_PATHS)
OTHER_PATHS = (
    "/people",
    "/people?family=O",
    "/people?family=Nobody",
    "/people?given=x",
    "/help",
    "/sign-in",
    "/nowhere",
    "/people/unknown",
)
NEVER_ALONE = {"", "none", "n/a", "-", "–", "0", "nil", "no data", "no results", "?", "null", "undefined"}


@pytest.fixture(params=records.PEOPLE)
def person(request) -> str:
    return request.param


def _frame(page: Page) -> None:
    assert len(page.all("h1")) == 1
    assert page.one("h1").text
    assert page.one("title").text.endswith("– carehub")
    assert page.one("main").attributes["id"] == "maincontent"
    assert page.one("html").attributes["lang"] == "en-GB"
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def _nothing_blank(page: Page) -> None:
    for element in page.elements:
        if element.tag in ("td", "th", "dd", "dt", "li", "p", "caption", "h1", "h2", "h3", "a", "summary", "strong"):
            assert element.text.casefold() not in NEVER_ALONE, (element.tag, element.attributes)


def _nothing_from_elsewhere(page: Page) -> None:
    for element in page.elements:
        for name in ("href", "src", "action"):
            address = element.attributes.get(name, "")
            assert re.match(r"(/(?!/)|#|$)", address), address
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
    assert not page.all("script")
    assert not page.all("style")
    assert not page.all("img")
    assert not page.all("i")


@pytest.mark.parametrize("path", PERSON_PATHS)
def test_every_page_about_a_person_is_whole(client, person, path) -> None:
    answer = client.get(f"/people/{person}{path}")
    assert answer.status_code == 200
    page = Page(answer.text)
    _frame(page)
    _nothing_blank(page)
    _nothing_from_elsewhere(page)
    assert len(page.all("section", aria_label="Patient identity")) == 1
    assert {"header", "footer", "main"} <= {element.tag for element in page.elements}
    assert len(page.all("a", aria_current="page")) == (0 if "as-sent" in path else 1)
    assert "This page was built 22-Nov-2026 09:02" in page.text
    assert "Test data." in page.one("header").text


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_every_other_page_is_whole_and_names_nobody_in_its_title(client, path) -> None:
    page = Page(client.get(path).text)
    _frame(page)
    _nothing_blank(page)
    _nothing_from_elsewhere(page)
    # CUI PAB-0015: no banner where more than one person is shown.
    assert not page.all("section", aria_label="Patient identity")
    assert "brien" not in page.one("title").text.casefold()


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_every_other_page_says_on_paper_for_whom_it_is_who_printed_it_and_how_long_it_holds(client, path) -> None:
    [head, foot] = [band for band in Page(client.get(path).text).all("div") if "ch-paper-only" in band.attributes.get("class", "")]
    assert "Test data." in head.text
    assert "carehub, for Jo Adeyemi, District nurse, Northvale Community" in head.text
    assert "Printed 22-Nov-2026 09:02" in foot.text
    assert "by Jo Adeyemi. Confidential. It is as at then; do not rely on it after 23-Nov-2026" in foot.text


def test_a_page_for_anybody_says_nothing_of_who_printed_it(hub) -> None:
    assert "ch-paper-only" not in client_of(hub).get("/help").text


@pytest.mark.parametrize("path", ["print", "pack", "pack/person", "pack/person?large=yes"])
def test_the_sheets_are_whole(client, person, path) -> None:
    page = Page(client.get(f"/people/{person}/{path}").text)
    _frame(page)
    _nothing_blank(page)
    _nothing_from_elsewhere(page)
    assert "Printed 22-Nov-2026 09:02" in page.text
    assert "by Jo Adeyemi. Confidential. Record changes; do not rely on this after 23-Nov-2026" in page.one("footer").text
    assert not page.all("details"), "nothing on paper may be folded away"
    assert "Test data." in page.text


def test_the_banner_has_the_cui_order_and_forms(client) -> None:
    page = Page(client.get("/people/rich").text)
    banner = page.one("section", aria_label="Patient identity").text
    wanted = (
        "O'BRIEN-SMITH, Margaret (Mrs)",
        "Preferred name Peggy",
        "Born 09-Mar-1941",
        "(85y)",
        "Gender Female",
        "NHS No. 999 000 0018",
        "Known allergies (sources disagree): Penicillin",
    )
    places = [banner.find(words) for words in wanted]
    assert -1 not in places
    assert places == sorted(places)
    assert page.one("title").text == "Record: O'BRIEN-SMITH, Margaret (born 09-Mar-1941) – carehub"


def test_unknown_banner_values_are_said_to_be_unknown(client) -> None:
    banner = Page(client.get("/people/empty").text).one("section", aria_label="Patient identity").text
    assert banner.startswith("Name not known Born Not known Gender Not known NHS No. Not known Allergies not recorded")
    assert "Preferred name" not in banner


def test_a_confirmed_death_changes_the_banner(client) -> None:
    banner = Page(client.get("/people/dead").text).one("section", aria_label="Patient identity")
    assert "ch-banner--dead" in banner.attributes["class"]
    assert "Died 14-Nov-2026" in banner.text
    assert "Age at Death 85y" in banner.text
    assert "Death reported by GP and hospital." in banner.text


def test_an_unconfirmed_death_leaves_the_living_banner(client) -> None:
    banner = Page(client.get("/people/unconfirmed").text).one("section", aria_label="Patient identity")
    assert "ch-banner--dead" not in banner.attributes["class"]
    assert "A death has been reported but is not confirmed." in banner.text
    assert "(85y)" in banner.text


@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: heading.key)
def test_a_section_names_every_source_whether_or_not_it_speaks(client, heading) -> None:
    text = Page(client.get(f"/people/rich/{heading.key}").text).text
    for state in records.rich().source_states:
        assert state.title in text
        if state.code != "current":
            assert state.sentence in text
    assert "Included: Elmfield Surgery (as at 22-Nov-2026 06:00" in text
    assert "They may still be known to the service." in text


@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: heading.key)
def test_an_empty_section_says_why(client, heading) -> None:
    text = Page(client.get(f"/people/absent/{heading.key}").text).text
    assert "Nothing recorded in the sources carehub can see." in text
    assert all(state.sentence in text for state in records.OTHERS)
    assert "No source is included here." in text
    nobody = Page(client.get(f"/people/empty/{heading.key}").text).text
    assert "Nothing has been received about this person from any source." in nobody


def test_no_section_that_is_empty_is_called_none_known(client) -> None:
    for person in ("empty", "absent"):
        assert "no known allerg" not in Page(client.get(f"/people/{person}/allergies").text).text.casefold()


def test_three_times_are_shown_for_each_source(client) -> None:
    rows = [element.text for element in Page(client.get("/people/rich").text).all("tr")]
    late = next(row for row in rows if "Northvale General Hospital" in row)
    assert "Last received 20-Nov-2026 23:01 (1 day 10 hours ago). Expected every hour." in late
    assert "Time not given by the source" in late
    assert "18-Nov-2026" in late
    assert "2 entries received that carehub could not read." in late
    assert "3 entries received of a kind that carehub does not show yet." in late


def test_every_conflict_is_on_the_overview_in_its_section_and_on_paper(client) -> None:
    for conflict in records.rich().plan.conflicts:
        for path in ("", f"/{conflict.section}", "/print"):
            text = Page(client.get(f"/people/rich{path}").text).text
            assert conflict.sentence in text
            assert all(f"“{statement.text}”" in text for statement in conflict.statements)


def test_the_overview_counts_conflicts_and_not_differences(client) -> None:
    page = Page(client.get("/people/rich").text)
    assert page.one("h2", id="disagreements").text == "Disagreements (3)"
    assert "Differences worth a look (1)" in page.text


def test_the_overview_keeps_its_order(client) -> None:
    headings = [element.text for element in Page(client.get("/people/rich").text).all("h2")]
    wanted = ["Sources", "Disagreements (3)", "In an emergency", "Alerts (1)"]
    wanted += ["What matters to Peggy"] if "about_me" in BY_KEY else []
    wanted += [
        "Since 25-Oct-202625 October 2026",
        "Plan and open actions",
        "Current medicines (3)",
        "Last contact known",
        "People involved (1)",
    ]
    wanted += ["Support at home"] if "support" in BY_KEY else []
    assert [words.replace("2026 25", "202625") for words in headings] == [*wanted, "Sections"]


def test_a_folded_row_says_why_and_unfolds(client) -> None:
    folded = Page(client.get("/people/rich/medicines").text)
    assert "4 medicines from 5 entries." in folded.text
    assert "2 entries shown as one. Folded because: same product and dose, dates overlap" in folded.text
    assert any(element.text.startswith("2 entries: who said it") for element in folded.all("summary"))
    unfolded = Page(client.get("/people/rich/medicines?fold=off").text)
    assert "5 entries, each shown by itself." in unfolded.text
    rows = [element.text for element in unfolded.all("th", scope="row")]
    assert rows.count("Paracetamol 500 mg tablets") == 2
    assert "Folded because" not in unfolded.text
    assert "4 medicines from 5 entries." in Page(client.get("/people/rich/medicines").text).text, "the choice is not remembered"


def test_current_and_past_are_never_one_list(client) -> None:
    page = Page(client.get("/people/rich/medicines").text)
    assert [element.text for element in page.all("caption")] == ["Current medicines", "Past medicines"]
    assert "Stopped" in page.all("table")[1].text
    assert "Stopped" not in page.all("table")[0].text


def test_a_coded_none_known_has_its_author_source_and_date_beside_it(client) -> None:
    page = Page(client.get("/people/rich/allergies").text)
    stated = next(element.text for element in page.all("div") if "ch-callout--statement" in element.attributes.get("class", ""))
    assert stated.startswith("No known allergies – stated by Dr A Khan, GP Elmfield Surgery, 02-Feb-2019")
    assert "No known allergies" not in [element.text for element in page.all("th", scope="row")]


def test_what_lies_ahead_is_called_planned(client) -> None:
    page = Page(client.get("/people/rich").text)
    past, ahead = [element.text for element in page.all("ol")]
    assert "Heart failure clinic" in ahead
    assert "Heart failure clinic" not in past
    assert "Planned:" in ahead
    assert (
        "Cannot tell for: Northvale Community (Out of date), Northvale General Hospital (Late). There may be newer entries there."
        in page.text
    )


def test_a_long_list_is_cut_into_pages_that_say_so(client) -> None:
    first = Page(client.get("/people/long/results").text)
    assert "450 results from 450 entries." in first.text
    assert "Rows 1 to 200 of 450. The rest are on other pages." in first.text
    last = Page(client.get("/people/long/results?page=3").text)
    assert "Rows 401 to 450 of 450." in last.text
    assert len(last.all("th", scope="row")) == 50
    assert "Page 3 of 3" in Page(client.get("/people/long/results?page=99").text).text
    assert "Page 1 of 3" in Page(client.get("/people/long/results?page=x").text).text
    assert len(Page(client.get("/people/long/print").text).all("th", scope="row")) > 450


def test_as_sent_is_letter_for_letter(client) -> None:
    page = Page(client.get("/people/rich/as-sent?record=Condition/1").text)
    assert "".join(page.one("pre").parts) == '{"resourceType":"Condition","note":"<script>alert(1)</script> 1.50"}'


def test_each_page_asks_the_door_out_under_its_own_name(client, hub) -> None:
    for path in ("", "/sources", "/medicines", "/print", "/as-sent?record=Condition/1"):
        client.get(f"/people/rich{path}")
    assert hub.asked == [
        ("rich", "overview"),
        ("rich", "sources"),
        ("rich", "medicines"),
        ("rich", "print"),
        ("rich", "as-sent"),
        ("rich", "Condition/1"),
    ]


def test_a_date_is_one_date_for_the_eye_and_one_for_the_ear(client) -> None:
    html = client.get("/people/rich").text
    assert '<time class="nb" datetime="1941-03-09"><span aria-hidden="true">09-Mar-1941</span>' in html
    assert '<span class="nhsuk-u-visually-hidden ch-spoken">9 March 1941</span></time>' in html


def test_the_address_of_a_joined_record_leads_on_and_says_so(client) -> None:
    moved = client.get("/people/joined-into-rich")
    assert (moved.status_code, moved.headers["location"]) == (303, "/people/rich?joined=yes")
    assert "joined with this one" in client.get("/people/rich?joined=yes").text
    assert "joined with this one" not in client.get("/people/rich").text
