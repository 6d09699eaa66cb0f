"""Rotated rounds: contenders take turns, and each round begins with another of them, so that a busy minute costs all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def rotated(contenders: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run each contender once a round; what it returned, by name, round by round."""
    names = list(contenders)
    results: dict[str, list[T]] = {name: [] for name in names}
    for n in range(rounds):
        for k in range(len(names)):
            name = names[(n + k) % len(names)]
            gc.collect()
            results[name].append(contenders[name]())
    return results


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, by the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(count: int, work: Callable[[], object]) -> Callable[[], float]:
    """A contender that does `work` and returns `count` a second."""
    return lambda: count / seconds(work)
