"""Run one measurement in a process of its own, so that its peak of memory is its own and nothing is warm from the one before."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from carehub.wiring.heap import seldom_collected

T = TypeVar("T")
_PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Cost(Generic[T]):
    """What came back, and the whole process's wall and processor seconds (all its threads) and peak memory in bytes."""

    answer: T
    wall: float
    processor: float
    peak: int


def apart(work: Callable[..., T], *arguments: object) -> Cost[T]:
    """The same as work(*arguments), in a new process. work: a function of a module."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def _measured(work: Callable[..., T], arguments: tuple[object, ...]) -> Cost[T]:
    seldom_collected()
    wall, processor = time.perf_counter(), time.process_time()
    answer = work(*arguments)
    return Cost(answer, time.perf_counter() - wall, time.process_time() - processor, peak())


def peak() -> int:
    """The most memory this process has had, in bytes."""
    if sys.platform == "linux":  # what getrusage says there is the parent's, if that had more
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident() -> int:
    """The memory this process has now, in bytes; the peak where the system does not say."""
    gc.collect()
    statm = Path("/proc/self/statm")
    return int(statm.read_text(encoding="ascii").split()[1]) * _PAGE if statm.is_file() else peak()
