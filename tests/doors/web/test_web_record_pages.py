"""Overview, lists by source and by date, timeline and pack, over hand-written records: one test for each thing a reader relies on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from carehub.careplan.joint.joint_plan import Action, JointPlan, Owner
from carehub.careplan.sections import BY_KEY
from carehub.web.dates import long_words
from carehub.web.entries import may_be_since
from carehub.web.glance import glance
from carehub.web.pack import NOT_ON_PAPER, pack, speaks_of_harm
from doors.web import builders, records
from doors.web.markup import Page
from doors.web.whole_record import COUNCIL, HARMFUL, whole

PATHS = ("", "/medicines", "/allergies", "/sources", "/timeline", "/print", "/pack", "/pack/person", "/about", "/plan")


def _page(client, path: str) -> Page:
    return Page(client.get(f"/people/whole{path}").text)


def _lane_names(page: Page) -> list[str]:
    return [element.text for element in page.all("p", class_="ch-lane__name")]


def test_ui_15_the_overview_says_of_every_source_when_it_last_told_of_a_contact(client) -> None:
    main = _page(client, "").one("main").text
    told = main[main.index("Last contact known") : main.index("People involved")]
    for source in records.PEOPLE["whole"]().source_states:
        assert source.title in told
    assert "Later contacts may be missing" in told
    assert "Cannot tell: no sharing agreement" in told


def test_ui_41_the_last_contact_is_told_by_its_day_and_how_long_ago_and_a_silent_source_that_told_of_none_cannot_tell() -> None:
    made = whole()
    none = tuple(replace(one, entries=()) if one.key == "encounters" else one for one in made.plan.sections)
    told, untold = (
        {one.title: one for one in glance(builders.disclosed(record)).contacts}
        for record in (made, replace(made, plan=replace(made.plan, sections=none)))
    )
    hospital, surgery = told["Northvale General Hospital"], told["Elmfield Surgery"]
    assert (hospital.when[:10], hospital.ago, hospital.unsure[:29]) == ("2026-11-16", "6 days ago", "Later contacts may be missing")
    assert (surgery.when[:10], surgery.ago, surgery.unsure) == ("2026-06-12", "163 days ago", "")
    assert (untold["Northvale Council"].when, untold["Northvale Council"].unsure) == (
        "",
        "Cannot tell: as at 22-Nov-2026 06:00, out of date",
    )
    assert untold["Elmfield Surgery"].unsure == "", "a source that is up to date and told of none has told of none"


@pytest.mark.skipif("contingency" not in BY_KEY, reason="Sections: contingency plans have no section of their own yet")
def test_ui_48_the_contingency_plan_is_one_link_from_the_overview_before_anything_else_in_the_plan(client) -> None:
    page = _page(client, "")
    links = [element.attributes["href"] for element in page.all("a") if "#entry-" in element.attributes.get("href", "")]
    assert links.index("/people/whole/contingency#entry-CarePlan-c") < links.index("/people/whole/plan#entry-Task-1")
    main = page.one("main").text
    assert "ReSPECT form" in main[main.index("In an emergency") : main.index("Since")]


def test_an_overdue_action_says_so_with_its_owner_and_day(client) -> None:
    assert "Overdue by 12 days: Home safety visit – L Osei, Northvale Council – due 10-Nov-2026" in _page(client, "").text


def test_ui_24_a_list_by_source_names_every_source_and_loses_no_entry(client) -> None:
    page = _page(client, "/medicines?view=source")
    headings = [element.text for element in page.all("h2") if "source-" in element.attributes.get("id", "")]
    assert headings[:2] == ["GP: Elmfield Surgery (4)", "Community: Northvale Community (1)"]
    assert [words for words in headings if "Age Well" in words] == ["Voluntary: Age Well Northvale"]
    assert len(page.all("th", scope="row")) == 6
    assert "6 entries, each shown by itself." in page.text


def test_a_list_by_date_has_the_newest_first_and_keeps_current_and_past_apart(client) -> None:
    page = _page(client, "/medicines?view=date")
    names = [element.text for element in page.all("th", scope="row")]
    assert names[:3] == ["Bisoprolol 5 mg tablets", "Paracetamol 500 mg tablets", "Bisoprolol 2.5 mg tablets"]
    assert "Newest first" in page.text
    assert [element.text for element in page.all("caption")] == ["Current medicines", "Past medicines"]


def test_medicines_stopped_lately_are_counted(client) -> None:
    assert "1 medicine was stopped in the last 30 days." in _page(client, "/medicines").text


def test_ui_27_ways_of_looking_are_in_the_address_and_not_remembered(client) -> None:
    _page(client, "/medicines?view=source")
    assert "5 medicines from 6 entries." in _page(client, "/medicines").text
    assert "Set-Cookie" not in client.get("/people/whole/medicines?fold=off").headers


def test_ui_44_every_agency_has_a_lane_and_each_that_shows_nothing_a_reason(client) -> None:
    page = _page(client, "/timeline")
    lanes = _lane_names(page)
    for source in records.PEOPLE["whole"]().source_states:
        (lane,) = [words for words in lanes if source.title in words]
        assert source.tag in lane
    assert "Age Well Northvale No sharing agreement No data sharing agreement with Age Well Northvale, so nothing is received." in " ".join(
        lanes
    )


def test_ui_45_and_ui_21_a_silent_lane_says_since_when_in_the_drawing_with_the_words_of_the_other_pages(client) -> None:
    page = _page(client, "/timeline")
    drawn = [element.text for element in page.all("text")]
    assert drawn.count("nothing received since 10-Nov-2026") == 2
    assert "nothing received since 20-Nov-2026" in drawn
    sentence = "Last received 12 days ago (10-Nov-2026 02:00)"
    for path in ("", "/timeline", "/sources", "/medicines"):
        assert sentence in _page(client, path).text, path


def test_ui_46_what_lies_ahead_is_right_of_today_and_called_planned(client) -> None:
    html = client.get("/people/whole/timeline").text
    today = float(re.search(r'class="ch-today" d="M([0-9.]+) 0', html)[1])
    ahead = [float(x) for x in re.findall(r'ch-mark--open" cx="([0-9.]+)"', html)]
    assert ahead
    assert min(ahead) > today
    assert "planned" in [element.text for element in Page(html).all("text")]
    assert "Planned: Heart failure clinic" in Page(html).text


def test_what_goes_on_is_drawn_to_the_day_of_a_confirmed_death_and_the_table_says_why(client) -> None:
    living, dead = (client.get(f"/people/{who}/timeline").text for who in ("rich", "dead"))
    arrow = "l9 8 l-9 8 z"
    assert arrow in living
    assert arrow not in dead
    assert "No end was told; the person died 14-Nov-2026" in Page(dead).text
    assert "Continues" not in Page(dead).text


def test_h14_what_was_planned_for_a_day_that_is_over_is_not_said_to_have_happened(client) -> None:
    (row,) = [row.text for row in _page(client, "/timeline").all("tr") if "Physiotherapy clinic" in row.text]
    assert "Was planned; no source says whether it happened" in row


def test_ui_80_the_table_has_the_events_of_the_drawing_and_the_counts_agree(client) -> None:
    page = _page(client, "/timeline")
    lanes = sum(int(count) for words in _lane_names(page) for count in re.findall(r"(\d+) shown", words))
    (table,) = page.all("h2", id="events")
    assert table.text == f"The same events as a table ({lanes})"
    assert len(page.all("th", scope="row")) == lanes + 1, "and one without a date"
    assert "1 entry without a date" in page.text


def test_ui_37_a_filter_says_what_it_hides_and_leads_out(client) -> None:
    page = _page(client, "/timeline?span=3m&show=stay")
    for words in ("under contacts", "under medicines", "under plans and actions"):
        assert words in page.text
    assert "Show everything" in [element.text for element in page.all("a")]
    assert "before that" in page.text


def test_ui_69_kinds_differ_by_shape(client) -> None:
    html = client.get("/people/whole/timeline").text
    assert "<circle" in html
    assert "l7 7 l-7 7 l-7 -7 z" in html
    assert "ch-bar--stay" in html
    assert "ch-bar--course" in html


def test_points_too_close_to_part_are_one_mark_with_their_number(client) -> None:
    assert "×3" in [element.text for element in _page(client, "/timeline").all("text")]


@pytest.mark.parametrize("path", PATHS)
def test_ui_80_every_table_has_a_caption_headers_with_scope_and_a_row_header(client, path) -> None:
    html = client.get(f"/people/whole{path}").text
    page = Page(html)
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert table.count("<caption") == 1
        assert 'scope="col"' in table
        assert table.count('scope="row"') == table.count("<tr") - 1
    assert len(page.all("h1")) == 1


@pytest.mark.parametrize("path", PATHS)
def test_ui_82_every_tag_says_its_meaning_in_words(client, path) -> None:
    tags = [element for element in _page(client, path).elements if "nhsuk-tag" in element.attributes.get("class", "")]
    assert tags
    assert all(re.search(r"[A-Za-z]{2}", tag.text) for tag in tags)


@pytest.mark.parametrize("path", ["/print", "/pack", "/pack/person", "/pack/person?large=yes"])
def test_ui_66_no_sheet_speaks_of_safeguarding(client, path) -> None:
    page = _page(client, path)
    for words in HARMFUL:
        # Its line about support at home is the same whether there is one or not.
        told = re.sub(r"Safeguarding enquiry\s*Not printed\. See the screen\.", "", page.one("main").text)
        assert words not in told or (words == "Harmsworth" and path in ("/pack", "/print"))


def test_ui_66_the_full_record_on_paper_says_the_same_of_safeguarding_whether_there_is_any_or_not(client, hub) -> None:
    """Hazard H17: neither a count, nor a state, nor what is withheld from a role tells of it; and no section is said to be empty that is not."""
    told = {person: Page(client.get(f"/people/{person}/print").text) for person in ("whole", "rich")}
    for page in told.values():
        assert NOT_ON_PAPER in page.one("main").text
        assert "Safeguarding Not printed. See the screen." in page.one("main").text
        assert "nothing recorded" not in page.one("main").text.casefold()
        assert ": no entry is printed." in page.one("main").text
    hub.masked = ("safeguarding",)
    assert not re.search(r"entr(?:y|ies) withheld", _page(client, "/print").one("main").text)
    assert "Safeguarding Not printed. See the screen." in _page(client, "/print").one("main").text


def test_ui_66_the_persons_copy_does_not_look_as_if_something_was_taken_out(client) -> None:
    words = _page(client, "/pack/person").one("main").text.casefold()
    for hint in ("withheld", "hidden", "restricted", "safeguard", "not printed", "removed", "left out"):
        assert hint not in words
    assert "Your plan" in _page(client, "/pack/person").text


def test_the_persons_copy_has_long_dates_and_nobody_elses_name(client) -> None:
    main = _page(client, "/pack/person").one("main").text
    assert not re.search(r"\d{2}-[A-Z][a-z]{2}-\d{4}", main)
    assert "10 November 2026" in main
    assert "Robin" not in main
    assert "Penicillin" in main


def test_the_pack_says_what_could_not_be_seen_and_what_is_to_be_done(client) -> None:
    main = _page(client, "/pack").one("main").text
    assert main.startswith("Meeting pack Sources")
    assert "What carehub could not see, or not up to now: Northvale Community (Out of date)" in main
    (row,) = [row.text for row in _page(client, "/pack").all("tr") if row.text.startswith("Home safety visit")]
    assert "L Osei, Northvale Council" in row
    assert row.endswith("Overdue by 12 days")
    for conflict in records.PEOPLE["whole"]().plan.conflicts:
        assert conflict.sentence in main


@pytest.mark.parametrize(
    ("title", "harm"),
    [
        ("Safeguarding adult concern", True),
        ("History of domestic abuse", True),
        ("Child protection plan", True),
        ("Fall at home", False),
        ("Heart failure", False),
    ],
)
def test_what_speaks_of_harm_is_known_by_its_words_and_those_of_what_it_stands_for(title, harm) -> None:
    assert speaks_of_harm(builders.entry("problems", title)) is harm
    folded = builders.entry("problems", "Concern", members=(builders.entry("problems", title),))
    assert speaks_of_harm(folded) is harm
    assert speaks_of_harm(builders.entry("problems", "Concern", facts=[("Note", title)])) is harm


def test_a_short_date_in_a_text_is_written_out() -> None:
    assert long_words("Review 01-Apr-2027, then 10-Nov-2028") == "Review 1 April 2027, then 10 November 2028"
    assert long_words("99-Xyz-2027") == "99-Xyz-2027"


def test_a_masked_section_is_on_neither_the_timeline_nor_the_pack(client, hub) -> None:
    hub.masked = ("medicines", "plan")
    timeline = _page(client, "/timeline")
    assert "Bisoprolol" not in timeline.one("main").text.replace("Dose differs", "")
    assert "Entries under Medicines, Plan and actions are not shown to your role" in timeline.text
    pack = _page(client, "/pack").one("main").text
    assert "Home safety visit" not in pack
    assert "Medicines Not shown to the role of whoever printed this." in pack


@pytest.mark.parametrize(
    ("when", "since"),
    [("2026-11-10", True), ("2026-10-25", True), ("2026-10-24", False), ("2026-10", True), ("2026-09", False), ("2026", True)],
)
def test_a_date_that_may_be_since_then_counts_as_a_change(when, since) -> None:
    assert may_be_since(when, "2026-10-25") is since


@pytest.mark.parametrize(
    ("row", "organisation", "kept"),
    [
        ({}, "Northvale Council", (True, True)),
        ({}, "Northvale Domestic Abuse Service", (False, False)),
        ({"facts": [("Note", "Suspected of financial abuse")]}, "Northvale Council", (False, False)),
        ({"labels": ("Restricted",)}, "Northvale Council", (True, False)),
    ],
    ids=["harmless", "owner speaks of harm", "row speaks of harm", "restricted by its source"],
)
def test_an_action_is_on_paper_only_where_its_row_may_be(row, organisation, kept) -> None:
    """Hazard H17: (on the meeting's sheets, on the person's copy)."""
    by = (builders.said(COUNCIL, "Task/7"),)
    labels = row.get("labels", ())
    told = builders.entry("plan", "Ring first", by=by, key="Task/7", when="2026-11-01", facts=row.get("facts", ()))
    action = Action("Task/7", "Task/7", "plan", "Ring first", "Ready", True, "2026-12-01", "", (Owner("K Bell", organisation),), (), (), by)
    base = whole()
    made = replace(builders.plan({"plan": [replace(told, labels=labels)]}), joint=JointPlan(actions=(action,)))
    record = builders.disclosed(replace(base, plan=made))
    assert tuple(bool(pack(record, for_person=copy).actions) for copy in (False, True)) == kept
