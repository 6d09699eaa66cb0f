"""R-12, R-16: more than the door can hold. Nothing grows without bound, nobody is told AA for nothing, and the others are served."""

from __future__ import annotations

import asyncio
import threading

from doors.intake.mllp_talk import Talk, adt, behind, framed, talking

_LONGEST = 200_000


def long(control: str) -> bytes:
    return adt(control) + b"NTE|1||" + b"x" * (_LONGEST - 1_000) + b"\r"


def test_long_frames_that_wait_for_a_slow_store_count_as_held() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        waiting = [talk, await talk.another()]
        for n, each in enumerate(waiting):
            await each.send(framed(long(f"M{n}")))
        while talk.door._held.bytes < 2 * len(long("M0")):
            await asyncio.sleep(0.01)
        late = await talk.another()
        await late.send(b"\x0b" + long("M9"))
        assert await late.hung_up() == b""
        short = await talk.another()
        await short.send(framed(adt("S1")))
        gate.set()
        assert [(await each.ack()).said for each in (*waiting, short)] == [*[("AA", f"M{n}") for n in range(2)], ("AA", "S1")]
        again = await talk.another()
        assert await again.said(framed(long("M9"))) == ("AA", "M9")
        assert talk.door._held.bytes == 0

    talking(case, receive=behind(gate), frame_bytes=_LONGEST)


def test_nothing_is_held_of_senders_that_have_gone() -> None:
    async def case(talk: Talk) -> None:
        for n in range(20):
            other = await talk.another()
            await other.send(b"\x0b" + long(f"M{n}"))
            other.writer.transport.abort()
        assert await talk.said(framed(long("M99"))) == ("AA", "M99")
        while len(talk.door._held.connections) > 1:
            await asyncio.sleep(0.01)
        assert talk.door._held.bytes == 0

    talking(case, frame_bytes=_LONGEST)


def test_a_byte_at_a_time_does_not_put_off_the_end_of_a_slow_frame() -> None:
    async def case(talk: Talk) -> None:
        slow = [await talk.another() for _ in range(30)]

        async def drip(each: Talk) -> None:
            try:
                for byte in b"\x0b" + adt() * 1000:
                    each.writer.write(bytes((byte,)))
                    await each.writer.drain()
                    await asyncio.sleep(0.01)
            except OSError:
                pass

        drips = [asyncio.ensure_future(drip(each)) for each in slow]
        assert await talk.said(framed(adt("M1"))) == ("AA", "M1")
        assert [await each.hung_up() for each in slow] == [b""] * len(slow)
        for one in drips:
            one.cancel()
        assert talk.stored == [adt("M1")]

    talking(case, frame_seconds=0.3)


def test_a_sender_that_does_not_listen_is_hung_up_on() -> None:
    """It sends and never reads, until the answers have nowhere to go; then neither is anything read of it."""

    async def case(talk: Talk) -> None:
        deaf = await talk.another()

        async def talk_on() -> None:
            n = 0
            try:
                while True:
                    deaf.writer.write(b"".join(framed(b"no HL7 %d" % (n := n + 1)) for _ in range(500)))
                    await deaf.writer.drain()
            except OSError:
                pass

        talking_on = asyncio.ensure_future(talk_on())
        while len(talk.door._held.connections) < 2:
            await asyncio.sleep(0.01)
        while len(talk.door._held.connections) > 1:
            await asyncio.sleep(0.05)
        talking_on.cancel()
        assert await talk.said(framed(adt("M1"))) == ("AA", "M1")

    talking(case, frame_seconds=0.3)
