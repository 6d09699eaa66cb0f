"""Two computers share the work of one hub; one of them is cut off, once for a while and once for good: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from faults.doors import CREDENTIAL, source_keys
from faults.namespaces import Elsewhere, Network, servers
from faults.processes import CAREHUB, running, until
from faults.stream import FEED, Sent, account, kept, settled, stream, undisturbed

pytestmark = [pytest.mark.pg, pytest.mark.redis, pytest.mark.netns]

# A worker of every queue that says what it has done.
TELLING = """
import os
from celery.signals import task_success
from carehub.wiring.entrypoints import worker

@task_success.connect
def told(sender, **_):
    os.write(1, f"did {sender.name}\\n".encode())

worker().worker_main(["worker", "--pool=solo", "--beat", "--loglevel=WARNING", "--without-gossip", "--without-mingle"])
"""
SENDING = """
import json, sys, time
from pathlib import Path
import httpx

told = json.loads(Path(sys.argv[1]).read_text())
with httpx.Client(timeout=30, headers={"Authorization": "Bearer " + told["credential"]}) as client:
    for key, body in told["sent"]:
        while True:
            try:
                answer = client.post(told["address"], content=body.encode(), headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 202:
                break
            time.sleep(0.2)
"""
# Takes the identity lane's turn, as a worker does in the middle of its work, and keeps it.
HOLDING = """
import sys, time
from carehub.store.sql.places import places

with places(sys.argv[1])["record"].writing("lane"):
    print("held", flush=True)
    time.sleep(3600)
"""


class Hub:
    """A hub of two hosts: `near` has the door and a worker, `far` a worker."""

    def __init__(self, network: Network, folder: Path, store_url: str, redis_url: str) -> None:
        self.network, self.folder, self.store_url = network, folder, store_url
        self.settings = {
            "CAREHUB_DATABASE_URL": store_url,
            "CAREHUB_REDIS_URL": redis_url,
            "CAREHUB_SOURCE_KEYS_FILE": str(source_keys(folder)),
        }
        self.door = self.program("near", "door", *CAREHUB, "serve")
        self.workers = {host: self.program(host, f"worker-{host}", "-c", TELLING) for host in ("near", "far")}

    def program(self, host: str, name: str, *arguments: str) -> Elsewhere:
        place = self.folder / name
        return Elsewhere(self.network.of(host), place, {**self.settings, "CAREHUB_VAR": str(place)}, *arguments)

    def send(self, name: str, sent: Sequence[Sent]) -> None:
        """Hand over at the near host, until each has a receipt."""
        told = {"address": f"http://127.0.0.1:8000/feeds/{FEED}/submissions", "credential": CREDENTIAL}
        letter = self.folder / f"{name}.json"
        letter.write_text(json.dumps({**told, "sent": [(one.key, one.body.decode()) for one in sent]}))
        sender = self.program("near", name, "-c", SENDING, str(letter))
        with running(sender):
            assert sender.ended() == 0, sender.said()

    def did(self, host: str) -> int:
        return (self.folder / f"worker-{host}" / "output.txt").read_text().count("did carehub.")


@contextmanager
def two_hosts(folder: Path) -> Iterator[tuple[Hub, Store]]:
    with Network("near", "far") as network, servers(network, folder) as (store_url, redis_url, here):
        upgrade(here)
        store = SqlStore(here)
        hub = Hub(network, folder, store_url, redis_url)
        try:
            with running(hub.door, *hub.workers.values()):
                yield hub, store
        finally:
            store.close()


def test_they_share_the_work_and_one_is_cut_off_for_a_while(tmp_path: Path) -> None:
    sent = stream()
    third = len(sent) // 3
    with two_hosts(tmp_path) as (hub, store):
        hub.send("first", sent[:third])
        until(lambda: settled(store) and hub.did("near") > 0 and hub.did("far") > 0, "both have worked", *hub.workers.values())
        hub.network.cut("far")
        hub.send("second", sent[third : 2 * third])
        until(lambda: settled(store), "the near one goes on alone", hub.workers["near"])
        before = hub.did("far")
        hub.network.join("far")
        hub.send("third", sent[2 * third :])
        until(lambda: settled(store) and hub.did("far") > before, "the far one works again", *hub.workers.values())
        assert kept(store, sent) == []
        assert account(store) == undisturbed(sent)


def test_one_is_lost_while_it_has_the_lanes_turn_and_the_other_goes_on(tmp_path: Path) -> None:
    sent = stream()
    with two_hosts(tmp_path) as (hub, store):
        hub.workers["far"].kill()
        holder = hub.program("far", "holder", "-c", HOLDING, hub.store_url)
        with running(holder):
            until(lambda: "held" in holder.said(), "the far host has the turn", holder)
            hub.network.cut("far")
            hub.send("all", sent)
            until(lambda: settled(store), "the near one goes on", hub.workers["near"])
        assert kept(store, sent) == []
        assert account(store) == undisturbed(sent)
