"""What the reader is told is missing: every source in every section has words, exact ones, at any moment (hazards H01, H02, H03, H06)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carehub.careplan import absence, gaps
from carehub.careplan.freshness import FeedClock, freshness
from carehub.careplan.plan import ExpectedSource, SectionState
from carehub.terms.moments import instant, iso
from carehub.terms.organisations import SourceKind, SourceOrganisation
from unit.careplan.told import (
    COMMUNITY,
    COUNCIL,
    GP,
    HOSPITAL,
    NOW,
    PENICILLIN,
    SECTIONS,
    allergy,
    concept,
    doctor,
    none_known,
    notice,
    patient,
    plan,
    record,
    status,
    view,
)

FORBIDDEN = {"none", "n/a", "-", "0", "nil", "no data", "no results", ""}
WARNING = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode"
GP_ALLERGIES = ("886921000000105", "Allergies and adverse reactions")


def listed(code, note="", *, list_code=GP_ALLERGIES, id="l", **more):
    """A GP list with a warning."""
    held = {
        "status": "current",
        "mode": "snapshot",
        "code": concept(*list_code),
        "extension": [{"url": WARNING, "valueCodeableConcept": status(code)}],
    }
    return record(GP, "List", id, {**held, **({"note": [{"text": note}]} if note else {}), **more})


def expected(feed="voluntary/people", title="Age Well Northvale", badge="Voluntary", checking=0):
    return ExpectedSource(feed, title, badge, checking)


def state_of(made, now=NOW):
    (found,) = gaps.source_states(made, now)
    return found.code, found.tag, found.sentence


# ---- a source ----


@pytest.mark.parametrize(
    ("ago", "code", "sentence"),
    [
        (timedelta(hours=1), "current", "Received 22-Nov-2026 08:01."),
        (timedelta(days=1), "current", "Received 21-Nov-2026 09:01."),
        (timedelta(days=1, minutes=1), "late", "Last received 21-Nov-2026 09:00 (1 day 1 minute ago). Expected every day."),
        (timedelta(days=7), "late", "Last received 15-Nov-2026 09:01 (7 days ago). Expected every day."),
        (timedelta(days=7, minutes=1), "stale", "Last received 7 days ago (15-Nov-2026 09:00). Expected every day."),
        (timedelta(days=-1), "current", "Received 23-Nov-2026 09:01."),
    ],
)
def test_a_source_turns_late_and_out_of_date_at_its_limits(ago, code, sentence):
    received = (NOW - ago).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert state_of(plan(view(GP, received=received))) == (code, absence.TAGS[code], sentence)


def test_what_cannot_be_timed_is_never_up_to_date():
    assert state_of(plan(view(GP, received="")))[0] == "stale"
    assert state_of(plan(view(GP, expected_every="weekly")))[:1] == ("late",)
    assert state_of(plan(view(GP, stale_after="")))[0] == "stale"


def test_a_source_whose_messages_cannot_be_read_is_failing():
    made = plan(view(GP, received="2026-11-21T18:40:00Z", notices=(notice("", number="MAP-001", count=14),)))
    assert state_of(made) == ("failing", "Failing", "Messages are arriving but 14 cannot be read. Last good 21-Nov-2026 18:40.")
    assert [g.sentence for g in made.gaps] == ["14 messages received, not readable."]
    assert (made.sources[0].failing, made.sources[0].unreadable) == (14, 0)


def test_a_warning_of_the_source_is_its_tag_and_stands_beside_its_age():
    made = plan(view(GP, listed("confidential-items")))
    assert state_of(made) == ("withheld", "Withheld at source", f"Received 22-Nov-2026 08:01. {absence.WITHHELD}")
    assert made.sources[0].warnings == (SectionState(GP, "withheld", absence.WITHHELD),)


def test_an_expected_feed_without_a_record_has_a_state_of_its_own():
    made = plan(
        view(GP), expected=(expected(), expected("gp/records", "GP", "GP"), expected("la/people", "Northvale Council", "Social care", 2))
    )
    states = gaps.source_states(made, NOW)
    assert [(s.title, s.badge, s.code, s.sentence) for s in states] == [
        ("Elmfield Surgery", "GP", "current", "Received 22-Nov-2026 08:01."),
        ("Northvale Council", "Social care", "checking", absence.CHECKING),
        ("Age Well Northvale", "Voluntary", "no_record", absence.NO_RECORD),
    ]
    assert [s.report is None for s in states] == [False, True, True]
    assert [(g.code, g.source) for g in made.gaps] == [("checking", "Northvale Council"), ("no_record", "Age Well Northvale")]


def test_a_linked_source_with_another_possible_record_says_so():
    made = plan(view(GP), expected=(expected("gp/records", "GP records", "GP", 1),))
    assert [(g.code, g.source) for g in made.gaps] == [("checking", "Elmfield Surgery")], "the source's name, not its feed's"
    assert state_of(made) == ("checking", "Being checked", f"Received 22-Nov-2026 08:01. {absence.CHECKING}")
    assert (absence.CHECKING in " ".join(s.sentence for s in gaps.section_states(made, "allergies", NOW))) is True


def test_reviews_that_no_feed_accounts_for_are_still_told():
    assert [(g.code, g.sentence) for g in plan(view(GP), reviews=1).gaps] == [
        ("checking", "A possible record of this person is being checked and is not shown.")
    ]
    assert plan(view(GP), reviews=0).gaps == ()


def test_a_person_nobody_told_of_still_names_every_expected_source():
    made = plan(expected=(expected(),))
    assert [s.code for s in gaps.source_states(made, NOW)] == ["no_record"]
    assert [s.sentence for s in gaps.section_states(made, "plan", NOW)] == [f"Voluntary: {absence.NO_RECORD}"]


# ---- a section ----


@pytest.mark.parametrize(
    ("held", "state", "sentence"),
    [
        ((), "nothing_recorded", "GP: nothing recorded"),
        ((allergy(GP, "a", PENICILLIN),), "entries", "GP: 1 entry"),
        ((none_known(), doctor()), "stated_none", "GP: no known allergy, stated by Dr A Khan, 02-Feb-2019"),
        (
            (none_known(), doctor(), allergy(GP, "a", PENICILLIN)),
            "entries",
            "GP: 1 entry; no known allergy, stated by Dr A Khan, 02-Feb-2019",
        ),
    ],
)
def test_what_a_source_says_in_a_section(held, state, sentence):
    (found,) = gaps.section_states(plan(view(GP, *held)), "allergies", NOW)
    assert (found.state, found.sentence) == (state, sentence)


def test_a_section_that_is_not_in_the_feed():
    (found,) = gaps.section_states(plan(view(COUNCIL, sections=("plan",))), "allergies", NOW)
    assert (found.state, found.sentence) == ("not_in_feed", "Social care: this section is not part of what it shares")


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (3, "Community: 3 entries received that carehub could not read, show them as sent"),
        (1, "Community: 1 entry received that carehub could not read, show it as sent"),
    ],
)
def test_entries_that_could_not_be_read_are_counted_in_their_section(count, sentence):
    made = plan(view(COMMUNITY, notices=(notice("AllergyIntolerance", count=count),)))
    (found,) = gaps.section_states(made, "allergies", NOW)
    assert (found.state, found.sentence) == ("unmapped", sentence)
    assert [g.section for g in made.gaps] == ["allergies"]
    with_others = plan(view(COMMUNITY, allergy(COMMUNITY, "a", PENICILLIN), notices=(notice("AllergyIntolerance", count=count),)))
    (found,) = gaps.section_states(with_others, "allergies", NOW)
    assert (found.state, found.sentence) == ("entries", sentence.replace("Community: ", "Community: 1 entry; "))


def test_a_late_source_says_so_after_what_it_told():
    told, late = gaps.section_states(plan(view(GP, received="2026-11-20T09:01:00Z")), "allergies", NOW)
    assert (told.state, told.sentence) == ("nothing_recorded", "GP: nothing recorded")
    assert (late.state, late.sentence) == ("late", "GP: Last received 20-Nov-2026 09:01 (2 days ago). Expected every day.")


def test_a_warning_limits_its_own_section_and_no_other():
    made = plan(view(GP, listed("confidential-items")))
    assert [s.state for s in gaps.section_states(made, "allergies", NOW)] == ["nothing_recorded", "withheld"]
    assert [s.state for s in gaps.section_states(made, "problems", NOW)] == ["nothing_recorded"]
    nowhere = plan(view(GP, listed("data-awaiting-filing", list_code=("1", "Odds and ends"))))
    assert all(any(s.state == "awaiting_filing" for s in gaps.section_states(nowhere, key, NOW)) for key in SECTIONS)


def test_two_sources_of_one_kind_are_told_apart():
    other = SourceOrganisation("X99009", "Oakfield Surgery", SourceKind.GP)
    made = plan(view(GP), view(other))
    assert [s.sentence for s in gaps.section_states(made, "allergies", NOW)] == [
        "GP (Elmfield Surgery): nothing recorded",
        "GP (Oakfield Surgery): nothing recorded",
    ]


def test_two_patient_records_of_one_source_speak_once():
    made = plan(
        view(GP, allergy(GP, "a", PENICILLIN), patient="Patient/1"), view(GP, allergy(GP, "b", {"text": "Latex"}), patient="Patient/2")
    )
    assert [s.sentence for s in gaps.section_states(made, "allergies", NOW)] == ["GP: 2 entries"]
    assert len(made.sources) == 2


def test_a_section_that_policy_took_away_keeps_policy_s_words_once():
    from dataclasses import replace

    made = plan(view(GP, allergy(GP, "a", PENICILLIN), listed("confidential-items")))
    words = absence.role("Link worker")
    masked = tuple(
        replace(s, entries=(), states=tuple(replace(t, state="role", sentence=words) for t in s.states)) if s.key == "allergies" else s
        for s in made.sections
    )
    taken = replace(made, sections=masked, conflicts=())
    assert [(s.state, s.sentence) for s in gaps.section_states(taken, "allergies", NOW)] == [("role", words)]
    assert gaps.allergy_label(taken, NOW) == "Allergies unavailable"


def test_no_combination_of_source_state_and_section_is_ever_blank():
    """The matrix of UI-10: what a source told × how old it is × every section."""
    told = {
        "entries": {"records": (allergy(GP, "a", PENICILLIN), patient(GP))},
        "stated_none": {"records": (none_known(), doctor())},
        "nothing": {},
        "not_in_feed": {"sections": ()},
        "unmapped": {"notices": tuple(notice(t) for t in ("AllergyIntolerance", "Observation", "Weird", ""))},
        "withheld": {"records": (listed("confidential-items"),)},
        "in_transfer": {"records": (listed("data-in-transit", list_code=("1", "")),)},
        "awaiting_filing": {"records": (listed("data-awaiting-filing"),)},
        "failing": {"notices": (notice("", number="MAP-001"),)},
        "merged": {"merged_into": "Patient/other"},
    }
    ages = ["2026-11-22T08:01:00Z", "2026-11-20T08:01:00Z", "2026-01-01T00:00:00Z", ""]
    seen = set()
    for elements in told.values():
        for received in ages:
            made = plan(
                view(GP, **{"received": received, **elements}),
                view(HOSPITAL),
                expected=(expected(), expected("la/x", "Council", "Social care", 1)),
            )
            for key in SECTIONS:
                states = gaps.section_states(made, key, NOW)
                assert {s.source.title for s in states} == {"Elmfield Surgery", "Northvale General", "Age Well Northvale", "Council"}
                for state in states:
                    words = state.sentence.partition(": ")[2] or state.sentence
                    assert words.strip(" .").casefold() not in FORBIDDEN
                    seen.add(state.state)
            for source in gaps.source_states(made, NOW):
                assert source.sentence.strip()
                assert source.tag == absence.TAGS[source.code]
                seen.add(source.code)
    assert seen >= {"entries", "stated_none", "nothing_recorded", "not_in_feed", "unmapped", "withheld", "in_transfer", "awaiting_filing"}
    assert seen >= {"current", "late", "stale", "failing", "no_record", "checking"}


def test_the_moment_of_reading_is_only_an_argument():
    made = plan(view(GP))
    then = datetime(2027, 1, 1, tzinfo=UTC)
    assert instant(made.sources[0].received) < then
    assert (state_of(made)[0], state_of(made, then)[0], state_of(made)[0]) == ("current", "stale", "current")


def clock(feed, last=NOW, **more):
    """How a feed stands."""
    said = {"last_good": iso(last), "dead": 0, "expected_every": "PT1H", "stale_after": "P1D", **more}
    return {feed: FeedClock(feed, iso(last), **said)}


def test_a_source_is_late_when_one_of_its_feeds_is_though_another_brought_something_now():
    made = plan(view(GP, feeds=("gp/letters", "gp/results"), received=iso(NOW)))
    report = made.sources[0]
    assert freshness(report, NOW)[0] == "current"
    silent = clock("gp/results", NOW - timedelta(hours=3))
    assert freshness(report, NOW, silent) == ("late", absence.late(silent["gp/results"].last, timedelta(hours=3), timedelta(hours=1)))
    assert freshness(report, NOW, clock("gp/results", NOW - timedelta(days=3)))[0] == "stale"
    assert freshness(report, NOW, clock("other/feed", NOW - timedelta(days=3)))[0] == "current"
    assert gaps.source_states(made, NOW, silent)[0].code == "late"


def test_a_source_fails_while_its_feed_brings_what_cannot_be_read():
    made = plan(view(GP, feeds=("gp/letters",), received=iso(NOW)))
    failing = clock("gp/letters", dead=14)
    assert freshness(made.sources[0], NOW, failing) == ("failing", absence.failing(14, iso(NOW)))
    assert gaps.allergy_label(made, NOW, failing) == "Allergies unavailable"
    assert any(state.state == "failing" for state in gaps.section_states(made, "allergies", NOW, failing))
