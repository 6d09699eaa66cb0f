"""The in-process worker: a thread that does waiting work when nudged, and looks by itself every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from carehub.hub.hub import Hub
from carehub.hub.settling import alarms
from carehub.workers.retrying import recovery

SWEEP_SECONDS = 5.0
_BATCH = 64
# So long at once an export is worked on, before messages that came meanwhile are.
_EXPORT_SECONDS = 2.0


class EmbeddedWorker:
    """Drains a hub in one thread. alarm: called with an error's class name and catalogue numbers, or ids, when something needs a person.

    sweep_seconds: how often to look for what another process stored, a nudge that was lost, and a batch that failed. Steady nudging does
    not put the look off.
    """

    def __init__(self, hub: Hub, alarm: Callable[[str], None], *, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._hub = hub
        self._told_to = alarm
        self._sweep_seconds = sweep_seconds
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._waiting: list[str] = []
        self._under = ""
        self._lock = threading.Lock()
        self._whole_log_seen = False
        self._without_plan: frozenset[str] = frozenset()
        self._thread = threading.Thread(target=self._run, name="carehub-worker", daemon=True)

    def nudge(self, ids: Sequence[str]) -> None:
        """There are new messages. Losing a nudge loses nothing."""
        with self._lock:
            self._waiting.extend(ids)
            self._under = self._under or self._hub.spans.here()
        self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and end. What still waits is found at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        swept = self._swept()
        while self._going():
            self._wake.wait(max(0.0, swept + self._sweep_seconds - time.monotonic()))
            self._wake.clear()
            if self._going():
                self._guarded(self._work)
                self._guarded(self._export)
            if self._going() and time.monotonic() - swept >= self._sweep_seconds:
                swept = self._swept()

    def _going(self) -> bool:
        return not self._stopping.is_set()

    def _work(self) -> None:
        while self._going():
            with self._lock:
                ids, self._waiting, under = self._waiting[:_BATCH], self._waiting[_BATCH:], self._under
                self._under = under if self._waiting else ""
            if not ids:
                return
            with self._hub.spans.under(under):  # that of the first who nudged
                self._tell_bugs(self._hub.map(ids).bugs)
                self._tell_failed(self._hub.settle(go_on=self._going))

    def _swept(self) -> float:
        """Sweep; when that was, on the monotonic clock."""
        self._guarded(self._sweep)
        return time.monotonic()

    def _sweep(self) -> None:
        """Everything behind the lane; the first time the whole log, because a mapping version may have risen."""
        self._hub.sweep_streams()
        after = self._hub.store.links.lane_position() if self._whole_log_seen else 0
        done = self._hub.drain(after=after, go_on=self._going)
        self._whole_log_seen = True
        self._tell_bugs(done.bugs)
        self._tell_failed(done.failed)
        self._hub.tell_subscribers()
        if self._hub.exports is not None:
            self._hub.exports.tidy()

    def _export(self) -> None:
        """A while of what exports wait; the next while follows at once."""
        until = time.monotonic() + _EXPORT_SECONDS
        exports = self._hub.exports
        if exports is not None and exports.work_on_next(lambda: self._going() and time.monotonic() < until):
            self._wake.set()

    def _tell_bugs(self, messages: Sequence[str]) -> None:
        for words in alarms(messages, self._hub.store.records):
            self._alarm(words)

    def _tell_failed(self, persons: Sequence[str]) -> None:
        """Once for each person while it lasts: their plan is tried again at every sweep."""
        for person in persons:
            if person not in self._without_plan:
                self._alarm(f"the plan of person {person} could not be made")
        self._without_plan = frozenset(persons)

    def _alarm(self, words: str) -> None:
        # Work goes on though nobody can be told, for instance because the disk that takes the log is full.
        with suppress(Exception):
            self._told_to(words)

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # the thread must live; the sweep will try again
            if recovery(error) != "retry":
                self._alarm(f"{type(error).__name__}: {error if recovery(error) == 'dead-letter' else 'see the log position of the lane'}")
