"""R-05: the disk says that what was written is not on it. Nothing acknowledged is lost, nothing is half there, and sending again has no second effect."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from faults.stream import account, hub_over, kept, settled, stream, undisturbed

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


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs a C compiler")
def test_a_failing_fsync_below_sqlite_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    library = tmp_path / "failing.so"
    source = Path(__file__).with_name("failing_fsync.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", _SENDER, url], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = [line.split() for line in done.stdout.splitlines()]
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
    for area in ("log", "audit", "record"):
        with sqlite3.connect(tmp_path / f"carehub-{area}.db") as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
