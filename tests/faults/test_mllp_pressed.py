"""R-04, R-06, R-12 at the MLLP door: the store is gone or full, or senders send more than can be held. AE, no AA, and no growth without bound."""

from __future__ import annotations

import resource
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from contracts.stores import postgresql_schema
from faults.figures import as_if_nothing_had_been
from faults.mllp_senders import MllpSenders, MllpServer, exchange, known_as
from faults.processes import running, until
from faults.proxy import in_front_of
from faults.sizes import RELEASE, size
from faults.stream import Sent, account, kept, messages_of, settled, stream

_MIB = 1024


def said(server: MllpServer, sent: Sequence[Sent]) -> set[bytes]:
    """The acknowledgement codes that these messages get, over one connection."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        return {exchange(connection, one.body).partition(b"MSA|")[2][:2] for one in sent}


def all_handed_over_at_last(server: MllpServer, store: SqlStore, sent: Sequence[Sent], kills: int = 1) -> None:
    senders = MllpSenders(server.port, sent)
    until(senders.done, "all are handed over", server)
    until(lambda: settled(store), "everything is settled", server)
    assert as_if_nothing_had_been(store, sent, kills)


@pytest.mark.pg
def test_a_database_that_goes_and_comes_back(tmp_path: Path) -> None:
    goings = size("R-04").kills if RELEASE else 1
    sent = known_as(stream(4 * goings))
    with postgresql_schema() as url:
        upgrade(url)
        at = make_url(url)
        store = SqlStore(url)
        with in_front_of(str(at.host), int(at.port or 5432)) as proxy:
            server = MllpServer(tmp_path / "mllp", at.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False))
            with running(server):
                for start in range(0, 8 * goings, 8):
                    until(lambda start=start: said(server, sent[start : start + 1]) == {b"AA"}, "the store is there", server)
                    assert said(server, sent[start : start + 5]) == {b"AA"}
                    proxy.down()
                    assert said(server, sent[start + 5 : start + 8]) == {b"AE"}
                    assert kept(store, sent[start : start + 5]) == []
                    proxy.up()
                all_handed_over_at_last(server, store, sent, goings)
        store.close()


def test_a_full_disk_is_answered_and_forgotten_when_there_is_room(tmp_path: Path) -> None:
    """A limit on the size of the process's files stands in for a full disk: every write that would make one longer fails."""
    sent = known_as(stream(4))
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    server = MllpServer(tmp_path / "mllp", url)
    with running(server):
        assert said(server, sent[:5]) == {b"AA"}
        until(lambda: settled(store), "the first are settled", server)
        before = account(store)
        server.limit(resource.RLIMIT_FSIZE, 0)
        assert said(server, sent[5:8]) == {b"AE"}
        assert account(store) == before
        server.limit(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)
        all_handed_over_at_last(server, store, sent)
    store.close()


def test_giant_frames_and_many_half_ones_take_bounded_memory_and_the_others_are_served(tmp_path: Path) -> None:
    sent = known_as(one for n in range(4) for one in messages_of(n))
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    store = SqlStore(url)
    server = MllpServer(tmp_path / "mllp", url)
    half = b"\x0b" + messages_of(99)[0].body
    with running(server):
        assert said(server, sent[:8]) == {b"AA"}
        until(lambda: settled(store), "the first are settled", server)
        before = server.most_memory()
        with socket.create_connection(("127.0.0.1", server.port), 60) as giant, suppress(OSError):
            giant.sendall(half)
            for _ in range(100):
                giant.sendall(bytes(1_000_000))
            raise AssertionError("a frame of 100 MB was taken")
        many = [socket.create_connection(("127.0.0.1", server.port), 60) for _ in range(200)]
        for one in many:
            with suppress(OSError):
                one.sendall(half + b"x" * 1_000_000)
        assert said(server, sent[8:]) == {b"AA"}
        for one in many:
            one.close()
        until(lambda: settled(store), "the others are settled", server)
        assert server.most_memory() - before <= 64 * _MIB
    assert kept(store, sent) == []
    assert store.log.last_position() == len(sent)
    store.close()
