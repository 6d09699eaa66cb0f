"""The rules of the caseload: what counts, from which day to which, how often, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.careplan.plan import Entry
from carehub.caseload.criteria import Criteria, Threshold, shipped
from carehub.caseload.evidence import (
    ADMITTED,
    FRAIL,
    PACKAGE,
    RULES,
    SEVERE_FRAILTY,
    TRANSFER,
    UNPLANNED,
    Evidence,
    evidence,
    marked,
    marks,
)
from carehub.caseload.reasons import possible, reasons
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceKind, SourceOrganisation

TODAY = date(2026, 11, 22)
HOSPITAL = SourceOrganisation("X9A01", "Northvale General Hospital", SourceKind.ACUTE)
OTHER = SourceOrganisation("X9A02", "Southvale Infirmary", SourceKind.ACUTE)
COUNCIL = SourceOrganisation("CSSR-503", "Northvale Council", SourceKind.LOCAL_AUTHORITY)
PRACTICE = SourceOrganisation("X99002", "Elmfield Surgery", SourceKind.GP)


def admitted(day: str, source: SourceOrganisation = HOSPITAL, until: str = "", **more: object) -> Evidence:
    return Evidence(ADMITTED, day, "Unplanned admission", source, f"Encounter/{source.code}-{day}", until, **more)  # type: ignore[arg-type]


def entry(record: str, source: SourceOrganisation, codes: tuple[str, ...] = (), **more: object) -> Entry:
    told = Attribution(source, "f/f", record, 1, "m", "", "2026-11-01T00:00:00.000Z", "", "f", 1)
    held: dict[str, object] = {"title": "Home care", "status": "", "active": True, "when": "2026-10-01", "facts": ()}
    return Entry(record, "support", "statement", codes=codes, attributions=(told,), **{**held, **more})  # type: ignore[arg-type]


def test_two_unplanned_admissions_are_told_with_their_days_and_hospitals_the_newest_first() -> None:
    [one] = reasons([admitted("2026-02-03"), admitted("2026-10-03", OTHER)], shipped(), TODAY)
    assert one.sentence == (
        "2 unplanned admissions in the last 365 days: 03-Oct-2026 (Southvale Infirmary); 03-Feb-2026 (Northvale General Hospital)"
    )
    assert (one.rule, one.day, one.since) == (ADMITTED, "2026-10-03", "2026-10-03")


def test_since_is_the_day_by_which_enough_had_come() -> None:
    [one] = reasons([admitted(day) for day in ("2026-02-03", "2026-05-01", "2026-10-03")], shipped(), TODAY)
    assert (one.day, one.since) == ("2026-10-03", "2026-05-01")


@pytest.mark.parametrize(("back", "held"), [(0, True), (364, True), (365, False), (-1, False)])
def test_the_days_that_count_are_today_and_those_before_it(back: int, held: bool) -> None:
    day = (TODAY - timedelta(days=back)).isoformat()
    assert bool(reasons([admitted(day), admitted("2026-11-20")], shipped(), TODAY)) is held


@pytest.mark.parametrize(("day", "held"), [("2026-11", True), ("2025", True), ("2025-10", False), ("", False), ("soon", False)])
def test_a_month_or_a_year_counts_where_it_may_lie_within_them(day: str, held: bool) -> None:
    assert bool(reasons([admitted(day), admitted("2026-11-20")], shipped(), TODAY)) is held


def test_one_admission_told_twice_is_one() -> None:
    twice = [admitted("2026-10-03"), replace(admitted("2026-10-03"), record="Encounter/again")]
    assert reasons(twice, shipped(), TODAY) == ()
    assert reasons([*twice, admitted("2026-10-03", OTHER)], shipped(), TODAY) != ()


def test_a_transfer_begins_no_admission_where_the_stay_it_comes_from_is_told() -> None:
    moved = admitted("2026-10-06", OTHER, "2026-10-20", moved=True)
    assert reasons([admitted("2026-10-03", until="2026-10-06"), moved], shipped(), TODAY) == ()
    assert reasons([admitted("2026-10-06", until="2026-10-06"), moved], shipped(), TODAY) == ()
    assert reasons([admitted("2026-10-03", until="2026-10-05"), moved], shipped(), TODAY) != ()
    assert reasons([admitted("2026-10-03", until="2026-10-06"), replace(moved, moved=False)], shipped(), TODAY) != ()


def test_severe_frailty_counts_whenever_it_was_coded_and_says_when_no_day_is_given() -> None:
    [one] = reasons([Evidence(FRAIL, "", "Severe frailty coded", PRACTICE, "Condition/1")], shipped(), TODAY)
    assert (one.sentence, one.day) == ("Severe frailty coded without a date (Elmfield Surgery)", "")


def test_a_rule_that_a_site_does_not_have_puts_nobody_on_the_list() -> None:
    only = Criteria("x", {PACKAGE: Threshold(1, 90)})
    frail = Evidence(FRAIL, "2026-01-01", "Severe frailty coded", PRACTICE, "Condition/1")
    assert reasons([frail, admitted("2026-11-01"), admitted("2026-11-09")], only, TODAY) == ()
    assert not possible(marks([frail]), only, TODAY)


@pytest.mark.parametrize("code", sorted(UNPLANNED))
def test_each_emergency_method_of_the_data_dictionary_is_an_unplanned_admission(code: str) -> None:
    [one] = evidence([entry("Encounter/1", HOSPITAL, (code,), when="2026-10-03T23:30:00Z", ends="2026-10-05")], ())
    assert (one.rule, one.day, one.until, one.moved) == (ADMITTED, "2026-10-04", "2026-10-05", code == TRANSFER)


@pytest.mark.parametrize("code", ["11", "12", "13", "2C", "31", "32", "81", "82", "83", ""])
def test_a_planned_admission_a_birth_and_one_without_a_method_are_none(code: str) -> None:
    system = next(iter(UNPLANNED)).rpartition("|")[0]
    assert evidence([entry("Encounter/1", HOSPITAL, (f"{system}|{code}",) if code else ())], ()) == ()


def test_frailty_counts_as_a_condition_or_finding_that_stands_and_not_of_a_relative() -> None:
    coded = (SEVERE_FRAILTY,)
    for record, active, held in (
        ("Condition/1", True, True),
        ("Observation/1", True, True),
        ("Condition/1", False, False),
        ("FamilyMemberHistory/1", True, False),
    ):
        assert bool(evidence((), [entry(record, PRACTICE, coded, active=active)])) is held
    assert evidence((), [entry("Condition/1", PRACTICE, ("http://snomed.info/sct|925831000000107",))]) == ()


def test_a_service_of_social_care_counts_by_its_beginning_and_its_end_and_others_services_do_not() -> None:
    found = evidence((), [entry("EpisodeOfCare/1", COUNCIL, ends="2026-11-01")])
    assert [(one.day, one.words) for one in found] == [("2026-10-01", "Home care began"), ("2026-11-01", "Home care ended")]
    [reason] = reasons(found, shipped(), TODAY)
    assert reason.sentence == ("Care package changed: Home care ended 01-Nov-2026, Home care began 01-Oct-2026 (Northvale Council)")
    assert evidence((), [entry("EpisodeOfCare/1", PRACTICE), entry("DeviceRequest/1", COUNCIL)]) == ()


DAYS = st.dates(date(2025, 6, 1), date(2026, 12, 31)).map(date.isoformat) | st.sampled_from(("", "2026", "2026-10", "2025-11"))
PIECES = st.builds(
    Evidence, st.sampled_from(RULES), DAYS, st.just("x"), st.sampled_from((HOSPITAL, OTHER)), st.sampled_from("abcde"), DAYS, st.booleans()
)


@given(st.lists(PIECES, max_size=8), st.data())
def test_the_index_never_leaves_out_who_has_a_reason_in_any_part_of_the_record(found: list[Evidence], data: st.DataObject) -> None:
    part = [one for one in found if data.draw(st.booleans())]
    if reasons(part, shipped(), TODAY):
        assert possible(marks(found), shipped(), TODAY)


@given(st.lists(PIECES, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_evidence_is_found_means_nothing(found: list[Evidence], dice) -> None:
    mixed = list(dict.fromkeys(found))
    dice.shuffle(mixed)
    rules = [(one.rule, one.day, one.since, len(one.evidence)) for one in reasons(dict.fromkeys(found), shipped(), TODAY)]
    assert [(one.rule, one.day, one.since, len(one.evidence)) for one in reasons(mixed, shipped(), TODAY)] == rules


@given(st.lists(PIECES, max_size=8))
def test_marks_are_read_back(found: list[Evidence]) -> None:
    assert sorted(marked(marks(found))) == sorted((one.rule, one.day) for one in found)
