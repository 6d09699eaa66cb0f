"""A proxy on loopback in front of a server, whose network can be taken away (refused, or silent) or poisoned."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from faults.toxics import DOWN, TOXICS, Toxic, clean

THERE, BACK = "there", "back"


class FaultProxy:
    """Forwards 127.0.0.1:port to a server while it is up. Down: connections are refused. Silent: taken, and never answered. Poisoned: what goes there,
    to the server, or comes back, meets a toxic, on connections that are open as well."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = _listening(0)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._silent = False
        self._toxics: dict[str, Toxic] = {THERE: clean, BACK: clean}
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

    @contextmanager
    def poisoned(self, toxic: str, *ways: str) -> Iterator[None]:
        """Meanwhile the toxic of that name (see faults.toxics) is at work. Then the network is as before, and connections that met it are gone."""
        if toxic == DOWN:
            self.down()
        else:
            self._toxics |= dict.fromkeys(ways or (THERE, BACK), TOXICS[toxic])
        try:
            yield
        finally:
            self._toxics = {THERE: clean, BACK: clean}
            self.up()

    def connections(self) -> int:
        """How many ends of connections are open."""
        return len(self._open)

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
            for here, there, way in ((near, far, THERE), (far, near, BACK)):
                threading.Thread(target=self._forward, args=(here, there, way), daemon=True).start()

    def _forward(self, here: socket.socket, there: socket.socket, way: str) -> None:
        stream = _Stream(here)
        try:
            while not stream.ended:
                toxic = self._toxics[way]
                for piece in toxic(stream.until(lambda toxic=toxic: self._toxics[way] is not toxic)):  # type: ignore[misc]
                    there.sendall(piece)
                if self._toxics[way] is toxic:
                    break
        except ConnectionResetError:
            for end in (here, there):
                # Closing such a socket resets its connection.
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
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
            end.shutdown(socket.SHUT_RD if _resets(end) else socket.SHUT_RDWR)
        end.close()


class _Stream:
    """What one side says, piece by piece."""

    def __init__(self, here: socket.socket) -> None:
        self._here = here
        self._held = b""
        self.ended = False

    def until(self, over: Callable[[], bool]) -> Iterator[bytes]:
        """The pieces that come before it is over; the piece after which that is seen is kept for the next."""
        while not self.ended:
            self._held = self._held or self._here.recv(65536)
            self.ended = not self._held
            if self.ended or over():
                return
            piece, self._held = self._held, b""
            yield piece


def _resets(end: socket.socket) -> bool:
    lingers, seconds = struct.unpack("ii", end.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
    return bool(lingers) and seconds == 0


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
