"""Exports by both kinds of worker: a task holds the id alone, the embedded worker goes on with messages meanwhile, and what had its time goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.workers import app
from carehub.workers.app import create_broker
from doors.workers.queued import Queued, run
from doors.workers.test_workers_embedded import OFTEN, working
from faults.processes import until
from hub.exporting_hub import EVERYTHING, ExportingHub, words
from hub.toy_hub import ada, submit


@pytest.fixture
def held(tmp_path: Path) -> ExportingHub:
    return ExportingHub(tmp_path)


def test_the_sweep_asks_for_each_export_by_its_id_and_nothing_else(
    held: ExportingHub, start: Callable[[Any], Celery], queued: Queued
) -> None:
    worker = start(held.hub)
    ids = [held.asked(), held.asked()]
    run(worker, "carehub.sweep")
    assert [arguments for name, arguments in queued.taken() if name == "carehub.export"] == [[id] for id in ids]
    for id in ids:
        run(worker, "carehub.export", id)
    assert queued.taken() == []
    assert [words(held.written(id)) for id in ids] == [EVERYTHING, EVERYTHING]


def test_a_long_one_is_gone_on_with_by_another_task(
    held: ExportingHub, start: Callable[[Any], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_EXPORT_SECONDS", 0.0)
    worker, id = start(held.hub), held.asked()
    run(worker, "carehub.export", id)
    assert queued.taken() == [("carehub.export", [id])]
    assert create_broker("redis://127.0.0.1:1/0").conf.broker_transport_options["visibility_timeout"] > 20.0


def test_a_task_of_what_is_done_gone_or_never_was_does_nothing(held: ExportingHub, start: Callable[[Any], Celery], queued: Queued) -> None:
    worker, id = start(held.hub), held.made()
    before = held.hub.store.exports.of(id)
    for one in (id, "unknown"):
        run(worker, "carehub.export", one)
    assert (held.hub.store.exports.of(id), held.files.held(), queued.taken()) == (before, [id], [])


def test_what_cannot_be_written_is_put_off_until_the_next_sweep(
    held: ExportingHub, start: Callable[[Any], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, id = start(held.hub), held.asked()

    def full(rows: Any) -> None:
        raise StoreBusy(issue("STORE-007"))

    with monkeypatch.context() as patched:
        patched.setattr(held.hub.store.audit, "append", full)
        run(worker, "carehub.export", id)
    assert queued.taken() == []
    run(worker, "carehub.export", id)
    assert words(held.written(id)) == EVERYTHING


def test_what_had_its_time_goes_by_a_task_of_its_own(held: ExportingHub, start: Callable[[Any], Celery]) -> None:
    worker = start(held.hub)
    held.made()
    held.later(timedelta(days=2))
    run(worker, "carehub.tidy_exports")
    assert (held.hub.store.exports.all(), held.files.held()) == ([], [])
    conf = create_broker("redis://127.0.0.1:1/0").conf
    assert conf.beat_schedule["tidy_exports"]["task"] == "carehub.tidy_exports"
    assert {conf.task_routes[name]["queue"] for name in ("carehub.export", "carehub.tidy_exports")} == {"export"}


def test_a_hub_without_exports_has_none_to_make(start: Callable[[Any], Celery], queued: Queued, held: ExportingHub) -> None:
    id = held.asked()
    held.hub.exports = None
    worker = start(held.hub)
    for name, arguments in (("carehub.sweep", []), ("carehub.export", [id]), ("carehub.tidy_exports", [])):
        run(worker, name, *arguments)
    assert "carehub.export" not in [name for name, _ in queued.taken()]


def test_the_embedded_worker_makes_it_maps_meanwhile_and_takes_it_away_in_time(held: ExportingHub) -> None:
    with working(held.hub, sweep_seconds=OFTEN) as alarms:
        id = held.asked()
        [message] = submit(held.hub, ada(patient="new"))
        until(lambda: held.files.published(id), "the export is made")
        until(lambda: bool(held.hub.store.records.verdicts([message])), "the message is mapped")
        assert words(held.written(id)) == EVERYTHING
        held.later(timedelta(days=2))
        until(lambda: not held.files.held(), "its files are gone")
    assert alarms == []


def test_asking_wakes_the_embedded_worker(held: ExportingHub) -> None:
    with working(held.hub, sweep_seconds=3600.0):
        id = held.asked()
        until(lambda: held.files.published(id), "the export is made")
    assert words(held.written(id)) == EVERYTHING
