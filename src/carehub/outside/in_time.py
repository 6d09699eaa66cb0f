"""A network on which a whole exchange ends in time. httpx bounds each wait for bytes, so that a peer who sends one now and then holds us for ever."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

_PIECE = 16_384


class InTime(httpcore.NetworkBackend):
    """TCP as httpcore has it, within the seconds that the thread's exchange has left."""

    def __init__(self) -> None:
        self._tcp = httpcore.SyncBackend()
        self._exchange = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The exchange that this thread makes meanwhile ends by then: what it does on the network raises httpcore.ReadTimeout after it."""
        self._exchange.until = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._exchange.until

    def left(self, timeout: float | None) -> float | None:
        """The shorter of a time-out and what is left of the exchange. Raises httpcore.ReadTimeout when nothing is."""
        until: float | None = getattr(self._exchange, "until", None)
        if until is None:
            return timeout
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole exchange took too long")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._tcp.connect_tcp(host, port, self.left(timeout), local_address, socket_options), self)


class _Stream(httpcore.NetworkStream):
    """A connection of an InTime."""

    def __init__(self, stream: httpcore.NetworkStream, network: InTime) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def transport_over(network: InTime) -> httpx.HTTPTransport:
    """httpx's own transport over this network. httpx has no argument for it; a test holds that it is used."""
    transport = httpx.HTTPTransport(trust_env=False)
    transport._pool._network_backend = network
    return transport
