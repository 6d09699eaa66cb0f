"""The framing matrix of HL7 v2 over MLLP: what senders really do to frames and headers, one case each. A door never says AA for what it has not stored."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from carehub.intake.mllp import Terms
from doors.intake.mllp_talk import Talk, adt, framed, talking


def test_01_no_start_block() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(adt("M1") + b"\x1c\r")
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AR", "M1"), "FEED-022")
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")
        assert talk.stored == [adt("M2")]

    talking(case)


def test_02_no_end_block() -> None:
    """The frame never ends: no answer, nothing stored, and the connection is not held for ever."""

    async def case(talk: Talk) -> None:
        await talk.send(b"\x0b" + adt())
        assert await talk.hung_up() == b""
        assert talk.stored == []

    talking(case, frame_seconds=0.2)


def test_03_end_block_without_cr() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(b"\x0b" + adt("M1") + b"\x1c") == ("AA", "M1")
        assert await talk.said(b"\x0b" + adt("M2") + b"\x1c\x0b" + adt("M3") + b"\x1c\n") == ("AA", "M2")
        assert (await talk.ack()).said == ("AA", "M3")
        assert talk.stored == [adt("M1"), adt("M2"), adt("M3")]

    talking(case)


def test_04_embedded_start_block() -> None:
    """Before MSH it begins another message, and the sender of the first is told; elsewhere it is a character of the text."""

    async def case(talk: Talk) -> None:
        await talk.send(b"\x0b" + adt("M1")[:80] + b"\x0b" + adt("M2") + b"\x1c\r")
        half = await talk.ack()
        assert (half.said, half.number) == (("AE", "M1"), "FEED-021")
        assert (await talk.ack()).said == ("AA", "M2")
        odd = adt("M3").replace(b"Okafor", b"Oka\x0bfor")
        assert await talk.said(framed(odd)) == ("AA", "M3")
        assert talk.stored == [adt("M2"), odd]

    talking(case)


def test_05_embedded_end_block() -> None:
    """FS alone is text. FS CR ends the frame whatever was meant; the rest lies outside and is not mistaken for a message."""

    async def case(talk: Talk) -> None:
        lone = adt("M1").replace(b"Okafor", b"Oka\x1cfor")
        assert await talk.said(framed(lone)) == ("AA", "M1")
        cut = adt("M2").replace(b"Okafor", b"Oka\x1c\rfor")
        assert await talk.said(framed(cut), framed(adt("M3"))) == ("AA", "M2")
        assert (await talk.ack()).said == ("AA", "M3")
        assert talk.stored == [lone, cut.partition(b"\x1c\r")[0], adt("M3")]

    talking(case)


def test_06_two_messages_in_one_packet() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("M1")) + framed(adt("M2"))) == ("AA", "M1")
        assert (await talk.ack()).said == ("AA", "M2")
        assert talk.stored == [adt("M1"), adt("M2")]

    talking(case)


def test_07_a_message_over_many_packets_of_one_byte() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(*(bytes((byte,)) for byte in framed(adt()))) == ("AA", "M1")
        assert talk.stored == [adt()]

    talking(case)


def test_08_pipelined_without_waiting() -> None:
    async def case(talk: Talk) -> None:
        bodies = [adt(f"M{n}") for n in range(300)]
        await talk.send(b"".join(map(framed, bodies)))
        assert [(await talk.ack()).said for _ in bodies] == [("AA", f"M{n}") for n in range(300)]
        assert talk.stored == bodies

    talking(case)


@pytest.mark.parametrize("body", [b"", b"\r\r\r\r"], ids=["09_empty_frame", "10_frame_of_carriage_returns"])
def test_09_10_a_frame_with_nothing_in_it(body: bytes) -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(body))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AR", ""), "FEED-002")
        assert await talk.said(framed(adt())) == ("AA", "M1")
        assert talk.stored == [adt()]

    talking(case)


def test_11_bytes_before_the_start_block() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(b"\r\n GARBAGE Okafor " + framed(adt())) == ("AA", "M1")
        assert talk.stored == [adt()]

    talking(case)


def test_12_bytes_after_the_end_block() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("M1")) + b"\r\nrubbish\r\n") == ("AA", "M1")
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")
        assert talk.stored == [adt("M1"), adt("M2")]

    talking(case)


def test_13_connection_reset_in_the_midst_of_a_frame() -> None:
    async def case(talk: Talk) -> None:
        other = await talk.another()
        await other.send(b"\x0b" + adt()[:60])
        raw = other.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.writer.transport.abort()
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")
        assert talk.stored == [adt("M2")]

    talking(case)


def test_14_half_close_after_the_frame() -> None:
    async def case(talk: Talk) -> None:
        talk.writer.write(framed(adt()))
        talk.writer.write_eof()
        assert (await talk.ack()).said == ("AA", "M1")
        assert await talk.hung_up() == b""

    talking(case)


def test_15_idle_then_a_message() -> None:
    """Silence between messages is held against the idle time and not against the time for a frame."""

    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("M1"))) == ("AA", "M1")
        await asyncio.sleep(0.3)
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")

    talking(case, frame_seconds=0.1, idle_seconds=60)


def test_16_second_message_invalid_third_valid_on_one_connection() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("M1"))) == ("AA", "M1")
        assert (await talk.said(framed(b"not HL7 at all")))[0] == "AR"
        assert await talk.said(framed(adt("M3"))) == ("AA", "M3")
        assert talk.stored == [adt("M1"), b"not HL7 at all", adt("M3")]

    talking(case)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"PID|1||H1\r" + adt(), id="17_first_segment_is_not_MSH"),
        pytest.param(b"MSH", id="18_MSH_too_short"),
        pytest.param(b"MSH|", id="18_MSH_of_one_field"),
        pytest.param(adt().replace(b"^~\\&", b"", 1), id="19_MSH_2_missing"),
        pytest.param(adt().replace(b"^~\\&", b"^^\\&", 1), id="19_MSH_2_with_one_character_twice"),
        pytest.param(adt().decode().encode("utf-16"), id="22_UTF_16_indeed"),
    ],
)
def test_17_18_19_22_what_is_not_hl7_is_refused_and_kept(body: bytes) -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(body))
        ack = await talk.ack()
        assert (ack.said[0], ack.number) == ("AR", "MAP-001")
        assert talk.stored == [body]

    talking(case)


def test_20_control_id_empty() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt(""))) == ("AA", "")
        assert talk.stored == [adt("")]

    talking(case)


def test_21_control_id_of_199_characters() -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt("9" * 199))) == ("AA", "9" * 199)

    talking(case)


@pytest.mark.parametrize("declared", [b"UNICODE UTF-16", b"8859/1", b"KLINGON"])
def test_22_a_character_set_of_any_name(declared: bytes) -> None:
    """What is echoed is echoed as it came, under the set that the sender named."""

    async def case(talk: Talk) -> None:
        await talk.send(framed(adt(f3=b"PAS\xe9", f18=declared)))
        ack = await talk.ack()
        assert ack.said == ("AA", "M1")
        assert (ack.field(b"MSH", 5), ack.field(b"MSH", 18)) == (b"PAS\xe9", declared)

    talking(case)


def test_23_nul_bytes() -> None:
    async def case(talk: Talk) -> None:
        body = adt("M\x001").replace(b"Okafor", b"Oka\x00for")
        assert await talk.said(framed(body)) == ("AA", "M1")
        assert talk.stored == [body]

    talking(case)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_24_other_segment_endings(ending: bytes) -> None:
    async def case(talk: Talk) -> None:
        assert await talk.said(framed(adt().replace(b"\r", ending))) == ("AA", "M1")
        assert talk.stored == [adt().replace(b"\r", ending)]

    talking(case)


def test_25_an_acknowledgement_is_not_acknowledged() -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(b"MSH|^~\\&|PAS|X9A01|CAREHUB|NBK|20261122||ACK^A28|A1|P|2.4\rMSA|AA|M1\r"))
        assert await talk.said(framed(adt("M2"))) == ("AA", "M2")
        assert talk.stored == [adt("M2")]

    talking(case)


@pytest.mark.parametrize(
    ("accept", "application", "good", "bad"),
    [
        (b"AL", b"NE", "CA", "CR"),
        (b"AL", b"AL", "CA", "CR"),
        (b"SU", b"NE", "CA", ""),
        (b"ER", b"NE", "", "CR"),
        (b"NE", b"AL", "AA", "AR"),
        (b"", b"ER", "", "AR"),
        (b"NE", b"NE", "", ""),
    ],
)
def test_26_enhanced_mode(accept: bytes, application: bytes, good: str, bad: str) -> None:
    async def case(talk: Talk) -> None:
        wanted = {"f15": accept, "f16": application}
        await talk.send(framed(adt("M1", **wanted)), framed(adt("M2", f3=b"WHO", **wanted)), framed(adt("M3")))
        heard = []
        while not heard or heard[-1][1] != "M3":
            heard.append((await talk.ack()).said)
        assert heard == [(code, control) for code, control in ((good, "M1"), (bad, "M2"), ("AA", "M3")) if code]
        assert talk.stored == [adt("M1", **wanted), adt("M3")]

    talking(case, Terms("toy/feed", "hospital", allowed=frozenset({("PAS", "X9A01")})))


@pytest.mark.parametrize("processing", [b"T", b"D", b"T^R"])
def test_27_a_test_message_on_a_live_port(processing: bytes) -> None:
    async def case(talk: Talk) -> None:
        await talk.send(framed(adt("M1", f11=processing)))
        ack = await talk.ack()
        assert (ack.said, ack.number) == (("AR", "M1"), "FEED-012")
        assert await talk.said(framed(adt("M2", f11=b"P^T"))) == ("AA", "M2")
        assert talk.stored == [adt("M2", f11=b"P^T")]

    talking(case, Terms("toy/feed", "hospital", processing=frozenset({"P"})))


def test_28_two_senders_with_one_control_id() -> None:
    async def case(talk: Talk) -> None:
        other = await talk.another()
        assert await talk.said(framed(adt("1"))) == ("AA", "1")
        assert await other.said(framed(adt("1", f4=b"X9A02"))) == ("AA", "1")
        assert talk.stored == [adt("1"), adt("1", f4=b"X9A02")]

    talking(case)
