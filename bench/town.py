"""A whole town over HTTP into a whole stack: `python bench/town.py TOWN --database URL --redis URL`. Both empty; TOWN by `carehub neighbourhood generate`.

`carehub up` as it ships. Every file is sent as its source would, month after month; what is kept back is one busy day: everything of the last
month, and a thirtieth of the surgeries' readings of the month before. Told, and written to bench-results/: how long until the two years are
settled, how long the day takes, and for each process of the hub its highest memory and the processor time that it took.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from hubs import folder
from processes import CREDENTIAL, carehub, cpu_seconds, environment, free_port, resident, running, wait_ready
from steady import descendants

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore

GP = "gp.structured-record"
_SENDERS, _LOOK_EVERY, _SAMPLE_EVERY, _DAYS = 4, 1.0, 5.0, 30
Files = list[tuple[str, Path]]


def months(town: Path) -> tuple[list[Files], Files]:
    """(the files of each month in order, those of the busy day), each with the feed it is for."""
    found = [
        [
            (place.name.replace(".", "/", 1), path)
            for place in sorted(month.iterdir())
            for path in sorted(place.rglob("*"))
            if path.is_file()
        ]
        for month in sorted((town / "feeds").iterdir())
    ]
    *before, last = found
    surgeries = [one for one in before[-1] if one[0] == GP.replace(".", "/", 1)]
    share = surgeries[: len(surgeries) // _DAYS]
    before[-1] = [one for one in before[-1] if one not in share]
    return before, share + last


class Stack:
    """A running stack over a store, and what its processes took."""

    def __init__(self, port: int, store: SqlStore, root: int) -> None:
        self.port, self.store, self.root = port, store, root
        self.peaks: dict[str, float] = {}
        self.spent: dict[str, float] = {}
        self.refused: dict[int, int] = {}
        self._own, self._lock = threading.local(), threading.Lock()
        self.done = threading.Event()

    def send(self, one: tuple[str, Path]) -> None:
        """One file, again while the hub says that it is busy."""
        feed, path = one
        while True:
            connection = getattr(self._own, "connection", None) or http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
            self._own.connection = connection
            connection.request("POST", f"/feeds/{feed}/submissions", path.read_bytes(), {"Authorization": f"Bearer {CREDENTIAL}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (429, 503):
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if answer.status != 202:
            with self._lock:
                self.refused[answer.status] = self.refused.get(answer.status, 0) + 1

    def take(self, batches: Sequence[Files]) -> tuple[float, float]:
        """(seconds until all are received, seconds until all are settled)."""
        began = time.monotonic()
        with ThreadPoolExecutor(_SENDERS) as senders:
            for files in batches:
                list(senders.map(self.send, files))
        received = time.monotonic() - began
        while not self._settled():
            time.sleep(_LOOK_EVERY)
        return received, time.monotonic() - began

    def _settled(self) -> bool:
        last = self.store.log.last_position()
        if self.store.links.lane_position() != last or self.store.plans.dirty(1):
            return False
        return sum(count for *_, count in self.store.records.counts()) == last

    def sample(self) -> None:
        while not self.done.wait(_SAMPLE_EVERY):
            for pid, name in descendants(self.root):
                self.peaks[name] = max(self.peaks.get(name, 0.0), resident(pid, peak=True))
                self.spent[name] = max(self.spent.get(name, 0.0), cpu_seconds(pid))


def measure(town: Path, database: str, redis: str) -> dict[str, object]:
    """Run it; the figures, as JSON. The store is left as it is, to be checked against the truth."""
    upgrade(database)
    store = SqlStore(database)
    years, day = months(town)
    try:
        with folder() as place:
            port = free_port()
            env = environment(place, port, redis) | {"CAREHUB_DATABASE_URL": database}
            feeds = sorted({feed for files in [*years, day] for feed, _ in files})
            (place / "sources.json").write_text(
                json.dumps({hashlib.sha256(CREDENTIAL.encode()).hexdigest(): {"name": "bench", "feeds": feeds}})
            )
            with running([carehub(), "up"], env, cwd=place) as child:
                wait_ready(child, port, "/health/ready")
                stack = Stack(port, store, child.pid)
                sampler = threading.Thread(target=stack.sample)
                sampler.start()
                received, settled = stack.take(years)
                messages = store.log.last_position()
                day_received, day_settled = stack.take([day])
                time.sleep(2 * _SAMPLE_EVERY)
                in_all = store.log.last_position()
                stack.done.set()
                sampler.join()
    finally:
        store.close()
    return {
        "messages": messages,
        "received in seconds": round(received, 1),
        "settled in seconds": round(settled, 1),
        "a day": {
            "messages": in_all - messages,
            "received in seconds": round(day_received, 1),
            "settled in seconds": round(day_settled, 1),
        },
        "refused": stack.refused,
        "processes": {
            name: {"most MB": round(stack.peaks[name], 1), "processor seconds": round(stack.spent[name], 1)} for name in sorted(stack.peaks)
        },
        "processor ms a message": round(1000 * sum(stack.spent.values()) / max(in_all, 1), 2),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description="A whole town over HTTP into a whole stack.")
    asked.add_argument("town", type=Path)
    asked.add_argument("--database", required=True)
    asked.add_argument("--redis", required=True)
    given = asked.parse_args()
    text = json.dumps(measure(given.town, given.database, given.redis), indent=1)
    print(text)
    results = Path("bench-results")
    results.mkdir(exist_ok=True)
    (results / f"town-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json").write_text(text)


if __name__ == "__main__":
    main()
