"""Who does the work of what a door takes: Celery workers told through Redis, or a thread of the door's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from carehub.hub.hub import Hub
from carehub.workers.embedded import EmbeddedWorker


def worked_on(hub: Hub, redis_url: str) -> AbstractContextManager[None]:
    """Have the hub nudge whoever does its work. With no Redis that is a thread, which runs while the context is open."""
    if redis_url:
        from carehub.workers.app import create_broker, nudge_by

        hub.nudge = nudge_by(create_broker(redis_url), hub.spans)
        return nullcontext()
    worker = EmbeddedWorker(hub, alarm)
    hub.nudge = worker.nudge
    return _running(worker)


@contextmanager
def _running(worker: EmbeddedWorker) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def alarm(words: str) -> None:
    """Tell whoever runs the hub that something needs a person. words: of no person."""
    import structlog  # a tenth of the start-up, and seldom needed

    structlog.get_logger("carehub").error("alarm", reason=words)
