"""R-11: programs that share a store and whose clocks differ by ten minutes. The record is the one of an undisturbed hub, nothing is lost, and on
PostgreSQL nothing lasts longer or ends earlier for it: every program goes by the database's clock."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carehub.store.ports import Store
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.terms.moments import instant, iso
from carehub.tokens.provider import Begun
from carehub.tokens.short_lived import ShortLived
from contracts.stores import postgresql_schema
from faults.clocks import needs_wrong_clocks, set_wrong, wrong_by
from faults.doors import Senders
from faults.mllp_senders import MllpSenders, MllpServer, known_as
from faults.processes import CAREHUB, Program, running, until
from faults.servers import Server
from faults.stream import Sent, account, hub_over, kept, settled, stream, undisturbed

pytestmark = needs_wrong_clocks

TEN_MINUTES = 600
BOTH_WAYS = [-TEN_MINUTES, TEN_MINUTES]


@pytest.fixture
def pg_url() -> Iterator[str]:
    with postgresql_schema() as url:
        upgrade(url)
        yield url


def as_if_all_clocks_agreed(store: Store, sent: list[Sent]) -> None:
    assert kept(store, sent) == []
    assert account(store) == undisturbed(sent)


def received(store: Store) -> list[datetime]:
    ids = [head.id for head in store.log.heads(0, 1_000_000)]
    return [moment for one in store.log.read(ids).values() if (moment := instant(one.received_at))]


def apart(store: Store, began: datetime) -> bool:
    """Whether any receipt lies outside the time that the test took."""
    slack = timedelta(seconds=60)
    return not all(began - slack < one < datetime.now(UTC) + slack for one in received(store))


@pytest.mark.pg
@pytest.mark.redis
@pytest.mark.parametrize(
    ("api", "worker"), [(-600, 0), (600, 0), (0, -600), (0, 600), (-600, 600), (600, -600)], ids=lambda seconds: f"{seconds:+d}"
)
def test_a_door_and_a_worker(tmp_path: Path, redis_url: str, pg_url: str, api: int, worker: int) -> None:
    sent, began = stream(6), datetime.now(UTC)
    server = Server(tmp_path / "api", pg_url, CAREHUB_REDIS_URL=redis_url, **wrong_by(api, tmp_path / "api"))
    settings = {"CAREHUB_DATABASE_URL": pg_url, "CAREHUB_REDIS_URL": redis_url, "CAREHUB_VAR": str(tmp_path / "worker")}
    at_work = Program(
        tmp_path / "worker", {**settings, **wrong_by(worker, tmp_path / "worker")}, *CAREHUB, "worker", "--concurrency", "2", "--beat"
    )
    with running(server, at_work), closing(SqlStore(pg_url)) as store:
        senders = Senders([server.address], sent)
        until(senders.done, "all is handed over", server)
        until(lambda: settled(store), "everything is settled", server, at_work)
        assert senders.acknowledged == len(sent)
        as_if_all_clocks_agreed(store, sent)
        assert not apart(store, began)


@pytest.mark.pg
@pytest.mark.redis
@pytest.mark.parametrize("behind", BOTH_WAYS)
def test_two_workers_share_the_work(tmp_path: Path, redis_url: str, pg_url: str, behind: int) -> None:
    sent = stream(6)
    settings = {"CAREHUB_DATABASE_URL": pg_url, "CAREHUB_REDIS_URL": redis_url}
    server = Server(tmp_path / "api", pg_url, CAREHUB_REDIS_URL=redis_url)
    workers = [
        Program(
            tmp_path / name, {**settings, "CAREHUB_VAR": str(tmp_path / name), **clock}, *CAREHUB, "worker", "--concurrency", "1", "--beat"
        )
        for name, clock in (("right", {}), ("wrong", wrong_by(behind, tmp_path / "wrong")))
    ]
    with running(server, *workers), closing(SqlStore(pg_url)) as store:
        senders = Senders([server.address], sent)
        until(senders.done, "all is handed over", server)
        until(lambda: settled(store), "everything is settled", server, *workers)
        as_if_all_clocks_agreed(store, sent)


@pytest.mark.parametrize("seconds", BOTH_WAYS)
def test_the_mllp_door(tmp_path: Path, store_url: str, store: Store, seconds: int) -> None:
    sent = [one for one in stream(6) if one.key != "rubbish"]
    began = datetime.now(UTC)
    server = MllpServer(tmp_path / "mllp", store_url, **wrong_by(seconds, tmp_path / "mllp"))
    with running(server):
        senders = MllpSenders(server.port, sent, 4)
        until(senders.done, "all is acknowledged", server)
        until(lambda: settled(store), "everything is settled", server)
    assert len(senders.acknowledged) == len(sent)
    as_if_all_clocks_agreed(store, known_as(sent))
    assert apart(store, began) == store_url.startswith("sqlite")  # one computer has one clock: a file has nobody to ask


@pytest.mark.parametrize("seconds", BOTH_WAYS)
def test_two_doors_over_one_file(tmp_path: Path, seconds: int) -> None:
    url, sent = f"sqlite:///{tmp_path / 'carehub.db'}", stream(6)
    upgrade(url)
    servers = [Server(tmp_path / "right", url), Server(tmp_path / "wrong", url, **wrong_by(seconds, tmp_path / "wrong"))]
    with running(*servers), closing(SqlStore(url)) as store:
        senders = Senders([one.address for one in servers], sent)
        until(senders.done, "all is handed over", *servers)
        until(lambda: settled(store), "everything is settled", *servers)
        as_if_all_clocks_agreed(store, sent)


_LEASES = """
import json, sys
from datetime import timedelta
from carehub.terms.moments import iso
from carehub.tokens.provider import Begun
from carehub.tokens.short_lived import ShortLived
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings

hub = build_hub(Settings(_env_file=None))
passes = ShortLived(hub.store.passes, hub.clock)
good, over = sys.argv[1:]
told = {"good": passes.find("session", good, Begun) is not None, "over": passes.find("session", over, Begun) is not None}
passes.make("session", Begun("n", "v", "/"), timedelta(minutes=5))
print(json.dumps(told | {"now": iso(hub.clock())}))
"""


@pytest.mark.pg
@pytest.mark.parametrize("seconds", [-TEN_MINUTES, 0, TEN_MINUTES, -90_000, 90_000])
def test_what_is_good_for_a_while_is_so_for_every_program_alike(tmp_path: Path, pg_url: str, seconds: int) -> None:
    """Sessions, codes and tokens: one of five minutes stands in all, one that ended five minutes ago in none, and none is thrown away early."""
    said = Begun("n", "v", "/")
    environment = {
        "CAREHUB_DATABASE_URL": pg_url,
        "CAREHUB_VAR": str(tmp_path),
        "PATH": "/usr/bin",
        **wrong_by(seconds, tmp_path / "clock"),
    }
    with closing(SqlStore(pg_url)) as store:
        right = ShortLived(store.passes, lambda: datetime.now(UTC))
        good = right.make("session", said, timedelta(minutes=5))
        over = ShortLived(store.passes, lambda: datetime.now(UTC) - timedelta(minutes=10)).make("session", said, timedelta(minutes=5))
        command = [sys.executable, "-c", _LEASES, good, over]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
        told = json.loads(done.stdout.splitlines()[-1])
        assert (told["good"], told["over"]) == (True, False)
        assert abs((instant(told["now"]) or datetime.min.replace(tzinfo=UTC)) - datetime.now(UTC)) < timedelta(seconds=30)
        assert right.find("session", good, Begun) is not None
        assert iso(datetime.now(UTC)) < (right.timed("session", good, Begun) or (None, ""))[1]


@pytest.mark.redis
def test_the_schedule_goes_on_though_its_clock_is_set_back(tmp_path: Path, redis_url: str) -> None:
    """A lost nudge is found by the sweep; so the sweep must not stand still as long as the clock was set back."""
    url, sent = f"sqlite:///{tmp_path / 'carehub.db'}", stream(2)
    upgrade(url)
    settings = {"CAREHUB_DATABASE_URL": url, "CAREHUB_REDIS_URL": redis_url, "CAREHUB_VAR": str(tmp_path)}
    at_work = Program(
        tmp_path / "worker", {**settings, **wrong_by(0, tmp_path / "clock")}, *CAREHUB, "worker", "--concurrency", "1", "--beat"
    )
    with running(at_work), closing(SqlStore(url)) as store:
        hand_over_untold(store, sent[:4])
        until(lambda: settled(store), "the first are found by the sweep", at_work)
        set_wrong(-3600, tmp_path / "clock")
        time.sleep(6)
        hand_over_untold(store, sent[4:])
        until(lambda: settled(store), "the others are found by the sweep", at_work)
        as_if_all_clocks_agreed(store, sent)


def hand_over_untold(store: Store, sent: list[Sent]) -> None:
    """Into the log, with nobody nudged."""
    hub_over(store).receive([one.submission for one in sent])
