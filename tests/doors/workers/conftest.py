"""A worker whose tasks are run by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from celery import Celery

from carehub.hub.hub import Hub
from carehub.workers.app import create_broker, create_worker
from doors.workers.queued import Queued


@pytest.fixture
def queued() -> Queued:
    return Queued()


@pytest.fixture
def start(queued: Queued, monkeypatch: pytest.MonkeyPatch) -> Callable[[Hub], Celery]:
    def start(hub: Hub) -> Celery:
        worker = create_worker(create_broker("redis://127.0.0.1:1/0"), lambda: hub)
        monkeypatch.setattr(worker, "send_task", queued)
        monkeypatch.setattr("carehub.workers.app.standing", queued.standing)
        return worker

    return start
