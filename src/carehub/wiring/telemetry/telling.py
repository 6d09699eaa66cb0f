"""Spans by OpenTelemetry. The providers that other libraries share are left alone, so nothing but the hub's own spans is ever sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TypeVar

from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import Span as Recorded

from carehub import __version__
from carehub.hub.spans import Fact, Span, SpanName
from carehub.terms.errors import CarehubError
from carehub.wiring.telemetry.allowed import Allowed
from carehub.wiring.telemetry.outbox import Outbox

T = TypeVar("T")

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_KINDS = {"request": SpanKind.SERVER, **dict.fromkeys(("map", "reconcile", "assemble", "notify"), SpanKind.CONSUMER)}


class Telemetry:
    """hub.spans.Spans, sent by an exporter. role: of the process, such as api or worker. feeds: as the adapters name them."""

    def __init__(self, role: str, feeds: Iterable[str], exporter: SpanExporter, warn: Callable[[str], None], *, pause: float = 2.0) -> None:
        self._allowed = Allowed()
        self._allowed.learn("feed", feeds)
        self._outbox = Outbox(exporter, warn, pause=pause)
        resource = Resource({"service.name": "carehub", "service.version": __version__, "carehub.role": role})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(self._outbox)
        self._tracer = self._provider.get_tracer("carehub", __version__)

    def span(self, name: SpanName, **facts: Fact) -> AbstractContextManager[Span]:
        above = Context() if name == "request" else None
        kind = _KINDS.get(name, SpanKind.INTERNAL)
        recorded = self._tracer.start_span(name, above, kind, record_exception=False, set_status_on_exception=False)
        return _UnderWay(recorded, self._allowed, facts)

    def within(self, name: SpanName, work: Callable[..., T], *given: object) -> T:
        with self.span(name):
            return work(*given)

    def here(self) -> str:
        at = get_current_span().get_span_context()
        return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}" if at.is_valid else ""

    @contextmanager
    def under(self, traceparent: str) -> Iterator[None]:
        found = _TRACEPARENT.fullmatch(traceparent)
        if found is None:
            yield
            return
        trace, span, flags = (int(part, 16) for part in found.groups())
        token = attach(set_span_in_context(NonRecordingSpan(SpanContext(trace, span, True, TraceFlags(flags))), Context()))
        try:
            yield
        finally:
            detach(token)

    def learn(self, fact: str, words: Iterable[str]) -> None:
        self._allowed.learn(fact, words)

    def fates(self) -> Mapping[str, int]:
        return {**self._outbox.fates(), "facts_left_out": self._allowed.refused}

    def flush(self, seconds: float) -> bool:
        """Whether all that waits was handed to the exporter within the time."""
        return self._outbox.force_flush(int(seconds * 1000))

    def close(self) -> None:
        self._outbox.shutdown()


class _UnderWay:
    """A span that is under way, from the block's beginning to its end."""

    __slots__ = ("_allowed", "_before", "_left_out", "_recorded", "_token", "_within")

    def __init__(self, recorded: Recorded, allowed: Allowed, facts: Mapping[str, Fact]) -> None:
        self._recorded, self._allowed = recorded, allowed
        self._left_out, self._within = False, 0
        if facts:
            self.note(**facts)

    def __enter__(self) -> _UnderWay:
        above = _INNERMOST.get()
        if above is not None:
            above._within += 1
        self._before = _INNERMOST.set(self)
        self._token = attach(set_span_in_context(self._recorded))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        detach(self._token)
        _INNERMOST.reset(self._before)
        if error is not None:
            self._failed(error)
        if error is not None or self._within or not self._left_out:
            self._recorded.end()

    def note(self, **facts: Fact) -> None:
        told = self._allowed.sifted(facts)
        self._recorded.set_attributes(told)
        if "http.route" in told:
            self._recorded.update_name(f"{told.get('http.request.method', '')} {told['http.route']}".strip())
        if told.get("carehub.status") == "5xx":
            self._recorded.set_status(Status(StatusCode.ERROR))

    def leave_out(self) -> None:
        self._left_out = True

    def _failed(self, error: BaseException) -> None:
        """Its class, and its number of the catalogue: its words may be a patient's."""
        self.note(error=type(error))
        if isinstance(error, CarehubError):
            self.note(number=error.issues[0].number)
        self._recorded.set_status(Status(StatusCode.ERROR))


_INNERMOST: ContextVar[_UnderWay | None] = ContextVar("carehub-span", default=None)
