"""A proxy on loopback in front of a server, whose network can be taken away: refused, or silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class FaultProxy:
    """Forwards 127.0.0.1:port to a server while it is up. Down: connections are refused. Silent: taken, and never answered."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._silent = False
        self._lock = threading.Lock()
        self._accept()

    def down(self) -> None:
        # shutdown, because closing alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._hang_up()

    def silent(self) -> None:
        self._silent = True
        self._hang_up()

    def up(self) -> None:
        """After down or silent, as before."""
        self._silent = False
        if self._listener.fileno() < 0:
            self._listener = _listening(self.port)
            self._accept()
        else:
            self._hang_up()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self._silent:
                with self._lock:
                    self._open.add(near)
                continue
            try:
                far = socket.create_connection(self._target, 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for here, there in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(here, there), daemon=True).start()

    def _forward(self, here: socket.socket, there: socket.socket) -> None:
        try:
            while some := here.recv(65536):
                there.sendall(some)
        except OSError:
            pass
        for end in (here, there):
            self._end(end)

    def _hang_up(self) -> None:
        with self._lock:
            held = list(self._open)
        for end in held:
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


@contextmanager
def in_front_of(host: str, port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(host, port)
    try:
        yield proxy
    finally:
        proxy.silent()
        proxy.down()
