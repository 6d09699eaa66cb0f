"""Spans wait here to be sent, in memory and no more than so many, and a thread sends them. Who makes a span never waits for anybody."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MOST_WAITING = 2048
_TOGETHER = 256
_PAUSE_SECONDS = 2.0
_CLOSING_SECONDS = 2.0
_TOLD_EVERY_SECONDS = 60.0


class Outbox(SpanProcessor):
    """exporter: sends a list; may raise, refuse or take its time. warn: told in words, at most once a minute, when spans were lost. A span that finds the
    outbox full is dropped."""

    def __init__(self, exporter: SpanExporter, warn: Callable[[str], None], *, pause: float = _PAUSE_SECONDS) -> None:
        self._exporter = exporter
        self._warn = warn
        self._pause = pause
        self._waiting: deque[ReadableSpan] = deque()
        self._fates: Counter[str] = Counter(sent=0, failed=0, dropped=0)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._told_at, self._told = -_TOLD_EVERY_SECONDS, 0

    def on_end(self, span: ReadableSpan) -> None:
        """Put it with those that wait, or drop it."""
        if span.context is None or not span.context.trace_flags.sampled or self._ending.is_set():
            return
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._fates["dropped"] += 1
                return
            self._waiting.append(span)
            # In a forked child the parent's thread is not alive, so the child gets one of its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="carehub-spans", daemon=True)
                with suppress(RuntimeError, MemoryError):  # no room for a thread now: the next span tries again
                    self._thread.start()
            if len(self._waiting) >= _TOGETHER:
                self._wake.set()

    def fates(self) -> Mapping[str, int]:
        """How many were sent, could not be sent, and were dropped because too many waited."""
        with self._lock:
            return dict(self._fates)

    def shutdown(self) -> None:
        """Send what waits if that can be done in two seconds. More is lost."""
        self._ending.set()
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(_CLOSING_SECONDS)
        with suppress(Exception):
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Whether all that waits was sent within the time."""
        until = time.monotonic() + timeout_millis / 1000
        while self._waiting and time.monotonic() < until:
            self._wake.set()
            time.sleep(0.01)
        return not self._waiting

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.wait(self._pause)
            self._wake.clear()
            self._send_all()
            self._tell_losses()
        self._send_all()

    def _send_all(self) -> None:
        while batch := self._next():
            try:
                sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
            except Exception:  # whatever ails the collector, the hub goes on
                sent = False
            with self._lock:
                self._fates["sent" if sent else "failed"] += len(batch)

    def _next(self) -> list[ReadableSpan]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))]

    def _tell_losses(self) -> None:
        lost, now = self._fates["failed"] + self._fates["dropped"], time.monotonic()
        if lost > self._told and now - self._told_at >= _TOLD_EVERY_SECONDS:
            words = f"telemetry: {lost - self._told} spans were lost: the collector of CAREHUB_OTLP_ENDPOINT does not take them"
            self._told_at, self._told = now, lost
            with suppress(Exception):
                self._warn(words)
