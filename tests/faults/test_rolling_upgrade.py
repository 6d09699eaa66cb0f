"""R-18: old and new processes side by side. A process whose store has tables of another version writes nothing into them and says why; what it takes in
is kept, and settles as if nothing had been once processes of that version do the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.places import places
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import StoreBusy, Unavailable
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.settings import Settings
from contracts.stores import postgresql_schema
from faults.conftest import STORES
from faults.doors import Senders, is_ready
from faults.processes import CAREHUB, Program, running, until
from faults.servers import Server
from faults.stream import account, hub_over, kept, settled, stream, undisturbed
from faults.test_killed_migration import earlier

NEWER = "record_9999"
# What a newer version may do to the tables: nothing that an old process runs into; a column that it does not fill; one that is called otherwise.
CHANGES = {
    "a table beside": ("CREATE TABLE beside (id INTEGER)", "DROP TABLE beside"),
    "a column that must be filled": (
        "ALTER TABLE plans RENAME TO plans_before; CREATE TABLE plans (person TEXT NOT NULL, more TEXT NOT NULL)",
        "DROP TABLE plans; ALTER TABLE plans_before RENAME TO plans",
    ),
    "another name": ("ALTER TABLE outcomes RENAME COLUMN verdict TO found", "ALTER TABLE outcomes RENAME COLUMN found TO verdict"),
}


@pytest.fixture(params=STORES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'carehub.db'}"
    else:
        with postgresql_schema() as url:
            yield url


def changed(url: str, statements: str, version: str) -> None:
    """One migration, in one transaction, as `carehub db upgrade` of another version would do it."""
    with closing(places(url)["record"]) as place, place.writing_engine.begin() as connection:
        if not place.sqlite:
            connection.execute(text("SELECT version_num FROM record_version FOR UPDATE"))
        for one in statements.split("; "):
            connection.execute(text(one))
        connection.execute(text("UPDATE record_version SET version_num = :version"), {"version": version})


def version_of(url: str) -> str:
    with closing(places(url)["record"]) as place:
        return str(place.ask(lambda connection: connection.execute(text("SELECT version_num FROM record_version")).scalar_one()))


def refuses(work: Callable[[], object]) -> None:
    with pytest.raises(StoreBusy) as caught:
        work()
    assert {found.number for found in caught.value.issues} == {"STORE-002"}


@pytest.mark.parametrize("change", CHANGES)
def test_an_old_process_over_newer_tables_takes_in_and_works_nothing_out(store_url: str, change: str) -> None:
    there, back = CHANGES[change]
    ours, sent = version_of(store_url), stream(3)
    with closing(SqlStore(store_url)) as store:
        hub = hub_over(store)
        hub.receive([one.submission for one in sent[:7]])
        hub.drain()
        mapped = sum(count for *_, count in store.records.counts())
        changed(store_url, there, NEWER)
        receipts = hub.receive([one.submission for one in sent[7:]])
        ids = [message for receipt in receipts for message in receipt.messages]
        refuses(lambda: hub.map(ids))
        refuses(lambda: store.links.lane().__enter__())
        refuses(lambda: store.plans.put([], [("nobody", 1)]))
        with pytest.raises(Unavailable) as caught:
            store.ready()
        assert [found.number for found in caught.value.issues] == ["STORE-002"]
        changed(store_url, back, ours)
        assert sum(count for *_, count in store.records.counts()) == mapped
        assert kept(store, sent) == []
    with closing(SqlStore(store_url)) as store:
        hub_over(store).drain()
        assert settled(store)
        assert account(store) == undisturbed(sent)


def test_tables_that_change_while_a_message_is_read_cost_it_nothing(store_url: str) -> None:
    """As if the version had been looked at just before: the driver's complaint is no fault of the message's, which waits for no person."""
    there, back = CHANGES["another name"]
    sent = stream(1)
    with closing(SqlStore(store_url)) as store:
        hub = hub_over(store)
        [receipt, *_] = hub.receive([one.submission for one in sent])
        changed(store_url, there, version_of(store_url))
        refuses(lambda: hub.map(receipt.messages))
        changed(store_url, back, version_of(store_url))
        hub.drain()
        assert account(store) == undisturbed(sent)


def test_an_old_server_over_newer_tables_says_so_and_lives_on(tmp_path: Path, store_url: str) -> None:
    ours, sent = version_of(store_url), stream(3)
    server = Server(tmp_path, store_url)
    with running(server), closing(SqlStore(store_url)) as store:
        first = Senders([server.address], sent[:7])
        until(first.done, "the first are taken", server)
        until(lambda: settled(store), "the first are settled", server)
        changed(store_url, CHANGES["a table beside"][0], NEWER)
        told = httpx.get(f"{server.address}/health/ready", timeout=30)
        assert (told.status_code, "STORE-002" in told.text) == (503, True)
        others = Senders([server.address], sent[7:])
        until(others.done, "the others are taken", server)
        assert others.acknowledged == len(sent) - 7
        assert not settled(store)
        changed(store_url, CHANGES["a table beside"][1], ours)
        until(lambda: is_ready(server.address), "it is ready again", server)
        until(lambda: settled(store), "everything is settled", server)
        assert kept(store, sent) == []
        assert account(store) == undisturbed(sent)


def test_an_old_process_does_not_start_over_newer_tables(tmp_path: Path, store_url: str) -> None:
    changed(store_url, CHANGES["a table beside"][0], NEWER)
    settings = {"CAREHUB_DATABASE_URL": store_url, "CAREHUB_VAR": str(tmp_path)}
    for verb in (("serve",), ("sweep",), ("db", "upgrade")):
        program = Program(tmp_path / verb[0], settings, *CAREHUB, *verb)
        program.start()
        assert program.ended() == 3
        assert "STORE-002" in program.said()
        assert "Traceback" not in program.said()
    assert version_of(store_url) == NEWER


def test_a_new_process_over_older_tables_waits_for_the_migration(tmp_path: Path, empty_url: str) -> None:
    earlier(empty_url)
    with closing(SqlStore(empty_url)) as store:
        sent = stream(3)
        hub_over(store).receive([one.submission for one in sent])
        refuses(lambda: hub_over(store).drain())
    if empty_url.startswith("postgresql"):
        with pytest.raises(Unavailable, match="STORE-002"):
            build_hub(Settings(_env_file=None, var=tmp_path, database_url=empty_url))
    upgrade(empty_url)
    with closing(SqlStore(empty_url)) as store:
        hub_over(store).drain()
        assert settled(store)
        assert kept(store, sent) == []
