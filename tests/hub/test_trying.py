"""Who is to blame when a process ends with messages in hand: found by trying alone, and mapped no more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.hub.map_message import would_become
from carehub.hub.trying import TookTooLong, Trying
from carehub.store.memory import MemoryStore
from carehub.store.trying import Tried
from carehub.store.unfinished_files import FolderOfUnfinished
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from contracts.stores import AT
from hub.toy_hub import ada, map_message, submit, toy_adapter, toy_hub

MESSAGES = (ada(), ada(patient="2", nhs="", given="Bo"), ada(patient="3", nhs="", given="Cy"))


class Seen:
    """An adapter that tells in what order it was asked, and with what else in hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.order: list[str] = []
        self.alone: set[str] = set()

    def __call__(self, message: Message) -> Mapped:
        self.order.append(message.id)
        held = b"".join(file.read_bytes() for file in self.folder.iterdir())
        if held.split() == [message.id.encode()]:
            self.alone.add(message.id)
        return map_message(message)


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path / "in-hand")


@pytest.fixture
def hub(seen: Seen) -> Hub:
    return counting(toy_hub(toy_adapter(mapper=seen)), seen.folder)


def counting(hub: Hub, folder: Path) -> Hub:
    hub.trying = Trying(hub.store.tries, FolderOfUnfinished(folder))
    return hub


def ended_with(folder: Path, *lists: list[str]) -> None:
    """Another process notes these, and is killed."""
    code = (
        "import contextlib, os, pathlib, signal, sys\n"
        "from carehub.store.unfinished_files import FolderOfUnfinished\n"
        "held = FolderOfUnfinished(pathlib.Path(sys.argv[1]))\n"
        "blocks = [held.noted(told.split(',')) for told in sys.argv[2:]]\n"
        "for block in blocks: block.__enter__()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder), *(",".join(ids) for ids in lists)], check=False)
    assert done.returncode == -signal.SIGKILL


def times(hub: Hub, message: str) -> tuple[int, int] | None:
    tried = hub.store.tries.of([message]).get(message)
    return tried and tried[1:]


def test_what_was_in_hand_is_tried_alone_after_the_others_and_forgotten_when_it_is_through(hub: Hub, seen: Seen) -> None:
    first, second, third = submit(hub, *MESSAGES)
    ended_with(seen.folder, [first, second])
    hub.drain()
    assert seen.order == [third, first, second]
    assert seen.alone >= {first, second}
    assert hub.store.tries.of() == {}
    assert [len(file.read_bytes()) for file in seen.folder.iterdir()] == [0]  # the other's note is gone, and ours says nothing


def test_the_least_tried_comes_first(hub: Hub, seen: Seen) -> None:
    first, second, _ = submit(hub, *MESSAGES)
    ended_with(seen.folder, [first, second], [first])
    hub.drain()
    assert seen.order[1:] == [second, first]


def test_one_that_ended_three_processes_waits_with_its_reason_and_is_an_alarm(hub: Hub, seen: Seen) -> None:
    first, second, third = submit(hub, *MESSAGES)
    ended_with(seen.folder, [first, second, third], [second])
    ended_with(seen.folder, [second])
    done = hub.drain()
    assert second not in seen.order
    assert done.bugs == (second,)
    outcome = hub.store.records.outcomes([second])[second]
    assert (outcome.verdict, [found.number for found in outcome.issues]) == ("rejected", ["MAP-025"])
    assert hub.store.links.lane_position() == 3
    assert times(hub, second) == (3, 2)


def test_only_a_replay_on_purpose_reads_it_again(hub: Hub, seen: Seen) -> None:
    first, *_ = submit(hub, *MESSAGES)
    hub.store.tries.add({first: 1}, alone=True)
    for _ in range(2):
        hub.store.tries.add({first: 1}, alone=True)
    hub.drain()
    hub.replay(by="test")
    hub.remap("toy/feed", by="test")
    hub.rebuild()
    trial = would_become([first], log=hub.log, records=hub.store.records, catalogue=hub.catalogue, now=AT, trying=hub.trying)
    assert [found.number for found in trial[0][0].issues] == ["MAP-025"]
    hub.trial("toy/feed", MemoryStore().records)
    assert first not in seen.order
    assert times(hub, first) == (3, 3)
    assert hub.replay([first], by="test").closed == (first,)
    assert times(hub, first) is None


def test_a_replay_for_this_reason_is_on_purpose(hub: Hub, seen: Seen) -> None:
    first, *_ = submit(hub, *MESSAGES)
    for _ in range(3):
        hub.store.tries.add({first: 1}, alone=True)
    hub.drain()
    assert hub.replay(reason="MAP-025", by="test").closed == (first,)


def test_a_new_mapping_version_is_tried(hub: Hub, seen: Seen) -> None:
    first, *_ = submit(hub, *MESSAGES)
    for _ in range(3):
        hub.store.tries.add({first: 1}, alone=True)
    hub.drain()
    mended = counting(toy_hub(toy_adapter(2, seen), store=hub.store), seen.folder)
    mended.drain()
    assert mended.store.records.outcomes([first])[first].verdict == "accepted"


def test_one_that_another_process_tries_alone_is_left_to_it(hub: Hub, seen: Seen) -> None:
    first, second, third = submit(hub, *MESSAGES)
    ended_with(seen.folder, [first, second])
    other = FolderOfUnfinished(seen.folder)
    with other.noted([first]):
        assert {outcome.message for outcome in hub.map([first, second, third]).outcomes} == {second, third}
    assert [outcome.message for outcome in hub.map([first, second, third]).outcomes] == [first]


def test_what_was_mapped_before_the_process_ended_is_not_counted(hub: Hub, seen: Seen) -> None:
    first, *_ = submit(hub, *MESSAGES)
    hub.drain()
    ended_with(seen.folder, [first])
    hub.map([first])
    assert hub.store.tries.of() == {}


def test_what_cannot_be_counted_now_is_counted_the_next_time(hub: Hub, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = submit(hub, *MESSAGES)
    ended_with(seen.folder, [first])

    def busy(*arguments: object, **named: object) -> None:
        raise StoreBusy(issue("STORE-001"))

    with monkeypatch.context() as away:
        away.setattr(hub.store.tries, "add", busy)
        hub.trying.count_what_is_left(hub.log, hub.store.records, hub.catalogue)
    assert hub.store.tries.of() == {}
    hub.trying.count_what_is_left(hub.log, hub.store.records, hub.catalogue)
    assert hub.store.tries.of() == {first: Tried(1, 1, 1)}


def test_where_nothing_can_be_noted_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hub = counting(toy_hub(), tmp_path / "file" / "in-hand")
    submit(hub, *MESSAGES)
    assert hub.drain().messages == 3


def test_a_forked_process_has_a_note_of_its_own(tmp_path: Path) -> None:
    notes = FolderOfUnfinished(tmp_path / "in-hand")
    with notes.noted(["parent"]):
        child = os.fork()
        if not child:
            with notes.noted(["child"]):
                os._exit(0)
        os.waitpid(child, 0)
        left: list[list[str]] = []
        notes.left(lambda held: left.append(list(held)))
        assert left == [["child"]]
        assert FolderOfUnfinished(tmp_path / "in-hand").elsewhere() == {"parent"}


@pytest.mark.parametrize(
    ("error", "number"), [(TookTooLong(), "MAP-026"), (MemoryError(), "MAP-026"), (SystemExit(1), "MAP-012"), (RecursionError(), "MAP-012")]
)
def test_what_an_adapter_may_not_do_costs_its_own_message(error: BaseException, number: str) -> None:
    def mapper(message: Message) -> Mapped:
        raise error

    hub = toy_hub(replace(toy_adapter(), map_message=mapper))
    first, *_ = submit(hub, ada())
    assert hub.drain().bugs == (first,)
    assert [found.number for found in hub.store.records.outcomes([first])[first].issues] == [number]
