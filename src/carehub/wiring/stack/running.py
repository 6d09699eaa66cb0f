"""`carehub up`, from the settings to the last process ended."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from carehub.terms.errors import Unavailable
from carehub.wiring.settings import Settings, UnsafeSettings
from carehub.wiring.stack.parts import parts
from carehub.wiring.stack.servers import servers
from carehub.wiring.stack.supervising import Supervised, end_all, supervise

_START = 60.0


def run_up(*, mappers: int, doors: int, grace: float) -> None:
    """Start the servers that are not named, bring the schema up to date, start the hub's processes and keep all running until SIGTERM or SIGINT.

    doors: how many processes answer at the port; 0 for as many as there are processors. Raises UnsafeSettings: nothing to run on, an earlier stack
    still runs, the port is taken; Unavailable when the store cannot be used.
    """
    settings = Settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    kept = _alone(settings.var / "up.lock")
    found, listening = servers(settings), _listening(settings.host, settings.port)
    environment = settings.environment(database_url=found.database_url, redis_url=found.redis_url)
    stop = threading.Event()

    def told_to_end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told_to_end)
    below = [Supervised(part, environment, _say, kept) for part in found.own]
    above = [Supervised(part, environment, _say, kept) for part in parts(mappers, doors or os.cpu_count() or 1, listening.fileno())]
    try:
        for part in below:
            part.start()
        make_ready(found.database_url, settings.audit_database_url, stop)
        for part in above:
            part.start()
        _say(f"up: {', '.join(part.part.name for part in (*below, *above))}; http://{settings.host}:{settings.port}/health/ready says when")
        supervise([*below, *above], stop)
    finally:
        _say("ending: what is in hand is finished first")
        end_all(above, grace, _say)
        end_all(below, grace, _say)
        _say("ended")


def _listening(host: str, port: int) -> socket.socket:
    """The socket that every process of the API answers at. It stays open while one of them is started again: who calls then waits, and is not
    refused. Raises UnsafeSettings."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except OSError as error:
        raise UnsafeSettings(f"CAREHUB_HOST and CAREHUB_PORT: {host}:{port}: {error.strerror}") from None


def _alone(path: Path) -> int:
    """A lock that every process of the stack holds open, so that none of an earlier one can be left over unseen. Raises UnsafeSettings."""
    kept = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(kept)
        raise UnsafeSettings(f"{path}: carehub is up here already, or processes of an earlier one still run") from None
    return kept


def make_ready(url: str, audit_url: str, stop: threading.Event) -> None:
    """The schema of the store, and of the audit trail where it has a database of its own, as soon as the server answers. Raises Unavailable when it
    does not."""
    from carehub.store.sql.migrating import upgrade

    until = time.monotonic() + _START
    while not stop.is_set():
        try:
            upgrade(url, audit_url)
        except Unavailable:
            if time.monotonic() > until:
                raise
            stop.wait(0.3)
        else:
            return


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
