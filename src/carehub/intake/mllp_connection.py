"""One sender's connection: pieces in, frames to their answers, answers out in the order of the frames. A piece is taken when the one before is answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from carehub.intake.framing import CR, END, START, Frame, Framing
from carehub.intake.mllp_answers import Answers

_PAUSE_SECONDS = 1.0
_MOST_FRAMES_HELD = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """frame_bytes: the longest frame. connections: how many at once. idle_seconds: between messages; frame_seconds: for one frame to come in, or
    for an answer to be read. All connections together hold at most two of the longest frames in memory; who goes beyond is hung up on."""

    frame_bytes: int = 16 * 1024 * 1024
    connections: int = 256
    idle_seconds: float = 1800.0
    frame_seconds: float = 60.0


@dataclass(slots=True)
class Held:
    """What all connections of a door hold together. bytes: of frames that are coming in or wait for the store."""

    bytes: int = 0
    connections: set[Connection] = field(default_factory=set)


class Connection(asyncio.Protocol):
    """Until the sender hangs up, breaks the framing, or is silent too long."""

    _transport: asyncio.Transport

    def __init__(self, answers: Answers, limits: Limits, held: Held) -> None:
        self._answers = answers
        self._limits = limits
        self._all = held
        self._framing = Framing(limits.frame_bytes)
        self._loop = asyncio.get_running_loop()
        self._said: list[bytes] = []  # the answers to the frames of one piece
        self._due = 0  # how many of them are still to come
        self._next = b""  # what came in meanwhile
        self._held = 0
        self._inside = self._clogged = self._ended = self._over = False
        self._until = self._fires = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None

    # ---- what asyncio tells ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if len(self._all.connections) >= self._limits.connections:
            self._answers.note("connection refused: too many are open")
            self._over = True
            self._transport.close()
            return
        self._all.connections.add(self)
        self._until = self._loop.time() + self._limits.idle_seconds
        self._wake_at(self._until)

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        if self._due or self._clogged:
            self._next += data
            self._transport.pause_reading()
            return
        self._take(self._framing.feed(data))

    def eof_received(self) -> bool:
        self._ended = True
        if not self._due:
            self._go_on(answered=False)
        # Answers still go to one that only sends no more. Not so over TLS, which has no such half end.
        return self._transport.get_extra_info("sslcontext") is None

    def pause_writing(self) -> None:
        self._clogged = True
        self._put_off(self._limits.frame_seconds)

    def resume_writing(self) -> None:
        self._clogged = False
        if not self._due:
            self._go_on(answered=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, OSError) and not self._over:
            self._answers.note(f"connection lost: {type(exc).__name__}")
        if self._framing.stray:
            self._answers.note(f"{self._framing.stray} bytes outside frames passed over")
        self._end()
        self._all.connections.discard(self)

    # ---- what the door does ----

    def hear_no_more(self) -> None:
        """The door closes: what waits for the store is answered, and nothing else; that will be sent again."""
        self._next = b""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def abort(self) -> None:
        """Hang up now. Closing would wait for ever for one that does not read its answers."""
        self._end()
        self._transport.abort()

    # ---- piece by piece ----

    def _take(self, frames: list[Frame]) -> None:
        if self._pause is not None:  # whatever is taken, nothing is waited for any more
            self._pause.cancel()
            self._pause = None
        # What waits for the store counts as well: a slow one must not let every connection hold a long frame.
        self._hold(self._framing.held + sum([len(frame.body) for frame in frames]))
        if not frames:
            self._go_on(answered=False)
            return
        self._said = [b""] * len(frames)
        self._due = len(frames)
        for n, frame in enumerate(frames):
            self._answers.answer(frame, partial(self._answered, n))

    def _answered(self, n: int, answer: bytes) -> None:
        self._said[n] = answer
        self._due -= 1
        if self._due or self._over:
            return
        self._hold(self._framing.held)
        text = b"".join([START + one + END + CR for one in self._said if one])
        if text:
            self._transport.write(text)
        self._go_on(answered=True)

    def _go_on(self, answered: bool) -> None:
        """A piece has been dealt with."""
        framing = self._framing
        if self._over or self._clogged:
            return
        if framing.inside and self._all.bytes > _MOST_FRAMES_HELD * self._limits.frame_bytes:
            self._hang_up("connection closed: too much is coming in at once")
            return
        # Bytes outside frames do not put off the end of an idle connection, nor drops of a frame that of a slow one.
        if answered or framing.inside > self._inside:
            self._put_off(self._limits.frame_seconds if framing.inside else self._limits.idle_seconds)
        self._inside = framing.inside
        if framing.broken:
            self._hang_up()
        elif self._next:
            piece, self._next = self._next, b""
            self._transport.resume_reading()
            self._take(framing.feed(piece))
        elif self._ended:
            frames = framing.end()
            if frames:
                self._take(frames)
            else:
                self._hang_up()
        elif framing.may_be_ended:
            self._pause = self._loop.call_later(_PAUSE_SECONDS, self._paused)

    def _paused(self) -> None:
        self._take(self._framing.end())

    def _hold(self, count: int) -> None:
        self._all.bytes += count - self._held
        self._held = count

    # ---- the end ----

    def _hang_up(self, why: str = "") -> None:
        """Let the last answer out, if it is read in time."""
        if why:
            self._answers.note(why)
        self._end()
        self._transport.close()
        self._timer = self._loop.call_later(self._limits.frame_seconds, self._transport.abort)

    def _end(self) -> None:
        self._over = True
        self._hold(0)
        self._next = b""
        for timer in (self._timer, self._pause):
            if timer is not None:
                timer.cancel()

    def _put_off(self, seconds: float) -> None:
        """So long from now the sender is late. The timer that stands goes off before, as a rule, and then looks again."""
        self._until = self._loop.time() + seconds
        if self._until < self._fires:
            self._wake_at(self._until)

    def _wake_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires = when
        self._timer = self._loop.call_at(when, self._late)

    def _late(self) -> None:
        now = self._loop.time()
        if self._due:  # we are late, not the sender
            self._wake_at(now + self._limits.frame_seconds)
        elif now < self._until:
            self._wake_at(self._until)
        elif self._framing.may_be_ended and not self._clogged:
            self._wake_at(now + self._limits.frame_seconds)
            self._take(self._framing.end())
        else:
            silent = "the sender was silent too long" if not self._framing.inside else "half a frame"
            self._answers.note(f"connection closed: {silent}")
            self.abort()
