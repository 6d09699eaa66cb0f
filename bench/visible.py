"""Accepted to visible: from our 202 to the moment the person's plan in the store reflects the message, at a steady rate."""

from __future__ import annotations

import http.client
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path

import feeds
from hubs import ACUTE, folder, ingest, settings_in
from processes import CREDENTIAL, NotAnswering, carehub, environment, free_port, redis_server, running, wait_ready
from table import Row, centile

from carehub.wiring.bootstrap import build_hub

_PEOPLE = 40
_LOOK_EVERY = 0.0005


def visible_rows(seconds: float, a_second: int = 50) -> list[Row]:
    """Row 5, twice: work done in the serving process, and by Celery workers told through Redis."""
    rows = []
    with folder() as place:
        took, late = _measure(place, "", seconds, a_second)
        rows += _rows("embedded", took, late, (50.0, 15.0))
    with folder() as place, folder() as kept:
        try:
            with redis_server(kept) as url:
                took, late = _measure(place, url, seconds, a_second)
            rows += _rows("Celery + Redis", took, late, (100.0, 30.0))
        except NotAnswering as error:
            rows.append(Row("Accepted to visible, Celery + Redis", "ms", (), goal="G13", skipped=str(error)))
    return rows


def _rows(how: str, took: list[float], late: list[float], limits: tuple[float, float]) -> list[Row]:
    remark = f"{len(took)} messages at a steady rate; mean {sum(took) / len(took):.1f}, most {max(took):.1f} ms"
    remark += f"; the watcher, which does nothing else, looked every {centile(late, 50):.1f} ms (p99 {centile(late, 99):.1f}): how busy the machine was"
    return [
        Row(f"Accepted to visible, {how}, p50", "ms", [centile(took, 50)], better="lower", on_ratio=False),
        Row(f"Accepted to visible, {how}, p99", "ms", [centile(took, 99)], "", (), "G13", limits, "lower", on_ratio=False, remark=remark),
    ]


def _measure(place: Path, redis_url: str, seconds: float, a_second: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each message, and between the watcher's looks. The hub knows everybody before, so that a person's plan can be watched."""
    count = int(seconds * a_second)
    bodies = feeds.adt_messages(_PEOPLE + count, _PEOPLE)
    people, base = _known(place, bodies[:_PEOPLE])
    port = free_port()
    env = environment(place, port, redis_url)
    commands = [[carehub(), "worker", "--concurrency", "1", "--queues", "map,identity,assemble"]] if redis_url else []
    with running([carehub(), "serve"], env) as server:
        wait_ready(server, port, "/health/ready")
        if commands:
            with running(commands[0], env, cwd=place):
                _warm(place, port, feeds.adt_messages(_PEOPLE, _PEOPLE, seed=8), people, base)
                return _steady(place, port, bodies[_PEOPLE:], people, base + _PEOPLE, a_second)
        _warm(place, port, feeds.adt_messages(_PEOPLE, _PEOPLE, seed=8), people, base)
        return _steady(place, port, bodies[_PEOPLE:], people, base + _PEOPLE, a_second)


def _known(place: Path, bodies: list[bytes]) -> tuple[list[str], int]:
    hub = build_hub(settings_in(place))
    ingest(hub, ACUTE, bodies)
    hub.settle()
    people = [hub.store.links.find(nhs_number=number)[0] for number in feeds.nhs_numbers(_PEOPLE)]
    position = hub.log.last_position()
    hub.store.close()
    return people, position


def _warm(place: Path, port: int, bodies: list[bytes], people: list[str], base: int) -> None:
    """Send some and wait until they show, so that no start-up is measured. Raises NotAnswering after a minute."""
    for body in bodies:
        _post(http.client.HTTPConnection("127.0.0.1", port), body)
    until = time.monotonic() + 60
    with _Watching(place) as watching:
        while any(watching.position(person) <= base for person in people):
            if time.monotonic() > until:
                raise NotAnswering("the worker did not show the first messages in a minute")
            time.sleep(0.02)


def _steady(place: Path, port: int, bodies: list[bytes], people: list[str], base: int, a_second: int) -> tuple[list[float], list[float]]:
    sent: deque[tuple[str, int, float]] = deque()
    done = threading.Event()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        start = time.perf_counter()
        for n, body in enumerate(bodies):
            wait = start + n / a_second - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            _post(connection, body)
            sent.append((people[n % _PEOPLE], base + n + 1, time.perf_counter()))
        done.set()

    sender = threading.Thread(target=send)
    sender.start()
    took: list[float] = []
    late: list[float] = []
    before = time.perf_counter()
    waiting: list[tuple[str, int, float]] = []
    with _Watching(place) as watching:
        while not (done.is_set() and not sent and not waiting):
            while sent:
                waiting.append(sent.popleft())
            seen = {person: watching.position(person) for person, _, _ in waiting}
            now = time.perf_counter()
            late.append(1000 * (now - before))
            before = now
            took += [1000 * (now - at) for person, position, at in waiting if seen[person] >= position]
            waiting = [one for one in waiting if seen[one[0]] < one[1]]
            if waiting and now - waiting[0][2] > 60:
                raise NotAnswering("a message did not show in a minute")
            time.sleep(_LOOK_EVERY)
    sender.join()
    return took, late


def _post(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", f"/feeds/{ACUTE}/submissions", body, {"Authorization": f"Bearer {CREDENTIAL}"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 202:
        raise RuntimeError(f"a submission was answered {answer.status}")


class _Watching:
    """Reads plan positions straight from the file: about 20 microseconds a look, and nothing asked of the server."""

    def __init__(self, place: Path) -> None:
        self._db = sqlite3.connect(f"file:{place / 'carehub-record.db'}?mode=ro", uri=True, isolation_level=None)

    def __enter__(self) -> _Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def position(self, person: str) -> int:
        """The log position the person's plan reflects; 0 without a plan."""
        row = self._db.execute("select position from plans where person = ?", (person,)).fetchone()
        return int(row[0]) if row else 0
