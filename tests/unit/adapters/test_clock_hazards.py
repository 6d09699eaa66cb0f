"""H-27: a time without a zone stays on its day and at its hour, through each adapter that is told such times and onto the page, when clocks change too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from carehub.terms.moments import days_of, london_date, show_time
from unit.adapters.acute_messages import module
from unit.adapters.test_gp_mapping import case, give, sent, told

# Clocks go forward on 29-Mar-2026 at 01:00, so that 01:00 to 01:59 is no time of that day; they go back on 25-Oct-2026 at 02:00.
_DAYS = ("2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26")
LOCAL = tuple(datetime.fromisoformat(day) + timedelta(minutes=15 * n) for day in _DAYS for n in range(96))


def _acute(times: tuple[datetime, ...]) -> list[str]:
    return [module("timing").moment(f"{time:%Y%m%d%H%M}") for time in times]


def _gp(times: tuple[datetime, ...]) -> list[str]:
    bundle = case()
    first = sent(bundle, "MedicationStatement")["dosage"][0]
    first["timing"] = {"event": [f"{time:%Y-%m-%dT%H:%M}" for time in times]}
    found = told(give(bundle), "MedicationStatement")["dosage"][0]["timing"]["event"]
    return list(found)


@pytest.mark.parametrize("through", [_acute, _gp])
def test_hazard_a_local_time_stays_on_its_day_and_at_its_hour_also_when_clocks_change(through) -> None:
    for sent_time, kept in zip(LOCAL, through(LOCAL), strict=True):
        no_such_time = sent_time.date().isoformat() == "2026-03-29" and sent_time.hour == 1
        assert london_date(kept) == sent_time.date().isoformat(), kept
        if not no_such_time:
            assert show_time(kept) == f"{sent_time:%d-%b-%Y %H:%M}", kept


@pytest.mark.parametrize("day", [*_DAYS, "2026-12-31", "2028-02-29"])
def test_hazard_a_day_without_a_time_is_that_day_and_no_instant(day: str) -> None:
    assert module("timing").moment(day.replace("-", "")) == day
    assert show_time(day) == f"{datetime.fromisoformat(day):%d-%b-%Y}"
    assert {one.isoformat() for one in days_of(day) or ()} == {day}
    [kept] = _gp_dates(day)
    assert kept == day


def _gp_dates(day: str) -> list[str]:
    bundle = case()
    sent(bundle, "MedicationStatement")["effectivePeriod"] = {"start": day}
    return [told(give(bundle), "MedicationStatement")["effectivePeriod"]["start"]]
