"""The write-ahead log of the audit trail is folded into its file and written over: it does not grow with what is read."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from carehub.governance.audit_chain import examine
from carehub.store.sql.folding import Folding
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from contracts.stores import AT

KEY = b"a key of thirty-two characters.."


def looks(first: int, last: int) -> list[AuditRow]:
    return [AuditRow(f"{n:08}", AT, f"p{n % 50}", b"x" * 1500) for n in range(first, last)]


def opened(folder: Path) -> SqlStore:
    url = f"sqlite:///{folder / 'carehub.db'}"
    upgrade(url)
    return SqlStore(url, KEY)


def folded(store: SqlStore) -> None:
    flushing = store.places["audit"]._flushing
    assert flushing is not None
    flushing._folding.wait()


def length(folder: Path) -> int:
    return (folder / "carehub-audit.db-wal").stat().st_size


@pytest.mark.parametrize("stores", [1, 2])
def test_the_log_is_written_over_and_the_chain_is_whole(tmp_path: Path, stores: int) -> None:
    these = [opened(tmp_path) for _ in range(stores)]
    lengths = []
    for part in range(6):
        with ThreadPoolExecutor(stores) as pool:
            list(
                pool.map(
                    lambda n, part=part: [
                        these[n].audit.append([one]) for one in looks(part * 1000 + n * 300, part * 1000 + n * 300 + 210)
                    ],
                    range(stores),
                )
            )
        for one in these:
            folded(one)
        lengths.append(length(tmp_path))
    assert max(lengths) < 2 * lengths[0]
    verdict = examine(these[0].audit.chain(), these[0].audit.head(), KEY)
    assert (verdict.rows, verdict.found) == (6 * 210 * stores, 0)
    for one in these:
        one.close()


def test_somebody_who_reads_for_long_keeps_nobody_from_writing_down(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.audit.append(looks(0, 1))
    with closing(sqlite3.connect(tmp_path / "carehub-audit.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM audit_events").fetchone()
        for one in looks(1, 450):
            store.audit.append([one])
        folded(store)
        held = length(tmp_path)
        reader.execute("COMMIT")
    for one in looks(450, 900):
        store.audit.append([one])
        folded(store)
    assert length(tmp_path) < 1.6 * held
    verdict = examine(store.audit.chain(), store.audit.head(), KEY)
    assert (verdict.rows, verdict.found) == (900, 0)
    store.close()


def test_what_keeps_a_log_from_being_folded_is_told_to_nobody_who_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def away() -> closing[sqlite3.Connection]:
        raise sqlite3.OperationalError("disk I/O error")

    folding = Folding(away, away)
    for _ in range(1000):
        folding.committed()
    folding.wait()
    assert told == []


def test_where_no_thread_can_be_begun_the_commit_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path)

    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    for one in looks(0, 450):
        store.audit.append([one])
    monkeypatch.undo()
    verdict = examine(store.audit.chain(), store.audit.head(), KEY)
    assert (verdict.rows, verdict.found) == (450, 0)
    store.close()
