"""Processes that are started, started again when they end, and ended in good order."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from carehub.wiring.stack.parts import Part

Say = Callable[[str], None]
_LONGEST_PAUSE = 30.0
_SETTLED = 60.0
"""Who ran for so many seconds is started again at once when it ends; who ends sooner waits twice as long each time."""


class Supervised:
    """One part: the process that runs now, and when the next may start. kept: a file descriptor that it holds open, or -1."""

    def __init__(self, part: Part, environment: Mapping[str, str], say: Say, kept: int = -1) -> None:
        self.part, self._environment, self._say, self._kept = part, environment, say, kept
        self._process: subprocess.Popen[str] | None = None
        self._began, self._pause, self._due = 0.0, 1.0, 0.0

    @property
    def pid(self) -> int:
        """Of the process that runs, 0 for none."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def start(self) -> None:
        """In a session of its own, so that what is typed at a terminal reaches the supervisor alone."""
        self._began = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603  commands of parts.py and servers.py only
            self.part.command,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=(*self.part.held, *((self._kept,) if self._kept >= 0 else ())),
        )
        self._say(f"{self.part.name} runs as process {self._process.pid}")
        threading.Thread(target=self._repeat, args=(self._process,), daemon=True).start()

    def look(self) -> None:
        """Start it again if it ended and its pause is over."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if not self._due:
            self._kill_group(self._process.pid)
            self._pause = 1.0 if now - self._began > _SETTLED else min(self._pause * 2, _LONGEST_PAUSE)
            self._due = now + self._pause
            self._say(f"{self.part.name} ended with {self._process.returncode}; it is started again in {self._pause:.0f} s")
        elif now >= self._due:
            self._due = 0.0
            self.start()

    def end(self) -> None:
        """Ask it to end; work in hand is finished first."""
        if self.pid and self._process:
            self._process.terminate()

    def wait(self, until: float) -> bool:
        """Whether it ended by then (monotonic seconds); if not, it is killed. What it did not finish is done again after the next start."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._kill_group(self._process.pid)
            self._process.wait()
            return False
        self._kill_group(self._process.pid)
        return True

    @staticmethod
    def _kill_group(leader: int) -> None:
        """What a process leaves behind when it dies goes too: a worker's children would go on without anybody to hear of it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)

    def _repeat(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout as told:
                for line in told:
                    self._say(f"{self.part.name} | {line.rstrip()}")


def supervise(parts: Sequence[Supervised], stop: threading.Event, *, every: float = 0.2) -> None:
    """Keep all running until stop is set."""
    while not stop.wait(every):
        for part in parts:
            part.look()


def end_all(parts: Sequence[Supervised], grace: float, say: Say) -> None:
    """End all at once and wait for so many seconds, then kill."""
    for part in parts:
        part.end()
    until = time.monotonic() + grace
    for part in parts:
        if not part.wait(until):
            say(f"{part.part.name} did not end in {grace:.0f} s and was killed; nothing is lost by it")
