"""Steady load on a whole stack (R-15): `python bench/steady.py --minutes 30 --database URL --redis URL`. A store and a Redis of its own, both empty.

`carehub up` as it ships; so many hospital messages a second come in over a few connections, about so many people, and each of four kinds of reading is
asked so often a second. Printed, and written to bench-results/: errors, how long each kind of reading took, how long until a message shows in its
person's plan, and for every process its memory, how it grows a minute by least squares over the second half, its open files at the middle and at the
end, and its processor time from the first sample to the last, for each message too.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import statistics
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import feeds
from hubs import ACUTE, folder
from processes import CREDENTIAL, carehub, cpu_seconds, environment, free_port, resident, running, wait_ready
from table import centile

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore

_SENDERS = 4
_READER = {"user": "a", "name": "A", "role": "gp", "organisation": "X99002", "organisation_name": "Elmfield Surgery", "purpose": "TREAT"}
_LOOK_EVERY, _SAMPLE_EVERY, _PATIENCE = 0.02, 5.0, 120.0


@dataclass(slots=True)
class Found:
    """errors: by what was asked and how it ended. took: milliseconds of each reading by kind. shown: until a message showed. samples: by process, (seconds,
    MB, open files). spent: by process, its processor seconds at the first sample and the last, and of how many messages these were. sent: messages
    that have a receipt. behind: messages that the identity lane had not reached at the end."""

    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    shown: list[float] = field(default_factory=list)
    samples: dict[str, list[tuple[float, float, int]]] = field(default_factory=lambda: defaultdict(list))
    spent: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    sent: int = 0
    behind: int = 0


class Load:
    """What is done to a stack that answers at a port over a store."""

    def __init__(self, port: int, store: SqlStore, people: int) -> None:
        self.port, self.store, self.found = port, store, Found()
        self._count = people
        self.stop = threading.Event()
        self.people: list[str] = []
        self._last: deque[tuple[str, str, float]] = deque(maxlen=1)

    def ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, who: str = "reader"
    ) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {CREDENTIAL if who == 'source' else who}", "Accept": "application/fhir+json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def know(self, bodies: list[bytes]) -> None:
        """Send these about everybody and wait until each has a plan."""
        connection = self.connect()
        for body in bodies:
            self.ask(connection, "POST", f"/feeds/{ACUTE}/submissions", body, "source")
        until, links = time.monotonic() + _PATIENCE, self.store.links
        while time.monotonic() < until:
            if links.lane_position() == self.store.log.last_position() and not self.store.plans.dirty(1):
                self.people = [links.find(nhs_number=number)[0] for number in feeds.nhs_numbers(self._count)]
                return
            time.sleep(0.2)
        raise RuntimeError("the stack did not make the first plans")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def paced(self, what: str, a_second: float, once: Callable[[http.client.HTTPConnection, int], int]) -> None:
        """Do it so often a second, over one connection, until told to stop. once: gives the HTTP status; anything but 200 and 202 is an error."""
        connection, start, n = self.connect(), time.monotonic(), 0
        while not self.stop.wait(max(0.0, start + n / a_second - time.monotonic())):
            began = time.perf_counter()
            try:
                status = once(connection, n)
            except (OSError, http.client.HTTPException) as error:
                status, connection = 0, self.connect()
                self.found.errors[f"{what}: {type(error).__name__}"] += 1
            if status in (200, 202):
                self.found.took[what].append(1000 * (time.perf_counter() - began))
            elif status:
                self.found.errors[f"{what}: {status}"] += 1
            n += 1

    def sending(self, bodies: Iterator[tuple[int, bytes]]) -> Callable[[http.client.HTTPConnection, int], int]:
        """bodies: each with the place of the person it is about."""

        def send(connection: http.client.HTTPConnection, n: int) -> int:
            place, body = next(bodies)
            status, receipt = self.ask(connection, "POST", f"/feeds/{ACUTE}/submissions", body, "source")
            if status == 202:
                self.found.sent += 1
                self._last.append((self.people[place], json.loads(receipt)["messages"][0], time.perf_counter()))
            return status

        return send

    def reading(self, path: str) -> Callable[[http.client.HTTPConnection, int], int]:
        return lambda connection, n: self.ask(connection, "GET", path.format(person=self.people[n % self._count]))[0]

    def watch(self) -> None:
        """How long until a message shows, one after the other."""
        while not self.stop.is_set():
            if not self._last:
                time.sleep(_LOOK_EVERY)
                continue
            person, message, at = self._last.pop()
            position = self.store.log.position(message)
            while not self.stop.is_set() and ((plan := self.store.plans.get(person)) is None or plan.position < position):
                time.sleep(_LOOK_EVERY)
            self.found.shown.append(1000 * (time.perf_counter() - at))

    def sample(self, root: int) -> None:
        start = time.monotonic()
        while not self.stop.wait(_SAMPLE_EVERY):
            for pid, name in descendants(root):
                self.found.samples[name].append((time.monotonic() - start, resident(pid), open_files(pid)))
                now = cpu_seconds(pid), self.found.sent
                self.found.spent[name] = [self.found.spent.get(name, [now])[0], now]


def descendants(root: int) -> Iterator[tuple[int, str]]:
    """The processes below one that are of carehub, each with a name of its own."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for pid in sorted(parents):
        above = pid
        while above in parents and above != root:
            above = parents[above]
        if above == root and (words := _command(pid)):
            yield pid, f"{' '.join(words[words.index('serve') if 'serve' in words else words.index('worker') :][:3])} ({pid})"


def _command(pid: int) -> list[str]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []
    return words if {"serve", "worker"} & set(words) else []


def open_files(pid: int) -> int:
    """Open file descriptors of a process, sockets among them; 0 once it has ended."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def growth(samples: list[tuple[float, float, int]]) -> float:
    """MB a minute, by least squares over the second half of the samples."""
    late = samples[len(samples) // 2 :]
    return 60 * statistics.linear_regression([at for at, _, _ in late], [mb for _, mb, _ in late]).slope if len(late) > 2 else float("nan")


def a_message(first: tuple[float, int], last: tuple[float, int]) -> float:
    """Processor milliseconds for each message between two samples."""
    return round(1000 * (last[0] - first[0]) / max(last[1] - first[1], 1), 2)


def measure(minutes: float, database: str, redis: str, messages: float, readings: float, people: int) -> Found:
    """Run it. messages, readings: a second; readings of each kind."""
    upgrade(database)
    store = SqlStore(database)
    try:
        with folder() as place:
            port = free_port()
            env = environment(place, port, redis) | {"CAREHUB_DATABASE_URL": database, "CAREHUB_CLIENTS_FILE": str(place / "clients.json")}
            (place / "clients.json").write_text(json.dumps({hashlib.sha256(b"reader").hexdigest(): _READER}))
            with running([carehub(), "up"], env, cwd=place) as stack:
                wait_ready(stack, port, "/health/ready")
                load = Load(port, store, people)
                _loaded(load, stack.pid, minutes, messages, readings, people)
                return load.found
    finally:
        store.close()


def _loaded(load: Load, root: int, minutes: float, messages: float, readings: float, people: int) -> None:
    count = int(messages * 60 * minutes) + people
    bodies = feeds.adt_messages(people + count, people)
    load.know(bodies[:people])
    later = [(n % people, body) for n, body in enumerate(bodies[people:])]
    _, found = load.ask(load.connect(), "GET", f"/fhir/R4/Patient/{load.people[0]}/$everything")
    visit = next(one["resource"]["id"] for one in json.loads(found)["entry"] if one["resource"]["resourceType"] == "Encounter")
    kinds = {
        "read by id": f"/fhir/R4/Encounter/{visit}",
        "search by patient": "/fhir/R4/Encounter?patient={person}&_count=50",
        "$everything": "/fhir/R4/Patient/{person}/$everything",
        "$unified-care-plan": "/fhir/R4/Patient/{person}/$unified-care-plan",
    }
    each = [load.sending(iter(later[n::_SENDERS])) for n in range(_SENDERS)]
    threads = [threading.Thread(target=load.paced, args=("message in", messages / _SENDERS, send)) for send in each]
    threads += [threading.Thread(target=load.paced, args=(kind, readings, load.reading(path))) for kind, path in kinds.items()]
    threads += [threading.Thread(target=load.watch), threading.Thread(target=load.sample, args=(root,))]
    for thread in threads:
        thread.start()
    time.sleep(60 * minutes)
    load.stop.set()
    for thread in threads:
        thread.join()
    load.found.behind = load.store.log.last_position() - load.store.links.lane_position()


def told(found: Found, minutes: float) -> dict[str, object]:
    """The figures, as JSON."""
    return {
        "minutes": minutes,
        "messages": found.sent,
        "behind at the end": found.behind,
        "errors": dict(found.errors),
        "readings": {
            kind: {
                "count": len(took),
                "p50": round(centile(took, 50), 1),
                "p95": round(centile(took, 95), 1),
                "p99": round(centile(took, 99), 1),
            }
            for kind, took in sorted(found.took.items())
        },
        "shown": {"count": len(found.shown), **{f"p{p}": round(centile(found.shown, p), 1) for p in (50, 99)}} if found.shown else {},
        "processes": {
            name: {
                "MB": round(samples[-1][1], 1),
                "MB a minute": round(growth(samples), 2),
                "files": [samples[len(samples) // 2][2], samples[-1][2]],
                "processor ms a message": a_message(*found.spent[name]),
            }
            for name, samples in sorted(found.samples.items())
        },
    }


def main() -> None:
    asked = argparse.ArgumentParser(description="Steady load on a whole stack (R-15).")
    asked.add_argument("--minutes", type=float, default=3.0)
    asked.add_argument("--database", required=True)
    asked.add_argument("--redis", required=True)
    asked.add_argument("--messages", type=float, default=50.0, help="a second")
    asked.add_argument("--readings", type=float, default=10.0, help="of each kind, a second")
    asked.add_argument("--people", type=int, default=2000, help="whom the messages are about, and who are read")
    given = asked.parse_args()
    found = measure(given.minutes, given.database, given.redis, given.messages, given.readings, given.people)
    figures = told(found, given.minutes)
    text = json.dumps(figures, indent=1)
    print(text)
    results = Path("bench-results")
    results.mkdir(exist_ok=True)
    (results / f"steady-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json").write_text(text)


if __name__ == "__main__":
    main()
