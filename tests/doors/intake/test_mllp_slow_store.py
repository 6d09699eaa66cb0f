"""What happens at the MLLP door while the store is still at work: senders that go, senders that go on, and a door that closes."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading

import pytest

from doors.intake.mllp_talk import Talk, adt, behind, framed, talking


def test_a_door_that_closes_answers_what_it_is_storing() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt()))
        while not talk.door._together._storing:
            await asyncio.sleep(0.01)
        closing = asyncio.ensure_future(talk.door.close())
        await asyncio.sleep(0.05)
        gate.set()
        assert (await talk.ack()).said == ("AA", "M1")
        await closing

    talking(case, receive=behind(gate))


def test_a_frame_that_is_found_whole_while_the_door_closes_is_stored_and_answered_as_well() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1")) + framed(adt("M2"))[:-1])
        while not talk.door._together._storing:
            await asyncio.sleep(0.01)
        talk.writer.write_eof()
        await asyncio.sleep(0.05)
        closing = asyncio.ensure_future(talk.door.close())
        await asyncio.sleep(0.05)
        gate.set()
        assert [(await talk.ack()).said for _ in range(2)] == [("AA", "M1"), ("AA", "M2")]
        await closing
        assert talk.stored == [adt("M1"), adt("M2")]

    talking(case, receive=behind(gate))


def test_a_frame_without_its_cr_before_the_sender_hangs_up_is_answered_however_long_the_store_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("carehub.intake.mllp_connection._PAUSE_SECONDS", 0.2)
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1"))[:-1])
        talk.writer.write_eof()
        while not talk.door._together._storing:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.4)
        assert talk.door._held.bytes == len(adt("M1"))
        gate.set()
        assert (await talk.ack()).said == ("AA", "M1")
        assert await talk.hung_up() == b""

    talking(case, receive=behind(gate))


def test_a_sender_that_has_gone_before_the_commit_costs_the_others_nothing() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        gone = await talk.another()
        await gone.send(framed(adt("M1")))
        while not talk.door._together._storing:
            await asyncio.sleep(0.01)
        gone.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.writer.transport.abort()
        await talk.send(framed(adt("M2")))
        while len(talk.door._held.connections) > 1 or not talk.door._together._waiting:
            await asyncio.sleep(0.01)
        gate.set()
        assert (await talk.ack()).said == ("AA", "M2")
        assert talk.stored == [adt("M1"), adt("M2")]
        assert talk.door._held.bytes == 0

    talking(case, receive=behind(gate))


def test_what_comes_while_the_store_works_is_answered_in_order_after_it() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1")))
        while not talk.door._together._storing:
            await asyncio.sleep(0.01)
        await talk.send(framed(b"not HL7"), framed(adt("M2"))[:40])
        await talk.send(framed(adt("M2"))[40:])
        talk.writer.write_eof()
        await asyncio.sleep(0.05)
        gate.set()
        assert [(await talk.ack()).said for _ in range(3)] == [("AA", "M1"), ("AR", ""), ("AA", "M2")]
        assert await talk.hung_up() == b""
        assert talk.stored == [adt("M1"), b"not HL7", adt("M2")]

    talking(case, receive=behind(gate))
