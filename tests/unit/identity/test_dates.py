"""Birth dates as any feed writes them: precision kept, defaults known, day and month turned."""

from __future__ import annotations

from datetime import date
from string import digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity.dates import Born, birth_date, is_default_birth_date, is_no_birth_date, read_born, turned


@pytest.mark.parametrize(
    ("told", "date_read", "precision"),
    [
        ("1944-05-21", "1944-05-21", "day"),
        ("19440521", "1944-05-21", "day"),
        ("21/05/1944", "1944-05-21", "day"),
        ("21.5.1944", "1944-05-21", "day"),
        ("21-May-1944", "1944-05-21", "day"),
        ("21 May 1944", "1944-05-21", "day"),
        ("21st May 1944", "1944-05-21", "day"),
        ("21/05/1944 00:00:00", "1944-05-21", "day"),
        ("05/21/1944", "1944-05-21", "day"),
        ("03/04/1944", "1944-04-03", "day"),
        ("1944-04-30T23:30:00Z", "1944-05-01", "day"),
        ("1944-05", "1944-05", "month"),
        ("1944", "1944", "year"),
        ("21/05/44", "", ""),
        ("21 Mai 1944", "", ""),
        ("1944-13-41", "", ""),
        ("about 1944", "", ""),
        ("", "", ""),
    ],
)
def test_a_birth_date_keeps_its_precision(told: str, date_read: str, precision: str) -> None:
    born = read_born(told)
    assert (born.date, born.precision) == (date_read, precision)


@pytest.mark.parametrize(
    "told", ["1900-01-01", "01/01/1900", "19010101", "1800-01-01", "1840-12-31", "0001-01-01", "1899-12-30", "9999-12-31"]
)
def test_dates_that_stand_for_not_known_are_nothing(told: str) -> None:
    assert read_born(told) == Born()


def test_the_first_of_january_is_a_date_but_a_default() -> None:
    assert read_born("1962-01-01") == Born("1962-01-01", "day", True, "", "1962-01-01")
    assert not read_born("1962-01-02").default
    assert not read_born("1962-11-01").default
    assert not read_born("1962").default


@pytest.mark.parametrize(
    ("told", "other"),
    [("1944-05-01", "1944-01-05"), ("1944-05-05", ""), ("1944-05-21", ""), ("1944-25-12", "1944-12-25"), ("1944-05", ""), ("", "")],
)
def test_day_and_month_turned(told: str, other: str) -> None:
    assert read_born(told).turned == other


def test_a_day_that_no_calendar_has_is_no_date_and_can_still_be_compared() -> None:
    assert read_born("1944-02-31") == Born(told="1944-02-31")
    assert read_born("31/02/1944").told == "1944-02-31"


@given(st.dates(min_value=date(1902, 1, 1), max_value=date(2026, 12, 31)))
def test_every_way_of_writing_a_day_is_that_day(day: date) -> None:
    iso = day.isoformat()
    for told in (iso, f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{day:%d-%b-%Y}", f"{day:%d %B %Y}", f" {iso} "):
        assert read_born(told).date == iso
    assert birth_date(iso) == iso
    assert turned(turned(iso)) == (iso if day.day <= 12 else "")


@given(st.text(max_size=30) | st.text(alphabet=f"{digits}-/. TJanFeb", max_size=24))
def test_no_text_makes_a_date_raise_and_a_date_is_its_own_date(text: str) -> None:
    born = read_born(text)
    assert read_born(born.date).date == born.date
    assert birth_date(birth_date(text)) == birth_date(text)
    assert not (born.date and is_no_birth_date(born.date))
    assert born.default == (len(born.date) == 10 and is_default_birth_date(born.date))
