"""Celery on Redis: late acknowledgement, reject on worker loss, ids only, no results. It only nudges; the store is the queue of record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from logging import ERROR, WARNING
from typing import Any

from celery import Celery
from celery.utils.log import get_task_logger

from carehub.hub.hub import Hub
from carehub.hub.settling import alarms
from carehub.hub.spans import NOWHERE, Spans
from carehub.workers.nudging import Nudger
from carehub.workers.retrying import recovery
from carehub.workers.standing import standing

_logger = get_task_logger("carehub")
_RETRY_SECONDS = 2
SWEEP_SECONDS = 5.0
SUMMARIES_SECONDS = 60.0
TIDY_SECONDS = 60.0
# A sweep asks for at most this many lists of 64: more than can be mapped before the next one, so a long backlog does not fill Redis.
_MOST_LISTS = 256
# Of what is to be mapped, that for which the identity lane waits comes before the rest of a backlog. Kombu has 0 as the most urgent of Redis's.
_FIRST, _IN_TURN = 0, 9
# Less than the visibility timeout, after which a task that is still at work is given to another worker too.
_EXPORT_SECONDS = 20.0
_TRACEPARENT = "traceparent"


def create_broker(redis_url: str) -> Celery:
    """A Celery app that can send nudges and knows the queues map, identity, assemble, notify and export. Nothing is fetched from Redis until used."""
    app = Celery("carehub", broker=redis_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        # Without these a Redis that neither answers nor hangs up holds its caller for ever.
        broker_transport_options={"visibility_timeout": 60, "socket_connect_timeout": 2, "socket_timeout": 15},
        broker_connection_retry_on_startup=True,
        # However long Redis is away, workers wait for it: nobody need start them again.
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        worker_consumer="carehub.workers.consuming:LastingConsumer",
        task_publish_retry=False,
        # Named here too, so that a worker started without --queues serves all five.
        task_queues={name: {"exchange": name, "binding_key": name} for name in ("map", "identity", "assemble", "notify", "export")},
        task_default_queue="map",
        task_routes={
            "carehub.map": {"queue": "map"},
            "carehub.sweep": {"queue": "map"},
            "carehub.reconcile": {"queue": "identity"},
            "carehub.assemble": {"queue": "assemble"},
            "carehub.notify": {"queue": "notify"},
            "carehub.summaries": {"queue": "notify"},
            "carehub.export": {"queue": "export"},
            "carehub.tidy_exports": {"queue": "export"},
        },
        beat_schedule={
            "sweep": {"task": "carehub.sweep", "schedule": SWEEP_SECONDS},
            "tidy_exports": {"task": "carehub.tidy_exports", "schedule": TIDY_SECONDS},
        },
        # The schedule is all in this file, so nothing need be kept on disk between runs.
        beat_scheduler="carehub.workers.scheduling:SteadyScheduler",
        worker_send_task_events=False,
    )
    return app


def nudge_by(broker: Celery, spans: Spans = NOWHERE) -> Nudger:
    """A nudge that sends message ids to the map queue, at most 64 a task, and the more together the more tasks stand there, and the trace of the first.
    When Redis is away the sweep finds them later."""

    def send(ids: list[str]) -> None:
        broker.send_task("carehub.map", args=[ids], priority=_IN_TURN, **_under(spans.here()))

    def lost(error: str, unsent: int) -> None:
        _logger.warning("nudge lost (%s); the sweep will find %d messages", error, unsent)

    return Nudger(send, lost, spans, lambda: standing(broker, "map"))


def create_worker(broker: Celery, hub_of_process: Callable[[], Hub], summaries: Callable[[Hub], object] | None = None) -> Celery:
    """Register the tasks on a broker. hub_of_process: the hub of this worker process, built on first use after the fork. summaries: writes the
    emergency summaries when they are due; asked every minute."""
    if summaries is not None:
        write = summaries
        broker.conf.beat_schedule["summaries"] = {"task": "carehub.summaries", "schedule": SUMMARIES_SECONDS}

        @broker.task(name="carehub.summaries", bind=True, max_retries=None, shared=False)
        def write_summaries(self: Any) -> None:
            try:
                write(hub_of_process())
            except Exception as error:  # the next minute is the retry
                _logger.error("the emergency summaries could not be written: %s", type(error).__name__)

    @broker.task(name="carehub.map", bind=True, max_retries=None, shared=False)
    def map_(self: Any, ids: list[str]) -> None:
        report = _guarded(self, hub_of_process, lambda hub: hub.map(ids))
        for words in alarms(report.bugs, hub_of_process().store.records) if report else ():
            _logger.error("%s", words)
        _nudge_once("carehub.reconcile", _trace_of(self))

    @broker.task(name="carehub.reconcile", bind=True, max_retries=None, shared=False)
    def reconcile(self: Any) -> None:
        done = _guarded(self, hub_of_process, lambda hub: hub.reconcile())
        if done and done.messages:
            _nudge_once("carehub.assemble", _trace_of(self))
        if done and done.more:
            _nudge_once("carehub.reconcile", _trace_of(self))

    @broker.task(name="carehub.assemble", bind=True, max_retries=None, shared=False)
    def assemble(self: Any) -> None:
        failed = _guarded(self, hub_of_process, lambda hub: hub.assemble_all())
        for person in failed or ():
            _logger.error("the plan of person %s could not be made", person)

    @broker.task(name="carehub.notify", bind=True, max_retries=None, shared=False)
    def notify(self: Any) -> None:
        _guarded(self, hub_of_process, lambda hub: hub.tell_subscribers())

    @broker.task(name="carehub.export", shared=False)
    def export(job: str) -> None:
        until, exports = time.monotonic() + _EXPORT_SECONDS, hub_of_process().exports
        if exports is not None and _later(lambda: exports.work(job, lambda: time.monotonic() < until)):
            _nudge("carehub.export", job)

    @broker.task(name="carehub.tidy_exports", shared=False)
    def tidy_exports() -> None:
        if (exports := hub_of_process().exports) is not None:
            _later(exports.tidy)

    last_sweep, stood_at = -SWEEP_SECONDS, -1

    @broker.task(name="carehub.sweep", shared=False)
    def sweep() -> None:
        nonlocal last_sweep, stood_at
        # Sweeps pile up while no worker runs, and one does for all. (An expiry date would trust two machines' clocks to agree.)
        if time.monotonic() - last_sweep < SWEEP_SECONDS / 2:
            return
        try:
            hub_of_process().sweep_streams()
            position = hub_of_process().store.links.lane_position()
            # While the lane goes on, what waits has been asked for; to ask again would only fill Redis.
            waiting = _behind(hub_of_process(), position) if stood_at in (-1, position) else []
            exports = hub_of_process().exports
            exporting = exports.waiting() if exports is not None else []
        except Exception as error:  # the next sweep is the retry
            _logger.log(WARNING if recovery(error) == "retry" else ERROR, "sweep put off: %s", type(error).__name__)
            return
        last_sweep, stood_at = time.monotonic(), position
        for n, ids in enumerate(waiting):
            _nudge("carehub.map", ids, priority=_IN_TURN if n else _FIRST)
        _nudge_once("carehub.reconcile")
        _nudge_once("carehub.assemble")
        _nudge("carehub.notify")
        for job in exporting:
            _nudge("carehub.export", job)

    def _nudge(task: str, *arguments: Any, priority: int = _FIRST) -> None:
        with _or_the_sweep(task):
            broker.send_task(task, args=list(arguments), priority=priority)

    def _nudge_once(task: str, under: str = "") -> None:
        """Not while one stands that nobody has begun: that one will see all that was stored until now. Its queue holds no other task."""
        with _or_the_sweep(task):
            if not standing(broker, broker.conf.task_routes[task]["queue"]):
                broker.send_task(task, args=[], priority=_FIRST, **_under(under))

    return broker


@contextmanager
def _or_the_sweep(task: str) -> Iterator[None]:
    """What was done is stored, and the next sweep goes on from there: that this task cannot be queued is told, and no error."""
    try:
        yield
    except Exception as error:
        _logger.warning("%s could not be queued (%s); the sweep will", task, type(error).__name__)


def _behind(hub: Hub, position: int) -> list[list[str]]:
    return list(islice(hub.unmapped(after=position), _MOST_LISTS))


def _later(work: Callable[[], Any]) -> Any:
    """The work's answer; None when it failed: the next sweep is the retry."""
    try:
        return work()
    except Exception as error:
        _logger.log(WARNING if recovery(error) == "retry" else ERROR, "an export was put off: %s", type(error).__name__)
        return None


def _under(traceparent: str) -> dict[str, Any]:
    """How a task is sent so that it is told in a trace. Nothing else of it is carried: no tracestate and no baggage, which could hold anything."""
    return {"headers": {_TRACEPARENT: traceparent}} if traceparent else {}


def _trace_of(task: Any) -> str:
    return str((task.request.headers or {}).get(_TRACEPARENT, ""))


def _guarded(task: Any, hub_of_process: Callable[[], Hub], work: Callable[[Hub], Any]) -> Any:
    """The work's answer, told in the trace of who sent the task; None when it failed for good. An error's own words stay out of the log: only ours are
    free of patient data."""
    try:
        hub = hub_of_process()
        with hub.spans.under(_trace_of(task)):
            return work(hub)
    except Exception as error:
        if recovery(error) == "retry":
            if any(found.number == "STORE-002" for found in getattr(error, "issues", ())):
                _logger.warning("%s waits: %s", task.name, error)
            raise task.retry(countdown=_RETRY_SECONDS, exc=error, priority=_FIRST) from error
        _logger.error("%s needs a person: %s", task.name, type(error).__name__)
        return None
