"""The timeline of a record: what lasts, what goes on, what is planned, and where nobody could have told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from carehub.careplan.plan import Entry, Fact, Identity, Section, SectionState, SourceReport, SourceState, UnifiedCarePlan
from carehub.careplan.sections import HEADINGS
from carehub.careplan.timeline import KINDS, asked_for, days_of, shown, span_of, timeline, window
from carehub.terms.attribution import Attribution
from carehub.terms.organisations import SourceKind, SourceOrganisation

NOW = datetime(2026, 11, 22, 9, 2, tzinfo=UTC)
GP = SourceOrganisation("X99001", "Elmfield Surgery", SourceKind.GP)
HOSPITAL = SourceOrganisation("X99002", "Northvale General Hospital", SourceKind.ACUTE)
SILENT_SINCE = "2026-11-10T02:00:00.000Z"


def entry(key: str, section: str, when: str, *, by=(GP,), ends: str = "", active: bool = True, status: str = "Active", **more) -> Entry:
    told = tuple(Attribution(source, "f", f"{key}-{source.code}", 1, "m", "", "", "", "a", 1) for source in by)
    return Entry(key, section, "statement", key, status, active, when, more.pop("facts", ()), (), told, ends=ends, **more)


def report(source: SourceOrganisation, received: str) -> SourceReport:
    return SourceReport(source, "Patient/1", ("f",), received, "", "", "P1D", "P3D", 1, 0, 0, (), "")


def built(*entries: Entry, hospital: str = "stale", quiet: tuple[str, ...] = (), death: tuple[str, str] = ("", "")):
    held = tuple(Section(h.key, h.title, tuple(e for e in entries if e.section == h.key), ()) for h in HEADINGS)
    plan = UnifiedCarePlan("p", Identity("", "", "", "", "", "", False, *death, ()), held, (), (), (), (), 0, "")
    sources = (
        SourceState(GP.name, "GP", "current", "Up to date", "Received.", report(GP, "2026-11-22T06:00:00.000Z")),
        SourceState(HOSPITAL.name, "Hospital", hospital, "Out of date", "Last received 12 days ago.", report(HOSPITAL, SILENT_SINCE)),
        SourceState("Age Well", "Voluntary", "no_agreement", "No sharing agreement", "No data sharing agreement with Age Well."),
    )
    states = {
        h.key: tuple(SectionState(s, "not_in_feed" if h.key in quiet and s is HOSPITAL else "entries", "") for s in (GP, HOSPITAL))
        for h in HEADINGS
    }
    return timeline(plan, sources, states, NOW)


def only(*entries: Entry, **more):
    (event,) = built(*entries, **more).events
    return event


def test_every_agency_has_a_lane_with_its_reason() -> None:
    lanes = built(quiet=("encounters",)).lanes
    assert [lane.badge for lane in lanes] == ["GP", "Hospital", "Voluntary"]
    assert lanes[0].why == ()
    assert lanes[0].silent_from == ""
    assert lanes[1].silent_from == SILENT_SINCE
    assert lanes[1].why[0] == "Last received 12 days ago."
    assert "contacts and visits" in lanes[1].why[1]
    assert (lanes[2].dark, lanes[2].why) == ("No sharing agreement", ("No data sharing agreement with Age Well.",))


def test_a_source_that_shares_nothing_of_what_is_drawn_is_dark_and_not_empty() -> None:
    quiet = tuple(h.key for h in HEADINGS)
    assert built(quiet=quiet).lanes[1].dark == "Not part of what it shares"
    assert built(quiet=quiet).lanes[0].dark == ""


def test_what_goes_on_reaches_today_only_where_its_source_could_have_said_that_it_ended() -> None:
    goes_on = only(entry("Package", "encounters", "2026-01-05", facts=(Fact("Kind", "Episode of care"),)))
    assert (goes_on.kind, goes_on.lasts, goes_on.goes_on, goes_on.known_until) == ("stay", True, True, "")
    assert span_of(goes_on, NOW) == (date(2026, 1, 5), date(2026, 11, 22))
    unsure = only(entry("Package", "encounters", "2026-01-05", by=(HOSPITAL,), facts=(Fact("Kind", "Episode of care"),)))
    assert unsure.known_until == SILENT_SINCE
    told_twice = only(entry("Aspirin", "medicines", "2026-01-05", by=(HOSPITAL, GP)))
    assert told_twice.known_until == "", "the other source is up to date"


CONFIRMED = "reported by the GP and the hospital"


@pytest.mark.parametrize(
    ("death", "by", "goes_on", "last", "known_until"),
    [
        (("2026-11-14", CONFIRMED), GP, False, date(2026, 11, 14), ""),
        (("2026-11-14", CONFIRMED), HOSPITAL, False, date(2026, 11, 14), SILENT_SINCE),
        (("2026-11-09", CONFIRMED), HOSPITAL, False, date(2026, 11, 9), ""),
        (("2026-11-14", "unconfirmed"), GP, True, date(2026, 11, 22), ""),
        (("", CONFIRMED), GP, False, date(2026, 1, 5), ""),
    ],
)
def test_hazard_nothing_goes_on_past_a_confirmed_death(death, by, goes_on, last, known_until) -> None:
    """H-23: nor where its day is not told; an unconfirmed one ends nothing, and what a source fell silent on before it stays unknown."""
    event = only(entry("Package", "support", "2026-01-05", by=(by,)), death=death)
    assert (event.goes_on, span_of(event, NOW), event.known_until) == (goes_on, (date(2026, 1, 5), last), known_until)
    ended = only(entry("Ward 7", "encounters", "2026-11-01", ends="2026-11-05", active=False, status="Finished"), death=death)
    assert (ended.died, span_of(ended, NOW)[1]) == ("", date(2026, 11, 5))


def test_a_stay_has_both_its_ends_and_one_without_an_end_is_not_drawn_as_lasting() -> None:
    stay = only(entry("Ward 7", "encounters", "2026-11-01T22:00:00Z", ends="2026-11-05", active=False, status="Finished"))
    assert (stay.kind, stay.lasts, stay.goes_on) == ("stay", True, False)
    assert span_of(stay, NOW) == (date(2026, 11, 1), date(2026, 11, 5))
    stopped = only(entry("Aspirin", "medicines", "2026-11-01", active=False, status="Stopped"))
    assert (stopped.lasts, stopped.goes_on) == (False, False)
    assert span_of(stopped, NOW) == (date(2026, 11, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("when", "status", "planned", "untold"),
    [
        ("2026-12-01", "Planned", True, False),
        ("2026-11-22T09:03:00Z", "Planned", True, False),
        ("2026-11-20", "Planned", False, True),
        ("2026-11-20", "Finished", False, False),
        ("2026-11-22", "Planned", False, True),
    ],
)
def test_what_lies_ahead_is_planned_and_what_was_planned_is_never_taken_to_have_happened(when, status, planned, untold) -> None:
    event = only(entry("Clinic", "encounters", when, status=status, active=status == "Planned"))
    assert (event.planned, event.untold) == (planned, untold)


def test_a_date_that_is_only_a_month_may_be_any_day_of_it() -> None:
    assert days_of("2025-06") == (date(2025, 6, 1), date(2025, 6, 30))
    assert days_of("2025-12") == (date(2025, 12, 1), date(2025, 12, 31))
    assert days_of("2025") == (date(2025, 1, 1), date(2025, 12, 31))
    assert days_of("soon") is None
    assert days_of("") is None


def test_what_is_not_shown_is_counted() -> None:
    whole = built(
        entry("old", "encounters", "2020-01-01", status="Finished", active=False),
        entry("new", "encounters", "2026-10-01", status="Finished", active=False),
        entry("far", "encounters", "2029-01-01", status="Planned"),
        entry("Aspirin", "medicines", "2026-10-01"),
        entry("undated", "encounters", ""),
        entry("Asthma", "problems", "2020"),
    )
    part = shown(whole, *window(whole, "12m"), {"contact", "stay", "plan"})
    assert [event.title for event in part.events] == ["new"]
    assert (part.earlier, part.later) == (1, 1)
    assert part.hidden == ((KINDS["medicine"], 1),)
    assert [event.title for event in whole.undated] == ["undated"]
    assert whole.left_off == (("Conditions", 1),)
    everything = shown(whole, *window(whole, "all"), KINDS)
    assert (len(everything.events), everything.earlier) == (3, 0)


def test_an_unknown_filter_hides_nothing() -> None:
    assert asked_for("", ()) == asked_for("2w", ("results",)) == ("12m", frozenset(KINDS))
    assert asked_for("5y", ("stay", "x")) == ("5y", frozenset({"stay"}))


def test_a_vaccination_told_twice_stands_in_both_lanes_and_a_medicine_told_twice_once() -> None:
    members = (entry("flu", "immunisations", "2026-10-01", by=(GP,)), entry("jab", "immunisations", "2026-10-01", by=(HOSPITAL,)))
    both = entry("flu", "immunisations", "2026-10-01", by=(GP, HOSPITAL), members=members)
    assert [event.lane for event in built(both).events] == ["gp/X99001", "acute/X99002"]
    course = entry("Aspirin", "medicines", "2026-10-01", by=(GP, HOSPITAL), members=members)
    assert [len(event.sources) for event in built(course).events] == [2]
