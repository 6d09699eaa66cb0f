"""The words of SCREENS 3.0.3, letter for letter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carehub.careplan import absence

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TABLE = [
    ("current", "Up to date", absence.current("2026-11-22T06:10:00Z"), "Received 22-Nov-2026 06:10."),
    (
        "late",
        "Late",
        absence.late("2026-11-20T23:01:00Z", timedelta(days=1, hours=10), HOUR),
        "Last received 20-Nov-2026 23:01 (1 day 10 hours ago). Expected every hour.",
    ),
    (
        "stale",
        "Out of date",
        absence.stale("2026-11-10T02:00:00Z", timedelta(days=12), 7 * DAY),
        "Last received 12 days ago (10-Nov-2026 02:00). Expected every 7 days.",
    ),
    (
        "failing",
        "Failing",
        absence.failing(14, "2026-11-21T18:40:00Z"),
        "Messages are arriving but 14 cannot be read. Last good 21-Nov-2026 18:40.",
    ),
    (
        "no_agreement",
        "No sharing agreement",
        absence.no_agreement("Age Well Northvale"),
        "No data sharing agreement with Age Well Northvale, so nothing is received.",
    ),
    (
        "not_connected",
        "Not connected",
        absence.not_connected("Northvale Mental Health Trust"),
        "Northvale Mental Health Trust is not connected to carehub.",
    ),
    (
        "no_record",
        "No record found",
        absence.NO_RECORD,
        "No record in this source has been matched to this person. They may still be known to the service.",
    ),
    ("checking", "Being checked", absence.CHECKING, "A possible record in this source is being checked and is not shown."),
    (
        "hidden_wrong",
        "Hidden while checked",
        absence.hidden_wrong("2026-11-21"),
        "A record from this source was reported as possibly another person's on 21-Nov-2026 and is hidden.",
    ),
    ("withheld", "Withheld at source", absence.WITHHELD, "Items excluded due to confidentiality and/or patient preferences."),
    (
        "in_transfer",
        "Transfer not complete",
        absence.in_transfer("03-Oct-2026"),
        "Patient record transfer from previous GP practice not yet complete; information recorded before 03-Oct-2026 may be missing.",
    ),
    (
        "awaiting_filing",
        "Awaiting filing",
        absence.AWAITING_FILING,
        "Some items are waiting to be reviewed by the practice and are not included.",
    ),
    ("objected", "Person has objected", absence.OBJECTED, "The person has asked for this source not to be shared."),
    (
        "role",
        "Restricted",
        absence.role("Link worker"),
        "Your role (Link worker) cannot see this section. Ask the care coordinator.",
    ),
]


@pytest.mark.parametrize(("code", "tag", "sentence", "exact"), TABLE)
def test_each_state_has_its_exact_tag_and_sentence(code, tag, sentence, exact):
    assert absence.TAGS[code] == tag
    assert sentence == exact


def test_only_a_role_that_may_use_emergency_access_is_sent_there():
    said = "Your role (Social worker) cannot see this section. Ask the care coordinator, or use emergency access."
    assert absence.role("Social worker", emergency=True) == said


def test_the_table_is_whole():
    assert list(absence.TAGS) == [row[0] for row in TABLE]


@pytest.mark.parametrize(
    ("every", "words"),
    [
        (HOUR, "every hour"),
        (DAY, "every day"),
        (7 * DAY, "every 7 days"),
        (timedelta(minutes=30), "every 30 minutes"),
        (36 * HOUR, "every 1 day 12 hours"),
    ],
)
def test_how_often_a_feed_is_expected_reads_well(every, words):
    assert absence.late("2026-11-20T23:01:00Z", HOUR, every).endswith(f"Expected {words}.")


def test_an_interval_that_is_not_known_is_left_out():
    assert absence.late("2026-11-20T23:01:00Z", HOUR, None) == "Last received 20-Nov-2026 23:01 (1 hour ago)."


def test_failing_without_a_good_message_says_so():
    assert absence.failing(1, "") == "Messages are arriving but 1 cannot be read. None has been read yet."


@pytest.mark.parametrize(
    ("before", "words"), [("2026-10-03", "recorded before 03-Oct-2026 may be missing."), ("", "complete; information may be missing.")]
)
def test_transfer_takes_a_fhir_date_or_none(before, words):
    assert absence.in_transfer(before).endswith(words)


def test_times_are_london_times():
    assert absence.current("2026-07-01T06:10:00Z") == "Received 01-Jul-2026 07:10."
