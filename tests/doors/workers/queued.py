"""Celery tasks run by hand, and what they ask for next kept instead of sent."""

from __future__ import annotations

from typing import Any

from celery import Celery


class Queued:
    """What tasks asked for, instead of a Redis."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, list[Any]]] = []
        self.priorities: list[int] = []
        self.away = False
        self.looked = 0

    def __call__(self, name: str, args: list[Any] | None = None, priority: int = 0) -> None:
        if self.away:
            raise ConnectionError("no Redis")
        self.tasks.append((name, list(args or [])))
        self.priorities.append(priority)

    def standing(self, broker: Celery, queue: str) -> int:
        self.looked += 1
        if self.away:
            raise ConnectionError("no Redis")
        return sum(broker.conf.task_routes[name]["queue"] == queue for name, _ in self.tasks)

    def taken(self) -> list[tuple[str, list[Any]]]:
        taken, self.tasks = self.tasks, []
        return taken


def run(worker: Celery, name: str, *arguments: Any) -> None:
    worker.tasks[name].run(*arguments)
