"""The Celery tasks: what each does, what it asks for next, and what becomes of its failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import Retry

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.hub.hub import Hub
from carehub.terms.errors import StoreBusy, Unreadable
from carehub.terms.issue_catalogue import issue
from carehub.workers.app import _FIRST, _IN_TURN, SWEEP_SECONDS, create_broker, nudge_by
from doors.workers.queued import Queued, run
from faults.processes import until
from hub.toy_hub import ada, map_message, submit, toy_adapter, toy_hub


def test_the_worker_never_forgets_a_task_it_has_not_finished() -> None:
    conf = create_broker("redis://127.0.0.1:1/0").conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (conf.task_ignore_result, conf.broker_connection_max_retries) == (True, None)
    assert conf.broker_transport_options["socket_timeout"]
    assert conf.broker_transport_options["socket_connect_timeout"]
    assert {row["queue"] for row in conf.task_routes.values()} == set(conf.task_queues)


def test_each_step_asks_for_the_next(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada(), ada("acute", "A1", kind="acute"))
    run(worker, "carehub.map", ids)
    assert queued.taken() == [("carehub.reconcile", [])]
    run(worker, "carehub.reconcile")
    assert queued.taken() == [("carehub.assemble", [])]
    run(worker, "carehub.assemble")
    assert queued.taken() == []
    assert len(hub.store.plans.hashes()) == 1


def test_a_full_lane_asks_for_itself_again(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    run(worker, "carehub.map", submit(hub, *(ada(patient=str(n), nhs="", given=f"A{n}") for n in range(300))))
    queued.taken()
    run(worker, "carehub.reconcile")
    assert queued.taken() == [("carehub.assemble", []), ("carehub.reconcile", [])]
    run(worker, "carehub.reconcile")
    assert queued.taken() == [("carehub.assemble", [])]
    run(worker, "carehub.reconcile")
    assert queued.taken() == []


def test_a_task_that_finds_its_work_done_changes_nothing(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada())
    for name, arguments in (("carehub.map", [ids]), ("carehub.reconcile", []), ("carehub.assemble", [])):
        run(worker, name, *arguments)
    before = hub.record_hash(), hub.store.records.version_count(), hub.store.records.outcomes(ids)
    for name, arguments in (("carehub.map", [ids]), ("carehub.reconcile", []), ("carehub.assemble", []), ("carehub.map", [["unknown"]])):
        run(worker, name, *arguments)
    assert (hub.record_hash(), hub.store.records.version_count(), hub.store.records.outcomes(ids)) == before


def test_the_sweep_asks_for_everything_behind_the_lane(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    first = submit(hub, ada())
    hub.drain()
    waiting = submit(hub, *(ada(patient=str(n), nhs="", given=f"A{n}") for n in range(70)))
    run(worker, "carehub.sweep")
    asked = queued.taken()
    assert [name for name, _ in asked] == ["carehub.map", "carehub.map", "carehub.reconcile", "carehub.assemble", "carehub.notify"]
    assert [id for name, arguments in asked if name == "carehub.map" for id in arguments[0]] == waiting
    assert first[0] not in str(asked)


def test_while_the_lane_goes_on_a_sweep_asks_for_nothing_again_and_when_it_stands_for_what_it_waits_for_first(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message that was put off would else wait behind the whole backlog, and everybody's plans with it."""
    now = [1000.0]
    monkeypatch.setattr("carehub.workers.app.time.monotonic", lambda: now[0])
    hub = toy_hub()
    worker = start(hub)

    def swept() -> list[list[str]]:
        now[0] += SWEEP_SECONDS
        run(worker, "carehub.sweep")
        return [arguments[0] for name, arguments in queued.taken() if name == "carehub.map"]

    waiting = submit(hub, *(ada(patient=str(n), nhs="", given=f"A{n}") for n in range(200)))
    assert [id for ids in swept() for id in ids] == waiting
    hub.map(waiting[:10])
    hub.reconcile()
    assert swept() == []
    hub.map(waiting[11:])
    hub.reconcile()
    assert swept() == [waiting[10:11]]
    assert queued.priorities[-4] == _FIRST
    queued.priorities.clear()
    nudge_by(worker)(waiting[:128])
    until(lambda: len(queued.priorities) == 2, "the nudges are sent")
    assert set(queued.priorities) == {_IN_TURN}


def test_sweeps_that_piled_up_are_one_sweep(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    submit(hub, ada())
    run(worker, "carehub.sweep")
    assert len(queued.taken()) == 4
    run(worker, "carehub.sweep")
    assert queued.taken() == []


def test_a_sweep_asks_for_no_more_than_can_be_done(start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carehub.workers.app._MOST_LISTS", 2)
    hub = toy_hub()
    worker = start(hub)
    waiting = submit(hub, *(ada(patient=str(n), nhs="", given=f"A{n}") for n in range(200)))
    run(worker, "carehub.sweep")
    assert [id for name, arguments in queued.taken() if name == "carehub.map" for id in arguments[0]] == waiting[:128]


def test_a_busy_store_is_tried_again_and_the_next_sweep_is_the_sweeps_retry(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada())
    monkeypatch.setattr(hub.store.records, "outcomes", lambda messages: _raise(StoreBusy(issue("STORE-001"))))
    for task in ("carehub.map", "carehub.reconcile"):
        monkeypatch.setattr(worker.tasks[task], "retry", lambda countdown, exc, priority: Retry(exc=exc, when=countdown))
    with pytest.raises(Retry):
        run(worker, "carehub.map", ids)
    with pytest.raises(Retry):
        run(worker, "carehub.reconcile")
    run(worker, "carehub.sweep")
    assert queued.taken() == []
    monkeypatch.undo()
    monkeypatch.setattr(worker, "send_task", queued)
    monkeypatch.setattr("carehub.workers.app.standing", queued.standing)
    run(worker, "carehub.sweep")
    assert ("carehub.map", [ids]) in queued.taken()


@pytest.mark.parametrize("error", [KeyError("Okafor"), Unreadable(issue("MAP-001"))])
def test_a_failure_for_good_is_logged_without_its_words(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada())
    monkeypatch.setattr(hub.store.records, "outcomes", lambda messages: _raise(error))
    with caplog.at_level(logging.INFO):
        run(worker, "carehub.map", ids)
        run(worker, "carehub.sweep")
    assert type(error).__name__ in caplog.text
    assert "Okafor" not in caplog.text


def test_an_adapters_bug_is_logged_by_message_id(start: Callable[[Hub], Celery], queued: Queued, caplog: pytest.LogCaptureFixture) -> None:
    def broken(message: Message) -> Mapped:
        if b"bug" in message.body:
            raise RuntimeError("Okafor")
        return map_message(message)

    hub = toy_hub(toy_adapter(mapper=broken))
    [bad] = submit(hub, ada(bug=True))
    run(start(hub), "carehub.map", [bad])
    assert f"adapter failed on message {bad} (MAP-012)" in caplog.text
    assert "Okafor" not in caplog.text
    assert queued.taken() == [("carehub.reconcile", [])]


def test_a_plan_that_cannot_be_made_is_logged_by_person_id(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub = toy_hub()
    submit(hub, ada())
    hub.drain()
    [person] = hub.store.links.persons()
    hub.map(submit(hub, ada(at="2026-11-21T08:00:00.000Z")))
    hub.reconcile()
    monkeypatch.setattr("carehub.hub.assemble_plan.assemble", lambda *rest: _raise(RuntimeError("Okafor")))
    run(start(hub), "carehub.assemble")
    assert f"the plan of person {person} could not be made" in caplog.text
    assert "Okafor" not in caplog.text


def test_without_redis_the_step_in_hand_is_done_all_the_same(start: Callable[[Hub], Celery], queued: Queued) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada())
    queued.away = True
    run(worker, "carehub.map", ids)
    run(worker, "carehub.reconcile")
    run(worker, "carehub.sweep")
    assert len(hub.store.records.outcomes(ids)) == 1
    assert hub.store.links.lane_position() == 1


def _raise(error: Exception) -> Any:
    raise error
