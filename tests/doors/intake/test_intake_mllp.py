"""The MLLP door beyond framing: what an acknowledgement promises, limits, and many senders at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from carehub.feeds.message import Submission
from carehub.hub.hub import Hub
from carehub.intake.mllp import Terms
from carehub.terms.errors import StoreBusy
from carehub.terms.issue_catalogue import issue
from doors.intake.mllp_talk import Receive, Talk, adt, behind, framed, talking


def test_the_same_message_again_has_the_same_acknowledgement_and_no_effect() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt()))
        first = await talk.ack()
        await talk.send(framed(adt()))
        assert (await talk.ack()).raw == first.raw
        assert talk.stored == [adt()]
        assert first.field(b"MSH", 10) not in (b"", b"M1")

    talking(case)


def test_another_body_under_a_used_control_id_is_refused() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt())) == ("AA", "M1")
        await talk.send(framed(adt().replace(b"Ada", b"Eve")))
        ack = await talk.ack()
        assert (ack.said, ack.number, ack.field(b"ERR", 3)[:3]) == (("AR", "M1"), "FEED-003", b"205")
        assert talk.alarms == ["hospital sent other bytes under a used control id (FEED-003); they were refused and are not kept"]
        # A counter that began again is another message: the time of MSH-7 moved on.
        assert await talk.said(framed(adt(f7=b"20261123"))) == ("AA", "M1")
        assert talk.stored == [adt(), adt(f7=b"20261123")]

    talking(case)


def test_a_used_control_id_costs_nobody_else_their_message() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1")), framed(adt("M1").replace(b"Ada", b"Eve")), framed(adt("M2")))
        assert [(await talk.ack()).said for _ in range(3)] == [("AA", "M1"), ("AR", "M1"), ("AA", "M2")]

    talking(case)


def test_a_busy_store_is_said_and_nothing_is_acknowledged() -> None:
    busy = threading.Event()
    busy.set()

    def receive(hub: Hub) -> Receive:
        def each(submissions: Sequence[Submission]):
            return [StoreBusy(issue("STORE-001"))] * len(submissions) if busy.is_set() else hub.receive_each(submissions)

        return each

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt()))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AE", "M1"), "STORE-001")
        assert (await talk.said(framed(b"not HL7")))[0] == "AE"
        assert talk.stored == []
        busy.clear()
        assert await talk.said(framed(adt())) == ("AA", "M1")
        assert talk.stored == [adt()]

    talking(case, receive=receive)


def test_a_fault_of_ours_is_said_without_its_words() -> None:
    def receive(hub: Hub) -> Receive:
        def each(submissions: Sequence[Submission]):
            raise RuntimeError(submissions[0].body.decode())

        return each

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt()))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AE", "M1"), "API-008")
        assert b"Okafor" not in ack.raw
        assert talk.alarms == ["storing failed: RuntimeError"]

    talking(case, receive=receive)


def test_nobody_is_acknowledged_before_the_commit_returns() -> None:
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt()))
        waiting = asyncio.ensure_future(talk.ack())
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        gate.set()
        assert (await waiting).said == ("AA", "M1")

    talking(case, receive=behind(gate))


def test_senders_that_wait_together_share_a_commit() -> None:
    groups: list[int] = []
    gate = threading.Event()

    async def case(talk: Talk) -> None:
        everyone = [talk, *[await talk.another() for _ in range(7)]]
        for n, each in enumerate(everyone):
            await each.send(framed(adt(f"M{n}")))
        while len(talk.door._together._waiting) < 7:
            await asyncio.sleep(0.01)
        gate.set()
        assert [(await each.ack()).said for each in everyone] == [("AA", f"M{n}") for n in range(8)]
        assert groups == [1, 7]

    talking(case, receive=behind(gate, groups.append))


def test_a_frame_that_is_too_long_is_refused_and_the_connection_ends() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1") + b"NTE|1||" + b"x" * 20_000))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AR", "M1"), "FEED-020")
        assert await talk.hung_up() == b""
        assert talk.stored == []

    talking(case, frame_bytes=10_000)


def test_all_connections_together_hold_a_bounded_number_of_bytes() -> None:
    async def case(talk: Talk) -> None:
        everyone = [talk, *[await talk.another() for _ in range(15)]]
        for each in everyone:
            await each.send(b"\x0b" + adt() + b"x" * 9_000)
        while len(talk.door._held.connections) > 2:
            await asyncio.sleep(0.01)
        assert talk.door._held.bytes <= 2 * 10_000 + 10_000
        last = await talk.another()
        assert await last.said(framed(adt("M9"))) == ("AA", "M9")

    talking(case, frame_bytes=10_000)


def test_text_without_end_outside_frames_ends_the_connection() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(b"GET / HTTP/1.1\r\n" * 10_000)
        assert await talk.hung_up() == b""
        assert talk.stored == []

    talking(case)


def test_one_connection_too_many_is_hung_up_on() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("M1"))) == ("AA", "M1")
        await talk.another()
        third = await talk.another()
        assert await third.hung_up() == b""
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")

    talking(case, connections=2)


def test_a_silent_sender_is_hung_up_on() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.hung_up() == b""

    talking(case, idle_seconds=0.1)


@pytest.mark.parametrize("fields", [{"f3": b"OTHER"}, {"f4": b"X9A09"}])
def test_a_sender_that_is_not_named_is_refused_and_nothing_is_kept(fields: dict[str, bytes]) -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1", **fields)))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AR", "M1"), "FEED-011")
        assert await talk.said(framed(adt("M2", f3=b"PAS^1.2.3^ISO"))) == ("AA", "M2")

    talking(case, Terms("toy/feed", "hospital", allowed=frozenset({("PAS", "X9A01")})))


def test_an_acknowledgement_speaks_in_the_senders_delimiters() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt(f3=b"OTHER").replace(b"|", b",").replace(b"^", b".")))
        ack = await talk.ack()
        assert ack.raw.startswith(b"MSH,.~\\&,CAREHUB,NBK,OTHER,X9A01,")
        assert ack.said == ("AR", "M1")
        assert ack.field(b"MSA", 3).endswith(b"from\\S\\ Nothing was stored\\S\\")
        assert ack.field(b"MSH", 9) == b"ACK.A28"

    talking(case, Terms("toy/feed", "hospital", allowed=frozenset({("PAS", "X9A01")})))
