"""The ports for messages that end the process that maps them: what every process has in hand, and how often one ended with a message in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

_TIMES, _ALONE = 3, 2
"""A worker may be killed for other reasons, so a message is not blamed before it was twice the only one in hand."""


class Tried(NamedTuple):
    """How often a process ended that had a message in hand, at this mapping version of its adapter; alone: with nothing else in hand."""

    version: int
    times: int
    alone: int

    @property
    def blamed(self) -> bool:
        """Whether it is not to be mapped any more."""
        return self.times >= _TIMES and self.alone >= _ALONE


class Tries(Protocol):
    """The counts. They outlive Records.clear: a rebuild must not be ended by what ended others. Raises StoreBusy."""

    def of(self, messages: Iterable[str] | None = None) -> dict[str, Tried]:
        """The count of each of these messages, or of all. Messages with none are absent."""

    def add(self, versions: Mapping[str, int], *, alone: bool) -> None:
        """One more for each message; its count begins anew where the mapping version is another one."""

    def forget(self, messages: Sequence[str]) -> None:
        """These were mapped after all."""


class Unfinished(Protocol):
    """What the processes of this computer have in hand. It outlives them; where it cannot be kept, work goes on without."""

    def noted(self, messages: Sequence[str]) -> AbstractContextManager[None]:
        """This process has these in hand until the block ends, however it ends."""

    def elsewhere(self) -> set[str]:
        """Messages that other processes, which are alive, have in hand alone."""

    def left(self, count: Callable[[Sequence[str]], None]) -> None:
        """Hand over, one list after another, what processes had in hand that have ended, and forget it. What `count` raises keeps it."""
