"""Celery on Redis: late acknowledgement, reject on worker loss, ids only, no results. It only nudges; the store is the queue of record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from celery import Celery
from celery.utils.log import get_task_logger

from carehub.hub.hub import Hub
from carehub.workers.retrying import recovery

_logger = get_task_logger("carehub")
_RETRY_SECONDS = 2
_SWEEP_SECONDS = 5.0


def create_broker(redis_url: str) -> Celery:
    """A Celery app that can send nudges and knows the queues map, identity and assemble. Nothing is fetched from Redis until used."""
    app = Celery("carehub", broker=redis_url)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_transport_options={"visibility_timeout": 60},
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2,
        task_publish_retry=False,
        task_default_queue="map",
        task_routes={
            "carehub.map": {"queue": "map"},
            "carehub.sweep": {"queue": "map"},
            "carehub.reconcile": {"queue": "identity"},
            "carehub.assemble": {"queue": "assemble"},
        },
        beat_schedule={"sweep": {"task": "carehub.sweep", "schedule": _SWEEP_SECONDS}},
        worker_send_task_events=False,
    )
    return app


def nudge_by(broker: Celery) -> Callable[[Sequence[str]], None]:
    """A nudge that sends message ids to the map queue, at most 64 a task. When Redis is away the sweep finds them later."""

    def nudge(ids: Sequence[str]) -> None:
        for start in range(0, len(ids), 64):
            try:
                broker.send_task("carehub.map", args=[list(ids[start : start + 64])])
            except Exception as error:  # kombu raises many kinds; the messages are stored, so losing the nudge is a delay
                _logger.warning("nudge lost (%s); the sweep will find %d messages", type(error).__name__, len(ids) - start)
                return

    return nudge


def create_worker(broker: Celery, hub_of_process: Callable[[], Hub]) -> Celery:
    """Register the four tasks on a broker. hub_of_process: the hub of this worker process, built on first use after the fork."""

    @broker.task(name="carehub.map", bind=True, max_retries=None)
    def map_(self: Any, ids: list[str]) -> None:
        report = _guarded(self, lambda: hub_of_process().map(ids))
        for message in report.bugs if report else ():
            _logger.error("adapter failed on message %s (MAP-012)", message)
        broker.send_task("carehub.reconcile")

    @broker.task(name="carehub.reconcile", bind=True, max_retries=None)
    def reconcile(self: Any) -> None:
        done = _guarded(self, lambda: hub_of_process().reconcile())
        if done and done.messages:
            broker.send_task("carehub.assemble")
        if done and done.more:
            broker.send_task("carehub.reconcile")

    @broker.task(name="carehub.assemble", bind=True, max_retries=None)
    def assemble(self: Any) -> None:
        failed = _guarded(self, lambda: hub_of_process().settle())
        for person in failed or ():
            _logger.error("the plan of person %s could not be made", person)

    @broker.task(name="carehub.sweep", bind=True, max_retries=None)
    def sweep(self: Any) -> None:
        hub = hub_of_process()
        for ids in hub.unmapped(after=hub.store.links.lane_position()):
            broker.send_task("carehub.map", args=[ids])
        broker.send_task("carehub.reconcile")
        broker.send_task("carehub.assemble")

    return broker


def _guarded(task: Any, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        if recovery(error) == "retry":
            raise task.retry(countdown=_RETRY_SECONDS, exc=error) from error
        _logger.error("%s needs a person: %s", task.name, type(error).__name__)
        raise
