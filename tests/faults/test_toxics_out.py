"""R-14: each kind of network fault between the hub and those whom it calls: subscribers, and another FHIR server. Each call ends in time, what was not
taken is sent again, and whoever was called holds everything once."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from carehub.governance.subscription import Subscription
from carehub.hub.tell_subscribers import TellSubscribers
from carehub.outside import rest_hook
from carehub.outside.fhir_server import FhirServer
from carehub.outside.http import OutsideClient, Patience
from carehub.outside.rest_hook import RestHook
from carehub.terms.errors import OutsideDown
from carehub.wiring.pushing import record_of
from faults.figures import Figures, tell
from faults.proxy import BACK, THERE, FaultProxy, in_front_of
from faults.sizes import LARGE
from faults.toxics import DOWN, TOXICS
from hub.subscribed_hub import Told, stay
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

WAYS: tuple[tuple[str, ...], ...] = ((THERE, BACK), (THERE,), (BACK,)) if LARGE else ((THERE, BACK),)
CELLS = [(toxic, ways) for toxic in (*TOXICS, DOWN) for ways in (WAYS if toxic != DOWN else WAYS[:1])]
HERE = frozenset({"127.0.0.1"})
ONCE = Patience(connect=0.5, read=0.5, whole=2.0, attempts=1)
SLACK = 30.0  # of a busy machine


class Called(ThreadingHTTPServer):
    """A FHIR server and a receiver of notifications in one. ids: of the notifications that it took. held: resources by their places."""

    daemon_threads = True

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.held: dict[str, Any] = {}
        super().__init__(("127.0.0.1", 0), _Answering)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who hangs up is what is tested."""


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Called

    def do_POST(self) -> None:
        body = self.rfile.read(length := int(self.headers["Content-Length"]))
        if len(body) < length:
            return
        if id := self.headers.get("webhook-id"):
            self.server.ids[id] += 1
            return self._say(204, b"")
        entries = json.loads(body)["entry"]
        self.server.held |= {one["request"]["url"]: one["resource"] for one in entries}
        done = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "200"}} for _ in entries]}
        self._say(200, json.dumps(done).encode())

    def do_GET(self) -> None:
        found = self.server.held.get(self.path.removeprefix("/"))
        self._say(200 if found else 404, json.dumps(found or {}).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def called() -> Iterator[Called]:
    server = Called()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(called: Called) -> Iterator[FaultProxy]:
    with in_front_of("127.0.0.1", called.server_port) as made:
        yield made


def _id(cell: object) -> str:
    return "-".join(cell) if isinstance(cell, tuple) else str(cell)


@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_the_hub_and_a_subscriber(
    called: Called, proxy: FaultProxy, toxic: str, ways: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_hook, "_ONCE", ONCE)
    told = Told()
    hub = told.hub
    hook = RestHook(HERE, True, "the site's key", lambda: datetime.now(UTC))

    def call(subscription: Subscription, id: str, body: bytes) -> None:
        hook.call(f"http://127.0.0.1:{proxy.port}/hook", subscription.id, id, body)

    hub.tell_subscribers = TellSubscribers(hub.store, hub.disclosing, call, hub.feed_health).tell
    told.say(PENICILLIN, source="gp")
    told.say(source="acute")
    told.asked(topic="admitted")
    told.say(stay("in-progress"))
    with proxy.poisoned(toxic, *ways):
        begun = time.monotonic()
        hub.tell_subscribers()
        assert time.monotonic() - begun < 2 * ONCE.whole + SLACK
    for _ in range(3):
        hub.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]
        hub.tell_subscribers()
    waiting = len(hub.store.subscriptions.due("9", 10))
    # The handshake and the stay: a receiver knows one that it had before by its id.
    assert tell(Figures(1, 2, 2 - len(called.ids), max(0, len(called.ids) - 2), waiting))


@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_the_hub_and_another_fhir_server(called: Called, proxy: FaultProxy, toxic: str, ways: Sequence[str]) -> None:
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada("acute", "A1", kind="acute"))
    hub.drain()
    record = record_of(hub, NURSE, hub.store.links.persons()[0]).value
    patience = Patience(connect=0.5, read=0.5, whole=2.0, attempts=2, first_pause=0.1, pausing=1.0)
    with closing(OutsideClient(f"http://127.0.0.1:{proxy.port}", hosts=HERE, plain=True, patience=patience)) as client:
        server = FhirServer(client)
        with proxy.poisoned(toxic, *ways):
            begun = time.monotonic()
            with suppress(OutsideDown):
                server.load(record)
            assert time.monotonic() - begun < 2 * patience.whole + patience.pausing + SLACK
        server.load(record)
        unequal = list(server.unequal(record))
    assert tell(Figures(1, len(record), len(unequal), len(called.held) - len(record), 0))


class _Dripping(StreamRequestHandler):
    """Says its answer byte by byte."""

    def handle(self) -> None:
        with suppress(OSError):
            self._drip()

    def _drip(self) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
            self.wfile.write(bytes((byte,)))
            time.sleep(0.1)


def test_an_answer_that_comes_byte_by_byte_is_given_up_in_time() -> None:
    """Each byte comes within the time-out for one; all of them would take two minutes."""
    with ThreadingTCPServer(("127.0.0.1", 0), _Dripping) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        begun = time.monotonic()
        with closing(OutsideClient(address, hosts=HERE, plain=True, patience=ONCE)) as client, pytest.raises(OutsideDown) as down:
            client.get("/")
        assert time.monotonic() - begun < ONCE.whole + SLACK
        assert [one.number for one in down.value.issues] == ["OUT-001"]
        server.shutdown()
