"""`carehub watch` killed at any moment, and two of it on one folder: every file is stored once, byte for byte, and none is left or lost."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from carehub.store.sql.store import SqlStore
from faults.processes import CAREHUB, Program, until

KILLS = 6
FILES = 150


def extract(person: str) -> bytes:
    """A small file of one voluntary organisation about one referral."""
    return f"Organisation,Referral ID,Updated,Status,Name\r\nX9V01,{person},2026-04-01,Accepted,Ada Invented\r\n".encode()


def watcher(folder: Path, dropped: Path, name: str, feed: str) -> Program:
    options = ("--settle", "0.2", "--every", "0.1", "--sender", "drop")
    return Program(folder / name, {"CAREHUB_VAR": str(folder / "var")}, *CAREHUB, "watch", feed, str(dropped), *options)


def files_left(dropped: Path) -> list[Path]:
    return [path for path in dropped.iterdir() if path.is_file()]


def written(folder: Path) -> int:
    """Bytes of the log's files, among them one that comes and goes."""
    return sum(_size(folder / "var" / name) for name in ("carehub-log.db", "carehub-log.db-wal"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def submissions(folder: Path) -> Counter[bytes]:
    """What the log holds, with how often."""
    store = SqlStore(f"sqlite:///{folder / 'var' / 'carehub.db'}")
    try:
        heads = store.log.heads(0, 1_000_000)
        messages = store.log.read([head.id for head in heads]).values()
        bodies = (store.log.submission_body(submission) for submission in {message.submission for message in messages})
        return Counter(body for body in bodies if body is not None)
    finally:
        store.close()


def test_two_watchers_killed_in_turn_store_every_file_once(tmp_path: Path) -> None:
    dice = random.Random(41)
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    watchers = [watcher(tmp_path, dropped, name, "voluntary/referrals") for name in ("one", "two")]
    for one in watchers:
        one.start()
    try:
        given = [extract(f"R{n}") for n in range(FILES)]
        for n, body in enumerate(given):
            (dropped / f"{n:03d}.csv.part").write_bytes(body)
            (dropped / f"{n:03d}.csv.part").rename(dropped / f"{n:03d}.csv")
            if n % (FILES // KILLS) == FILES // KILLS - 1:
                until(lambda before=n: len(files_left(dropped)) < before + 1, "a file is taken")  # type: ignore[misc]
                dead = dice.choice(watchers)
                dead.kill()
                dead.start()
        until(lambda: not files_left(dropped), "the folder is empty", *watchers)
    finally:
        for one in watchers:
            one.kill()
    assert submissions(tmp_path) == Counter(given)
    assert not list((dropped / "failed").glob("*"))
    assert sorted(path.name for path in (dropped / "processed").glob("*/*")) == [f"{n:03d}.csv" for n in range(FILES)]


def test_killed_while_a_large_table_goes_to_the_store_the_next_start_stores_it_once(tmp_path: Path) -> None:
    head, _, row = extract("R").partition(b"\r\n")
    long = row.replace(b"Invented", b"Invented" + b" of Northvale" * 12)
    body = head + b"\r\n" + b"".join(long.replace(b"R", b"R%d" % n, 1) for n in range(24_000))
    assert len(body) > 4_194_304
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    (dropped / "list.csv").write_bytes(body)
    one = watcher(tmp_path, dropped, "one", "voluntary/referrals")
    try:
        for _ in range(3):
            one.start()
            before = written(tmp_path)
            until(lambda before=before: written(tmp_path) > before + 1_000_000 or not files_left(dropped), "bytes go in", one)  # type: ignore[misc]
            one.kill()
        one.start()
        until(lambda: not files_left(dropped), "the folder is empty", one)
    finally:
        one.kill()
    assert submissions(tmp_path) == Counter([body])
