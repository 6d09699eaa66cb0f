"""What services outside may do to us, and what we then do: wait a little, refuse, and never say whose number was asked about."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count

import httpx
import pytest
import respx

from carehub.outside.http import OutsideClient, Patience
from carehub.terms.errors import OutsideDown
from unit.outside.pds_people import ASKED, BASE

HOSTS = frozenset({"pds.example.org"})


class Sleeper:
    """Stands for time.sleep and remembers."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def client(sleeper: Sleeper) -> Iterator[OutsideClient]:
    made = OutsideClient(BASE, hosts=HOSTS, pause=sleeper, most_bytes=1000)
    yield made
    made.close()


def _refused(ask: Callable[[], object]) -> str:
    with pytest.raises(OutsideDown) as refused:
        ask()
    assert ASKED not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "an address would hang on to the error"
    return refused.value.issues[0].number


@pytest.mark.parametrize(
    "base",
    [
        "http://pds.example.org",
        "https://pds.example.org.evil.example",
        "https://evil.example/pds.example.org",
        "https://pds.example.org@evil.example",
        "https://user:secret@pds.example.org",
        "ftp://pds.example.org",
        "pds.example.org",
        "",
    ],
)
def test_only_named_hosts_over_tls_may_be_called(base: str) -> None:
    assert _refused(lambda: OutsideClient(base, hosts=HOSTS)) == "OUT-004"


@respx.mock(base_url=BASE)
def test_an_answer_comes_as_it_is_with_one_correlation_id(respx_mock: respx.MockRouter, client: OutsideClient) -> None:
    route = respx_mock.get("/Patient").mock(side_effect=[httpx.Response(503), httpx.Response(404, content=b"{}")])
    reply = client.get("/Patient", {"birthdate": ["ge1944-01-01", "le1944-12-31"]}, {"apikey": "k"})
    first, second = (call.request for call in route.calls)
    assert (reply.status, reply.body) == (404, b"{}")
    assert first.headers["X-Correlation-ID"] == second.headers["X-Correlation-ID"] == reply.correlation
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert second.url.params.get_list("birthdate") == ["ge1944-01-01", "le1944-12-31"]
    assert second.headers["apikey"] == "k"


@respx.mock(base_url=BASE)
def test_a_storm_of_429_is_waited_out_a_bounded_time(respx_mock: respx.MockRouter, client: OutsideClient, sleeper: Sleeper) -> None:
    route = respx_mock.get("/Patient/1").respond(429)
    assert _refused(lambda: client.get("/Patient/1")) == "OUT-002"
    assert route.call_count == 4
    assert len(sleeper.pauses) == 3
    assert sleeper.pauses == sorted(sleeper.pauses), "each pause is longer than the one before"
    assert sum(sleeper.pauses) <= 3.5


@respx.mock(base_url=BASE)
def test_retry_after_is_honoured_and_bounded(respx_mock: respx.MockRouter, client: OutsideClient, sleeper: Sleeper) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    replies = [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503, headers={"Retry-After": soon}),
        httpx.Response(200, content=b"{}"),
    ]
    respx_mock.get("/Patient/1").mock(side_effect=replies)
    assert client.get("/Patient/1").status == 200
    assert sleeper.pauses[0] == 7.0
    assert 15 < sleeper.pauses[1] <= 20

    sleeper.pauses.clear()
    route = respx_mock.get("/Patient/2").respond(429, headers={"Retry-After": "3600"})
    assert _refused(lambda: client.get("/Patient/2")) == "OUT-002"
    assert route.call_count == 1, "whoever asks for an hour is not asked again at once"
    assert sleeper.pauses == []


@pytest.mark.parametrize("trouble", [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_connections_that_fail_are_tried_again(trouble: type[httpx.HTTPError], client: OutsideClient, sleeper: Sleeper) -> None:
    with respx.mock(base_url=BASE) as routes:
        routes.get(f"/Patient/{ASKED}").mock(side_effect=[trouble(f"to /Patient/{ASKED}"), httpx.Response(200, content=b"{}")])
        assert client.get(f"/Patient/{ASKED}").status == 200
    with respx.mock(base_url=BASE) as routes:
        route = routes.get(f"/Patient/{ASKED}").mock(side_effect=trouble(f"to /Patient/{ASKED}"))
        assert _refused(lambda: client.get(f"/Patient/{ASKED}")) == "OUT-001"
        assert route.call_count == 4


@pytest.mark.parametrize("status", [200, 404])
def test_a_huge_answer_is_not_read(status: int, client: OutsideClient) -> None:
    read = count()

    def endless() -> Iterator[bytes]:
        for _ in range(10_000):
            next(read)
            yield b"x" * 100

    with respx.mock(base_url=BASE) as routes:
        route = routes.get("/Patient/1").mock(return_value=httpx.Response(status, stream=_Stream(endless())))
        assert _refused(lambda: client.get("/Patient/1")) == "OUT-003"
        assert route.call_count == 1
    assert next(read) < 20


class _Stream(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


@pytest.mark.parametrize("where", ["https://evil.example/Patient/1", "/Patient/2", ""])
def test_a_redirect_is_never_followed(where: str, client: OutsideClient) -> None:
    with respx.mock(base_url=BASE) as routes:
        route = routes.get("/Patient/1").respond(302, headers={"Location": where})
        assert _refused(lambda: client.get("/Patient/1", headers={"Authorization": "Bearer secret"})) == "OUT-003"
        assert route.call_count == 1


@respx.mock(base_url=BASE)
def test_a_packed_answer_is_refused(respx_mock: respx.MockRouter, client: OutsideClient) -> None:
    respx_mock.get("/Patient/1").respond(200, headers={"Content-Encoding": "gzip"}, content=b"\x1f\x8b")
    assert _refused(lambda: client.get("/Patient/1")) == "OUT-003"
    assert respx_mock.calls[0].request.headers["Accept-Encoding"] == "identity"


@respx.mock(base_url=BASE)
def test_an_answer_in_drops_is_given_up(respx_mock: respx.MockRouter, sleeper: Sleeper) -> None:
    ticks = count(step=20)
    made = OutsideClient(BASE, hosts=HOSTS, pause=sleeper, ticks=lambda: float(next(ticks)), patience=Patience(whole=30, attempts=2))
    respx_mock.get("/Patient/1").mock(side_effect=lambda request: httpx.Response(200, stream=_Stream(iter([b"{"] * 50))))
    assert _refused(lambda: made.get("/Patient/1")) == "OUT-001"
    assert len(respx_mock.calls) == 2


def test_a_server_that_never_answers_is_let_go(sleeper: Sleeper) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        taken: list[socket.socket] = []

        def take() -> None:
            for _ in range(2):
                taken.append(listening.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        patience = Patience(connect=1, read=0.05, attempts=2)
        made = OutsideClient(f"http://127.0.0.1:{port}", hosts=frozenset({"127.0.0.1"}), plain=True, patience=patience, pause=sleeper)
        assert _refused(lambda: made.get("/Patient/1")) == "OUT-001"
        thread.join(5)
        made.close()
        for connection in taken:
            connection.close()
    assert len(sleeper.pauses) == 1


@respx.mock(base_url=BASE)
def test_no_log_line_names_a_number(respx_mock: respx.MockRouter, client: OutsideClient, caplog: pytest.LogCaptureFixture) -> None:
    respx_mock.get(f"/Patient/{ASKED}").respond(200, content=b"{}")
    with caplog.at_level(logging.INFO):
        client.get(f"/Patient/{ASKED}")
    assert ASKED not in caplog.text
