"""Which processes make a whole hub, and how each is started. docker-compose.yml has the same."""

from __future__ import annotations

import sys
from dataclasses import dataclass

_CAREHUB = (sys.executable, "-c", "from carehub.wiring.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. command: as for exec. A part that ends by itself is started again."""

    name: str
    command: tuple[str, ...]


def carehub(*arguments: str) -> tuple[str, ...]:
    """The command line of this very installation."""
    return (*_CAREHUB, *arguments)


def parts(mappers: int) -> tuple[Part, ...]:
    """The hub's own processes in the order of starting. mappers: how many messages are mapped at once.

    Identity is decided one message after the other (docs/adr/0005): the two lanes take turns under a lock of the store, so that one goes on
    when the other dies.
    """

    def worker(name: str, queues: str, *more: str, at_once: int = 1) -> Part:
        return Part(name, carehub("worker", "--queues", queues, "--concurrency", str(at_once), *more))

    return (
        Part("api", carehub("serve")),
        worker("map", "map", at_once=mappers),
        worker("lane", "identity"),
        worker("lane-standby", "identity"),
        worker("assemble", "assemble,notify"),
        worker("beat", "map", "--beat"),
    )
