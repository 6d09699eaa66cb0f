"""Whatever ends the worker of an export, at whatever step: everybody is in it once, and nobody is missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from carehub.store.memory import MemoryStore
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from hub.exporting_hub import EVERYTHING, FILES, GP, ExportingHub, steps, words


@pytest.fixture
def held(tmp_path: Path) -> ExportingHub:
    return ExportingHub(tmp_path)


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """A port whose calls are counted with those of others; the process ends before or after the call with this number, or half way through a writing."""

    def __init__(self, port: Any, calls: Any, at: int, when: str) -> None:
        self._port, self._calls, self._at, self._when = port, calls, at, when

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if not callable(real) or name.startswith("_"):
            return real

        def call(*told: Any, **more: Any) -> Any:
            last = next(self._calls) == self._at
            if last and self._when == "before":
                raise Killed
            if last and self._when == "half" and name == "add":
                export, lines = told
                real(export, {file: held[: len(held) // 2 + 1] for file, held in [*lines.items()][:2]})
                raise Killed
            answer = real(*told, **more)
            if last:
                raise Killed
            return answer

        return call


def restarted(held: ExportingHub, calls: Any, at: int, when: str) -> bool:
    """A new process works until it is killed; whether it was."""
    store = held.hub.store
    ports = Mortal(store.exports, calls, at, when), Mortal(store.audit, calls, at, when), Mortal(held.files, calls, at, when)
    mortal = MemoryStore()
    for name in ("log", "records", "links", "plans"):
        setattr(mortal, name, getattr(store, name))
    mortal.exports = ports[0]  # type: ignore[assignment]
    door = replace(held.hub.disclosing, audit=ports[1])
    running = replace(held.running, store=mortal, disclosing=door, files=ports[2])
    try:
        running.tidy()
        while running.work_on_next(lambda: True):
            pass
    except Killed:
        return True
    return False


@pytest.mark.parametrize("when", ["before", "half", "after"])
def test_killed_at_each_step_it_holds_everybody_once(tmp_path: Path, when: str) -> None:
    ended = 0
    for at in count():
        held = ExportingHub(tmp_path / str(at))
        id = held.asked()
        if not restarted(held, count(), at, when):
            break
        assert not restarted(held, count(), -1, when)
        ended += 1
        written = held.written(id)
        assert (words(written), [*written]) == (EVERYTHING, FILES), at
        assert max(Counter(one["id"] for one in written["Patient.ndjson"]).values()) == 1
        sizes = {name: size.lines for name, size in held.verbs.standing(GP, id).progress.files.items()}
        assert sizes == {name: len(lines) for name, lines in written.items()}, at
        assert [path.name for path in held.folder.iterdir()] == [id]
        assert len(held.audited("Group $export")) - len(held.audited(id)) <= 6, "nobody but the person in hand is read twice"
    assert ended > 30


def test_killed_again_and_again_it_is_done_in_the_end(tmp_path: Path) -> None:
    held = ExportingHub(tmp_path)
    id, kills = held.asked(), 0
    while restarted(held, count(), 14, "half" if kills % 2 else "after"):
        kills += 1
    assert kills > 3
    assert words(held.written(id)) == EVERYTHING


def test_without_its_unfinished_files_it_is_begun_anew(held: ExportingHub) -> None:
    id = held.asked()
    assert held.running.work(id, steps(3))
    (held.folder / f"{id}.part" / "Patient.ndjson").unlink()
    assert not held.running.work(id)
    assert words(held.written(id)) == EVERYTHING


def test_with_less_of_a_file_than_was_written_down_it_is_begun_anew(held: ExportingHub) -> None:
    id = held.asked()
    assert held.running.work(id, steps(3))
    file = held.folder / f"{id}.part" / "Patient.ndjson"
    file.write_bytes(file.read_bytes()[:-1])
    assert not held.running.work(id)
    written = held.written(id)
    assert (words(written), len(written["Patient.ndjson"])) == (EVERYTHING, 15)


def test_two_workers_do_not_write_the_same_export(held: ExportingHub) -> None:
    id = held.asked()
    with held.files.alone(id) as mine:
        assert mine
        assert not held.running.work(id)
        assert held.hub.store.exports.of(id).progress.done == 0
    assert not held.running.work(id)
    assert words(held.written(id)) == EVERYTHING


def test_a_trail_that_takes_no_row_writes_nobody(held: ExportingHub, monkeypatch: pytest.MonkeyPatch) -> None:
    id = held.asked()

    def full(rows: Any) -> None:
        raise StoreBusy(issue("STORE-007"))

    with monkeypatch.context() as patched:
        patched.setattr(held.hub.store.audit, "append", full)
        with pytest.raises(StoreBusy):
            held.running.work(id)
        assert [*(held.folder / f"{id}.part").iterdir()] == []
        with pytest.raises(StoreBusy):
            held.asked()
    assert len(held.hub.store.exports.all()) == 1
    assert not held.running.work(id)
    assert words(held.written(id)) == EVERYTHING
