"""Programs of the project as processes of their own, so that they can really be killed; and waiting for things to be so."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from faults.sizes import LARGE, RELEASE

# Seconds. Nothing is measured by it: it only ends a test that would never end.
PATIENCE = 36_000.0 if RELEASE else 3000.0 if LARGE else 120.0
CAREHUB = ("-c", "from carehub.wiring.cli import main; main()")


def until(so: Callable[[], bool], what: str, *running: Program) -> None:
    """Wait until it is so. Fails when patience ends, or as soon as a program that should be running has ended."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        for program in running:
            program.must_run()
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}\n" + "\n".join(program.said() for program in running))
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


class Program:
    """A Python program in its own process group, in a folder of its own, that can be killed and started again."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAREHUB_")}
        self._folder = folder
        self._environment = {**inherited, **environment}
        self._command = [sys.executable, *arguments]
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(PATIENCE)

    def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def limit(self, what: int, soft: int) -> None:
        """Set a soft limit (resource.RLIMIT_…) of the running process."""
        assert self._process is not None
        resource.prlimit(self._process.pid, what, (soft, resource.RLIM_INFINITY))

    def gone(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def must_run(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"ended with {self._process.returncode}:\n{self.said()}")

    def said(self) -> str:
        return self._output.read_text(errors="replace")[-4000:]

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    """Start them; kill them in the end."""
    try:
        for program in programs:
            program.start()
        yield
    finally:
        for program in programs:
            program.kill()
