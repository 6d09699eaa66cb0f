"""R-17 between two backups: PostgreSQL's write-ahead log is kept, encrypted, away from the machine. The machine is lost under load; what was acknowledged
before the last kept segment is there again, what is missing is known by id, and no key, no reading."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from carehub.wiring.backup.archive import new_key, recipient_of
from carehub.wiring.backup.keeping import NotKept, fetch, keep
from carehub.wiring.settings import UnsafeSettings
from faults.doors import Senders, read
from faults.own_postgres import AS_POSTGRES, OwnPostgres, given_to_postgres, new_cluster, postgres_folder, tool
from faults.processes import CAREHUB, running, until
from faults.servers import Server
from faults.stream import account, hub_over, kept, settled, stream, undisturbed

SECRET = "the secret of the fault tests, which no backup has in it"
# The server's user may not reach this Python: it lays the segment down and waits until the test, which can, has kept it.
LAYING_DOWN = "cp %p {0}/.%f && mv {0}/.%f {0}/%f && while [ -e {0}/%f ]; do sleep 0.05; done"


def carehub(*arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CAREHUB_")}
    return subprocess.run([sys.executable, *CAREHUB, *arguments], env={**inherited, **settings}, capture_output=True, check=False)


@contextmanager
def archiving(laid: Path, archive: Path, public: str) -> Iterator[None]:
    """`carehub backup keep` of each segment that is laid down."""
    end = threading.Event()

    def work() -> None:
        while not end.wait(0.05):
            for segment in sorted(path for path in laid.iterdir() if not path.name.startswith(".")):
                done = carehub("backup", "keep", str(segment), str(archive), CAREHUB_BACKUP_RECIPIENT=public)
                if done.returncode == 0:
                    segment.unlink()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def on_the_archive(url: str) -> None:
    """Return when everything that is committed now is in the archive."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_logical_emit_message(false, 'mark', 'so that there is something to switch')"))
            ended = connection.execute(text("SELECT pg_walfile_name(pg_switch_wal())")).scalar_one()
        last = text("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")

        def is_kept() -> bool:
            with engine.connect() as connection:
                return bool(str(connection.execute(last).scalar_one()) >= ended)

        until(is_kept, "the write-ahead log is archived")
    finally:
        engine.dispose()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    with postgres_folder() as folder:
        yield folder


@pytest.mark.pg
def test_the_machine_is_lost_between_two_backups(tmp_path: Path, elsewhere: Path) -> None:
    key, archive, sent = tmp_path / "key", tmp_path / "archive", stream()
    archive.mkdir()
    public = new_key(key)
    laid = given_to_postgres(elsewhere / "laid")
    settings = {"archive_mode": "on", "archive_timeout": "60s", "archive_command": LAYING_DOWN.format(laid), "wal_level": "replica"}
    lost = OwnPostgres(tmp_path / "lost-server", new_cluster(elsewhere / "lost"), settings)
    third = len(sent) // 3
    with archiving(laid, archive, public), running(lost):
        subprocess.run([tool("createdb"), "-h", str(lost.at), "-U", "carehub", "carehub"], check=True)
        upgrade(lost.url)
        server = Server(tmp_path / "serve", lost.url, CAREHUB_SECRET_KEY=SECRET)
        with running(server):
            first = Senders([server.address], sent[:third])
            until(lambda: first.acknowledged > 1, "the load has begun", server)
            base = subprocess.run(
                [tool("pg_basebackup"), "-h", str(lost.at), "-U", "carehub", "-D", "-", "-Ft", "-X", "none", "-c", "fast", "--no-manifest"],
                check=True,
                capture_output=True,
            ).stdout
            made = subprocess.run(
                [sys.executable, *CAREHUB, "backup", "keep", "-", str(archive), "--name", "base.tar", "--recipient", public],
                input=base,
                check=False,
                capture_output=True,
            )
            assert made.returncode == 0, made.stderr
            second = Senders([server.address], sent[third : 2 * third])
            until(lambda: first.done() and second.done(), "two thirds are handed over", server)
            with closing(SqlStore(lost.url)) as store:
                until(lambda: settled(store), "two thirds are settled", server)
                assert read(server.address, store.links.persons()[0]) == 200
            on_the_archive(lost.url)
            last = Senders([server.address], sent[2 * third :])
            until(lambda: last.acknowledged > 1, "more were acknowledged", server)
            lost.kill()
            server.kill()
            last.give_up()
    shutil.rmtree(lost.at)
    acknowledged = {one.key for one in sent[: 2 * third]} | set(last.receipts)

    assert not re.search(rb"Brannigan|9990\d{6}|Heron", b"".join(path.read_bytes() for path in archive.iterdir()))
    found = restored(tmp_path, elsewhere, archive, key)
    with running(found), closing(SqlStore(found.url)) as store:
        missing = {one for one in kept(store, sent) if one in acknowledged}
        assert missing <= set(last.receipts), "what was acknowledged before the last kept segment is there"
        ids = {json.loads(receipt)["submission"] for name in missing for receipt in last.receipts[name]}
        assert {one for one in ids if store.log.receipt(one)} == set(), "what is missing is known by the ids of its receipts"
        verified = carehub("audit", "verify", CAREHUB_DATABASE_URL=found.url, CAREHUB_VAR=str(tmp_path / "new"), CAREHUB_SECRET_KEY=SECRET)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        hub = hub_over(store)
        hub.drain()
        assert hub.rebuild().same
        hub.receive([one.submission for one in sent])
        hub.drain()
        assert account(store) == undisturbed(sent)


def restored(folder: Path, elsewhere: Path, archive: Path, key: Path) -> OwnPostgres:
    """A server over the base backup, to which the kept segments will be given when it starts. Each is fetched before, by the command an operator writes."""
    own, given = given_to_postgres(elsewhere / "found"), given_to_postgres(elsewhere / "given")
    data = given_to_postgres(own / "data")
    unpack = ["tar", "-x", "-C", str(data)]
    base = carehub("backup", "fetch", str(archive), "base.tar", "--key", str(key))
    assert base.returncode == 0, base.stderr
    subprocess.run(unpack, input=base.stdout, check=True)
    for path in archive.iterdir():
        name = path.name.split(".")[0]
        if name != "base":
            assert carehub("backup", "fetch", str(archive), name, "--key", str(key), "--to", str(given / name)).returncode == 0
    (data / "recovery.signal").touch()
    data.chmod(0o700)
    if AS_POSTGRES:
        for place in (data, *data.rglob("*"), *given.iterdir()):
            shutil.chown(place, "postgres", "postgres")
    return OwnPostgres(folder / "found-server", data, {"restore_command": f"cp {given}/%f %p", "archive_mode": "off"})


def test_the_same_file_twice_is_one_and_another_under_its_name_is_refused(tmp_path: Path) -> None:
    public, archive = recipient_of(new_key(tmp_path / "key")), tmp_path / "archive"
    archive.mkdir()
    (segment := tmp_path / "segment").write_bytes(b"one " * 100_000)
    for _ in range(2):
        with segment.open("rb") as source:
            held = keep(source, "0001", archive, public)
    assert list(archive.iterdir()) == [held]
    assert held.stat().st_size < 10_000
    segment.write_bytes(b"another")
    with segment.open("rb") as source, pytest.raises(UnsafeSettings, match="other bytes"):
        keep(source, "0001", archive, public)
    with segment.open("rb") as source, pytest.raises(UnsafeSettings, match="plain name"):
        keep(source, "../0001", archive, public)
    assert list(archive.iterdir()) == [held]


def test_an_end_of_the_log_is_told_from_an_archive_that_cannot_be_read(tmp_path: Path) -> None:
    """PostgreSQL goes into service where its restore command ends with 1, and not where it ends with more than 125."""
    key, archive, target = tmp_path / "key", tmp_path / "archive", tmp_path / "segment"
    public = new_key(key)
    new_key(tmp_path / "other")

    def ends(name: str, by: Path = key) -> int:
        code = carehub("backup", "fetch", str(archive), name, "--key", str(by), "--to", str(target)).returncode
        assert target.exists() is (code == 0)
        target.unlink(missing_ok=True)
        return code

    assert ends("0001") == 126  # not mounted
    archive.mkdir()
    assert ends("0001") == 126  # mounted elsewhere
    (segment := tmp_path / "0001").write_bytes(os.urandom(200_000))
    with segment.open("rb") as source:
        held = keep(source, "0001", archive, recipient_of(public))
    assert [ends("0001"), ends("0002"), ends("0001", tmp_path / "other"), ends("0001", tmp_path / "none")] == [0, 1, 126, 126]
    whole = held.read_bytes()
    for damaged in (whole[:-1000], whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:], b""):
        held.write_bytes(damaged)
        assert ends("0001") == 126
    held.write_bytes(whole)
    held.rename(held.with_name(f"0001.{'0' * 32}.age"))
    assert ends("0001") == 126
    with suppress(NotKept), (tmp_path / "out").open("wb") as out:
        fetch(archive, "0003", key, out)
    assert (tmp_path / "out").read_bytes() == b""
