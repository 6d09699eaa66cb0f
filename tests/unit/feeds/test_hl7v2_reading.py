"""The HL7 v2 reader: delimiters, escapes, character sets, line endings; and agreement with the hl7 package on every published message."""

from __future__ import annotations

import random
from pathlib import Path

import hl7
import pytest

from carehub.feeds.formats.hl7v2 import read, split_batch
from carehub.terms.errors import Rejected, Unreadable

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
HEAD = "MSH|^~\\&|APP|FAC|||20261122061000||ADT^A08|7|P|2.4"


def test_fields_components_and_subcomponents_count_from_one() -> None:
    message = read(f"{HEAD}\rPID|1||A1^^^X&1.2.3&ISO^MR~B2||Okafor^Ada\r".encode())
    pid = message.first("PID")
    assert pid is not None
    assert message.header.raw(1) == "|"
    assert message.header.raw(2) == "^~\\&"
    assert message.header.text(9, 2) == "A08"
    assert pid.text(3) == "A1"
    assert pid.text(3, 4) == "X"
    assert pid.text(3, 4, 2) == "1.2.3"
    assert [field.text(1) for field in pid.repeats(3)] == ["A1", "B2"]
    assert pid.text(5, 2) == "Ada"
    assert pid.text(40) == ""
    assert pid.repeats(40) == []
    assert pid.first(3).subs(4) == ["X", "1.2.3", "ISO"]


def test_empty_says_nothing_and_two_quotes_delete() -> None:
    pid = read(f'{HEAD}\rPID|1||A|""||Smith^""'.encode()).all("PID")[0]
    assert pid.deleted(4)
    assert pid.text(4) == ""
    assert not pid.deleted(5)
    assert not pid.deleted(30)
    assert pid.text(6, 2) == ""
    assert pid.first(4).deleted
    assert pid.first(4).whole() == ""


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"a\F\b", "a|b"),
        (r"a\S\b", "a^b"),
        (r"a\T\b", "a&b"),
        (r"a\R\b", "a~b"),
        (r"a\E\b", "a\\b"),
        (r"one\.br\two", "one\ntwo"),
        (r"caf\XE9\ bar", "café bar"),
        (r"\XC2A3\5", "£5"),
        (r"\H\bold\N\ text", "bold text"),
        (r"\Zlocal\ stays", r"\Zlocal\ stays"),
        (r"\Xzz\ stays", r"\Xzz\ stays"),
        ("no end\\", "no end\\"),
        (r"\.sp2\x", "x"),
        (r"a\E\F\E\b", r"a\F\b"),
    ],
)
def test_escape_sequences(sent: str, meant: str) -> None:
    nte = read(f"{HEAD}\rNTE|1||{sent}".encode()).all("NTE")[0]
    assert nte.first(3).whole() == meant


def test_other_delimiters_are_taken_from_the_header() -> None:
    message = read(b"MSH#*!?%#APP#FAC#####ADT*A08#7#P#2.4\rPID#1##A1***X%Y!B2##Ok?S?a*Ada")
    pid = message.all("PID")[0]
    assert message.header.text(9, 2) == "A08"
    assert pid.text(3, 4, 2) == "Y"
    assert len(pid.repeats(3)) == 2
    assert pid.text(5) == "Ok*a"


def test_a_delimiter_that_the_header_leaves_out_is_plain_text() -> None:
    pid = read(b"MSH|^~|APP|FAC|||||ADT^A08|7|P|2.4\rPID|1||A||Marks & Son\\Daughter").all("PID")[0]
    assert pid.text(5) == "Marks & Son\\Daughter"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_every_line_ending(end: str) -> None:
    message = read(f"\ufeff{end}{HEAD}{end}{end}EVN|A08{end}PID|1||A{end}".encode())
    assert [segment.name for segment in message.segments] == ["MSH", "EVN", "PID"]
    assert message.unreadable == ()


def test_a_lone_line_feed_belongs_to_its_field_when_segments_end_with_cr() -> None:
    message = read(f"{HEAD}\rOBX|1|TX|C||first line\nsecond line||||||F\rNTE|1||x\nNTE|2||y".encode())
    assert message.all("OBX")[0].text(5) == "first line\nsecond line"
    assert message.all("OBX")[0].text(11) == "F"
    assert len(message.all("NTE")) == 2


def test_a_line_that_is_no_segment_is_reported_and_costs_nothing_else() -> None:
    message = read(f"{HEAD}\rnot a segment\rPID|1||A\rpid|2\rZZZ".encode())
    assert message.unreadable == ("line[2]", "line[4]")
    assert [segment.name for segment in message.segments] == ["MSH", "PID", "ZZZ"]
    assert message.all("PID")[0].place == "PID[1]"


@pytest.mark.parametrize(
    ("declared", "encoding", "used"),
    [
        ("ASCII", "cp1252", "cp1252"),
        ("8859/1", "cp1252", "cp1252"),
        ("8859/1", "utf-8", "utf-8"),
        ("", "utf-8", "utf-8"),
        ("UNICODE UTF-8", "utf-8", "utf-8"),
        ("nonsense", "cp1252", "cp1252"),
        ("8859/2", "iso8859-2", "iso8859-2"),
        ("8859/15", "iso8859-15", "iso8859-15"),
    ],
)
def test_character_sets(declared: str, encoding: str, used: str) -> None:
    body = f"{HEAD}||||||{declared}\rPID|1||A||Renée\r".encode(encoding)
    message = read(body)
    assert message.charset == used
    assert message.all("PID")[0].text(5) == "Renée"


def test_ascii_is_ascii_and_bytes_of_no_set_are_still_read() -> None:
    assert read(HEAD.encode()).charset == "ascii"
    assert read(HEAD.encode() + b"\rPID|1||A||\x81\x8d").charset == "latin-1"


def test_characters_that_fhir_forbids_are_taken_out() -> None:
    pid = read(f"{HEAD}\rPID|1||A||Ok\x00af\x07or^\\X00\\Ada".encode()).all("PID")[0]
    assert (pid.text(5), pid.text(5, 2)) == ("Okafor", "Ada")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b"", "MSH"),
        (b"PID|1", "MSH"),
        (b"<xml/>", "MSH"),
        (b"MSH", "MSH-1"),
        (b"MSHA^~\\&", "MSH-1"),
        (b"MSH|", "MSH-2"),
        (b"MSH|^^^^|A", "MSH-2"),
        (b"MSH|abcd|A", "MSH-2"),
        (b"MSH|^~\\&#!x|A", "MSH-2"),
        (b"MSH|^~\\&|A\rEVN|A01\rMSH|^~\\&|B", "MSH"),
        (b"MSH|^~\\&|A\rBHS|^~\\&\rPID|1", "BHS"),
    ],
)
def test_what_cannot_be_read_says_where(body: bytes, at: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(body)
    assert [(found.number, found.at) for found in raised.value.issues] == [("MAP-001", at)]


def _published() -> list[bytes]:
    files = [*SAMPLES.glob("feeds/acute/**/*.hl7"), *SAMPLES.glob("feeds/acute/**/*.out"), *SAMPLES.glob("adversarial/hl7v2-*/**/*.hl7")]
    return [part for path in sorted(files) for part in split_batch(path.read_bytes())]


@pytest.mark.real_feeds
def test_the_hl7_package_reads_the_same_in_every_published_message() -> None:
    """Segment names, fields and repetitions of each published message, cut by the two readers."""
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    compared = 0
    for body in _published():
        try:
            ours = read(body)
        except Rejected:
            continue
        if ours.unreadable:
            continue
        text = body.decode("utf-8-sig").strip("\x0b\x1c\r\n \t").replace("\r\n", "\r").replace("\n", "\r")
        theirs = [segment for segment in hl7.parse(text) if str(segment).strip()]
        assert [segment.name for segment in ours.segments] == [str(segment[0]) for segment in theirs]
        for mine, other in zip(ours.segments, theirs, strict=True):
            assert [field.strip() for field in mine.fields[1:]] == [str(field).strip() for field in other[1:]]
            for number, field in enumerate(other[1:], 1):
                if mine.name != "MSH" and str(field):
                    cut = [repetition for repetition in field if str(repetition)] if isinstance(field, hl7.Field) else []
                    assert len(mine.repeats(number)) == len(cut)
        compared += 1
    assert compared > 700


def test_no_mutation_raises_anything_but_unreadable() -> None:
    dice = random.Random(20261122)
    seed = f"{HEAD}\rEVN|A08|2026\rPID|1||A^^^X&Y&Z^MR~B||Ok\\T\\r^A||1944|F\rOBX|1|NM|C^D^E||<15|u|1-2".encode()
    read_whole = 0
    for _ in range(2000):
        body = bytearray(seed)
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(body))
            body[place : place + dice.randint(0, 3)] = bytes(
                dice.choice(b"|^~\\&\r\nMSHPID\x00\xff\x0b12") for _ in range(dice.randint(0, 3))
            )
        try:
            message = read(bytes(body))
        except Unreadable:
            continue
        read_whole += 1
        for segment in message.segments:
            for number in range(1, 9):
                for field in segment.repeats(number):
                    assert isinstance(field.text(1), str)
                    assert "\x00" not in field.whole()
    assert read_whole > 500
