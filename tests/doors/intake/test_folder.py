"""Files dropped into a folder: only whole ones are taken, once, and none leaves the folder before it is stored."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event

import pytest

from carehub.intake.folder import FolderDoor
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from doors.intake.dropping import SETTLE, Dropped, line


@pytest.fixture
def dropped(tmp_path: Path) -> Dropped:
    return Dropped(tmp_path)


def test_a_file_that_rests_is_stored_byte_for_byte_and_then_moved(dropped: Dropped) -> None:
    body = line() + b"\n" + line(patient="2") + b"\n"
    dropped.drop("extract.json", body)
    done = dropped.settle()
    assert (done.stored, done.failed, done.unsettled) == (1, 0, 0)
    assert dropped.names == []
    assert dropped.moved("processed") == ["extract.json"]
    [paper] = dropped.papers("processed")
    assert paper["messages"] == 2
    assert dropped.hub.log.submission_body(paper["submission"]) == body
    assert dropped.notes == [f"stored submission {paper['submission']}, 2 messages"]


def test_each_write_between_two_looks_puts_a_file_off(dropped: Dropped) -> None:
    path = dropped.drop("extract.json", line())
    dropped.round()
    for n in range(5):
        dropped.now += SETTLE
        with path.open("ab") as file:
            file.write(b"\n" + line(patient=str(n)))
        assert dropped.round().stored == 0
    dropped.now += SETTLE - 0.1
    assert dropped.round().stored == 0
    dropped.now += 0.1
    assert dropped.round().stored == 1
    assert len(dropped.bodies) == 6


def test_a_copy_that_pauses_longer_than_files_rest_is_not_taken_for_whole(dropped: Dropped) -> None:
    path = dropped.place / "extract.json"
    with path.open("wb") as file:
        file.write(line() + b"\n")
        file.flush()
        assert dropped.settle().stored == 0
        assert dropped.round().unsettled == 1
        file.write(line(patient="2"))
    assert dropped.settle().stored == 1
    assert len(dropped.bodies) == 2


def test_a_file_that_is_written_while_it_is_read_is_not_stored(dropped: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    path = dropped.drop("extract.json", line())
    read = os.readv

    def slow(handle: int, buffers: list[memoryview]) -> int:
        got = read(handle, buffers)
        with path.open("ab") as file:
            file.write(b"x")
        return got

    monkeypatch.setattr("carehub.intake.folder_files.os.readv", slow)
    assert dropped.settle().stored == 0
    assert dropped.groups == []
    assert dropped.names == ["extract.json"]


@pytest.mark.parametrize("name", [".extract.json", "extract.json.part", "extract.json.tmp", "extract.json.filepart", "extract.json~"])
def test_a_name_that_says_it_is_being_written_is_left_until_it_is_renamed(dropped: Dropped, name: str) -> None:
    path = dropped.drop(name, line())
    assert dropped.settle().stored == 0
    path.rename(dropped.place / "extract.json")
    assert dropped.settle().stored == 1


def test_folders_links_and_pipes_are_passed_over(dropped: Dropped, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_bytes(line())
    (dropped.place / "linked.json").symlink_to(outside)
    os.mkfifo(dropped.place / "pipe.json")
    (dropped.place / "inner").mkdir()
    (dropped.place / "inner" / "extract.json").write_bytes(line())
    done = dropped.settle()
    assert (done.stored, done.failed, done.unsettled) == (0, 0, 0)
    assert outside.exists()


def test_files_are_stored_in_the_order_they_were_written_in_one_transaction(dropped: Dropped) -> None:
    for n, name in enumerate(["c.json", "a.json", "b.json"]):
        os.utime(dropped.drop(name, line(patient=name)), ns=(n, 1_000_000_000 + n))
    assert dropped.settle().stored == 3
    assert dropped.bodies == [line(patient=name) for name in ("c.json", "a.json", "b.json")]
    assert dropped.groups == [3]


def test_a_table_that_goes_back_to_what_it_said_before_is_told_again(dropped: Dropped) -> None:
    for n, body in enumerate([line(given="Ada"), line(given="Ida"), line(given="Ada")]):
        os.utime(dropped.drop("extract.json", body), ns=(n, 1_000_000_000 + n))
        assert dropped.settle().stored == 1
    assert dropped.bodies == [line(given="Ada"), line(given="Ida"), line(given="Ada")]
    assert len(dropped.moved("processed")) == 3


def test_an_empty_file_and_a_packed_one_are_set_aside_with_their_reason_and_cost_others_nothing(dropped: Dropped) -> None:
    dropped.drop("empty.json", b"")
    dropped.drop("packed.json", b"\x1f\x8b\x08rest")
    dropped.drop("good.json", line())
    done = dropped.settle()
    assert (done.stored, done.failed) == (1, 2)
    assert dropped.moved("failed") == ["empty.json", "packed.json"]
    numbers = sorted(paper["issues"][0]["number"] for paper in dropped.papers("failed"))
    assert numbers == ["FEED-002", "FEED-031"]
    assert dropped.names == []


def test_a_file_that_cannot_be_split_is_stored_and_waits_in_quarantine(dropped: Dropped) -> None:
    dropped.drop("rubbish.json", b"\xff\xfe rubbish")
    assert dropped.settle().stored == 1
    dropped.hub.drain()
    assert [outcome.issues[0].number for outcome in dropped.hub.waiting().page] == ["MAP-001"]
    assert dropped.bodies == [b"\xff\xfe rubbish"]


def test_the_same_name_and_time_with_other_bytes_is_set_aside(dropped: Dropped) -> None:
    for body in (line(), line(patient="2")):
        os.utime(dropped.drop("extract.json", body), ns=(1, 1_000_000_000))
        dropped.settle()
    assert [paper["issues"][0]["number"] for paper in dropped.papers("failed")] == ["FEED-003"]
    assert dropped.bodies == [line()]


def test_while_the_store_is_busy_every_file_stays(dropped: Dropped) -> None:
    dropped.drop("extract.json", line())
    dropped.fails = StoreBusy(issue("STORE-001"))
    done = dropped.settle()
    assert (done.stored, done.failed, done.busy) == (0, 0, True)
    assert dropped.names == ["extract.json"]
    dropped.fails = None
    assert dropped.round().stored == 1


def test_a_bug_leaves_the_file_and_is_tried_again_ever_more_seldom(dropped: Dropped) -> None:
    dropped.drop("extract.json", line())
    dropped.fails = RuntimeError("9990000018")
    dropped.settle()
    for _ in range(1000):
        dropped.now += 1
        dropped.round()
    assert 10 < len(dropped.groups) < 40
    assert dropped.names == ["extract.json"]
    assert set(dropped.notes) == {"a file was left where it is: RuntimeError"}


def test_killed_between_storing_and_moving_the_next_start_gets_the_same_receipt(dropped: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    dropped.drop("extract.json", line())
    with monkeypatch.context() as patched:
        patched.setattr("carehub.intake.folder_places.os.replace", killed)
        with pytest.raises(Killed):
            dropped.settle()
    assert dropped.names == ["extract.json"]
    assert len(dropped.bodies) == 1
    assert dropped.settle(dropped.another()).stored == 1
    assert len(dropped.bodies) == 1
    assert dropped.moved("processed") == ["extract.json"]


def test_what_stays_because_it_cannot_be_moved_is_not_stored_twice(dropped: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    dropped.drop("extract.json", line())
    with monkeypatch.context() as patched:
        patched.setattr("carehub.intake.folder_places.os.replace", full)
        assert dropped.settle().stored == 0
    dropped.now += 100
    assert dropped.round().stored == 1
    assert len(dropped.bodies) == 1
    assert dropped.names == []


def test_two_watchers_on_one_folder_do_not_double(dropped: Dropped) -> None:
    other = dropped.another()
    dropped.round(other)
    for n in range(10):
        dropped.drop(f"{n}.json", line(patient=str(n)))
    dropped.round(other)
    dropped.round()
    dropped.now += SETTLE
    seen: list[int] = []

    def meanwhile() -> None:
        dropped.before_storing = lambda: None
        seen.append(dropped.round(other).stored)

    dropped.before_storing = meanwhile
    assert dropped.round().stored == 10
    assert seen == [0]
    assert dropped.groups == [10]
    assert dropped.round(other).stored == 0
    assert len(dropped.bodies) == 10


def test_a_large_file_goes_alone_and_as_a_stream(dropped: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.intake.folder._TOGETHER_BYTES", 1000)
    dropped.drop("a.json", line())
    dropped.drop("b.json", b"\n".join(line(patient=str(n)) for n in range(20)))
    dropped.drop("c.json", line())
    assert dropped.settle().stored == 3
    assert (dropped.streamed, sum(dropped.groups)) == (1, 2)
    assert len(dropped.bodies) == 22


def test_nothing_a_file_is_called_or_holds_is_told(dropped: Dropped) -> None:
    dropped.drop("OKAFOR_9990000018.json", line())
    dropped.drop("OKAFOR_9990000026.json", b"")
    dropped.settle()
    assert len(dropped.notes) == 2
    assert not any(word in note for note in dropped.notes for word in ("OKAFOR", "999", "Ada"))


def test_the_folders_for_answered_files_are_closed_to_others(dropped: Dropped) -> None:
    for kind in ("processed", "failed"):
        assert (dropped.place / kind).stat().st_mode & 0o077 == 0


def test_watching_goes_on_while_the_folder_is_away_and_ends_when_told(dropped: Dropped, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    rounds: list[int] = []

    def away(self: FolderDoor, go_on: object) -> None:
        rounds.append(1)
        if len(rounds) == 2:
            stop.set()
        raise FileNotFoundError("a place")

    monkeypatch.setattr(FolderDoor, "round", away)
    monkeypatch.setattr("carehub.intake.folder._LONGEST_PAUSE", 0.01)
    dropped.door.watch(stop, 0.01)
    assert dropped.notes == ["the folder cannot be read: FileNotFoundError"] * 2
