"""`carehub mllp` as a process, and senders that talk to it like a careful integration engine: the same frame again until it is acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from carehub.intake.acknowledging import read_header
from faults.processes import CAREHUB, PATIENCE, Program, free_port, until
from faults.stream import FEED, Sent

SENDER = "faults"


def known_as(sent: Iterable[Sent]) -> list[Sent]:
    """The same messages under the key that the door gives them."""
    headers = ((one, read_header(one.body)) for one in sent)
    return [Sent(f"{SENDER}|{header.key}" if header and header.key else "", one.body) for one, header in headers]


class MllpServer(Program):
    """`carehub mllp` with the worker in its process."""

    def __init__(self, folder: Path, store_url: str, **settings: str) -> None:
        self.port = free_port()
        environment = {"CAREHUB_DATABASE_URL": store_url, "CAREHUB_VAR": str(folder), **settings}
        super().__init__(folder, environment, *CAREHUB, "mllp", FEED, "--port", str(self.port), "--sender", SENDER)

    def start(self) -> None:
        super().start()
        until(self.is_listening, "the door is open", self)

    def most_memory(self) -> int:
        """The most that it has held in memory so far, in KiB."""
        assert self._process is not None
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])

    def is_listening(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5):
            return True
        return False


class MllpSenders:
    """Connections, each with one message on its way at a time. seconds: to wait for an answer. answers: to each body, every answer it got.

    acknowledged: bodies that were answered at all but AE: the sender is told that it need not send them again.
    """

    def __init__(self, port: int, sent: Sequence[Sent], connections: int = 8, seconds: float = 30) -> None:
        self._port, self._seconds = port, seconds
        self._queue: SimpleQueue[Sent] = SimpleQueue()
        for one in sent:
            self._queue.put(one)
        self.answers: dict[bytes, list[bytes]] = {}
        self.acknowledged: list[Sent] = []
        self.unanswered = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _send(self) -> None:
        deadline = time.monotonic() + PATIENCE
        with suppress(Empty):
            one = self._queue.get_nowait()
            while time.monotonic() < deadline:
                try:
                    with socket.create_connection(("127.0.0.1", self._port), self._seconds) as connection:
                        while time.monotonic() < deadline:
                            if self._handed_over(connection, one):
                                one = self._queue.get_nowait()
                except OSError:
                    with self._lock:
                        self.unanswered += 1
                    time.sleep(0.05)

    def _handed_over(self, connection: socket.socket, one: Sent) -> bool:
        answer = exchange(connection, one.body)
        with self._lock:
            self.answers.setdefault(one.body, []).append(answer)
            if b"MSA|AE" not in answer:
                self.acknowledged.append(one)
                return True
        time.sleep(0.1)
        return False


def exchange(connection: socket.socket, body: bytes) -> bytes:
    """Send a frame; the acknowledgement. Raises OSError when the door hangs up first."""
    connection.sendall(b"\x0b" + body + b"\x1c\r")
    held = b""
    while not held.endswith(b"\x1c\r"):
        piece = connection.recv(65_536)
        if not piece:
            raise ConnectionResetError
        held += piece
    return held[1:-2]
