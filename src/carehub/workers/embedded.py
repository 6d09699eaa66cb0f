"""The in-process worker: a thread that does waiting work when nudged, and looks by itself every few seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from carehub.hub.hub import Hub
from carehub.workers.retrying import recovery

_SWEEP_SECONDS = 5.0
_BATCH = 64


class EmbeddedWorker:
    """Drains a hub in one thread. alarm: called with an error's class name and catalogue numbers when something needs a person."""

    def __init__(self, hub: Hub, alarm: Callable[[str], None]) -> None:
        self._hub = hub
        self._alarm = alarm
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._waiting: list[str] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="carehub-worker", daemon=True)

    def nudge(self, ids: Sequence[str]) -> None:
        """There are new messages. Losing a nudge loses nothing."""
        with self._lock:
            self._waiting.extend(ids)
        self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        self._guarded(lambda: self._tell_failed(self._hub.drain().failed))
        while not self._stopping.is_set():
            nudged = self._wake.wait(_SWEEP_SECONDS)
            self._wake.clear()
            if self._stopping.is_set():
                return
            self._guarded(self._work if nudged else self._sweep)

    def _work(self) -> None:
        while True:
            with self._lock:
                ids, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            if not ids:
                return
            report = self._hub.map(ids)
            for message in report.bugs:
                self._alarm(f"adapter failed on message {message} (MAP-012)")
            self._tell_failed(self._hub.settle())

    def _sweep(self) -> None:
        """What another process stored, or a nudge that was lost: everything behind the lane."""
        self._tell_failed(self._hub.drain(after=self._hub.store.links.lane_position()).failed)

    def _tell_failed(self, persons: Sequence[str]) -> None:
        for person in persons:
            self._alarm(f"the plan of person {person} could not be made")

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # the thread must live; the sweep will try again
            if recovery(error) != "retry":
                self._alarm(f"{type(error).__name__}: {error if recovery(error) == 'dead-letter' else 'see the log position of the lane'}")
