"""R-04, R-06: the store is busy, gone or full. Nobody is told that something is stored that is not, and nothing need be done by hand after."""

from __future__ import annotations

import resource
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from carehub.feeds.message import Receipt
from carehub.store.group_commit import GroupCommit
from carehub.store.memory import MemoryStore
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import Delivery
from carehub.terms.errors import CarehubError, StoreBusy
from carehub.terms.issue_catalogue import issue
from contracts.stores import postgresql_schema
from faults.doors import Senders, is_ready, post, read
from faults.figures import as_if_nothing_had_been
from faults.processes import running, until
from faults.proxy import in_front_of
from faults.servers import Server
from faults.sizes import RELEASE, size
from faults.stream import account, kept, settled, stream, undisturbed


def test_senders_that_wait_for_a_busy_store_are_all_answered_at_once() -> None:
    """One answer for the whole group: were each tried alone, the last of many would wait its turn for the same no."""
    calls: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    class Busy(type(MemoryStore().log)):  # type: ignore[misc]
        def __init__(self) -> None: ...

        def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
            calls.append(len(deliveries))
            begun.set()
            go_on.wait()
            raise StoreBusy(issue("STORE-001"))

    log = GroupCommit(Busy())
    answers: list[CarehubError] = []

    def send(n: int) -> None:
        try:
            log.append([Delivery(stream(5)[n].submission, (b"x",))])
        except CarehubError as error:
            answers.append(error)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(20)]
    threads[0].start()
    begun.wait()
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(log._together._waiting) == 19, "the others wait")
    go_on.set()
    for thread in threads:
        thread.join()
    assert [type(answer) for answer in answers] == [StoreBusy] * 20
    assert calls == [1, 19]


def _submitting(server: Server, sent: Sequence) -> list[int]:
    with httpx.Client(timeout=60) as client:
        return [post(client, server.address, one).status_code for one in sent]


@pytest.mark.pg
def test_a_database_that_goes_and_comes_back(tmp_path: Path) -> None:
    goings = size("R-04").kills if RELEASE else 1
    sent = stream(4 * goings)
    with postgresql_schema() as url:
        upgrade(url)
        at = make_url(url)
        store = SqlStore(url)
        with in_front_of(str(at.host), int(at.port or 5432)) as proxy:
            through = at.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
            server = Server(tmp_path / "serve", through)
            with running(server):
                for start in range(0, 8 * goings, 8):
                    assert _submitting(server, sent[start : start + 5]) == [202] * 5
                    proxy.down()
                    assert _submitting(server, sent[start + 5 : start + 8]) == [503] * 3
                    assert not is_ready(server.address)
                    assert kept(store, sent[start : start + 5]) == []
                    proxy.up()
                    until(lambda: is_ready(server.address), "the server is ready again", server)
                senders = Senders([server.address], sent)
                until(senders.done, "all are handed over", server)
                until(lambda: settled(store), "everything is settled", server)
        assert as_if_nothing_had_been(store, sent, goings)
        store.close()


def test_a_full_disk_is_answered_and_forgotten_when_there_is_room(tmp_path: Path) -> None:
    """A limit on the size of the process's files stands in for a full disk: every write that would make one longer fails."""
    sent = stream(4)
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    server = Server(tmp_path / "serve", url)
    with running(server):
        assert _submitting(server, sent[:5]) == [202] * 5
        until(lambda: settled(store), "the first are settled", server)
        before = account(store)
        [person, *_] = store.links.persons()
        assert read(server.address, person) == 200
        looked = store.audit.about(person, 100)
        server.limit(resource.RLIMIT_FSIZE, 0)
        assert _submitting(server, sent[5:8]) == [503] * 3
        # Who looks cannot be written down, so nobody may look.
        assert read(server.address, person) == 503
        assert account(store) == before
        assert store.audit.about(person, 100) == looked
        server.limit(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)
        assert read(server.address, person) == 200
        senders = Senders([server.address], sent)
        until(senders.done, "all are handed over", server)
        until(lambda: settled(store), "everything is settled", server)
    assert kept(store, sent) == []
    assert account(store) == undisturbed(sent)
    store.close()
