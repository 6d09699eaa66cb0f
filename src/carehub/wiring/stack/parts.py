"""Which processes make a whole hub, and how each is started. docker-compose.yml has the same."""

from __future__ import annotations

import sys
from dataclasses import dataclass

_CAREHUB = (sys.executable, "-c", "from carehub.wiring.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. command: as for exec. held: file descriptors that it is handed. A part that ends by itself is started again."""

    name: str
    command: tuple[str, ...]
    held: tuple[int, ...] = ()


def carehub(*arguments: str) -> tuple[str, ...]:
    """The command line of this very installation."""
    return (*_CAREHUB, *arguments)


def parts(mappers: int, doors: int = 1, listening: int = -1) -> tuple[Part, ...]:
    """The hub's own processes in the order of starting. mappers: how many messages are mapped at once. doors: how many processes answer at the
    listening socket with this file descriptor, -1 for one of their own: one process works with one processor.

    Identity is decided one message after the other (docs/adr/0005): the two lanes take turns under a lock of the store, so that one goes on
    when the other dies.
    """

    def worker(name: str, queues: str, *more: str, at_once: int = 1) -> Part:
        return Part(name, carehub("worker", "--queues", queues, "--concurrency", str(at_once), *more))

    def door(number: int) -> Part:
        name = f"api-{number}" if number > 1 else "api"
        return Part(name, carehub("serve", "--listening", str(listening)), (listening,)) if listening >= 0 else Part(name, carehub("serve"))

    return (
        *map(door, range(1, doors + 1)),
        worker("map", "map", at_once=mappers),
        worker("lane", "identity"),
        worker("lane-standby", "identity"),
        worker("assemble", "assemble,notify"),
        worker("export", "export"),
        worker("beat", "map", "--beat"),
    )
