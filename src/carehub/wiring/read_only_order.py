"""The order to be read-only: a file that lies in its place. It holds for every process that sees the file, from the next write on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from carehub.hub.read_only import Halt, ReadOnly
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.wiring.settings import Settings

_MOST_WORDS = 200
_SECONDS = 10.0


def order_of(settings: Settings) -> Callable[[], Halt | None]:
    """What is ordered now: since when the file lies there, and its first words."""
    path = settings.read_only_order

    def ordered() -> Halt | None:
        try:
            since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            with path.open(encoding="utf-8", errors="replace") as told:
                return Halt(since, True, " ".join(told.read(_MOST_WORDS).split()))
        except FileNotFoundError:
            return None
        except OSError:  # it lies there and cannot be read: an order all the same
            return Halt(datetime.now(UTC), True)

    return ordered


def refusing_while(path: Path) -> Callable[[], None]:
    """What the store asks before it writes anything but the audit trail. Raises StoreBusy (STORE-006) while the file lies there."""

    def before_writing() -> None:
        if path.exists():
            raise StoreBusy(issue("STORE-006"))

    return before_writing


@contextmanager
def looked_after(read_only: ReadOnly) -> Iterator[None]:
    """Look every few seconds whether the store can be written, while the context is open."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.is_set():
            read_only.look()
            ended.wait(_SECONDS)

    thread = threading.Thread(target=go_on, name="carehub-read-only", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
