"""Whatever ails the collector, nobody waits for it and nothing is lost but spans, which are counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from carehub import __version__
from carehub.feeds.catalogue import Catalogue
from carehub.hub.spans import NOWHERE
from carehub.store.memory import MemoryStore
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
from carehub.wiring.telemetry.outbox import MOST_WAITING
from carehub.wiring.telemetry.telling import Telemetry
from doors.telemetry.spanned import asking, spanned_hub
from faults.processes import until
from hub.toy_hub import ada, submit, toy_adapter


class Failing(SpanExporter):
    """raises, refuses, or hangs until let go."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.go_on = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.how == "hangs":
            self.go_on.wait(30)
        if self.how == "raises":
            raise ConnectionError("9990000018")
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self.go_on.set()


@pytest.mark.parametrize("how", ["hangs", "raises", "refuses"])
def test_a_collector_that_fails_holds_up_and_loses_nothing(how: str) -> None:
    exporter = Failing(how)
    hub, telemetry = spanned_hub(exporter)
    submit(hub, ada())
    hub.drain()
    person = hub.store.links.persons()[0]
    looks = len(list(hub.store.audit.chain()))
    slowest = 0.0
    with asking(hub, "nurse") as client:
        for _ in range(30):
            began = time.monotonic()
            assert client.get(f"/fhir/R4/Patient/{person}").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 5, "a request waited for the exporter"
    assert len(list(hub.store.audit.chain())) == looks + 30
    began = time.monotonic()
    telemetry.close()
    assert time.monotonic() - began < 10
    assert telemetry.fates()["sent"] == 0


def test_no_more_than_so_many_wait_and_the_rest_are_dropped_and_counted() -> None:
    exporter = Failing("hangs")
    warned: list[str] = []
    telemetry = Telemetry("api", [], exporter, warned.append, pause=0.02)
    for _ in range(MOST_WAITING + 1000):
        with telemetry.span("audit"):
            pass
    fates = telemetry.fates()
    # A list of at most 256 may be with the exporter.
    assert 1000 - 256 <= fates["dropped"] <= 1000
    assert (fates["sent"], fates["failed"]) == (0, 0)
    exporter.go_on.set()
    until(lambda: sum(telemetry.fates().values()) == MOST_WAITING + 1000, "each is accounted for")
    until(lambda: len(warned) == 1, "the loss was said")
    with telemetry.span("audit"):
        pass
    telemetry.close()
    assert len(warned) == 1, "once a minute is enough"


class Collector:
    """An OTLP collector on loopback. status: what it answers."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.received: list[ExportTraceServiceRequest] = []
        self.status = 200
        outer = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.paths.append(self.path)
                if outer.status == 200:
                    outer.received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(outer.status)
                if outer.status == 307:
                    self.send_header("location", f"{outer.address}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *given: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def wired(place: Path, endpoint: str) -> Settings:
    return Settings(_env_file=None, env="development", var=place, database_url="", redis_url="", otlp_endpoint=endpoint)


def test_the_settings_are_all_it_takes(tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "host.name=QX")
    hub = build_hub(wired(tmp_path, collector.address), store=MemoryStore(), catalogue=Catalogue([toy_adapter()]), role="api")
    submit(hub, ada())
    hub.drain()
    hub.spans.close()
    assert set(collector.paths) == {"/v1/traces"}
    resources = [one for request in collector.received for one in request.resource_spans]
    assert {frozenset((attribute.key, attribute.value.string_value) for attribute in one.resource.attributes) for one in resources} == {
        frozenset({("service.name", "carehub"), ("service.version", __version__), ("carehub.role", "api")})
    }
    names = [span.name for one in resources for scope in one.scope_spans for span in scope.spans]
    assert sorted(names) == ["assemble", "log", "map", "receive", "reconcile"]
    assert hub.spans.fates() == {"sent": 5, "failed": 0, "dropped": 0, "facts_left_out": 0}


@pytest.mark.parametrize("status", [307, 400, 500])
def test_what_the_collector_refuses_is_counted_and_sent_nowhere_else(tmp_path: Path, collector: Collector, status: int) -> None:
    collector.status = status
    hub = build_hub(wired(tmp_path, collector.address), store=MemoryStore(), catalogue=Catalogue([toy_adapter()]), role="worker")
    submit(hub, ada())
    hub.spans.close()
    assert set(collector.paths) == {"/v1/traces"}
    assert hub.spans.fates()["failed"] == 2


def test_a_collector_that_is_not_there_is_counted(tmp_path: Path) -> None:
    hub = build_hub(wired(tmp_path, "http://127.0.0.1:1"), store=MemoryStore(), catalogue=Catalogue([toy_adapter()]), role="api")
    submit(hub, ada())
    hub.spans.close()
    assert hub.spans.fates()["sent"] == 0


def test_a_command_that_runs_and_ends_is_not_told_of(tmp_path: Path) -> None:
    hub = build_hub(wired(tmp_path, "http://127.0.0.1:1"), store=MemoryStore(), catalogue=Catalogue([toy_adapter()]))
    assert hub.spans is NOWHERE
