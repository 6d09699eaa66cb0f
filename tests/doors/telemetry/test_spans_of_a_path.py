"""A submission and what follows it, and a read, are each told in one trace, and name nobody."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from celery.app.task import Context
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from carehub.feeds.message import Arrival
from carehub.hub.receive_stream import WHOLE
from carehub.hub.spanned_hub import notifying_told
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.wiring.telemetry.allowed import ATTRIBUTES
from carehub.workers.app import create_broker, nudge_by
from carehub.workers.embedded import EmbeddedWorker
from doors.telemetry.spanned import Queue, Told, above, asking, trace_of
from faults.processes import until
from hub.toy_hub import PENICILLIN, ada

PATH = ["POST /feeds/{feed:path}/submissions", "receive", "log", "map", "reconcile", "assemble"]
A_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def told() -> Told:
    return Told()


def submitted(client: TestClient, *messages: dict[str, Any]) -> dict[str, Any]:
    body = b"\n".join(json.dumps(message).encode() for message in messages)
    answer = client.post("/feeds/toy/feed/submissions", content=body, headers={"idempotency-key": "QX-delivery"})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_submission_is_told_from_the_door_to_the_plan_in_one_trace(told: Told) -> None:
    queue = Queue(told.hub)
    nudge = nudge_by(queue.worker, told.telemetry)
    told.hub.nudge = nudge
    with asking(told.hub, "source") as client:
        submitted(client, ada(records=[PENICILLIN]), ada("acute", "A1", kind="acute"))
    until(lambda: bool(queue.sent), "the nudge was sent")
    done = queue.work()
    assert [name for name, _, _ in done] == ["carehub.map", "carehub.reconcile", "carehub.assemble"]
    assert {tuple(headers) for _, _, headers in done} == {("traceparent",)}
    spans = told.spans()
    assert [span.name for span in sorted(spans, key=lambda span: span.start_time or 0)] == PATH
    assert len(set(map(trace_of, spans))) == 1
    assert {span.name: above(span, spans) for span in spans} == {
        PATH[0]: "", "receive": PATH[0], "log": "receive", "map": "receive", "reconcile": "receive", "assemble": "receive",
    }  # fmt: skip
    said = {span.name: dict(span.attributes or {}) for span in spans}
    assert said[PATH[0]] == {"http.route": "/feeds/{feed:path}/submissions", "http.request.method": "POST", "carehub.status": "2xx"}
    assert said["receive"] == {"carehub.submissions": 1, "carehub.feed": "toy/feed", "carehub.messages": 2}
    assert (said["map"]["carehub.accepted"], said["map"]["carehub.feed"], said["map"]["carehub.queue"]) == (2, "toy/feed", "map")
    assert said["assemble"] == {"carehub.queue": "assemble", "carehub.persons": 1, "carehub.failed": 0}
    assert {span.name: span.kind for span in spans}["map"] is SpanKind.CONSUMER


def test_the_worker_of_the_same_process_goes_on_with_the_trace(told: Told) -> None:
    worker = EmbeddedWorker(told.hub, lambda words: None, sweep_seconds=3600)
    told.hub.nudge = worker.nudge
    worker.start()
    try:
        with asking(told.hub, "source") as client:
            submitted(client, ada())
        until(lambda: bool(told.hub.store.plans.hashes()), "the plan is made")
    finally:
        worker.stop()
    spans = told.spans()
    assert sorted(span.name for span in spans) == sorted(PATH)
    assert len(set(map(trace_of, spans))) == 1


def test_a_read_is_told_step_by_step_in_one_trace(told: Told) -> None:
    submit_and_drain(told)
    person = told.hub.store.links.persons()[0]
    with asking(told.hub, "nurse") as client:
        assert client.get(f"/fhir/R4/Patient/{person}/$everything?_count=50").status_code == 200
        assert client.get("/fhir/R4/Patient/QX-nobody/$everything").status_code == 404
    reads = [span for span in told.spans() if span.name not in PATH]
    found = sorted((span for span in reads if trace_of(span) == trace_of(reads[0])), key=lambda span: span.start_time or 0)
    route = "GET /fhir/R4/Patient/{id}/$everything"
    assert [span.name for span in found] == [route, "decide", "redact", "audit", "release"]
    assert {above(span, found) for span in found[1:]} == {route}
    assert dict(found[1].attributes or {}) == {"carehub.action": "read_record", "carehub.verdict": "permitted"}
    unknown = [span for span in reads if trace_of(span) != trace_of(reads[0])]
    assert [span.name for span in unknown] == ["decide", "audit", route]
    assert dict(unknown[-1].attributes or {})["carehub.status"] == "4xx"


def submit_and_drain(told: Told) -> list[str]:
    with asking(told.hub, "source") as client:
        receipt = submitted(client, ada(records=[PENICILLIN]), ada("acute", "A1", kind="acute"), ada("other", "7", bug=True))
    told.hub.drain()
    return [receipt["submission"], *receipt["messages"]]


def test_nothing_of_anybody_is_in_a_span(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = submit_and_drain(told)
    person = told.hub.store.links.persons()[0]
    record = told.hub.store.links.links_of(person)[0].patient

    def broken(*given: object, **named: object) -> None:
        raise RuntimeError("QX-words of 9990000018 Ada Okafor")

    with asking(told.hub, "nurse") as client:
        client.get(f"/fhir/R4/Patient/{person}/$everything?_since=QX-query", headers={"traceparent": A_TRACE, "baggage": "who=QX-baggage"})
        client.get("/fhir/R4/Patient?family=Okafor&birthdate=1944-05-01&identifier=9990000018")
        client.get(f"/fhir/R4/Patient/{record}")
        client.get("/QX-path/9990000018")
        client.request("QXMETHOD", f"/fhir/R4/Patient/{person}")
        monkeypatch.setattr(told.hub.store.links, "current_person", broken)
        assert client.get(f"/fhir/R4/Patient/{person}/$unified-care-plan").status_code == 500
    spans = told.spans()
    words = "\n".join(span.to_json() for span in spans)
    canaries = [
        *ids,
        person,
        record,
        "QX",
        "Okafor",
        "Ada",
        "9990000018",
        "1944-05-01",
        "Adeyemi",
        '"jo"',
        "penicillin",
        "X99001",
        "nurse",
        A_TRACE[3:35],
    ]
    assert [canary for canary in canaries if canary.casefold() in words.casefold()] == []
    assert all(not span.events and not span.links and not span.status.description for span in spans)
    assert {name for span in spans for name in span.attributes or {}} <= ATTRIBUTES
    assert '"carehub.numbers": [\n            "MAP-012"' in words
    assert "unknown" in words
    assert any(span.status.status_code is StatusCode.ERROR for span in spans)


def test_a_file_and_a_large_submission_are_told(told: Told) -> None:
    small = told.hub.receive_stream(Arrival("toy/feed", "2026-11-22T09:00:00.000Z", "test", "QX"), io.BytesIO(json.dumps(ada()).encode()))
    large = json.dumps(ada("acute", "A1", extra={"text": {"div": "Okafor" * (WHOLE // 6)}})).encode()
    with asking(told.hub, "source") as client:
        assert client.post("/feeds/toy/feed/submissions", content=large).status_code == 202
    spans = told.spans()
    assert len(small.messages) == 1
    assert [(span.name, above(span, spans)) for span in spans] == [
        ("log", "receive"),
        ("receive", "stream"),
        ("stream", ""),
        ("stream", PATH[0]),
        (PATH[0], ""),
    ]
    assert {tuple(sorted((span.attributes or {}).items())) for span in spans if span.name == "stream"} == {
        (("carehub.feed", "toy/feed"), ("carehub.messages", 1))
    }
    assert "Okafor" not in "".join(span.to_json() for span in spans)


def test_an_error_is_told_by_its_class_and_number(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: object, **named: object) -> None:
        raise StoreBusy(issue("STORE-001", at="QX-place"))

    monkeypatch.setattr(told.hub.store.plans, "dirty", away)
    with pytest.raises(StoreBusy):
        told.hub.assemble()
    (span,) = told.spans()
    assert dict(span.attributes or {}) == {"carehub.queue": "assemble", "error.type": "StoreBusy", "carehub.number": "STORE-001"}
    assert span.status.status_code is StatusCode.ERROR


def test_work_that_had_nothing_to_do_is_not_told(told: Told) -> None:
    told.hub.tell_subscribers = notifying_told(told.hub, lambda: 0)
    told.hub.settle()
    told.hub.map([])
    told.hub.tell_subscribers()
    with asking(told.hub, "nurse") as client:
        assert client.get("/health/live").status_code == 200
    assert told.spans() == []


def test_calls_to_subscribers_are_told(told: Told) -> None:
    assert notifying_told(told.hub, lambda: 3)() == 3
    (span,) = told.spans()
    assert (span.name, dict(span.attributes or {})) == ("notify", {"carehub.queue": "notify", "carehub.notifications": 3})


def test_a_task_carries_traceparent_and_nothing_else_and_a_retry_keeps_it() -> None:
    broker, told = create_broker("memory://"), Told()
    with told.telemetry.under(A_TRACE):
        assert told.telemetry.here() == A_TRACE
        plain = nudge_by(broker, told.telemetry)
        plain(["m1"])
    with broker.connection_for_read() as connection:
        message = connection.SimpleQueue("map").get(timeout=5)
    request = Context(dict(message.headers))
    assert request.headers == {"traceparent": A_TRACE}
    assert request.as_execution_options()["headers"] == {"traceparent": A_TRACE}
    assert not {"tracestate", "baggage"} & set(message.headers)


@pytest.mark.parametrize("told_under", ["", "QX", A_TRACE.upper(), A_TRACE + "-QX", "01" + A_TRACE[2:]])
def test_what_is_no_traceparent_is_not_followed(told: Told, told_under: str) -> None:
    with told.telemetry.under(told_under):
        assert told.telemetry.here() == ""
