"""Nudges sent from a thread of their own, so that the door in never waits for Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from carehub.hub.spans import NOWHERE, Spans

_BATCH = 64
# Beyond this the sweep is as quick.
_MOST_WAITING = 4096
# So often it is looked whether a worker took what was sent before; and so long at most ids are held, whoever works or does not.
_LOOK_AGAIN_SECONDS = 0.02
_LONGEST_HELD_SECONDS = 1.0


class Nudger:
    """Sends message ids in lists of at most 64. Calling it only notes the ids and returns.

    send: sends one list; may raise anything and may take its time. standing: how many lists that were sent before no worker has taken yet; may do
    the same. While there are some, ids are held for a while, so that what comes meanwhile goes in one list: a message alone costs three times as
    much to map as one of 64 (ADR 0031). lost: told the error's class name and how many ids go unsent. Losing a nudge loses nothing: the messages
    are stored, and the sweep finds them. spans: a list is sent under the span of the first nudge that waits.
    """

    def __init__(
        self,
        send: Callable[[list[str]], None],
        lost: Callable[[str, int], None],
        spans: Spans = NOWHERE,
        standing: Callable[[], int] = lambda: 0,
    ) -> None:
        self._send = send
        self._lost = lost
        self._spans = spans
        self._under = ""
        self._standing = standing
        self._waiting: list[str] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, ids: Sequence[str]) -> None:
        with self._lock:
            self._waiting.extend(ids[: _MOST_WAITING - len(self._waiting)])
            self._under = self._under or self._spans.here()
            # In a forked child the parent's thread is not alive, so the child gets one of its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="carehub-nudges", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                ids: list[str] = []
                try:
                    self._hold()
                    ids, under = self._next()
                    with self._spans.under(under):
                        self._send(ids)
                except Exception as error:  # kombu raises many kinds
                    with self._lock:
                        unsent, self._waiting, self._under = len(ids) + len(self._waiting), [], ""
                    self._lost(type(error).__name__, unsent)

    def _hold(self) -> None:
        until = time.monotonic() + _LONGEST_HELD_SECONDS
        while len(self._waiting) < _BATCH and self._standing() and time.monotonic() < until:
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _next(self) -> tuple[list[str], str]:
        with self._lock:
            ids, self._waiting, under = self._waiting[:_BATCH], self._waiting[_BATCH:], self._under
            self._under = under if self._waiting else ""
        return ids, under
