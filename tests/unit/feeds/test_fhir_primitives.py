"""Dates and numbers of STU3: kept as they came where they exist, and nothing where they do not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carehub.feeds.formats.fhir_primitives import date, moment, number


@pytest.mark.parametrize(
    ("told", "day", "when"),
    [
        ("1944", "1944", "1944"),
        ("1944-02-29", "1944-02-29", "1944-02-29"),
        ("1945-02-29", "", ""),
        ("1799-12-31", "", ""),
        ("1800-01-01", "1800-01-01", "1800-01-01"),
        ("1799-12-31T10:00:00Z", "", ""),
        ("2026-11-22T06:10", "2026-11-22", "2026-11-22T06:10:00+00:00"),
        ("2026-07-22T06:10:05", "2026-07-22", "2026-07-22T06:10:05+01:00"),
        ("2026-07-22T06:10:05.1234567891Z", "2026-07-22", "2026-07-22T06:10:05.123456789Z"),
        ("2026-07-22T06:10:05+05:30", "2026-07-22", "2026-07-22T06:10:05+05:30"),
        ("2026-07-22T24:10:05Z", "2026-07-22", ""),
        ("2026-02-30T10:00:00Z", "", ""),
        ("9999-12-31T23:59:59-14:00", "9999-12-31", ""),
        ("22/07/2026", "", ""),
        ("", "", ""),
    ],
)
def test_a_date_or_time_that_exists_is_kept_with_its_precision(told: str, day: str, when: str) -> None:
    assert (date(told), moment(told)) == (day, when)


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("007", 7),
        ("-12", -12),
        ("1.50", Decimal("1.50")),
        ("1e3", Decimal("1e3")),
        ("9" * 20, Decimal("9" * 20)),
        ("9" * 21, None),
        ("1e-20", None),
        ("NaN", None),
        ("Infinity", None),
        ("many", None),
        ("", None),
    ],
)
def test_a_number_keeps_its_digits(told: str, value: Decimal | int | None) -> None:
    assert repr(number(told)) == repr(value)
