"""R-14: each kind of network fault on each link by which messages come in and are worked on: MLLP, HTTP, Redis, PostgreSQL. Nothing is lost, nothing is
done twice, and nobody waits for longer than their time-out.

One hub per link meets all of them, one after the other, each with messages of its own. Every run has both directions poisoned; CAREHUB_TEST_FAULTS=large
each direction by itself as well.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import make_url

from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from contracts.stores import postgresql_schema
from faults.doors import Senders, post
from faults.figures import as_if_nothing_had_been
from faults.mllp_senders import MllpSenders, MllpServer, known_as
from faults.processes import Program, until
from faults.proxy import BACK, THERE, FaultProxy, in_front_of
from faults.servers import Server
from faults.sizes import LARGE
from faults.stream import Sent, messages_of, settled
from faults.test_redis_lost import answered, door, worker
from faults.toxics import DOWN, TOXICS

WAYS: tuple[tuple[str, ...], ...] = ((THERE, BACK), (THERE,), (BACK,)) if LARGE else ((THERE, BACK),)
CELLS = [(toxic, ways) for toxic in (*TOXICS, DOWN) for ways in (WAYS if toxic != DOWN else WAYS[:1])]
# Of a sender, until it tries again; and how long a fault lasts that keeps anything from being done.
SECONDS, LASTS = 0.5, 1.0
# A worker that sweeps every second.
_SWEEPING = """
from carehub.workers import app
from carehub.wiring.entrypoints import worker

app.SWEEP_SECONDS = 1.0
worker().worker_main(["worker", "--pool=solo", "--beat", "--loglevel=WARNING", "--without-gossip", "--without-mingle"])
"""
SWEEPING = ("-c", _SWEEPING)


class Link:
    """A hub, a proxy on one of its links, and what it was handed so far. hand_over: starts to hand these over, and says whether all are."""

    def __init__(
        self, proxy: FaultProxy, store: Store, program: Program, hand_over: Callable[[Sequence[Sent]], Callable[[], bool]]
    ) -> None:
        self.proxy, self.store, self.program, self._hand_over = proxy, store, program, hand_over
        self.sent: list[Sent] = []

    def meets(self, toxic: str, ways: Sequence[str]) -> bool:
        """Messages of a person are handed over while the toxic is at work. When it is over, all of them and their effects are there, once."""
        sent = messages_of(len(self.sent) // 4)
        if isinstance(self.program, MllpServer):
            sent = known_as(sent)
        self.sent += sent
        with self.proxy.poisoned(toxic, *ways):
            done, over = self._hand_over(sent), time.monotonic() + LASTS
            while time.monotonic() < over and not (done() and settled(self.store)):
                time.sleep(0.05)
        until(done, f"all are handed over after {toxic}", self.program)
        until(lambda: settled(self.store), f"everything is settled after {toxic}", self.program)
        return as_if_nothing_had_been(self.store, self.sent, 1)


@contextmanager
def _sqlite(folder: Path) -> Iterator[tuple[str, Store]]:
    url = f"sqlite:///{folder / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    yield url, store
    store.close()


@contextmanager
def _at_work(program: Program) -> Iterator[None]:
    try:
        program.start()
        yield
    finally:
        program.kill()


@pytest.fixture(scope="module")
def mllp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    folder = tmp_path_factory.mktemp("mllp")
    with _sqlite(folder) as (url, store):
        server = MllpServer(folder, url, CAREHUB_MLLP_FRAME_SECONDS="1")
        with _at_work(server), in_front_of("127.0.0.1", server.port) as proxy:
            yield Link(proxy, store, server, lambda sent: MllpSenders(proxy.port, sent, 2, SECONDS).done)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    folder = tmp_path_factory.mktemp("http")
    with _sqlite(folder) as (url, store):
        server = Server(folder, url, CAREHUB_BODY_SECONDS="1")
        with _at_work(server), in_front_of("127.0.0.1", int(urlsplit(server.address).port or 0)) as proxy:
            yield Link(proxy, store, server, lambda sent: Senders([f"http://127.0.0.1:{proxy.port}"], sent, 2, SECONDS).done)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    folder = tmp_path_factory.mktemp("postgresql")
    with postgresql_schema() as url:
        upgrade(url)
        at, store = make_url(url), SqlStore(url)
        with in_front_of(str(at.host), int(at.port or 5432)) as proxy:
            server = Server(folder, at.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False))
            with _at_work(server):
                yield Link(proxy, store, server, lambda sent: Senders([server.address], sent, 2).done)
        store.close()


@pytest.fixture(scope="module")
def redis_link(tmp_path_factory: pytest.TempPathFactory, redis_url_of_module: str) -> Iterator[Link]:
    folder = tmp_path_factory.mktemp("redis")
    server = urlsplit(redis_url_of_module)
    with _sqlite(folder) as (url, store), in_front_of(str(server.hostname), int(server.port or 6379)) as proxy:
        through = server._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
        at_work = worker(folder, url, through, SWEEPING)
        with _at_work(at_work), door(folder, url, through) as client:

            def hand_over(sent: Sequence[Sent]) -> Callable[[], bool]:
                answered(client, sent)
                return lambda: True

            yield Link(proxy, store, at_work, hand_over)


def _id(cell: object) -> str:
    return "-".join(cell) if isinstance(cell, tuple) else str(cell)


@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_a_sender_and_the_mllp_door(mllp: Link, toxic: str, ways: Sequence[str]) -> None:
    assert mllp.meets(toxic, ways)


@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_a_sender_and_the_http_door(http: Link, toxic: str, ways: Sequence[str]) -> None:
    assert http.meets(toxic, ways)


@pytest.mark.pg
@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_a_server_and_postgresql(postgresql: Link, toxic: str, ways: Sequence[str]) -> None:
    assert postgresql.meets(toxic, ways)


@pytest.mark.redis
@pytest.mark.parametrize(("toxic", "ways"), CELLS, ids=_id)
def test_between_the_hub_and_redis(redis_link: Link, toxic: str, ways: Sequence[str]) -> None:
    assert redis_link.meets(toxic, ways)


def test_a_frame_that_stops_half_way_is_not_waited_for(mllp: Link) -> None:
    body = messages_of(900)[0].body
    with socket.create_connection(("127.0.0.1", mllp.proxy.port), 20) as connection:
        connection.sendall(b"\x0b" + body[:100])
        begun = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - begun < 40  # without a limit of its own it would be a minute


def test_a_body_that_stops_half_way_is_answered_and_not_waited_for(http: Link) -> None:
    def halting() -> Iterator[bytes]:
        yield messages_of(900)[0].body[:100]
        time.sleep(4)

    position = http.store.log.last_position()
    with httpx.Client(timeout=20) as client:
        answer = post(client, http.program.address, Sent("half", halting()))  # type: ignore[arg-type,attr-defined]
    assert answer.status_code == 408
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "API-020"
    assert http.store.log.last_position() == position
