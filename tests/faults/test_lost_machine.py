"""R-17, S-19, OPS-07: the machine is lost. What was acknowledged before a backup began is in it; restored elsewhere it is proved to be the same, and
what came later has no second effect when it is sent again. Without the key a backup says nothing of anybody."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from carehub.store.sql.store import SqlStore
from carehub.store.stored import AuditRow
from carehub.wiring.backup.archive import new_key
from carehub.wiring.backup.making import make_backup, working
from carehub.wiring.backup.restoring import restore_backup
from carehub.wiring.bootstrap import open_store
from carehub.wiring.settings import Settings, UnsafeSettings
from contracts.stores import postgresql_database
from faults.conftest import STORES
from faults.doors import Senders, read
from faults.processes import CAREHUB, running, until
from faults.servers import Server
from faults.stream import account, hub_over, kept, messages_of, settled, stream, undisturbed

SECRET = "the secret of the fault tests, which no backup has in it"


@pytest.fixture(params=STORES)
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of an empty store and of another one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lost' / 'carehub.db'}", f"sqlite:///{tmp_path / 'found' / 'carehub.db'}"
    else:
        with postgresql_database() as lost, postgresql_database() as found:
            yield lost, found


def carehub(*arguments: str, url: str, folder: Path, **settings: str) -> str:
    """Run the command line, which ends well; what it said."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAREHUB_")}
    told = {"CAREHUB_DATABASE_URL": url, "CAREHUB_VAR": str(folder), "CAREHUB_SECRET_KEY": SECRET, **settings}
    done = subprocess.run(
        [sys.executable, *CAREHUB, *arguments], env={**inherited, **told}, capture_output=True, text=True, cwd=folder.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_backup_under_load_restores_elsewhere_and_is_proved(machines: tuple[str, str], tmp_path: Path) -> None:
    lost, found = machines
    key, sent = tmp_path / "key", stream()
    public = new_key(key)
    carehub("db", "upgrade", url=lost, folder=tmp_path)
    server = Server(tmp_path / "serve", lost, CAREHUB_SECRET_KEY=SECRET)
    with running(server), closing(SqlStore(lost)) as store:
        first = Senders([server.address], sent[: len(sent) // 2])
        until(first.done, "half of them are handed over", server)
        until(lambda: settled(store), "half of them are settled", server)
        person = store.links.persons()[0]
        assert read(server.address, person) == 200
        later = Senders([server.address], sent[len(sent) // 2 :])
        until(lambda: later.acknowledged > 1, "more are on their way", server)
        made = json.loads(
            carehub("backup", "make", str(tmp_path / "backups"), "--json", url=lost, folder=tmp_path, CAREHUB_BACKUP_RECIPIENT=public)
        )
        until(later.done, "all are handed over", server)
        server.kill()
    acknowledged = sent[: len(sent) // 2]
    told = json.loads(carehub("backup", "restore", made["file"], "--key", str(key), "--json", url=found, folder=tmp_path / "new"))
    assert (told["same"], told["differing"]) == (True, [])
    assert (told["messages"], told["record"], told["audit"]) == (made["messages"], made["record"], made["audit"])
    assert told["audit_rows"] >= 1
    assert told["messages"] >= len(acknowledged)
    assert not (tmp_path / "new" / "backup-work").exists()
    with closing(SqlStore(found)) as store:
        assert kept(store, acknowledged) == []
        hub = hub_over(store)
        hub.drain()
        assert hub.rebuild().same
        hub.receive([one.submission for one in sent])
        hub.drain()
        assert account(store) == undisturbed(sent)


def settings(folder: Path, **told: Any) -> Settings:
    """Of a hub whose SQLite store is in a folder."""
    return Settings(var=folder, secret_key=SECRET, **told)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path, Path]:
    """A store with one person and three looks in it, a backup of it, and the private key that it was made for."""
    folder = tmp_path_factory.mktemp("small")
    hub_settings = settings(folder / "lost", backup_recipient=new_key(folder / "key"))
    with closing(open_store(hub_settings)) as store:
        hub = hub_over(store)
        hub.receive([one.submission for one in messages_of(1)])
        hub.drain()
        store.audit.append([AuditRow(f"look-{n}", f"2026-11-27T0{n}:00:00.000Z", "somebody", b"{}") for n in range(3)])
    return hub_settings, make_backup(hub_settings, folder / "backups").path, folder / "key"


def test_without_its_key_a_backup_tells_nothing_and_is_refused(small: tuple[Settings, Path, Path], tmp_path: Path) -> None:
    _, backup, key = small
    whole = backup.read_bytes()
    assert not re.search(rb"Brannigan|9990\d{6}|Heron|SQLite format", whole)
    assert (backup.stat().st_mode & 0o077, key.stat().st_mode & 0o077) == (0, 0)
    damaged = {
        "cut": whole[: len(whole) // 2],
        "changed": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "rubbish": b"not a backup",
        "empty": b"",
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
    new_key(tmp_path / "other")
    for file, opener in [(backup, tmp_path / "other"), *((tmp_path / name, key) for name in damaged)]:
        with pytest.raises(UnsafeSettings, match=re.escape(str(file))):
            restore_backup(settings(tmp_path / "new"), file, opener)
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["backup.lock"]
    with pytest.raises(UnsafeSettings, match="holds no key"):
        restore_backup(settings(tmp_path / "new"), backup, tmp_path / "rubbish")
    assert restore_backup(settings(tmp_path / "new"), backup, key).same


def test_nothing_that_is_there_is_overwritten(small: tuple[Settings, Path, Path], tmp_path: Path) -> None:
    hub_settings, backup, key = small
    with closing(open_store(hub_settings)) as store:
        before = account(store)
        with pytest.raises(UnsafeSettings, match="empty store only"):
            restore_backup(hub_settings, backup, key)
        assert account(store) == before
    with pytest.raises(UnsafeSettings, match="FileExistsError"):
        new_key(key)
    with working(hub_settings), pytest.raises(UnsafeSettings, match="another backup or restore"):
        make_backup(hub_settings, tmp_path)


def test_another_audit_key_or_a_row_that_is_gone_is_told(small: tuple[Settings, Path, Path], tmp_path: Path) -> None:
    """A backup is made of what is there: it proves no more of the trail than the chain does."""
    _, backup, key = small
    with_another = settings(tmp_path / "other").model_copy(
        update={"secret_key": SecretStr("another secret than that of the hub that is gone")}
    )
    told = restore_backup(with_another, backup, key)
    assert (told.same, told.differing, told.audit.found > 0) == (False, (), True)
    again = settings(tmp_path / "again", backup_recipient=re.findall(r"age1\w+", key.read_text())[0])
    assert restore_backup(again, backup, key).same
    with closing(sqlite3.connect(tmp_path / "again" / "carehub-audit.db")) as changed:
        changed.execute("DELETE FROM audit_events WHERE place = 1")
        changed.commit()
    without = make_backup(again, tmp_path / "backups").path
    told = restore_backup(settings(tmp_path / "third"), without, key)
    assert (told.same, [(fault.kind, fault.place) for fault in told.audit.faults]) == (False, [("removed", 1)])


def test_a_backup_is_made_for_a_key_or_not_at_all(small: tuple[Settings, Path, Path], tmp_path: Path) -> None:
    hub_settings, *_ = small
    for public in ("", "age1nobody"):
        with pytest.raises(UnsafeSettings, match="CAREHUB_BACKUP_RECIPIENT must"):
            make_backup(hub_settings.model_copy(update={"backup_recipient": public}), tmp_path / "none")
    assert not list((tmp_path / "none").glob("*"))
