"""The only HTTP client: named hosts, bounded waiting, bounded answers, no redirects, and nothing of an address in any log or error."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from carehub.outside.in_time import InTime, transport_over
from carehub.terms.errors import OutsideDown
from carehub.terms.issue_catalogue import issue

# They log the address of every request, and addresses hold NHS numbers.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a service may take. Seconds: to connect; between two pieces of an answer; from the connection to the end of its answer, however slowly
    either side is heard; to pause in all between tries.

    attempts: tries for one request. first_pause: the longest pause before the second try; it doubles with each further one.
    """

    connect: float = 5.0
    read: float = 10.0
    whole: float = 30.0
    attempts: int = 4
    first_pause: float = 0.5
    pausing: float = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered. body: as it came. correlation: the X-Correlation-ID that every try of the request carried."""

    status: int
    body: bytes
    correlation: str


class OutsideClient:
    """Asks one service. It only ever sends what may be sent twice, so asking again is harmless.

    base, plain: the service's address, see callable_address. hosts: names that may be called. most_bytes: the largest answer that is read. pause and
    ticks: time.sleep and time.monotonic, but for tests. Raises OutsideDown OUT-004 for a base that may not be called.
    """

    def __init__(
        self,
        base: str,
        *,
        hosts: frozenset[str],
        plain: bool = False,
        patience: Patience | None = None,
        most_bytes: int = 2_000_000,
        pause: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        if not callable_address(base, hosts, plain=plain):
            raise OutsideDown(issue("OUT-004"))
        self._base = base.rstrip("/")
        self._patience = patience or Patience()
        self._most = most_bytes
        self._pause = pause
        self._ticks = ticks
        self._network = InTime()
        self._http = httpx.Client(
            transport=transport_over(self._network),
            timeout=httpx.Timeout(self._patience.read, connect=self._patience.connect),
            follow_redirects=False,
            trust_env=False,
            # A packed answer could be a thousand times what was sent.
            headers={"Accept-Encoding": "identity"},
        )

    def get(self, path: str, params: Mapping[str, Sequence[str]] | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to one reading request; as `_asked`."""
        return self._asked("GET", path, params, headers, b"")

    def send_repeatable(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to one POST whose effect is the same however often it arrives, such as a transaction of updates by id; as `_asked`."""
        return self._asked("POST", path, None, headers, body)

    def _asked(
        self, method: str, path: str, params: Mapping[str, Sequence[str]] | None, headers: Mapping[str, str] | None, content: bytes
    ) -> Reply:
        """The answer to one request, whatever its status but those that ask to come again.

        Connection errors, time-outs, 429 and 5xx are tried again after a growing pause, or the one Retry-After names. Raises OutsideDown: OUT-001
        not reached, OUT-002 still busy, or for longer than we wait, OUT-003 an answer that is too large, packed, or a redirect.
        """
        correlation = str(uuid4())
        paused = 0.0
        for attempt in range(self._patience.attempts):
            named: float | None = None
            try:
                sent = {**(headers or {}), "X-Correlation-ID": correlation, "X-Request-ID": str(uuid4())}
                with self._network.within(self._patience.whole):
                    status, body, named = self._once(method, path, params, sent, content)
                if status not in _AGAIN:
                    return Reply(status, body, correlation)
                trouble = "OUT-002"
            except httpx.HTTPError:
                trouble = "OUT-001"
            pause = named if named is not None else random.uniform(0.5, 1.0) * self._patience.first_pause * 2**attempt  # noqa: S311
            if attempt + 1 == self._patience.attempts or paused + pause > self._patience.pausing:
                break
            self._pause(pause)
            paused += pause
        # Outside the except clause, so that no address hangs on to the error as its cause.
        raise OutsideDown(issue(trouble))

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _once(
        self, method: str, path: str, params: Mapping[str, Sequence[str]] | None, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, bytes, float | None]:
        until = self._ticks() + self._patience.whole
        query: list[tuple[str, str | int | float | bool | None]] = [
            (name, value) for name, values in (params or {}).items() for value in values
        ]
        with self._http.stream(method, self._base + path, params=query, headers=headers, content=content or None) as response:
            if response.status_code in _AGAIN:
                return response.status_code, b"", _retry_after(response.headers.get("Retry-After", ""))
            if 300 <= response.status_code < 400 or response.headers.get("Content-Encoding", "identity") != "identity":
                raise OutsideDown(issue("OUT-003"))
            body = bytearray()
            for piece in response.iter_raw():
                body += piece
                if len(body) > self._most:
                    raise OutsideDown(issue("OUT-003"))
                if self._ticks() > until:
                    raise httpx.ReadTimeout("the whole answer took too long")
            return response.status_code, bytes(body), None


def callable_address(base: str, hosts: frozenset[str], *, plain: bool = False) -> bool:
    """Whether a service at this address may be called: https, at a host that is named, and no credential in it. plain: on this machine http too."""
    try:
        address = urlsplit(base)
        host = address.hostname or ""
    except ValueError:  # "https://[host]/": no address at all
        return False
    safe = address.scheme == "https" or (plain and address.scheme == "http" and host in ("127.0.0.1", "::1", "localhost"))
    return safe and address.username is None and host in hosts


def _retry_after(said: str) -> float | None:
    """Seconds from now, of a number or an HTTP date (RFC 9110 section 10.2.3); None when it is neither."""
    if said.strip().isdecimal():
        return float(said)
    try:
        when = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
