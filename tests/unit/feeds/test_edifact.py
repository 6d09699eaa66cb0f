"""EDIFACT interchanges: service characters, released characters, messages apart, and trailers that do not agree."""

from __future__ import annotations

import random

import pytest

from carehub.feeds.formats.edifact import Delimiters, delimiters, read, split_interchange
from carehub.terms.errors import Unreadable

UNA = b"UNA:+.? '"
ONE = b"UNH+1+MEDRPT:0:1:RT:NHS003'BGM+LSR'UNT+3+1'"
TWO = b"UNH+2+MEDRPT:0:1:RT:NHS003'BGM+LSR'UNT+3+2'"
UNB = b"UNB+UNOC:3+A+B+261122:0610+77'"


def parts(body: bytes) -> list[bytes]:
    return list(split_interchange(body))


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(body)
    assert [issue.number for issue in caught.value.issues] == ["MAP-001"]
    return caught.value.issues[0].at


def test_each_message_keeps_the_header_of_its_interchange() -> None:
    found = parts(UNA + b"\r\n" + UNB + b"\r\n" + ONE + b"\r\n" + TWO + b"\r\nUNZ+2+77'")
    assert [read(part).header.text(1) for part in found] == ["1", "2"]
    assert all(read(part).interchange.text(2) == "A" for part in found)  # type: ignore[union-attr]
    assert all(part.startswith(UNA) for part in found)


def test_several_interchanges_in_one_hand_over() -> None:
    found = parts(UNB + ONE + b"UNZ+1+77'" + UNB.replace(b"+A+", b"+C+").replace(b"77", b"78") + TWO + b"UNZ+1+78'")
    assert [read(part).interchange.text(2) for part in found] == ["A", "C"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("trailer", "at"), [(b"UNZ+2+77'", "UNZ-1"), (b"UNZ+1+7'", "UNZ-2"), (b"UNZ+x+77'", "UNZ-1")])
def test_an_interchange_whose_trailer_disagrees_is_one_part_and_is_refused(trailer: bytes, at: str) -> None:
    body = UNA + UNB + ONE + trailer
    assert parts(body) == [body]
    assert refused(body) == at


def test_one_disagreeing_interchange_does_not_touch_its_neighbour() -> None:
    good = UNB + ONE + b"UNZ+1+77'"
    found = parts(UNB + TWO + b"UNZ+1+99'" + good)
    assert refused(found[0]) == "UNZ-2"
    assert read(found[1]).header.text(1) == "1"
    assert len(found) == 2


def test_an_interchange_that_was_cut_short_gives_its_messages_and_shows_the_cut() -> None:
    found = parts(UNB + ONE + TWO)
    assert [read(part).header.text(1) for part in found[:2]] == ["1", "2"]
    assert refused(found[2]) == "UNZ"
    assert refused(parts(UNB + ONE[:-12])[0]) == "UNT"


def test_messages_without_an_interchange_are_read_too() -> None:
    assert [read(part).header.text(1) for part in parts(ONE + TWO)] == ["1", "2"]
    assert read(ONE + b"UNZ+1+251010'").interchange is None
    assert read(ONE[:-1]).trailer.text(2) == "1"  # the last terminator may be missing: the trailer still names its message


def test_a_message_that_is_not_closed_or_names_another_reference_is_refused() -> None:
    assert refused(ONE.replace(b"UNT+3+1", b"UNT+3+2")) == "UNT-2"
    assert refused(b"UNH+1+MEDRPT'" + ONE) == "UNH[2]"
    assert refused(b"BGM+LSR'" + ONE) == "BGM[1]"
    assert refused(ONE + b"UNT+3+1'") == "UNT"
    assert refused(b"") == "UNH"
    assert refused(b"gm+LSR'" + ONE) == "segment[1]"
    assert refused(b"UNH+1+MEDRPT'gm+LSR'UNT+2+1'") == "segment[2]"


def test_functional_groups_are_counted_as_groups() -> None:
    assert len(parts(UNB + b"UNG+MEDRPT'" + ONE + TWO + b"UNE+2+1'UNZ+1+77'")) == 2


def test_what_stands_outside_messages_is_handed_on() -> None:
    found = parts(b"hello ' there'" + ONE)
    assert found[0].startswith(b"hello")
    assert read(found[-1]).header.text(1) == "1"
    assert parts(b"") == [b""]
    assert parts(b"nothing of the kind") == [b"nothing of the kind"]


def test_released_characters_are_data_and_never_cut() -> None:
    told = read(b"UNH+1+MEDRPT'FTX+SPC+++ST JAMES?'S ??: a?+b?:c:second?'UNH?+9'UNT+3+1'").segments[0]
    assert told.parts(4) == ["ST JAMES'S ?", " a+b:c", "second'UNH+9"]
    body = b"UNH+1+MEDRPT'FTX+SPC+++x?'UNH+2+MEDRPT'UNT+3+1'"
    assert parts(body) == [body]


def test_a_release_character_before_the_end_is_kept_apart() -> None:
    assert read(b"UNH+1+X'FTX+a??'UNT+3+1'").segments[0].text(1) == "a?"


def test_service_characters_are_those_of_una() -> None:
    assert delimiters(b"UNA|*,!_~") == Delimiters("|", "*", ",", "!", "~")
    told = read(b"UNA|*,!_~UNH*1*MEDRPT|0|1|RT|NHS003~FTX*a!*b|c~UNT*3*1~")
    assert told.kind == "MEDRPT^NHS003"
    assert told.segments[0].parts(1) == ["a*b", "c"]


@pytest.mark.parametrize("una", [b"UNA:+.?'", b"UNA:+.?'\r\n"])
def test_a_una_without_its_reserved_place_is_read_as_meant(una: bytes) -> None:
    assert delimiters(una + UNB) == Delimiters()
    assert read(parts(una + UNB + ONE + b"UNZ+1+77'")[0]).header.text(1) == "1"


def test_a_una_that_cannot_be_meant_gives_the_defaults() -> None:
    assert delimiters(b"UNA:::::::") == Delimiters()
    assert delimiters(b"UNAabcdef") == Delimiters()
    assert delimiters(b"UNA") == Delimiters()


def test_line_breaks_are_no_data_but_part_words_in_free_text() -> None:
    told = read(b"UNH+1+X'\r\nRSL+NV+1\r\n36'\nFTX+SPC+++two\r\nwords'UNT+4+1'")
    assert told.segments[0].text(2) == "136"
    assert told.segments[1].text(4) == "two words"


@pytest.mark.parametrize(("raw", "text"), [(b"\xc3\x89", "É"), (b"\xc9", "É"), (b"\x92", "’"), (b"\x81", ""), (b"\x00a", "a")])
def test_bytes_are_utf8_else_windows_1252(raw: bytes, text: str) -> None:
    assert read(b"UNH+1+X'FTX+" + raw + b"'UNT+3+1'").segments[0].text(1) == text


def test_a_byte_order_mark_changes_nothing() -> None:
    body = UNA + UNB + ONE + b"UNZ+1+77'"
    assert [read(part).segments[0].elements for part in parts(b"\xef\xbb\xbf" + body)] == [
        read(part).segments[0].elements for part in parts(body)
    ]


def test_the_count_in_the_trailer() -> None:
    assert read(ONE).counted_right
    assert read(ONE.replace(b"UNT+3", b"UNT+0003")).counted_right
    assert not read(ONE.replace(b"UNT+3", b"UNT+4")).counted_right


def test_escaped_text_reads_back() -> None:
    marks, words = Delimiters(), "it's 5+3: ok?"
    assert read(f"UNH+1+X'FTX+{marks.escaped(words)}'UNT+3+1'".encode()).segments[0].text(1) == words


def test_damaged_interchanges_split_and_read_or_are_refused() -> None:
    dice = random.Random(7)
    body = UNA + UNB + ONE + TWO + b"UNZ+2+77'"
    bits = (b"'", b"+", b":", b"?", b"UNH", b"UNT", b"UNZ+1+1'", b"UNB+", b"UNA", b"\xff", b"\n", b"")
    for _ in range(3000):
        damaged = body
        for _ in range(dice.randint(1, 5)):
            at = dice.randrange(len(damaged) + 1)
            damaged = damaged[:at] + dice.choice(bits) + damaged[at + dice.randrange(4) :]
        found = parts(damaged)
        assert found
        for part in found:
            try:
                read(part)
            except Unreadable:
                continue


def test_an_apostrophe_that_was_not_released_is_text_where_the_count_shows_it() -> None:
    told = read(b"UNH+1+X'NAD+SLA+++ST JAMES'S HOSPITAL'FTX+SPC+++Tumour can't be excluded'UNT+4+1'")
    assert told.segments[0].text(4) == "ST JAMES'S HOSPITAL"
    assert told.segments[1].text(4) == "Tumour can't be excluded"
    assert told.mended == ("NAD[1]", "FTX[1]")
    assert refused(b"UNH+1+X'NAD+SLA+++ST JAMES'S HOSPITAL'UNT+4+1'") == "NAD[1]"
