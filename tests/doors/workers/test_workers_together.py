"""What comes one by one while workers are busy is done together: few tasks, few commits (ADR 0031)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from celery import Celery

from carehub.hub.hub import Hub
from carehub.store.stored import MappingBatch
from carehub.workers.app import create_broker, nudge_by
from doors.workers.queued import Queued, run
from faults.processes import until
from hub.toy_hub import ada, submit, toy_hub


def test_what_stands_already_is_not_asked_for_again(start: Callable[[Hub], Celery], queued: Queued) -> None:
    """However many lists were mapped since, the one that stands sees them all."""
    hub = toy_hub()
    worker = start(hub)
    for n in range(20):
        run(worker, "carehub.map", submit(hub, ada(patient=str(n), nhs="", given=f"A{n}")))
    assert queued.taken() == [("carehub.reconcile", [])]
    run(worker, "carehub.reconcile")
    assert queued.taken() == [("carehub.assemble", [])]
    assert hub.store.links.lane_position() == 20
    run(worker, "carehub.map", submit(hub, ada(patient="more", nhs="", given="Amy")))
    assert queued.taken() == [("carehub.reconcile", [])]  # one that has begun counts no more: it may have looked before


def test_a_backlog_that_came_one_by_one_is_few_tasks_and_few_commits(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carehub.workers.nudging._LONGEST_HELD_SECONDS", 600.0)
    hub = toy_hub()
    worker = start(hub)
    hub.nudge = nudge_by(worker)
    written: list[int] = []
    apply = hub.store.records.apply

    def counted(batch: MappingBatch) -> None:
        written.append(len(batch.outcomes))
        apply(batch)

    monkeypatch.setattr(hub.store.records, "apply", counted)
    ran: Counter[str] = Counter()
    for n in range(40):
        looked = queued.looked
        submit(hub, ada(patient=str(n), nhs="", given=f"A{n}"))
        until(lambda n=n, looked=looked: queued.looked > looked or len(queued.tasks) > n, "it is sent, or held")

    def worked() -> bool:
        for name, arguments in queued.taken():
            ran[name] += 1
            run(worker, name, *arguments)
        return len(hub.store.plans.hashes()) == 40

    until(worked, "everybody has a plan")
    assert sum(written) == 40
    assert ran["carehub.map"] == len(written) <= 3
    assert ran["carehub.reconcile"] <= 3
    assert ran["carehub.assemble"] <= 3


def test_assembly_leaves_the_lane_to_its_own_task_and_looks_once_for_what_is_due(
    start: Callable[[Hub], Celery], queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = toy_hub()
    worker = start(hub)
    ids = submit(hub, ada())
    run(worker, "carehub.map", ids)
    run(worker, "carehub.assemble")
    assert hub.store.links.lane_position() == 0
    run(worker, "carehub.reconcile")
    asked: list[int] = []
    dirty = hub.store.plans.dirty

    def counted(limit: int) -> list[tuple[str, int]]:
        asked.append(limit)
        return dirty(limit)

    monkeypatch.setattr(hub.store.plans, "dirty", counted)
    run(worker, "carehub.assemble")
    assert len(asked) == 1
    assert len(hub.store.plans.hashes()) == 1


def test_a_task_that_is_asked_for_once_has_its_queue_to_itself() -> None:
    """Else another task that stands there would be taken for it."""
    conf = create_broker("redis://127.0.0.1:1/0").conf
    queues = [row["queue"] for row in conf.task_routes.values()]
    assert [queues.count(conf.task_routes[task]["queue"]) for task in ("carehub.reconcile", "carehub.assemble")] == [1, 1]
