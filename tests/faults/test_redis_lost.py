"""R-01, R-03: Celery only nudges. Redis emptied, away or silent, and workers killed: nothing is lost, and the record is the same."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from starlette.testclient import TestClient

from carehub.store.ports import Store
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings
from carehub.workers.app import create_broker, nudge_by
from carehub.workers.standing import standing
from faults.doors import CREDENTIAL, source_keys
from faults.figures import as_if_nothing_had_been
from faults.processes import CAREHUB, Program, running, until
from faults.proxy import in_front_of
from faults.sizes import size
from faults.stream import FEED, Sent, kept, messages_of, nhs_number, settled, stream

pytestmark = pytest.mark.redis

SOLO = (
    "-c",
    "from carehub.wiring.entrypoints import worker; worker().worker_main(['worker', '--pool=solo', '--beat', '--loglevel=WARNING'])",
)
# As when kombu gives up half way in putting a lost connection away.
HALF_WAY = """
from kombu import Connection
from carehub.wiring.cli import main

closed = Connection._do_close_self

def collected(self, socket_timeout=None):
    self.half_way = True
    raise ConnectionError

def closing(self):
    if getattr(self, "half_way", False):
        raise AttributeError("'NoneType' object has no attribute 'hostname'")
    closed(self)

Connection.collect, Connection._do_close_self = collected, closing
main()
"""
CANNOT_CLOSE = ("-c", HALF_WAY, "worker", "--beat")
# As when Celery meets an error that is neither Redis's nor a task's.
FAILS = (
    "-c",
    "from celery.worker.consumer import Consumer; from carehub.wiring.cli import main; Consumer.start = lambda self: None.start; main()",
    "worker",
)
PREFORK = (*CAREHUB, "worker", "--concurrency", "2", "--beat")


def worker(
    folder: Path, store_url: str, redis_url: str, arguments: Sequence[str] = PREFORK, more: Mapping[str, str] | None = None
) -> Program:
    """A Celery worker with the schedule of sweeps, and more settings."""
    settings = {"CAREHUB_DATABASE_URL": store_url, "CAREHUB_VAR": str(folder), "CAREHUB_REDIS_URL": redis_url, **(more or {})}
    return Program(folder / "worker", settings, *arguments)


@contextmanager
def door(folder: Path, store_url: str, redis_url: str) -> Iterator[TestClient]:
    """The whole application in this process, nudging over Redis; with a source's credential."""
    settings = Settings(_env_file=None, var=folder, database_url=store_url, redis_url=redis_url, source_keys_file=source_keys(folder))
    hub = build_hub(settings)
    try:
        with TestClient(create_app(settings, hub), headers={"Authorization": f"Bearer {CREDENTIAL}"}) as client:
            yield client
    finally:
        hub.store.close()


def hand_over(client: TestClient, sent: Sequence[Sent]) -> list[str]:
    """Message ids of the receipts."""
    found = []
    for one in sent:
        answer = client.post(f"/feeds/{FEED}/submissions", content=one.body, headers={"Idempotency-Key": one.key})
        assert answer.status_code == 202
        found += answer.json()["messages"]
    return found


def answered(client: TestClient, sent: Sequence[Sent]) -> None:
    """Hand over, and fail rather than wait for ever when the door does not answer."""
    thread = threading.Thread(target=hand_over, args=(client, sent), daemon=True)
    thread.start()
    until(lambda: not thread.is_alive(), "the door answers")


def everything_in(redis_url: str) -> Iterator[bytes]:
    """Every value of a Redis database, with the bodies of Celery's messages in clear."""
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            values: list[bytes] = []
            if kind == b"list":
                values = client.lrange(key, 0, -1)
            elif kind == b"hash":
                values = [part for pair in client.hgetall(key).items() for part in pair]
            elif kind == b"set":
                values = list(client.smembers(key))
            elif kind == b"zset":
                values = client.zrange(key, 0, -1)
            elif kind == b"string":
                values = [client.get(key) or b""]
            yield from (key, *values)
            yield from (base64.b64decode(json.loads(value)["body"]) for value in values if value.startswith(b'{"body"'))


def test_redis_holds_ids_and_nothing_else(tmp_path: Path, redis_url: str, store_url: str, store: Store) -> None:
    sent = stream(4)
    with door(tmp_path, store_url, redis_url) as client:
        messages = hand_over(client, sent)

        def queued() -> list[str]:
            tasks = [json.loads(value) for value in everything_in(redis_url) if value.startswith(b"[[")]
            assert all(named == {} for _, named, _ in tasks)
            return [id for (ids,), _, _ in tasks for id in ids]

        until(lambda: len(queued()) >= len(messages), "every message is queued")
        assert sorted(queued()) == sorted(messages)
    held = b"\n".join(everything_in(redis_url))
    assert messages[0].encode() in held
    said = {part for one in sent for part in one.body.replace(b"\r", b"|").replace(b"^", b"|").split(b"|") if len(part) > 5}
    assert nhs_number(0).encode() in b"".join(one.body for one in sent)
    assert [part for part in sorted(said) if part in held] == []
    assert nhs_number(0).encode() not in held


@pytest.mark.parametrize("pool", [SOLO, PREFORK], ids=["solo", "prefork"])
def test_everything_settles_though_redis_is_emptied(
    tmp_path: Path, redis_url: str, store_url: str, store: Store, pool: Sequence[str]
) -> None:
    dice, sized = random.Random(5), size("R-03")
    sent = stream(sized.people)
    dice.shuffle(sent)
    at_work = worker(tmp_path, store_url, redis_url, pool)
    with running(at_work), door(tmp_path, store_url, redis_url) as client, redis.Redis.from_url(redis_url) as held:
        step = -(-len(sent) // sized.kills)
        for start in range(0, len(sent), step):
            hand_over(client, sent[start : start + step])
            time.sleep(dice.random() / 5)
            held.flushdb()
        until(lambda: settled(store), "everything is settled", at_work)
    assert as_if_nothing_had_been(store, sent, len(range(0, len(sent), step)))


def test_everything_settles_though_workers_are_killed(tmp_path: Path, redis_url: str, store_url: str, store: Store) -> None:
    dice, sized = random.Random(7), size("R-01")
    sent = stream(sized.people)
    dice.shuffle(sent)
    at_work = worker(tmp_path, store_url, redis_url)
    with running(at_work), door(tmp_path, store_url, redis_url) as client:
        step = -(-len(sent) // sized.kills)
        for start in range(0, len(sent), step):
            before = outcomes(store)
            hand_over(client, sent[start : start + step])
            until(lambda before=before: outcomes(store) > before, "work is going on", at_work)
            time.sleep(dice.random() / 10)
            at_work.kill()
            at_work.start()
        until(lambda: settled(store), "everything is settled", at_work)
    assert as_if_nothing_had_been(store, sent, len(range(0, len(sent), step)))


def outcomes(store: Store) -> int:
    return sum(count for *_, count in store.records.counts())


def test_submissions_are_taken_while_redis_is_away_and_settle_when_it_is_back(
    tmp_path: Path, redis_url: str, store_url: str, store: Store
) -> None:
    sent = stream(4)
    server = urlsplit(redis_url)
    with in_front_of(str(server.hostname), int(server.port or 6379)) as proxy:
        through = server._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
        at_work = worker(tmp_path, store_url, through)
        with running(at_work), door(tmp_path, store_url, through) as client:
            hand_over(client, sent[:2])
            until(lambda: settled(store), "the worker works", at_work)
            proxy.down()
            answered(client, sent[2:9])
            proxy.up()
            proxy.silent()
            answered(client, sent[9:])
            assert kept(store, sent) == []
            assert not settled(store)
            proxy.up()
            until(lambda: settled(store), "everything is settled", at_work)
    assert as_if_nothing_had_been(store, sent, 2)


def test_a_worker_outlives_a_connection_that_cannot_be_closed(tmp_path: Path, redis_url: str, store_url: str, store: Store) -> None:
    sent = stream(4)
    server = urlsplit(redis_url)
    with in_front_of(str(server.hostname), int(server.port or 6379)) as proxy:
        through = server._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
        at_work = worker(tmp_path, store_url, through, CANNOT_CLOSE)
        with running(at_work), door(tmp_path, store_url, redis_url) as client:
            hand_over(client, sent[:2])
            until(lambda: settled(store), "the worker works", at_work)
            proxy.down()
            hand_over(client, sent[2:])
            proxy.up()
            until(lambda: settled(store), "everything is settled", at_work)
            assert "a lost connection could not be closed" in at_work.said()
    assert as_if_nothing_had_been(store, sent, 1)


def test_a_worker_that_ends_by_itself_says_so_to_whoever_started_it(tmp_path: Path, redis_url: str, store_url: str) -> None:
    at_work = worker(tmp_path, store_url, redis_url, FAILS)
    with running(at_work):
        assert at_work.ended() == 1


def test_many_at_once_about_one_new_person_make_one_person(tmp_path: Path, redis_url: str, store_url: str, store: Store) -> None:
    """ING-03."""
    [added, *_] = messages_of(3)
    sent = [Sent(f"copy-{n}", added.body) for n in range(size("R-08").together)]
    at_work = worker(tmp_path, store_url, redis_url)
    with running(at_work), door(tmp_path, store_url, redis_url) as client:
        threads = [threading.Thread(target=hand_over, args=(client, [one])) for one in sent]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: settled(store), "everything is settled", at_work)
        assert at_work.stop() == 0  # told to stop, a worker ends well
    assert len(store.links.persons()) == 1
    assert as_if_nothing_had_been(store, sent, 1)


def test_what_the_lane_waits_for_is_mapped_before_the_backlog(redis_url: str) -> None:
    broker = create_broker(redis_url)
    nudge = nudge_by(broker)
    nudge([f"message-{n}" for n in range(300)])
    with redis.Redis.from_url(redis_url) as client:
        until(lambda: sum(client.llen(key) for key in client.scan_iter("map*")) >= 5, "the backlog is in Redis")
    broker.send_task("carehub.map", args=[["the one"]], priority=0)
    with broker.connection_for_read() as connection, connection.SimpleQueue("map") as queue:
        taken = []
        while len(taken) < 6:
            message = queue.get(timeout=10)
            message.ack()
            taken.append(message.payload[0][0])
    assert taken[0] == ["the one"]
    assert [id for ids in taken[1:] for id in ids] == [f"message-{n}" for n in range(300)]


def test_messages_that_come_one_by_one_while_workers_are_busy_are_few_tasks(
    tmp_path: Path, redis_url: str, store_url: str, store: Store
) -> None:
    """One task for each would cost three times the work of lists of 64, and a backlog would only grow (ADR 0031)."""
    sent = stream()
    with door(tmp_path, store_url, redis_url) as client:

        def lists() -> list[list[str]]:
            return [json.loads(value)[0][0] for value in everything_in(redis_url) if value.startswith(b"[[")]

        messages = hand_over(client, sent)
        until(lambda: sum(map(len, lists())) == len(messages), "every message is queued")
        assert len(lists()) <= 2 + len(messages) / 4
        assert standing(create_broker(redis_url), "map") == len(lists())
        at_work = worker(tmp_path, store_url, redis_url)
        with running(at_work):
            until(lambda: settled(store), "everything is settled", at_work)
    assert as_if_nothing_had_been(store, sent, 0)
