"""HL7 v2 over MLLP: bounded frames, stored before they are acknowledged; AE when the store cannot take one now, AR for what will never be taken."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from carehub.feeds.message import Receipt, Submission
from carehub.intake.acknowledging import Header, acknowledgement, read_header
from carehub.intake.framing import CR, END, START, Fault, Frame, Framing
from carehub.terms.errors import CarehubError, Unavailable
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

_PIECE = 65_536
_READ_AHEAD = 16_384
_PAUSE_SECONDS = 1.0
_MOST_TOGETHER = 64
_MOST_FRAMES_HELD = 2
_FAULTS = {Fault.NO_START: ("R", "FEED-022"), Fault.NO_END: ("E", "FEED-021"), Fault.TOO_LONG: ("R", "FEED-020")}

ReceiveEach = Callable[[Sequence[Submission]], Sequence[Receipt | CarehubError]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a door takes.

    feed: full name. sender: who is at the other end, for the log. allowed: (MSH-3, MSH-4) of those who may send, by their first components;
    empty for anyone who reaches the port. processing: MSH-11 values that may be sent; empty for any.
    """

    feed: str
    sender: str
    allowed: frozenset[tuple[str, str]] = frozenset()
    processing: frozenset[str] = frozenset()

    def refusal(self, header: Header) -> Issue | None:
        """Why this message is not for this door, before anything of it is stored."""
        if self.allowed and (header.first(3), header.first(4)) not in self.allowed:
            return issue("FEED-011")
        if self.processing and header.first(11) and header.first(11) not in self.processing:
            return issue("FEED-012")
        return None


@dataclass(frozen=True, slots=True)
class Limits:
    """frame_bytes: the longest frame. connections: how many at once. idle_seconds: between messages; frame_seconds: for one frame to come in, or
    for an answer to be read. All connections together hold at most two of the longest frames in memory; who goes beyond is hung up on."""

    frame_bytes: int = 16 * 1024 * 1024
    connections: int = 256
    idle_seconds: float = 1800.0
    frame_seconds: float = 60.0


class MllpDoor:
    """One listening port. receive_each: see Hub.receive_each; called in a thread of its own, with what all connections wait for at that moment,
    so that they share a commit. clock: ISO UTC now. note: told what happened in words and counts, never in anybody's data. alarm: told what
    needs a person in the same way: a sender that gives two messages one control id, and a fault of ours."""

    def __init__(
        self,
        terms: Terms,
        limits: Limits,
        *,
        receive_each: ReceiveEach,
        clock: Callable[[], str],
        note: Callable[[str], None],
        alarm: Callable[[str], None] = lambda words: None,
    ) -> None:
        self._terms = terms
        self._limits = limits
        self._clock = clock
        self._told_to = note
        self._alarmed = alarm
        self._together = _Together(receive_each)
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port, which is chosen where 0 is given."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=_READ_AHEAD, ssl=tls, backlog=self._limits.connections)
        for listening in self._server.sockets:
            # Handed on to each connection: so much at once is read of it, and asyncio alone would read four times as much.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, answer what is being stored, hang up."""
        if self._server is not None:
            self._server.close()
        await self._together.finish()
        await asyncio.sleep(0)  # let the answers of the last commit be written
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= self._limits.connections:
            self._note("connection refused: too many are open")
            writer.close()
            return
        self._tasks.add(task)
        framing = Framing(self._limits.frame_bytes)
        try:
            await self._talk(reader, writer, framing)
        except TimeoutError:
            self._note("connection closed: the sender was silent too long" if not framing.inside else "connection closed: half a frame")
            writer.transport.abort()  # closing would wait for ever for one that does not read its answers
        except OSError as error:
            self._note(f"connection lost: {type(error).__name__}")
        except asyncio.CancelledError:  # the door closes; what was not answered will be sent again
            writer.transport.abort()
        finally:
            if framing.stray:
                self._note(f"{framing.stray} bytes outside frames passed over")
            await self._hang_up(writer)
            self._tasks.discard(task)

    async def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Let the last answer out, if it is read in time."""
        writer.close()
        try:
            async with asyncio.timeout(self._limits.frame_seconds):
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framing: Framing) -> None:
        """Until the sender hangs up, breaks the framing, or is silent too long (TimeoutError)."""
        now, limits = asyncio.get_running_loop().time, self._limits
        until, inside, held = now() + limits.idle_seconds, False, 0
        try:
            while not framing.broken:
                frames, ended = await self._next(reader, framing, until)
                # What waits for the store counts as well: a slow one must not let every connection hold a long frame.
                waiting = sum(len(frame.body) for frame in frames)
                self._held += framing.held + waiting - held
                held = framing.held + waiting
                answers = await asyncio.gather(*map(self._answer, frames)) if len(frames) > 1 else [await self._answer(f) for f in frames]
                self._held -= waiting
                held -= waiting
                async with asyncio.timeout(limits.frame_seconds):
                    for answer in answers:
                        if answer:
                            writer.write(START + answer + END + CR)
                    await writer.drain()
                if ended:
                    return
                if framing.inside and self._held > _MOST_FRAMES_HELD * limits.frame_bytes:
                    self._note("connection closed: too much is coming in at once")
                    return
                # Bytes outside frames do not put off the end of an idle connection, nor drops of a frame that of a slow one.
                if frames or framing.inside > inside:
                    until = now() + (limits.frame_seconds if framing.inside else limits.idle_seconds)
                inside = framing.inside
        finally:
            self._held -= held

    async def _next(self, reader: asyncio.StreamReader, framing: Framing, until: float) -> tuple[list[Frame], bool]:
        """The frames that the next piece completes, and whether the sender has hung up."""
        paused = framing.may_be_ended
        try:
            async with asyncio.timeout_at(min(until, asyncio.get_running_loop().time() + _PAUSE_SECONDS) if paused else until):
                piece = await reader.read(_PIECE)
        except TimeoutError:
            if not paused:
                raise
            return framing.end(), False
        return (framing.feed(piece), False) if piece else (framing.end(), True)

    async def _answer(self, frame: Frame) -> bytes:
        """Store, then acknowledge; b"" where there is nothing to answer."""
        header = read_header(frame.body)
        if frame.fault is not None:
            letter, number = _FAULTS[frame.fault]
            return self._refused(header, letter, issue(number))
        if header is not None:
            if header.acknowledges:
                self._note("an acknowledgement was sent to us and passed over")
                return b""
            refusal = self._terms.refusal(header)
            if refusal is not None:
                return self._refused(header, "R", refusal)
        elif not frame.body.strip(b" \t\r\n\x00"):
            return self._refused(None, "R", issue("FEED-002"))
        key = f"{self._terms.sender}|{header.key}" if header is not None and header.key else ""
        try:
            receipt = await self._together.store(
                Submission(self._terms.feed, frame.body, self._clock(), self._terms.sender, key, "x-application/hl7-v2+er7")
            )
        except Unavailable as error:
            return self._refused(header, "E", error.issues[0])
        except CarehubError as error:
            if error.issues[0].number == "FEED-003":
                self._alarm(f"{self._terms.sender} sent other bytes under a used control id (FEED-003); they were refused and are not kept")
            return self._refused(header, "R", error.issues[0])
        except Exception as error:  # a bug of ours: the sender keeps the message and tries again
            self._alarm(f"storing failed: {type(error).__name__}")
            return self._refused(header, "E", issue("API-008"))
        if header is None:
            return self._refused(None, "R", issue("MAP-001"))
        # Out of the receipt, so that the same message again gets the same acknowledgement.
        return acknowledgement(header, "A", at=receipt.received_at, id=receipt.submission.replace("-", "")[:20])

    def _note(self, words: str) -> None:
        # Answers go out though nothing can be written down, for instance because the disk that takes the log is full.
        with suppress(Exception):
            self._told_to(words)

    def _alarm(self, words: str) -> None:
        with suppress(Exception):
            self._alarmed(words)

    def _refused(self, header: Header | None, letter: str, why: Issue) -> bytes:
        self._note(f"answered A{letter}: {why.number}")
        return acknowledgement(header, letter, at=self._clock(), id=secrets.token_hex(10), about=why)


class _Together:
    """Submissions that wait while one commit runs go into the next together."""

    def __init__(self, receive_each: ReceiveEach) -> None:
        self._receive_each = receive_each
        self._waiting: list[tuple[Submission, asyncio.Future[Receipt]]] = []
        self._thread = ThreadPoolExecutor(1, "carehub-mllp")
        self._storing: asyncio.Task[None] | None = None
        self._enough = asyncio.Event()
        self._expected = self._last_group = 0
        self._took = 0.0

    def store(self, submission: Submission) -> Awaitable[Receipt]:
        """Its receipt, after commit. Raises what receiving it raised."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, future))
        if len(self._waiting) >= self._expected:
            self._enough.set()
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return future

    async def finish(self) -> None:
        """Return when nothing is being stored."""
        if self._storing is not None:
            await self._storing
        self._thread.shutdown()

    async def _store(self) -> None:
        loop = asyncio.get_running_loop()
        expected = self._last_group
        while self._waiting:
            await self._hear(expected)
            group, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            began = loop.time()
            results: Sequence[Receipt | BaseException]
            try:
                results = await loop.run_in_executor(self._thread, self._receive_each, [submission for submission, _ in group])
            except Exception as error:
                results = [error] * len(group)
            self._took, self._last_group = min(loop.time() - began, 0.02), len(group)
            for (_, future), result in zip(group, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            expected = len(self._waiting) + len(group)

    async def _hear(self, expected: int) -> None:
        """Those who were just answered are about to send again: a quarter of a commit spent on hearing them saves them a whole one."""
        if len(self._waiting) >= expected:
            return
        self._expected = expected
        self._enough.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._took / 4):
                await self._enough.wait()
