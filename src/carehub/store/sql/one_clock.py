"""One clock for all computers that share a PostgreSQL: the database's, counted on by each process's own steady clock between two askings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from carehub.store.sql.places import Place
from carehub.terms.errors import CarehubError

_AGAIN_SECONDS = 60.0
_SLOWEST_SECONDS = 2.0
# Less than this is the way to the server and back, and not the clock.
_SAME = timedelta(milliseconds=50)


def told_by(connection: Connection) -> datetime:
    """The database's time, aware."""
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


class OneClock:
    """Now, aware, UTC, by the database's clock: what one process lets last until then, every other one ends then, and none goes by a clock that was set.

    It is asked at once, and again in the background when a minute has passed, so that nobody waits for it; while it does not answer, or takes longer
    than two seconds, time is counted on. ask: the database's time, aware; may raise CarehubError. steady: seconds of a clock that never jumps.
    Raises StoreBusy when it is made and the database does not answer.
    """

    def __init__(self, ask: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._steady = ask, steady
        self._lock = threading.Lock()
        began = steady()
        told = ask().astimezone(UTC)
        self._asked_at = steady()
        self._offset = told - _seconds((began + self._asked_at) / 2)

    def __call__(self) -> datetime:
        now = self._steady()
        if now - self._asked_at > _AGAIN_SECONDS and self._lock.acquire(blocking=False):
            self._asked_at = now
            threading.Thread(target=self._ask_again, name="clock", daemon=True).start()
        return self._offset + _seconds(now)

    def _ask_again(self) -> None:
        try:
            with suppress(CarehubError):
                began = self._steady()
                told = self._ask().astimezone(UTC)
                ended = self._steady()
                offset = told - _seconds((began + ended) / 2)
                if ended - began <= _SLOWEST_SECONDS and abs(offset - self._offset) > _SAME:
                    self._offset = offset
        finally:
            self._lock.release()


def clock_of(place: Place, own: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock of whoever works with this database. own: this computer's, which is the only one where the store is a file of it. Raises StoreBusy."""
    return own if place.sqlite else OneClock(lambda: place.ask(told_by))


def _seconds(steady: float) -> timedelta:
    return timedelta(seconds=steady)
