"""One hand-over, many messages: no message is lost, none is made of two, and what cannot be told apart is handed on to be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from carehub.feeds.formats.hl7v2 import read, split_batch
from carehub.terms.errors import Unreadable

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
ONE = b"MSH|^~\\&|A|F|||2026||ADT^A08|1|P|2.4\rPID|1||A1"
TWO = b"MSH|^~\\&|A|F|||2026||ADT^A08|2|P|2.4\rPID|1||B2"
WRAPPED = b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + b"\r" + TWO + b"\rBTS|2\rFTS|1\r"


def _parts(body: bytes) -> list[bytes]:
    return list(split_batch(body))


@pytest.mark.parametrize("between", [b"\r", b"\n", b"\r\n", b"\r\r", b"\n\n\n", b"\r\n\r\n", b"\x1c\r\x0b", b"\r\xef\xbb\xbf"])
def test_messages_one_after_another(between: bytes) -> None:
    assert _parts(ONE + between + TWO + between) == [ONE, TWO]


@pytest.mark.parametrize("around", [(b"", b""), (b"\xef\xbb\xbf", b"\n"), (b"\x0b", b"\x1c\r"), (b"\r\n \t", b"\r\n")])
def test_one_message_in_its_frame(around: tuple[bytes, bytes]) -> None:
    assert _parts(around[0] + ONE + around[1]) == [ONE]


def test_batch_wrappers_are_taken_off() -> None:
    assert _parts(WRAPPED) == [ONE, TWO]
    assert _parts(b"\xef\xbb\xbf" + WRAPPED.replace(b"\r", b"\n")) == [ONE.replace(b"\r", b"\n"), TWO.replace(b"\r", b"\n")]


def test_the_letters_of_a_header_inside_a_field_start_nothing() -> None:
    body = ONE + b"|MSH|x||MSH|^~\\&|\rPV1|1|O|||||||||||MSH||A"
    assert _parts(body) == [body]


@pytest.mark.parametrize("told", [b"BTS|3", b"BTS|1"])
def test_a_batch_that_was_cut_short_does_not_pass_in_silence(told: bytes) -> None:
    parts = _parts(WRAPPED.replace(b"BTS|2", told))
    assert parts[:2] == [ONE, TWO]
    assert parts[2:] == [told]
    with pytest.raises(Unreadable):
        read(told)


def test_counts_are_of_each_batch() -> None:
    body = b"FHS|^~\\&\rBHS|^~\\&\r" + ONE + b"\rBTS|1\rBHS|^~\\&\r" + TWO + b"\rBTS|1\rFTS|2"
    assert _parts(body) == [ONE, TWO]


def test_text_before_the_first_message_is_a_part_of_its_own() -> None:
    parts = _parts(b"PID|1||LOST\r" + ONE)
    assert parts == [b"PID|1||LOST", ONE]
    with pytest.raises(Unreadable):
        read(parts[0])


@pytest.mark.parametrize("body", [b"", b"nothing here", b"FHS|^~\\&|A\rBHS|^~\\&\rBTS|0\rFTS|1", b"\n\n"])
def test_a_hand_over_without_a_message_is_one_part(body: bytes) -> None:
    assert _parts(body) == [body]


def test_a_wrapper_in_the_midst_of_a_message_is_refused_with_it() -> None:
    (part,) = _parts(ONE + b"\rBHS|^~\\&|A\rPV1|1|I\rBTS|1")
    with pytest.raises(Unreadable):
        read(part)


def test_long_runs_of_blank_space_are_no_trap() -> None:
    for filler in (b"\n" * 300_000, b" " * 300_000, b"\rBTS" * 50_000, b"\rMSH " * 50_000):
        assert _parts(ONE + filler + b"\r" + TWO)[-1] == TWO


@pytest.mark.real_feeds
def test_the_published_file_of_a_simulated_hospital_is_687_messages() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    body = (SAMPLES / "feeds/acute/google+simhospital/docs/artifacts/messages.part-a.out").read_bytes()
    parts = _parts(body)
    assert len(parts) == 687
    assert {read(part).segments[0].name for part in parts} == {"MSH"}


@pytest.mark.real_feeds
def test_published_batches_with_faults_are_refused_whole() -> None:
    """Files that their publisher calls bad give no readable message; the others give as many as they hold."""
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    counts = {}
    for path in sorted((SAMPLES / "adversarial/hl7v2-batch").glob("*.hl7")):
        readable = 0
        for part in split_batch(path.read_bytes()):
            try:
                read(part)
            except Unreadable:
                continue
            readable += 1
        counts[path.stem] = readable
    assert {name: n for name, n in counts.items() if "bad" in name} == dict.fromkeys((n for n in counts if "bad" in n), 0)
    assert counts["sample_batch2"] == 2
    assert counts["sample_file1"] == 3
