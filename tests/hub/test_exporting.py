"""Whose an export is, and how long its files stay."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from carehub.hub.caseload import caseload_id
from carehub.hub.metering import figures
from carehub.terms.errors import Missing, Refused, Rejected
from hub.exporting_hub import COORDINATOR, GP, ExportingHub, steps


@pytest.fixture
def held(tmp_path: Path) -> ExportingHub:
    return ExportingHub(tmp_path)


@pytest.mark.parametrize("other", [replace(GP, user="x"), replace(COORDINATOR, user="amir"), replace(GP, organisation="X99777")])
def test_to_anybody_else_it_is_not_there(held: ExportingHub, other: Any) -> None:
    id = held.made()
    for asks in (held.verbs.standing, held.verbs.cancel, lambda by, of: held.verbs.fetch(by, of, "Patient.ndjson")):
        with pytest.raises(Missing):
            asks(other, id)
        with pytest.raises(Missing):
            asks(other, "unknown")
    assert held.verbs.standing(GP, id).state == "done"


def test_only_what_was_written_can_be_fetched_and_only_once_it_is_done(held: ExportingHub) -> None:
    id = held.asked()
    held.running.work(id, steps(2))
    for name in ("Patient.ndjson", "../x", "", "Patient"):
        with pytest.raises(Missing):
            held.verbs.fetch(GP, id, name)
    held.running.work(id)
    with held.verbs.fetch(GP, id, "Patient.ndjson").value.file as file:
        assert file.read() == (held.folder / id / "Patient.ndjson").read_bytes()
    with pytest.raises(Missing):
        held.verbs.fetch(GP, id, "../carehub.db")


def test_files_are_for_their_owner_only(held: ExportingHub) -> None:
    id = held.asked()
    held.running.work(id, steps(2))
    part = held.folder / f"{id}.part"
    held.running.work(id)
    assert not part.exists()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (held.folder, held.folder / id, *(held.folder / id).iterdir())}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_by_the_clock_it_goes_also_when_nobody_was_there_at_that_moment(held: ExportingHub) -> None:
    id = held.made()
    held.later(timedelta(hours=23, minutes=58))
    assert held.running.tidy() == 0
    assert held.verbs.standing(GP, id).state == "done"
    held.later(timedelta(hours=30))
    with pytest.raises(Missing):
        held.verbs.standing(GP, id)
    assert (held.running.tidy(), held.files.held(), held.hub.store.exports.all()) == (1, [], [])


def test_cancelled_it_goes_at_once_and_a_worker_at_it_ends(held: ExportingHub) -> None:
    id = held.asked()
    left = count()

    def cancelled() -> bool:
        if next(left) == 2:
            held.verbs.cancel(GP, id)
        return True

    assert not held.running.work(id, cancelled)
    assert (held.files.held(), held.hub.store.exports.all()) == ([], [])
    done = held.made()
    held.verbs.cancel(GP, done)
    assert held.files.held() == []
    with pytest.raises(Missing):
        held.verbs.standing(GP, done)


def test_files_of_nothing_that_is_known_go_and_so_does_what_has_lost_its_files(held: ExportingHub) -> None:
    restored = held.made()
    held.files.remove(restored)
    with held.files.alone("orphan"):
        pass
    held.running.tidy()
    assert (held.files.held(), held.hub.store.exports.all()) == ([], [])


def test_how_many_wait_is_among_the_figures(held: ExportingHub) -> None:
    held.asked()
    done = held.made()
    held.asked()
    assert held.files.published(done)
    assert figures(held.hub).waiting["export"] == 2


def test_of_one_asker_and_of_all_there_are_a_few_at_once(held: ExportingHub) -> None:
    mine = [held.asked() for _ in range(3)]
    with pytest.raises(Rejected, match="EXP-001"):
        held.asked()
    held.verbs.cancel(GP, mine[0])
    held.asked()
    for n in range(17):
        held.asked(replace(GP, user=f"u{n}"))
    with pytest.raises(Rejected, match="EXP-001"):
        held.asked(COORDINATOR)


def test_another_group_is_answered_as_one_that_there_is_not(held: ExportingHub) -> None:
    for group in (caseload_id("X99001"), "unknown"):
        with pytest.raises(Missing):
            held.asked(group=group)
    with pytest.raises(Refused):
        held.asked(replace(GP, role="district-nurse"))
