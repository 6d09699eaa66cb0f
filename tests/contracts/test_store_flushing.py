"""Looks at one time are flushed to the disk together, and each is there before it goes on: also after the power was cut, or the disk refused."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from carehub.governance.audit_chain import examine
from carehub.store.sql import flushing
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from carehub.terms.errors import StoreBusy
from contracts.stores import AT

KEY = b"a key of thirty-two characters.."


def look(n: int) -> AuditRow:
    return AuditRow(f"{n:08}", AT, f"p{n % 5}", b"x" * 1500)


class Disk:
    """What is on the disk of the trail's log: what was flushed. Of what was refused nothing is, nor ever will be unless it is written again."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "carehub-audit.db-wal"
        self.folder = folder
        self.flushes = 0
        self.refuses = False
        self.kept = b""
        self.lost: dict[int, bytes] = {}

    def flush(self, file: int) -> None:
        self.flushes += 1
        now = self.log.read_bytes()
        if self.refuses:
            self.lost |= {at: now[at : at + 4096] for at in range(0, len(now), 4096) if now[at : at + 4096] != self.kept[at : at + 4096]}
            raise OSError(5, "Input/output error")
        pieces = [now[at : at + 4096] for at in range(0, len(now), 4096)]
        self.kept = b"".join(b"\0" * len(one) if self.lost.get(n * 4096) == one else one for n, one in enumerate(pieces))

    def after_a_power_cut(self, folder: Path) -> SqlStore:
        """A store over what is left."""
        folder.mkdir()
        shutil.copy(self.folder / "carehub-audit.db", folder)
        (folder / "carehub-audit.db-wal").write_bytes(self.kept)
        url = f"sqlite:///{folder / 'carehub.db'}"
        upgrade(url)
        return SqlStore(url, KEY)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk(tmp_path)
    monkeypatch.setattr(flushing, "_flush", made.flush)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    opened = SqlStore(url, KEY)
    yield opened
    opened.close()


def left(store: SqlStore) -> set[str]:
    """The rows of a trail whose chain is whole."""
    rows = list(store.audit.chain())
    assert examine(iter(rows), store.audit.head(), KEY).found == 0
    store.close()
    return {row.id for row in rows}


def test_a_look_goes_on_only_when_the_disk_has_it_and_others_commit_meanwhile(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, flushes = threading.Event(), threading.Event(), list[int]()

    def slowly(file: int) -> None:
        flushes.append(file)
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr(flushing, "_flush", slowly)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.audit.append, [look(0)])
        assert begun.wait(60)
        others = [pool.submit(store.audit.append, [look(n)]) for n in range(1, 8)]
        committed = threading.Event()
        while store.audit.entry(look(7).id) is None or len(store.audit.about("p1", 9)) < 2:
            assert not committed.wait(0.01)
        assert not any(one.done() for one in (first, *others))
        go_on.set()
        for one in (first, *others):
            one.result(60)
    assert len(flushes) == 2


def test_what_was_taken_is_there_after_a_power_cut(store: SqlStore, disk: Disk, tmp_path: Path) -> None:
    for n in range(450):  # past two foldings
        store.audit.append([look(n)])
    assert disk.flushes == 450
    assert left(disk.after_a_power_cut(tmp_path / "left")) == {look(n).id for n in range(450)}


def test_after_a_flush_that_failed_nothing_is_written_behind_the_gap(store: SqlStore, disk: Disk, tmp_path: Path) -> None:
    taken = set()
    for n in range(60):
        disk.refuses = n % 7 == 3
        try:
            store.audit.append([look(n)])
            taken.add(look(n).id)
        except StoreBusy:
            assert disk.refuses
        if n % 7 == 4:
            assert taken <= left(disk.after_a_power_cut(tmp_path / f"left{n}"))
    assert len(taken) == 60 - 9
    assert taken <= left(disk.after_a_power_cut(tmp_path / "left"))


def test_a_gap_that_cannot_be_mended_yet_lets_nothing_be_written(store: SqlStore, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.refuses = True
    with pytest.raises(StoreBusy):
        store.audit.append([look(0)])
    disk.refuses = False
    monkeypatch.setattr(flushing, "begun_anew", lambda connection: False)
    with pytest.raises(StoreBusy):
        store.audit.append([look(1)])
    assert store.audit.entry(look(1).id) is None
    monkeypatch.undo()
    store.audit.append([look(1)])
    assert store.audit.entry(look(1).id) is not None


def test_a_disk_that_is_not_waited_for_at_all_is_not_ready(store: SqlStore) -> None:
    store.ready()
    place = store.places["audit"]
    place._to_write().execute("PRAGMA synchronous=OFF")
    assert place.durability() == "0"
