"""screen and its neighbours: disclosed record in, view out."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from carehub.careplan.absence import CHECKING, TAGS
from carehub.careplan.plan import Conflict, SectionState, SourceState, Statement
from carehub.web import screen, section_list
from carehub.web.badges import Badges
from carehub.web.banner import banner, display_name
from carehub.web.dates import age_words, long_date, time_element
from carehub.web.glance import glance
from carehub.web.pages.person import sent_text
from carehub.web.rendering import Pages
from carehub.web.rows import RowMaker, in_order
from carehub.web.source_lines import gap_sentences, state_lines
from doors.web import builders, records


@pytest.mark.parametrize("view", [screen.overview, screen.frame, screen.shares, section_list.sheets])
@pytest.mark.parametrize("undisclosed", [records.rich(), records.rich().plan, None, "text"], ids=["record", "plan", "none", "text"])
def test_only_what_was_disclosed_is_shown(view, undisclosed) -> None:
    with pytest.raises(TypeError, match="disclosed"):
        view(undisclosed)


def test_a_disclosed_value_of_another_kind_is_not_a_record() -> None:
    with pytest.raises(TypeError, match="disclosed"):
        screen.overview(builders.disclosed(records.rich().plan))
    with pytest.raises(TypeError, match="disclosed"):
        sent_text(b"{}")


@pytest.mark.parametrize(
    ("family", "given", "prefix", "shown"),
    [
        ("Smith", "Margaret", "Mrs", "SMITH, Margaret (Mrs)"),
        ("o'brien", "Áine", "", "O'BRIEN, Áine"),
        ("", "Margaret", "", "Family name not known, Margaret"),
        ("Smith", "", "", "SMITH, given name not known"),
        ("", "", "Mrs", "Name not known"),
    ],
)
def test_a_name_is_in_cui_form(family, given, prefix, shown) -> None:
    assert display_name(family, given, prefix) == shown


@pytest.mark.parametrize(
    ("birth", "on", "words"),
    [
        ("2026-11-22", "2026-11-22", "0d"),
        ("2026-10-26", "2026-11-22", "27d"),
        ("2026-10-25", "2026-11-22", "4w"),
        ("2026-06-01", "2026-11-22", "24w 6d"),
        ("2025-11-22", "2026-11-22", "12m"),
        ("2024-11-23", "2026-11-22", "23m"),
        ("2024-11-22", "2026-11-22", "2y"),
        ("2008-11-23", "2026-11-22", "17y 11m"),
        ("2008-11-22", "2026-11-22", "18y"),
        ("1941-03-09", "2026-11-22", "85y"),
        ("1941", "2026-11-22", ""),
        ("", "2026-11-22", ""),
        ("2027-01-01", "2026-11-22", ""),
    ],
)
def test_an_age_is_in_cui_form(birth, on, words) -> None:
    assert age_words(birth, on) == words


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("1941-03-09", "9 March 1941"),
        ("1941-03", "March 1941"),
        ("1941", "1941"),
        ("2026-06-30T23:30:00Z", "1 July 2026"),
        ("2026-13-45", "2026-13-45"),
        ("about 1990", "about 1990"),
    ],
)
def test_the_spoken_date_has_its_month_in_full(text, spoken) -> None:
    assert long_date(text) == spoken


def test_a_date_that_is_none_is_escaped_and_not_called_a_date() -> None:
    assert time_element("<b>2026</b>") == '<span class="ch-long">&lt;b&gt;2026&lt;/b&gt;</span>'
    assert time_element("") == "Not recorded"
    assert "at 06:10" in time_element("2026-11-22T06:10:00Z", clock=True)


def test_the_banner_stays_small_or_steps_aside() -> None:
    assert not banner(records.rich()).long
    assert banner(records.hostile()).long


def test_the_banner_counts_the_allergies_it_cannot_name() -> None:
    record = records.rich()
    five = tuple(builders.entry("allergies", f"Allergen {number}") for number in range(5))
    old = builders.entry("allergies", "Outgrown", active=False)
    sections = tuple(replace(one, entries=(*five, old)) if one.key == "allergies" else one for one in record.plan.sections)
    view = banner(replace(record, plan=replace(record.plan, sections=sections)))
    assert view.allergies == ("Allergen 0", "Allergen 1", "Allergen 2")
    assert view.more == 2
    assert view.is_data


@pytest.mark.parametrize(
    ("label", "is_data"),
    [
        ("Known allergies", True),
        ("No known allergies (GP, 02-Feb-2019)", True),
        ("Allergies unavailable (GP recorded none 02-Feb-2019; hospital not available)", False),
        ("Allergies not recorded", False),
    ],
)
def test_only_a_statement_about_allergies_is_emphasised(label, is_data) -> None:
    view = banner(replace(records.rich(), allergy_label=label))
    assert view.is_data is is_data
    assert bool(view.allergies) is label.startswith("Known")


def test_two_organisations_of_one_kind_are_named_apart() -> None:
    other = replace(builders.HOSPITAL, code="X99010", name="Southvale Hospital")
    plan = replace(records.rich().plan, sources=(builders.report(builders.HOSPITAL), builders.report(other)))
    badges = Badges.of(plan)
    assert badges.of_source(other).text == "Hospital (Southvale Hospital)"
    assert badges.of_source(builders.GP).text == "GP"


def test_a_folded_row_carries_the_conflicts_of_what_it_stands_for() -> None:
    members = tuple(builders.entry("medicines", "Paracetamol", key=f"MedicationStatement/{letter}") for letter in "ab")
    folded = replace(members[0], members=members, folded_because="same product")
    hidden = Conflict("k", "C3", "medicines", "high", "Dose differs.", (Statement("1 g", members[1].attributions[0], members[1].key),))
    row = RowMaker(Badges(frozenset()), [hidden]).row(folded)
    assert [found.sentence for found in row.disagreements] == ["Dose differs."]
    assert row.entries == 2


def test_a_conflict_without_a_row_stands_at_the_top_of_its_section() -> None:
    view = section_list.section(builders.disclosed(records.rich()), "about")
    assert [found.sentence for found in view.unplaced] == ["Address differs: Hospital 4 Elm Road; GP 12 Oak Street."]


def test_allergies_and_medicines_go_by_name_and_the_rest_by_date() -> None:
    entries = [builders.entry("x", title, when=when) for title, when in (("b", ""), ("A", "2020"), ("c", "2026-01-01T10:00:00Z"))]
    assert [one.title for one in in_order("medicines", entries)] == ["A", "b", "c"]
    assert [one.title for one in in_order("results", entries)] == ["c", "A", "b"]


def test_a_late_source_with_entries_is_included_and_said_to_be_late() -> None:
    record = records.rich()
    late = record.source_states[2]
    states = {"results": (SectionState(builders.HOSPITAL, "late", f"Hospital: 3 entries. {late.sentence}"),)}
    line = next(one for one in state_lines(replace(record, section_states=states), "results") if one.title == late.title)
    assert line.included
    assert line.short == "received 20-Nov-2026 23:01, late"
    assert line.sentences == (f"Hospital: 3 entries. {late.sentence}",), "one sentence is not said twice"


def test_a_source_without_a_word_on_a_section_is_not_taken_to_have_said_nothing() -> None:
    line = state_lines(replace(records.rich(), section_states={}), "results")[0]
    assert not line.included
    assert line.short == "nothing is known about this section"
    assert line.sentences == ("Received 22-Nov-2026 06:10.",)


def test_an_organisation_with_two_records_has_one_line_with_both_states() -> None:
    record = records.rich()
    again = SourceState(
        "Elmfield Surgery", "GP", "stale", "Out of date", "Last received 12 days ago.", builders.report(builders.GP, patient="Patient/2")
    )
    lines = [
        one
        for one in state_lines(replace(record, source_states=(*record.source_states, again)), "results")
        if one.title == "Elmfield Surgery"
    ]
    assert len(lines) == 1
    assert lines[0].included
    assert lines[0].short.endswith("out of date")
    assert "Last received 12 days ago." in lines[0].sentences


def test_a_warning_limits_only_the_sections_it_is_about() -> None:
    """A list that the practice left items out of says so; the others do not, and age is said in all of them."""
    words = "Items excluded due to confidentiality and/or patient preferences."
    warned = builders.report(builders.GP, warnings=(SectionState(builders.GP, "withheld", words),))
    state = SourceState("Elmfield Surgery", "GP", "late", "Late", f"Last received 20-Nov-2026 23:01 (1 day ago). {words}", warned)
    states = {
        "medicines": (SectionState(builders.GP, "withheld", f"GP: 2 entries. {words}"),),
        "allergies": (SectionState(builders.GP, "nothing_recorded", "GP: nothing recorded"),),
    }
    record = replace(records.rich(), source_states=(state,), section_states=states)
    (medicines,), (allergies,) = state_lines(record, "medicines"), state_lines(record, "allergies")
    assert medicines.sentences == (f"GP: 2 entries. {words}", "Last received 20-Nov-2026 23:01 (1 day ago).")
    assert medicines.short == "as at 22-Nov-2026 06:00, withheld at source, late"
    assert allergies.sentences == ("GP: nothing recorded.", "Last received 20-Nov-2026 23:01 (1 day ago).")
    assert allergies.short == "as at 22-Nov-2026 06:00, late"


@pytest.mark.parametrize("code", ["failing", "late"])
def test_a_failing_source_that_is_being_checked_says_each_sentence_once(code) -> None:
    """The section's states and the panel's one long sentence say the same; together they say it once."""
    age = "Messages are arriving but 2 cannot be read. Last good 20-Nov-2026 23:01."
    words = "Some items are waiting to be reviewed by the practice and are not included."
    warned = builders.report(builders.GP, warnings=(SectionState(builders.GP, "awaiting_filing", words),))
    state = SourceState("Elmfield Surgery", "GP", code, TAGS[code], f"{age} {words} {CHECKING}", warned)
    states = (
        SectionState(builders.GP, "entries", "GP: 2 entries"),
        SectionState(builders.GP, code, f"GP: {age}"),
        SectionState(builders.GP, "checking", f"GP: {CHECKING}"),
        SectionState(builders.GP, "awaiting_filing", f"GP: {words}"),
    )
    record = replace(records.rich(), source_states=(state,), section_states={"results": states})
    (line,) = state_lines(record, "results")
    assert line.sentences == ("GP: 2 entries.", f"GP: {age}", f"GP: {CHECKING}", f"GP: {words}")


def test_one_allergy_named_alike_by_two_sources_is_named_once_in_the_banner() -> None:
    record = records.rich()
    twice = (builders.entry("allergies", "Penicillin", key="A/1"), builders.entry("allergies", "penicillin", key="A/2"))
    sections = tuple(replace(one, entries=twice) if one.key == "allergies" else one for one in record.plan.sections)
    assert len(banner(replace(record, plan=replace(record.plan, sections=sections))).allergies) == 1


def test_a_masked_section_is_restricted_and_not_empty() -> None:
    record = records.rich()
    words = "Your role (Link worker) cannot see this section. Ask the care coordinator."
    states = {"results": tuple(SectionState(source, "role", words) for source in (builders.GP, builders.HOSPITAL, builders.COMMUNITY))}
    lines = state_lines(replace(record, section_states=states), "results")[:3]
    assert [(one.included, one.short) for one in lines] == [(False, "restricted")] * 3
    assert all(words in one.sentences for one in lines)


def test_a_source_that_only_a_section_names_is_shown() -> None:
    record = replace(records.rich(), source_states=())
    assert [one.title for one in state_lines(record, "plan")] == ["Elmfield Surgery", "Northvale General Hospital", "Northvale Community"]


def test_a_gap_that_the_panel_shows_is_not_said_again() -> None:
    record = records.rich()
    silent = replace(record.plan.gaps[0], code="no_record", source="Northvale Council", sentence="No record.", section="")
    unknown = replace(silent, source="Elsewhere")
    gaps = gap_sentences(replace(record, plan=replace(record.plan, gaps=(silent, unknown, *record.plan.gaps))))
    assert ("Northvale Council", "No record.") not in gaps
    assert ("Elsewhere", "No record.") in gaps
    assert len(gaps) == 3


def test_a_section_that_is_not_one_is_an_error() -> None:
    with pytest.raises(KeyError):
        section_list.section(builders.disclosed(records.rich()), "nonsense")


def test_a_page_without_one_of_its_values_fails_loudly() -> None:
    view = screen.overview(builders.disclosed(records.rich()))
    pages = Pages(demo=True, personas=True)
    whole = {
        "view": view,
        "frame": view.frame,
        "here": "overview",
        "viewer": builders.NURSE,
        "form_token": "t",
        "joined": False,
        "halted": None,
    }
    whole["glance"] = glance(builders.disclosed(records.rich()))
    assert pages.text("overview.html", **whole)
    for name in whole:
        with pytest.raises(UndefinedError):
            pages.text("overview.html", **{key: value for key, value in whole.items() if key != name})


@pytest.mark.parametrize("missing", [one.name for one in fields(screen.Overview) if one.name != "frame"])
def test_a_view_without_one_of_its_parts_fails_loudly(missing) -> None:
    view = screen.overview(builders.disclosed(records.rich()))
    left = {one.name: getattr(view, one.name) for one in fields(view) if one.name != missing}
    rest = {"frame": view.frame, "here": "overview", "viewer": builders.NURSE, "form_token": "t", "joined": False, "halted": None}
    with pytest.raises(UndefinedError):
        Pages(demo=True).text("overview.html", view=left, glance=glance(builders.disclosed(records.rich())), **rest)


def test_a_number_stays_with_its_unit_and_the_characters_are_unchanged() -> None:
    words = Pages(demo=False)._environment.filters["words"]
    assert words("5 mg <b>") == '<span class="nb">5 mg</span> &lt;b&gt;'
    assert words("Received 22-Nov-2026 06:10.") == 'Received <span class="nb">22-Nov-2026 06:10</span>.'
    assert words("NHS 999 000 0018") == 'NHS <span class="nb">999 000 0018</span>'


def test_only_what_is_no_word_may_be_parted_in_its_middle() -> None:
    words = Pages(demo=False)._environment.filters["words"]
    for whole in ("Electroencephalographically", "O'Brien-Featherstonehaugh-Cholmondeley", "non-insulin-dependent", "(unfolded)"):
        assert words(whole) == escape(whole)
    for parted in ("W" * 31, "2.16.840.1.113883.2.1.4.1", "urn:oid:2.16.840.1.113883"):
        assert words(parted).startswith('<span class="ch-long">')
    assert words("note " + "W" * 31 + " end").replace('<span class="ch-long">', "").replace("</span>", "") == "note " + "W" * 31 + " end"
