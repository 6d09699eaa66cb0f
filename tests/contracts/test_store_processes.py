"""The store's contract between processes: nothing acknowledged is lost, positions have no holes, the lane has one holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from carehub.store.sql.migrating import upgrade
from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement
from carehub.store.sql.store import SqlStore
from contracts.stores import delivery, ids, link, opened, through_lane

TESTS = Path(__file__).resolve().parents[1]
PROGRAM = Path(__file__).with_name("stores_at_work.py")


@contextmanager
def running(*work: tuple[str, str, str, int]) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes at work, killed in the end."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    started = [
        subprocess.Popen([sys.executable, str(PROGRAM), *map(str, what)], stdout=subprocess.PIPE, text=True, env=environment)
        for what in work
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def said(process: subprocess.Popen[str]) -> list[str]:
    """Everything a process says until it ends well."""
    assert process.stdout is not None
    words = process.stdout.read().split()
    assert process.wait() == 0
    return [word for word in words if word != "ready"]


def test_processes_that_append_at_once_lose_nothing_and_leave_no_hole(store_url: str) -> None:
    with opened(store_url) as store:
        seen: list[list[int]] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                seen.append([head.position for head in store.log.heads(0, 1000)])

        watcher = threading.Thread(target=watch)
        watcher.start()
        with running(*(("append", store_url, f"w{n}", 20) for n in range(3))) as processes:
            acknowledged = [submission for process in processes for submission in said(process)]
        done.set()
        watcher.join()
        assert len(set(acknowledged)) == 60
        assert [head.position for head in store.log.heads(0, 1000)] == list(range(1, 121))
        assert all(store.log.receipt(submission) for submission in acknowledged)
        assert all(positions == list(range(1, len(positions) + 1)) for positions in seen)


def test_one_process_at_a_time_holds_the_lane(store_url: str) -> None:
    with opened(store_url) as store:
        with running(("step", store_url, "a", 15), ("step", store_url, "b", 15)) as processes:
            a, b = (said(process) for process in processes)
        assert sorted(map(int, a + b)) == list(range(1, 31))
        assert store.links.lane_position() == 30
        told = sorted(position for patient in "ab" for position, _, _ in store.links.history(patient))
        assert told == list(range(1, 31))


def test_a_holder_that_is_killed_lets_the_lane_go_and_leaves_nothing(store_url: str) -> None:
    with opened(store_url) as store:
        through_lane(store, 4, links=(link("a", "p"),))
        with running(("hold", store_url, "x", 1)) as [holder]:
            assert holder.stdout is not None
            assert holder.stdout.readline().strip() == "4"
            # Intake goes on while somebody holds the lane, and everything can be read.
            [receipt] = store.log.append([delivery(b"meanwhile")])
            assert store.log.receipt(receipt.submission) == receipt
            assert store.links.person_of(["a"]) == {"a": "p"}
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            through_lane(store, 5, links=(link("a", "q"),))
        assert store.links.person_of(["a"]) == {"a": "q"}


def test_killing_a_writer_loses_nothing_it_acknowledged(store_url: str) -> None:
    acknowledged: list[str] = []
    with opened(store_url) as store:
        for kill in range(4):
            with running(("append", store_url, f"k{kill}", 1_000_000)) as [writer]:
                assert writer.stdout is not None
                for _ in range(1 + 12 * (kill + 1)):
                    word = writer.stdout.readline().strip()
                    acknowledged += [word] if word != "ready" else []
                writer.send_signal(signal.SIGKILL)
                acknowledged += [word for word in writer.stdout.read().split("\n")[:-1] if word]
                writer.wait()
        heads = store.log.heads(0, 1_000_000)
        assert [head.position for head in heads] == list(range(1, len(heads) + 1))
        read = store.log.read([head.id for head in heads])
        assert len(acknowledged) >= 4 * 12
        for submission in acknowledged:
            receipt = store.log.receipt(submission)
            assert receipt is not None
            whole = store.log.submission_body(submission)
            assert whole == b"".join(read[message].body for message in receipt.messages)
            assert len(receipt.messages) == 2
        # What was stored but never acknowledged is whole as well: the sender will send it again.
        assert len(heads) % 2 == 0


def test_what_was_written_is_there_when_the_store_is_opened_again(store_url: str) -> None:
    sent = delivery(b"\x00one")
    with opened(store_url) as store:
        store.log.append([sent])
        through_lane(store, 3, links=(link("a", "p"),), dirty=("p",))
    with opened(store_url) as again:
        assert again.log.read(ids(sent))[ids(sent)[0]].body == b"\x00one"
        assert again.links.person_of(["a"]) == {"a": "p"}
        assert again.plans.dirty(9) == [("p", 3)]
        again.ready()


def test_closing_waits_for_what_is_being_written(tmp_path: Path) -> None:
    place = Place(make_url(f"sqlite:///{tmp_path}/one.db"))
    with place.writing() as writing:
        writing.text("CREATE TABLE kept (a)")
    begun, gate, broken = threading.Event(), threading.Event(), list[Exception]()

    def write() -> None:
        try:
            with place.writing() as writing:
                writing.text("INSERT INTO kept VALUES (1)")
                begun.set()
                assert gate.wait(30)
        except Exception as error:
            broken.append(error)

    writer, closer = threading.Thread(target=write), threading.Thread(target=place.close)
    writer.start()
    assert begun.wait(30)
    closer.start()
    closer.join(0.2)
    gate.set()
    writer.join()
    closer.join()
    again = Place(place.url)
    assert (broken, again.rows(Statement("SELECT a FROM kept", [], {}))) == ([], [(1,)])
    again.close()


def test_processes_that_start_together_make_the_tables_once(store_url: str) -> None:
    with running(*(("make", store_url, "m", 3) for _ in range(3))) as processes:
        for process in processes:
            assert said(process) == []
    store = SqlStore(store_url)
    store.ready()
    store.close()


def test_a_forked_child_opens_connections_of_its_own(store_url: str) -> None:
    upgrade(store_url)
    store = SqlStore(store_url)
    try:
        store.log.append([delivery(b"parent")])
        child = os.fork()
        if child == 0:
            try:
                store.log.append([delivery(b"child")])
                os._exit(0 if store.log.last_position() == 2 else 3)
            except BaseException:
                os._exit(4)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        store.log.append([delivery(b"parent again")])
        assert store.log.last_position() == 3
    finally:
        store.close()


@pytest.mark.parametrize("missing", ["sqlite://", "sqlite:///:memory:", "mysql+pymysql://x@127.0.0.1/y"])
def test_other_databases_are_refused_at_once(missing: str) -> None:
    with pytest.raises(ValueError, match="store"):
        SqlStore(missing)
