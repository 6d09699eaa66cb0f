"""R-05: the disk says that what was written is not on it. Nothing acknowledged is lost, nothing is half there, and sending again has no second effect."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from carehub.governance.audit_chain import examine
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from faults.stream import account, hub_over, kept, settled, stream, undisturbed

KEY = b"a key of thirty-two characters.."
needs_compiler = pytest.mark.skipif(not shutil.which("gcc"), reason="needs a C compiler")

_SENDER = """
import sys
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import StoreBusy
from faults.stream import hub_over, stream

store = SqlStore(sys.argv[1])
hub = hub_over(store)
for one in stream():
    try:
        hub.receive([one.submission])
        print("taken", one.key, flush=True)
    except StoreBusy:
        print("refused", one.key, flush=True)
"""

_LOOKER = """
import sys
from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from carehub.terms.errors import StoreBusy

store = SqlStore(sys.argv[1], b"a key of thirty-two characters..")
for n in range(300):
    try:
        store.audit.append([AuditRow(f"look{n}", "2026-11-28T09:00:00.000Z", "somebody", b"{}")])
        print("taken", f"look{n}", flush=True)
    except StoreBusy:
        print("refused", f"look{n}", flush=True)
"""

# Each step once with whatever it is given, as a worker does it; what the disk refused is found by the next sweep.
_WORKER = """
import sys
from carehub.store.sql.store import SqlStore
from carehub.terms.errors import StoreBusy
from faults.stream import hub_over, settled

store = SqlStore(sys.argv[1])
hub = hub_over(store)
steps = {
    "mapped": lambda: [hub.map(ids) for ids in hub.unmapped(batch=4)],
    "linked": hub.reconcile,
    "assembled": hub.settle,
}
for _ in range(200):
    for name, step in steps.items():
        try:
            step()
            print("done", name, flush=True)
        except StoreBusy as error:
            print("refused", name, error, flush=True)
    if settled(store):
        break
"""


def told_with_a_failing_disk(program: str, url: str, folder: Path, every: int) -> list[list[str]]:
    """The words of each line that a program says, of whose fsyncs every so many fail."""
    library = folder / "failing.so"
    source = Path(__file__).with_name("failing_fsync.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(Path(__file__).parents[1]), "FAILING_EVERY": str(every)}
    done = subprocess.run([sys.executable, "-c", program, url], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def whole(folder: Path) -> bool:
    for area in ("log", "audit", "record"):
        with sqlite3.connect(folder / f"carehub-{area}.db") as file:
            if file.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return False
    return True


@needs_compiler
def test_a_failing_fsync_below_sqlite_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    said = told_with_a_failing_disk(_SENDER, url, tmp_path, 5)
    taken, refused = ({key for what, key in said if what == kind} for kind in ("taken", "refused"))
    sent = stream()
    assert refused
    assert taken | refused == {one.key for one in sent}
    store = SqlStore(url)
    try:
        assert [one.key for one in sent if one.key in taken and store.log.submission_body(one.submission.id) != one.body] == []
        hub = hub_over(store)
        hub.receive([one.submission for one in sent])
        hub.drain()
        assert settled(store)
        assert kept(store, sent) == []
        assert account(store) == undisturbed(sent)
    finally:
        store.close()
    assert whole(tmp_path)


@needs_compiler
def test_a_failing_fsync_while_messages_are_mapped_and_linked_costs_only_another_try(tmp_path: Path) -> None:
    url, sent = f"sqlite:///{tmp_path / 'carehub.db'}", stream(6)
    upgrade(url)
    with closing(SqlStore(url)) as store:
        hub_over(store).receive([one.submission for one in sent])
    said = told_with_a_failing_disk(_WORKER, url, tmp_path, 3)
    assert {name for what, name, *_ in said if what == "refused"} >= {"mapped", "linked"}
    with closing(SqlStore(url)) as store:
        assert settled(store)
        assert kept(store, sent) == []
        assert account(store) == undisturbed(sent)
    assert whole(tmp_path)


@needs_compiler
@pytest.mark.parametrize("every", [3, 5, 7])
def test_a_look_that_the_disk_refused_is_refused_and_the_trail_stays_whole(tmp_path: Path, every: int) -> None:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    said = told_with_a_failing_disk(_LOOKER, url, tmp_path, every)
    taken, refused = ({id for what, id in said if what == kind} for kind in ("taken", "refused"))
    assert len(taken | refused) == 300
    assert min(len(taken), len(refused)) > 20
    with closing(SqlStore(url, KEY)) as store:
        rows = list(store.audit.chain())
        assert examine(iter(rows), store.audit.head(), KEY).found == 0
    assert taken <= {row.id for row in rows}
    assert whole(tmp_path)
