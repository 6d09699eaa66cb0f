"""Objects for service managers: `carehub.wiring.entrypoints:api` for an ASGI server, and the Celery worker."""

from __future__ import annotations

import resource
import sys
from functools import cache

from celery import Celery
from celery.signals import worker_process_shutdown, worker_shutdown
from fastapi import FastAPI

from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub, warn_of_rules
from carehub.wiring.heap import seldom_collected
from carehub.wiring.loading import load_adapters
from carehub.wiring.serving import create_app
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.summaries import summaries_by
from carehub.workers.app import create_broker, create_worker, nudge_by


def api() -> FastAPI:
    """The application from the environment: `uvicorn --factory carehub.wiring.entrypoints:api`."""
    seldom_collected()
    settings = Settings()
    hub = build_hub(settings, role="api")
    warn_of_rules(hub)
    return create_app(settings, hub)


def worker() -> Celery:
    """The Celery application from the environment. Each worker process builds its own hub on its first task, after the fork.

    Adapters are loaded and the store is looked at here, so that a fault in either stops the start and not the first message at night.
    """
    settings = Settings()
    if not settings.redis_url:
        raise UnsafeSettings("a worker needs CAREHUB_REDIS_URL")
    catalogue = load_adapters(settings.adapters)
    hub_at_start = build_hub(settings, catalogue=catalogue)
    warn_of_rules(hub_at_start)
    hub_at_start.store.close()
    broker = create_broker(settings.redis_url)

    @cache
    def hub() -> Hub:
        limit_memory(settings.mapping_memory_mb)
        made = build_hub(settings, catalogue=catalogue, role="worker")
        made.nudge = nudge_by(broker, made.spans)
        # Such a process ends without what Python does at the end of one.
        worker_process_shutdown.connect(lambda **_: made.spans.close(), weak=False)
        return made

    return create_worker(broker, hub, summaries_by(settings))


def limit_memory(megabytes: int) -> None:
    """This process gets no more address space than that: an adapter that wants more meets MemoryError, and the machine's other processes meet nothing.
    0: as much as there is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes << 20
    if wanted and (most == resource.RLIM_INFINITY or wanted <= most):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))


def run_worker(*, queues: str, concurrency: int, beat: bool) -> None:
    """Run a Celery worker until stopped. queues: comma separated. Exits 1 when it ends without having been told to: Celery's own call says 0."""
    ended: list[int | None] = []
    worker_shutdown.connect(lambda sender, **_: ended.append(sender.exitcode), weak=False)
    arguments = [
        "worker",
        "--loglevel=WARNING",
        "--without-gossip",
        "--without-mingle",
        f"--queues={queues}",
        f"--concurrency={concurrency}",
    ]
    worker().worker_main(argv=[*arguments, "--beat"] if beat else arguments)
    if any(ended):
        sys.exit(1)
