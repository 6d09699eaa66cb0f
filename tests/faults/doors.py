"""Handing messages to a running hub over HTTP the way a careful sender does: the same delivery again until there is a receipt."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx

from faults.processes import PATIENCE
from faults.stream import FEED, Sent

CREDENTIAL = "the source of the fault tests"
READER = "the reader of the fault tests"


def source_keys(folder: Path) -> Path:
    """A credential file that knows the sender."""
    path = folder / "sources.json"
    path.write_text(json.dumps({hashlib.sha256(CREDENTIAL.encode()).hexdigest(): {"name": "faults", "feeds": [FEED]}}))
    return path


def client_keys(folder: Path) -> Path:
    """A credential file that knows a reader."""
    path = folder / "clients.json"
    reader = {"user": "a", "name": "A", "role": "gp", "organisation": "X99002", "organisation_name": "Elmfield Surgery", "purpose": "TREAT"}
    path.write_text(json.dumps({hashlib.sha256(READER.encode()).hexdigest(): reader}))
    return path


def read(address: str, person: str) -> int:
    """Ask for everything about a person; the status of the answer."""
    headers = {"Authorization": f"Bearer {READER}"}
    return httpx.get(f"{address}/fhir/R4/Patient/{person}/$everything", headers=headers, timeout=60).status_code


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def post(client: httpx.Client, address: str, sent: Sent) -> httpx.Response:
    headers = {"Authorization": f"Bearer {CREDENTIAL}", "Idempotency-Key": sent.key}
    return client.post(f"{address}/feeds/{FEED}/submissions", content=sent.body, headers=headers)


class Senders:
    """Threads that hand over messages, each to the next address in turn, and never give up on one before it has a receipt."""

    def __init__(self, addresses: Iterable[str], sent: Iterable[Sent], threads: int = 4, seconds: float = 30) -> None:
        self._addresses, self._seconds = list(addresses), seconds
        self._queue: SimpleQueue[Sent] = SimpleQueue()
        for one in sent:
            self._queue.put(one)
        self.receipts: dict[str, set[str]] = {}
        self.unanswered = 0
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def acknowledged(self) -> int:
        return len(self.receipts)

    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def give_up(self) -> None:
        """Leave what nobody takes, so that no later test has these senders beside it."""
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _send(self, n: int) -> None:
        deadline = time.monotonic() + PATIENCE
        with httpx.Client(timeout=self._seconds) as client:
            while self._going_on(deadline):
                try:
                    sent = self._queue.get_nowait()
                except Empty:
                    return
                while self._going_on(deadline) and not self._handed_over(client, n, sent):
                    time.sleep(0.1)

    def _going_on(self, deadline: float) -> bool:
        return time.monotonic() < deadline and not self._enough.is_set()

    def _handed_over(self, client: httpx.Client, n: int, sent: Sent) -> bool:
        address = self._addresses[(n + self.unanswered) % len(self._addresses)]
        try:
            answer = post(client, address, sent)
        except httpx.HTTPError:
            with self._lock:
                self.unanswered += 1
            return False
        if answer.status_code == 503:
            return False
        assert answer.status_code == 202, answer.text
        with self._lock:
            self.receipts.setdefault(sent.key, set()).add(answer.text)
        return True
