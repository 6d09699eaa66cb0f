"""An edition of the store: another one after whatever is written, by whomever; the same while nothing is."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from carehub.store.ports import Store
from carehub.store.sql.editions import Editions
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from contracts.stores import AT


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(made)
    return made


def write(url: str) -> None:
    store = SqlStore(url)
    store.try_writing()
    store.close()


def test_every_store_has_one_or_says_that_it_cannot_tell(store: Store) -> None:
    before = store.edition()
    store.audit.append([AuditRow("a", AT, "p", b"{}")])
    assert store.edition() == before


@pytest.mark.parametrize("process", [False, True])
def test_it_is_another_after_any_commit_and_the_same_between_two(url: str, *, process: bool) -> None:
    store = SqlStore(url)
    first = store.edition()
    assert first is not None
    store.links.persons()
    assert store.edition() == first
    if process:
        other = multiprocessing.get_context("spawn").Process(target=write, args=(url,))
        other.start()
        other.join()
        assert other.exitcode == 0
    else:
        store.try_writing()
    second = store.edition()
    assert second != first
    with store.places["record"]._turn_to_write() as connection:
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    store.try_writing()
    assert len({first, second, store.edition()}) == 3
    store.close()


def test_connections_that_were_let_go_give_no_edition_that_was_given_before(url: str) -> None:
    store = SqlStore(url)
    given = [store.edition()]
    for again in (store.places["record"]._editions.close, store.places["record"].forget):  # type: ignore[union-attr]
        again()
        given.append(store.edition())
    assert len(set(given)) == 3
    store.close()


def test_a_file_that_cannot_be_asked_gives_none_and_is_asked_again() -> None:
    tries = [OSError("away"), None]

    class Connection:
        def execute(self, question: str) -> Connection:
            return self

        def fetchall(self) -> list[tuple[int]]:
            return [(7,)]

        def close(self) -> None:
            pass

    def connect() -> Connection:
        if (failing := tries.pop(0)) is not None:
            raise failing
        return Connection()

    editions = Editions(connect)
    assert editions.now() is None
    assert editions.now() == editions.now() is not None
