"""The doors in: how many messages a second each takes and answers, durably. Nothing is mapped meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import feeds
import medplum
from hubs import ACUTE, folder, settings_in
from processes import NotAnswering, free_port, resident, running
from rounds import rotated
from table import Row

from carehub.wiring.demo import DEMO_CREDENTIAL

SERVED = Path(__file__).resolve().with_name("doorways_served.py")
CONNECTIONS = 8


def door_rows(rounds: int, quick: bool) -> list[Row]:
    """G5, G6, and the same messages over HTTP and through a folder."""
    count = 400 if quick else 2000
    return [*_mllp_rows(rounds, count), *_http_rows(rounds, count), *_folder_rows(rounds, count // 4)]


def _mllp_rows(rounds: int, count: int) -> list[Row]:
    frames = [b"\x0b" + body + b"\x1c\r" for body in feeds.adt_messages(rounds * 3 * count, count)]
    with (
        folder() as place,
        _served("mllp", place) as (pid, door),
        _served("accept", place) as (_, accept),
        _served("echo", place) as (_, echo),
        ExitStack() as perhaps,
    ):
        fresh = _taking(frames, count)
        contenders: dict[str, Callable[[], float]] = {
            "durable": lambda: _talk(door, fresh(), _ends_frame, b"\rMSA|CA|"),
            "one": lambda: _talk(door, fresh()[: count // 4], _ends_frame, b"\rMSA|CA|", connections=1),
            "synced": lambda: _synced(place, frames[: count // 4]),
            "accept": lambda: _talk(accept, frames[:count], _ends_frame, b"\rMSA|CA|"),
            "echo": lambda: _talk(echo, frames[:count], _ends_frame, b"MSH|"),
        }
        missing = ""
        try:
            port = free_port()
            perhaps.enter_context(_listening("@medplum/hl7", medplum.server(port), port))
            contenders["medplum"] = lambda: _talk(port, frames[:count], _ends_frame, b"\rMSA|CA|")
        except NotAnswering as why:
            missing = str(why)
        found = rotated(contenders, rounds)
        memory = resident(pid, peak=True)
        stored, commits = _counted(pid, place)
    alone = rounds * (count // 4)
    shared = (stored - alone) / (commits - alone)
    remark = f"{count} ADT a round, each sender waits for its answer; {shared:.1f} acks a commit; peak memory of the door {memory:.0f} MB"
    durable, accepted = "MLLP durable acks, 8 connections", "MLLP accept path, nothing stored"
    other = f"@medplum/hl7 {medplum.VERSION} on Node, which reads each and acknowledges"
    return [
        Row(durable, "acks/s", found["durable"], "fdatasync of the disk", found["synced"], "G5", (3.0, 6.0), remark=remark),
        Row("MLLP durable acks, 1 connection", "acks/s", found["one"], "fdatasync of the disk", found["synced"]),
        Row(accepted, "acks/s", found["accept"], other, found.get("medplum", ()), "G6", (1.0, 3.0), skipped=missing),
        Row("MLLP accept path beside a bare echo", "acks/s", found["accept"], "bare asyncio echo server", found["echo"]),
    ]


def _http_rows(rounds: int, count: int) -> list[Row]:
    bodies = feeds.adt_messages(rounds * count, count, seed=11)
    with folder() as place, _served("http", place) as (pid, door), _served("post", place) as (_, post):
        fresh = _taking([_request(body, "/feeds/acute/hl7v2/submissions") for body in bodies], count)
        plain = [_request(body, "/") for body in bodies[:count]]
        contenders: dict[str, Callable[[], float]] = {
            "durable": lambda: _talk(door, fresh(), _ends_response, b"HTTP/1.1 202"),
            "plain": lambda: _talk(post, plain, _ends_response, b"HTTP/1.1 202"),
        }
        found = rotated(contenders, rounds)
        memory = resident(pid, peak=True)
    remark = f"{count} submissions of one ADT a round, 8 connections kept open; peak memory of the server {memory:.0f} MB"
    return [Row("HTTP durable receipts, 8 connections", "202/s", found["durable"], "bare Starlette route", found["plain"], remark=remark)]


def _folder_rows(rounds: int, count: int) -> list[Row]:
    from carehub.intake.folder import FolderTerms
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.watching_folder import folder_door

    bodies = feeds.adt_messages(rounds * count, count, seed=13)
    with folder() as place, folder() as dropped, folder() as moved:
        hub = build_hub(settings_in(place))
        door = folder_door(hub, ACUTE, dropped, FolderTerms("bench", settle_seconds=0.0), note=lambda words: None)
        fresh = _taking(bodies, count)

        def watched() -> float:
            _drop(dropped, fresh())
            began = time.perf_counter()
            done = door.round()
            took = time.perf_counter() - began
            if done.stored != count:
                raise RuntimeError(f"{done.stored} of {count} files were stored")
            return count / took

        def plain() -> float:
            _drop(dropped, bodies[:count])
            began = time.perf_counter()
            for path in sorted(dropped.glob("*.hl7")):
                path.read_bytes()
                path.replace(moved / path.name)
            return count / (time.perf_counter() - began)

        found = rotated({"watched": watched, "plain": plain}, rounds)
        hub.store.close()
    remark = f"{count} files of one ADT a round, up to 32 a commit; settling left out"
    return [
        Row("Watched folder, files stored and moved", "files/s", found["watched"], "read and moved only", found["plain"], remark=remark)
    ]


def _drop(place: Path, bodies: Sequence[bytes]) -> None:
    for n, body in enumerate(bodies):
        (place / f"{n:06d}.hl7").write_bytes(body)


def _taking(given: Sequence[bytes], count: int) -> Callable[[], Sequence[bytes]]:
    """A function that gives the next `count` each time it is called: what was stored before would be answered without storing."""
    left = iter(range(0, len(given), count))

    def fresh() -> Sequence[bytes]:
        start = next(left)
        return given[start : start + count]

    return fresh


def _synced(place: Path, bodies: Sequence[bytes]) -> float:
    """Bodies a second, each appended to a file and brought to the disk alone."""
    handle = os.open(place / "synced", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    began = time.perf_counter()
    for body in bodies:
        os.write(handle, body)
        os.fdatasync(handle)
    took = time.perf_counter() - began
    os.close(handle)
    return len(bodies) / took


# ---- a sender ----


class _Sender(asyncio.Protocol):
    """Sends one request after the other, each when the answer to the one before is whole."""

    def __init__(self, requests: Sequence[bytes], whole: Callable[[bytes], bool], good: bytes, done: asyncio.Future[None]) -> None:
        self._left = iter(requests)
        self._whole, self._good, self._done = whole, good, done
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._whole(self._got):
            return
        if self._good not in self._got:
            self._done.set_exception(RuntimeError(f"not taken: {self._got[:300]!r}"))
            self._transport.close()
            return
        self._got = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("hung up on"))

    def _next(self) -> None:
        request = next(self._left, None)
        if request is not None:
            self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()


def _talk(port: int, requests: Sequence[bytes], whole: Callable[[bytes], bool], good: bytes, connections: int = CONNECTIONS) -> float:
    """Answers a second over so many connections at once. Raises RuntimeError for an answer that is not the good one."""

    async def all_of_them() -> float:
        loop = asyncio.get_running_loop()
        done = [loop.create_future() for _ in range(connections)]
        began = time.perf_counter()
        for n, one in enumerate(done):
            await loop.create_connection(partial(_Sender, requests[n::connections], whole, good, one), "127.0.0.1", port)
        await asyncio.gather(*done)
        return len(requests) / (time.perf_counter() - began)

    return asyncio.run(all_of_them())


def _ends_frame(got: bytes) -> bool:
    return got.endswith(b"\x1c\r")


def _ends_response(got: bytes) -> bool:
    head, found, body = got.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return bool(found) and len(body) >= length


def _request(body: bytes, path: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {DEMO_CREDENTIAL}\r\nContent-Type: x-application/hl7-v2+er7\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


# ---- servers under test ----


@contextmanager
def _served(kind: str, place: Path) -> Iterator[tuple[int, int]]:
    """One of doorways_served.py's servers: (process id, port), once it listens."""
    port = free_port()
    with _listening(kind, [sys.executable, str(SERVED), kind, str(place), str(port)], port) as pid:
        yield pid, port


@contextmanager
def _listening(kind: str, command: Sequence[str], port: int) -> Iterator[int]:
    """A server's process id, once it listens."""
    with running(command) as child:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError as error:
                if child.poll() is not None or time.monotonic() > until:
                    raise NotAnswering(f"{kind} did not start") from error
                time.sleep(0.02)
        yield child.pid


def _counted(pid: int, place: Path) -> tuple[int, int]:
    """How many messages a door has stored, in how many commits: it writes both into its folder when asked."""
    os.kill(pid, signal.SIGUSR1)
    until = time.monotonic() + 60
    while not (place / "commits").exists():
        if time.monotonic() > until:
            raise NotAnswering("the door does not count")
        time.sleep(0.02)
    stored, commits = (place / "commits").read_text().split()
    return int(stored), int(commits)
