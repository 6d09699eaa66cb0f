"""How long an adapter may take: stopped where it listens, else its process ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from carehub.hub.trying import TookTooLong
from carehub.workers.time_limit import OutOfTime, TimeLimit

SHORT = TimeLimit(0.2)


def for_ever() -> None:
    while True:
        try:
            time.sleep(0.001)
        except Exception as error:  # an adapter may catch everything
            raise AssertionError("it is no Exception") from error


@pytest.mark.parametrize("threaded", [False, True], ids=["main", "thread"])
def test_a_loop_is_stopped_and_its_thread_works_on(threaded: bool) -> None:
    ended: list[str] = []

    def work() -> None:
        for _ in range(2):
            try:
                with SHORT():
                    for_ever()
            except TookTooLong:
                ended.append("stopped")
        time.sleep(0.3)  # nothing is raised once the block is over
        with SHORT():
            ended.append("works on")

    if threaded:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    else:
        work()
    assert ended == ["stopped", "stopped", "works on"]


def test_what_is_quick_is_left_alone_and_errors_stay_what_they_are() -> None:
    with SHORT():
        pass
    with pytest.raises(KeyError), SHORT():
        raise KeyError("a")
    time.sleep(0.5)


def test_only_the_one_that_takes_too_long_is_stopped() -> None:
    ended: dict[str, str] = {}

    def work(name: str, seconds: float) -> None:
        try:
            with SHORT():
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    time.sleep(0.001)
            ended[name] = "done"
        except TookTooLong:
            ended[name] = "stopped"

    threads = [threading.Thread(target=work, args=one) for one in (("quick", 0.01), ("slow", 60.0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {"quick": "done", "slow": "stopped"}


@pytest.mark.parametrize(
    ("deaf", "code"),
    [("re.match('(a+)+$', 'a' * 64 + 'b')", -signal.SIGPROF), ("time.sleep(600)", 70)],
    ids=["holds the interpreter", "waits"],
)
def test_what_does_not_listen_ends_its_process(deaf: str, code: int) -> None:
    program = f"import re, time\nfrom carehub.workers.time_limit import TimeLimit\nwith TimeLimit(0.3, print, grace=0.3)():\n    {deaf}\n"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=100)
    assert done.returncode == code
    assert (b"could not be stopped" in done.stdout) == (code == 70) or done.stdout == b""


def test_it_is_no_exception_so_that_nobody_swallows_it() -> None:
    assert not issubclass(OutOfTime, Exception)
