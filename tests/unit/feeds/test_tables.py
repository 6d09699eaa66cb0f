"""Tables in text: what is a row, what is not, and what one bad row may cost."""

from __future__ import annotations

import csv
import io
import random

import pytest

from carehub.feeds.formats import tables
from carehub.feeds.formats.tables import Columns, Seen, decode, read_header, read_row, split_table
from carehub.terms.errors import CarehubError, Unreadable

HEAD = b"Ref,First Name,Note\r\n"


def parts(body: bytes, **options: object) -> list[bytes]:
    return list(split_table(io.BytesIO(body), **options))  # type: ignore[arg-type]


def cells(body: bytes) -> list[tuple[str, ...]]:
    return [read_row(part).cells for part in parts(body)]


def place_told(body: bytes) -> str:
    """Where a row is refused, without the number; "" when it is not."""
    try:
        read_row(body)
    except CarehubError as error:
        return error.issues[0].at.partition(" ")[0]
    return ""


def refused(body: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as told:
        read_row(body)
    return told.value.issues[0].number, told.value.issues[0].at


def test_each_row_is_a_message_with_the_header_and_its_own_bytes() -> None:
    assert parts(HEAD + b"1,Ann,x\r\n2,Bob,y\n") == [HEAD + b"1,Ann,x", HEAD + b"2,Bob,y"]


def test_names_are_found_whatever_their_case_spaces_underscores_and_points() -> None:
    row = read_row(b"No. of_adults Being cared-for,B\r\n3, x ")
    assert row.text("no_of_adults_being_cared_for") == "3"
    assert row.text("absent", "b") == "x"
    assert row.text("absent") == ""


def test_columns_are_picked_in_the_order_asked_for_whatever_the_header() -> None:
    asked = Columns("note", "ref", "absent")
    assert asked.of(read_row(HEAD + b"1,Ann,x")) == ("x", "1", "")
    assert asked.of(read_row(b"Absent,REF,Note,More\r\n4,5,6,7")) == ("6", "5", "4")
    assert asked.of(read_row(HEAD + b"2,Bob,y")) == ("y", "2", "")
    assert asked.of(read_row(b"A,B\r\n1,2")) == ("", "", "")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        (b'1,"Ann, B",x', 1),
        (b'1,Ann,6" rail', 1),
        (b'1,Ann,"x ""y"', 1),
        (b'1,Ann,"', 1),
        (b'1,Ann,"x ""', 1),
        (b'",Ann,x', 1),
        (b'"1\r\n2",Ann,x', 1),
        (b'1,Ann,x"', 1),
        (b'1,Ann,"x\r\ny"', 1),
        (b'1,Ann,"x ""\r\ny"""', 1),
        (b'1,Ann,"x ""y\r\nz"', 1),
        (b'1,"\r\n","y"', 1),
        (b'1,Ann,x"\r\n2,Bob,y"', 2),
        (b'1,Ann,"x"\r\n2,Bob,y', 2),
    ],
)
def test_a_line_is_joined_to_the_next_where_a_quoted_cell_is_open_at_its_end(line: bytes, rows: int) -> None:
    assert parts(HEAD + line + b"\r\n") == [HEAD + one for one in ([line] if rows == 1 else line.split(b"\r\n"))]


def test_utf8_with_its_mark_and_cp1252_are_both_read_and_named() -> None:
    assert decode("Zo\u00eb".encode()) == ("Zo\u00eb", "utf-8")
    assert decode(b"\xef\xbb\xbfZ") == ("Z", "utf-8")
    assert decode(b"Zo\xeb \x96") == ("Zo\u00eb \u2013", "cp1252")
    assert read_row(parts(b"\xef\xbb\xbf" + HEAD + b"1,Zo\xeb,\n")[0]).charset == "cp1252"


@pytest.mark.parametrize("raw", [b"\x81", b"\x8d\xff"])
def test_bytes_that_no_charset_reads_are_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(raw)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n1,2",
        b"A,a \r\n1,2",
        b"First_Name,First Name\n1,2",
        b"A,,B\n1,2,3",
        "A,B\n1,2".encode("utf-16"),
        b"A\x00,B\n1,2",
        b",,\n1,2,3",
    ],
)
def test_a_header_that_cannot_be_used_stops_the_submission(body: bytes) -> None:
    with pytest.raises(Unreadable) as told:
        parts(body)
    assert told.value.issues[0].number == "MAP-001"


def test_a_required_column_that_is_missing_stops_the_submission() -> None:
    assert parts(b"A,B\n1,2", required=("a",)) != []
    with pytest.raises(Unreadable):
        parts(b"A,B\n1,2", required=("C",))


def test_a_ragged_row_is_refused_at_the_column_and_costs_only_itself() -> None:
    good, short, long, trailing = parts(HEAD + b"1,Ann,x\n2,Bob\n3,Cy,z,\xa3 4\n4,Di,w,,,\n")
    assert read_row(good).cells == ("1", "Ann", "x")
    assert refused(short) == ("MAP-004", "column 3")
    assert refused(long) == ("MAP-004", "column 4")
    assert read_row(trailing).cells == ("4", "Di", "w")


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends() -> None:
    assert cells(HEAD + b'1,"Ann, B","said ""no""\r\nthen yes"\r\n2,b,c\r\n') == [
        ("1", "Ann, B", 'said "no"\r\nthen yes'),
        ("2", "b", "c"),
    ]


def test_a_quoted_header_with_a_line_end_is_one_header() -> None:
    assert cells(b'"A\nB",C\n1,2\n') == [("1", "2")]
    assert read_header(b'"A\nB",C').has("a b")


def test_a_quote_mark_inside_a_cell_is_text() -> None:
    assert cells(HEAD + b'1,Ann,6" rail\n2,Bob,x\n') == [("1", "Ann", '6" rail'), ("2", "Bob", "x")]


def test_quoted_cells_are_what_the_csv_module_makes_of_them() -> None:
    """Lines of every length from these pieces by chance: the short ways give the module's cells, and refuse what it refuses."""
    dice = random.Random(20_261_122)
    whole = ("", "a", "b c", '""', '"a"', '"a, b"', '" c "')
    spoilt = (*whole, '"', '"a""b"', 'a"', '"a" ', ' "a"', " a", "a ", '"""')
    read = 0
    for _ in range(20_000):
        cells = [dice.choice(whole) for _ in range(dice.randint(1, 9))]
        cells[dice.randrange(len(cells))] = dice.choice(spoilt)
        text = ",".join(cells)
        try:
            (expected,) = csv.reader([text], strict=True)
        except csv.Error:
            expected = []
        if not text:
            continue
        found = tables._plain(text, ",")
        assert found is None or list(found) == [cell.strip() for cell in expected], text
        try:
            assert tables._cells(text, ",") == expected, text
        except Unreadable:
            assert expected == []
        read += found is not None
    assert 5_000 < read < 18_000


@pytest.mark.parametrize("row", [b'"%s","Ann","x"', b'%s,Ann,"x"', b'"%s",Ann,x'])
def test_a_cell_longer_than_the_csv_module_reads_is_refused_however_the_others_are_written(row: bytes) -> None:
    assert read_row(HEAD + row % (b"1" * csv.field_size_limit())).text("ref") == "1" * csv.field_size_limit()
    assert refused(HEAD + row % (b"1" * (csv.field_size_limit() + 1))) == ("MAP-004", "row")


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    told = parts(HEAD + b'1,"Ann,x\r\n2,Bob,y\r\n3,"Cy, D",z\r\n4,Di,w\r\n')
    assert refused(told[0])[0] == "MAP-004"
    assert [read_row(part).cells[0] for part in told[1:]] == ["2", "3", "4"]


def test_a_runaway_quote_is_given_up_and_nothing_is_lost() -> None:
    body = HEAD + b'1,"Ann,x\n' + b"".join(b"%d,Bob,y\n" % n for n in range(2, 2002))
    told = parts(body)
    assert len(told) == 2001
    assert refused(told[0])[0] == "MAP-004"
    assert all(read_row(part).cells[1] == "Bob" for part in told[1:])


def test_control_characters_and_unreadable_bytes_refuse_the_row() -> None:
    assert refused(HEAD + b"1,A\x00nn,x") == ("MAP-004", "row")
    assert refused(HEAD + b"1,A\x81nn,x") == ("MAP-004", "row")
    assert refused(HEAD) == ("MAP-004", "row")


def test_more_than_one_row_is_not_a_message() -> None:
    assert refused(HEAD + b"1,Ann,x\n2,Bob,y") == ("MAP-001", "row")
    assert refused(HEAD + b'1,"Ann",x\n2,Bob,y') == ("MAP-001", "row")
    assert refused(b"no line end at all") == ("MAP-001", "header")


def test_empty_lines_and_rows_of_delimiters_are_passed_over() -> None:
    assert cells(HEAD + b"\r\n1,Ann,x\r\n,,\r\n , ,\r\n\r\n") == [("1", "Ann", "x")]


def test_another_delimiter() -> None:
    row = read_row(next(split_table(io.BytesIO(b'"A"|"B"\n"1"|"x, y"\n'), delimiter="|")), "|")
    assert row.cells == ("1", "x, y")


def test_closing_is_told_what_was_seen_and_comes_last() -> None:
    def closing(seen: Seen) -> bytes:
        return f"{seen.rows} {seen.unreadable} {dict(seen.watched)} {seen.full}".encode()

    body = HEAD + b"1,Ann,x\n2,Bob\n3,Ann,z\n"
    assert parts(body, watch=lambda row: row.text("First Name"), closing=closing)[-1] == b"3 1 {'Ann': 2} False"
    assert parts(HEAD, closing=closing) == [b"0 0 {} False"]
    assert parts(HEAD + b"1,a,b", closing=lambda _: None) == [HEAD + b"1,a,b"]


def test_what_is_watched_is_bounded() -> None:
    last: list[Seen] = []
    body = HEAD + b"".join(b"%d,a,b\n" % n for n in range(10_050))
    parts(body, watch=lambda row: row.cells[0], closing=lambda seen: last.append(seen) or None)  # type: ignore[func-returns-value]
    assert len(last[0].watched) == 10_000
    assert last[0].full


class Counting(io.BytesIO):
    """A stream that remembers the largest piece asked of it."""

    largest = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, size if size and size > 0 else 1 << 40)
        return super().readline(size)

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("a table is read by lines")


def test_memory_is_bounded_by_the_line() -> None:
    stream = Counting(HEAD + b"x" * 3_000_000 + b"\n1,Ann,x\n")
    told = list(split_table(stream))
    assert stream.largest <= 1_048_576
    assert read_row(told[-1]).cells == ("1", "Ann", "x")
    assert sum(len(part) - len(HEAD) for part in told[:-1]) == 3_000_000


def test_mutated_tables_are_read_or_refused_and_no_byte_of_a_row_is_lost() -> None:
    dice = random.Random(20_260)
    source = HEAD + b'1,Ann,"a, b"\r\n2,"Bo\r\nb",y\r\n3,Cy,"z ""q"""\r\n' * 4
    for _ in range(3_000):
        body = bytearray(source)
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(HEAD), len(body))
            body[place : place + dice.randint(0, 2)] = dice.choice((b'"', b"\n", b",", b"\x00", b"\xff", b"", b'""', b"\r"))
        told = parts(bytes(body))
        kept = b"".join(part.removeprefix(HEAD) for part in told)
        dropped = b"\r\n, \t\"'\xa0"
        assert kept.translate(None, dropped) == bytes(body)[len(HEAD) :].translate(None, dropped)
        for part in told:
            assert place_told(part) in ("", "row", "column", "header")
