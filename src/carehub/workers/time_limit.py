"""How long an adapter may take for one message: past it the adapter is stopped, and where it cannot be, the process ends."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from carehub.hub.trying import TookTooLong

_LOOK_SECONDS = 0.5
_EXIT_CODE = 70


class OutOfTime(BaseException):
    """Raised inside an adapter that takes too long. No Exception: an adapter that catches those in a loop would go on."""


class TimeLimit:
    """Called, it gives a block that ends with TookTooLong once it has taken `seconds`; what does not listen for `grace` seconds more ends its process.

    A watching thread raises OutOfTime in the thread that is at work. Code that holds the interpreter's lock (a regular expression, say) keeps the
    watcher from running too; then the system ends the process (SIGPROF) once it has spent `seconds` + `grace` of processor time unwatched.
    Nothing of it is at work while no message is. said: told before the process is ended on purpose.
    """

    def __init__(self, seconds: float, said: Callable[[str], None] = lambda words: None, *, grace: float = 10.0) -> None:
        self.seconds = seconds
        self._grace = grace
        self._said = said
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self.lock = threading.Lock()
        self.at_work: dict[int, _Limited] = {}
        self._wake = threading.Event()
        self._watcher: threading.Thread | None = None

    def __call__(self) -> _Limited:
        return _Limited(self)

    def watch(self, thread: int, limited: _Limited) -> None:
        """This is at work now. Threads do not live on in a forked process, so each process has a watcher of its own."""
        if self._process != os.getpid():
            self._begin()
        with self.lock:
            self.at_work[thread] = limited
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._run, name="carehub-time-limit", daemon=True)
                self._watcher.start()
            if not self._wake.is_set():
                self._unwatched()  # here, because the watcher may never come to run
                self._wake.set()

    def _run(self) -> None:
        while self._wake.wait():
            self._unwatched()
            time.sleep(min(_LOOK_SECONDS, self.seconds / 4))
            with self.lock:
                now = time.monotonic()
                for thread, limited in self.at_work.items():
                    if now > limited.until + self._grace:
                        self._end()
                    if now > limited.until:
                        limited.fired = True
                        _raise_in(thread, OutOfTime)
                if not self.at_work:
                    self._wake.clear()
                    signal.setitimer(signal.ITIMER_PROF, 0)

    def _unwatched(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self.seconds + self._grace)

    def _end(self) -> None:
        with suppress(Exception):
            self._said(f"an adapter could not be stopped after {self.seconds:g} seconds; this process ends, and its message is tried alone")
        os._exit(_EXIT_CODE)


class _Limited:
    """The block of one message in one thread."""

    __slots__ = ("_limit", "_thread", "fired", "until")

    def __init__(self, limit: TimeLimit) -> None:
        self._limit = limit
        self._thread = threading.get_ident()
        self.until = 0.0
        self.fired = False

    def __enter__(self) -> None:
        self.until = time.monotonic() + self._limit.seconds
        self._limit.watch(self._thread, self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        while True:
            try:
                with self._limit.lock:
                    self._limit.at_work.pop(self._thread, None)
                    if self.fired:
                        _raise_in(self._thread, None)  # one that was on its way and has not come
                break
            except OutOfTime:
                continue
        if kind is OutOfTime:
            raise TookTooLong from None


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind))
