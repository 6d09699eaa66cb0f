"""A hub that tells of its work, and who is told: in memory, so that a test can look at each span."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from carehub.api.app import create_api
from carehub.api.requester import Credentials, SourceCredential
from carehub.hub.hub import Hub
from carehub.hub.spanned_hub import SpannedHub
from carehub.wiring.telemetry.committing import SpannedLog
from carehub.wiring.telemetry.telling import Telemetry
from carehub.workers.app import create_broker, create_worker
from doors.api.conftest import digest
from hub.toy_hub import NURSE, toy_hub

Sent = tuple[str, list[Any], dict[str, str]]


def spanned_hub(exporter: SpanExporter) -> tuple[Hub, Telemetry]:
    """The toy hub, told to an exporter."""
    telemetry = Telemetry("api", ["toy/feed"], exporter, lambda words: None, pause=0.02)
    made = toy_hub()
    object.__setattr__(made.disclosing, "spans", telemetry)
    log = SpannedLog(made.store.log, telemetry)
    return SpannedHub(made.store, log, made.catalogue, made.clock, made.disclosing, spans=telemetry), telemetry


@dataclass
class Told:
    """hub: one that tells of its work. telemetry: by this. exporter: to this."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.hub, self.telemetry = spanned_hub(self.exporter)

    def spans(self) -> list[ReadableSpan]:
        """All that were told since this was last asked."""
        self.telemetry.close()
        return list(self.exporter.get_finished_spans())


def trace_of(span: ReadableSpan) -> int:
    """Its trace."""
    assert span.context is not None
    return span.context.trace_id


def above(span: ReadableSpan, spans: list[ReadableSpan]) -> str:
    """The name of the span that it belongs to; "" for the first of a trace."""
    named = {one.context.span_id: one.name for one in spans if one.context is not None}
    return named[span.parent.span_id] if span.parent else ""


@contextmanager
def asking(hub: Hub, credential: str) -> Iterator[TestClient]:
    """A client of a hub's API, with "nurse", who reads, or "source", who submits."""
    credentials = Credentials({digest("source"): SourceCredential("src", frozenset({"toy/feed"}))}, {digest("nurse"): NURSE})
    with TestClient(create_api(hub, credentials, max_body_bytes=10_000_000), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {credential}"
        yield client


class Queue:
    """What waits in Redis: tasks with their headers, which `work` does in order."""

    def __init__(self, hub: Hub) -> None:
        self.sent: list[Sent] = []
        self.worker: Celery = create_worker(create_broker("memory://"), lambda: hub)
        self.worker.send_task = self._take

    def _take(self, name: str, args: list[Any] | None = None, priority: int = 0, headers: dict[str, str] | None = None) -> None:
        self.sent.append((name, list(args or []), headers or {}))

    def work(self) -> list[Sent]:
        """Do all that waits and all that it asks for; what was done."""
        done = []
        while self.sent:
            name, args, headers = self.sent.pop(0)
            self.worker.tasks[name].apply(args=args, headers=headers or None, throw=True)
            done.append((name, args, headers))
        return done
