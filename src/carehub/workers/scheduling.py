"""The beat of the schedule: by a clock that never jumps."""

from __future__ import annotations

from time import monotonic
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import schedstate, schedule


class SteadyScheduler(Scheduler):
    """Runs each entry every so many seconds. Celery's own goes by the wall clock, and stands still for as long as that was set back: nothing would be swept."""

    def _when(self, entry: ScheduleEntry, next_time_to_run: float, mktime: object = None) -> Any:
        return monotonic() + next_time_to_run

    def is_due(self, entry: ScheduleEntry) -> schedstate:
        """Asked only of an entry whose time, as told by _when, has come."""
        every = entry.schedule
        if not isinstance(every, schedule):
            raise TypeError(f"{entry.name} is not told in seconds")
        return schedstate(is_due=True, next=every.seconds)
