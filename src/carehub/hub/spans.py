"""Spans: where the time of a request goes, and of the work that follows it. What may be said of it is held in one place, wiring.telemetry.allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, Protocol, TypeVar

T = TypeVar("T")

SpanName = Literal["request", "receive", "stream", "log", "map", "reconcile", "assemble", "notify", "decide", "audit", "redact", "release"]
Fact = str | int | bool | Sequence[str] | type[BaseException]
"""A word of a closed list, a count, yes or no, catalogue numbers, or the class of an error: never its words."""


class Span(Protocol):
    """A stretch of work that is under way."""

    def note(self, **facts: Fact) -> None:
        """Say more of it. What is not on the list of what may be said is left out and counted."""

    def leave_out(self) -> None:
        """Nothing came of it, so it need not be told, unless something within it was."""


class Spans(Protocol):
    """Who is told. It never raises, never waits and never changes what it is told of."""

    def span(self, name: SpanName, **facts: Fact) -> AbstractContextManager[Span]:
        """The work of the block; what it raises is told by its class and catalogue number only, and goes on."""

    def within(self, name: SpanName, work: Callable[..., T], *given: object) -> T:
        """What `work` answers, told as a span."""

    def here(self) -> str:
        """The span under way in this thread, as the W3C traceparent that work elsewhere is told under; "" for none."""

    def under(self, traceparent: str) -> AbstractContextManager[None]:
        """What is told in the block belongs to that span. "", or what is no traceparent: to none but what is under way."""

    def learn(self, fact: str, words: Iterable[str]) -> None:
        """More words that a fact may have, such as the routes as they are declared."""

    def fates(self) -> Mapping[str, int]:
        """What became of the spans of this process, counted; empty where nobody is told."""

    def close(self) -> None:
        """Send what waits, as far as that is quick; nothing is told after."""


class _Nothing:
    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def note(self, **facts: Fact) -> None:
        return None

    def leave_out(self) -> None:
        return None


_NOTHING = _Nothing()


class _NoTime:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


_NO_TIME = _NoTime()


class Nowhere:
    """Spans that nobody is told."""

    def span(self, name: SpanName, **facts: Fact) -> AbstractContextManager[Span]:
        return _NOTHING

    def within(self, name: SpanName, work: Callable[..., T], *given: object) -> T:
        return work(*given)

    def here(self) -> str:
        return ""

    def under(self, traceparent: str) -> AbstractContextManager[None]:
        return _NO_TIME

    def learn(self, fact: str, words: Iterable[str]) -> None:
        return None

    def fates(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        return None


NOWHERE = Nowhere()
