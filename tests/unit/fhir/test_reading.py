"""Bytes to values: nothing lost, nothing hidden, only Unreadable raised."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.fhir.canonical import dumps
from carehub.fhir.reading import read_json, read_resource
from carehub.terms.errors import Unreadable


def verdict(body: bytes, **limits: int) -> str:
    try:
        read_json(body, **limits)
    except Unreadable as refused:
        (one,) = refused.issues
        return one.number
    return "read"


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"", "GATE-002"),
        (b"{", "GATE-002"),
        (b"[NaN]", "GATE-002"),
        (b"[Infinity]", "GATE-002"),
        (b"[-Infinity]", "GATE-002"),
        (b'["\\ud800"]', "GATE-002"),
        (b'["\\udc00\\ud800"]', "GATE-002"),
        (b'["\xff"]', "GATE-002"),
        (b'["\xed\xa0\x80"]', "GATE-002"),
        ('["x"]'.encode("utf-16"), "GATE-002"),
        (b"[1e99999999999999999999]", "GATE-002"),
        (b"[" * 33 + b"]" * 33, "GATE-003"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "GATE-003"),
        (b"[" * 100_000, "GATE-003"),
        (b'{"a":1,"a":1}', "GATE-004"),
        (b'{"a":1,"\\u0061":2}', "GATE-004"),
        (b'{"a" : 1, "b": {"c":[{"d":1,\n"d"\t:2}]}}', "GATE-004"),
        (b'{"a\\\\":"b","a\\\\":"c\\"d"}', "GATE-004"),
        (b'{"":1,"":2}', "GATE-004"),
    ],
)
def test_what_is_refused_and_why(body: bytes, number: str) -> None:
    assert verdict(body) == number


@pytest.mark.parametrize(
    "body", [b"[" * 32 + b"]" * 32, b'{"a":' * 32 + b"1" + b"}" * 32, b"1", b'""', b"\xef\xbb\xbf{}", b'{"a":"\\"b\\":","b":"a"}']
)
def test_what_is_read(body: bytes) -> None:
    assert verdict(body) == "read"


def test_a_body_over_the_cap_is_refused_unread() -> None:
    assert verdict(b"not json at all", max_bytes=5) == "GATE-001"
    assert verdict(b"[1]", max_bytes=3) == "read"


def test_depth_is_counted_in_arrays_and_objects() -> None:
    assert verdict(b'[{"a":[1]}]', max_depth=3) == "read"
    assert verdict(b'[{"a":[1]}]', max_depth=2) == "GATE-003"


@pytest.mark.parametrize(
    "number", ["1.50", "100.0", "0.10000000000000000555", "1234567890123456789.123", "-0.0", "123456789012345678901234567890"]
)
def test_numbers_keep_their_digits(number: str) -> None:
    assert dumps(read_json(f"[{number}]".encode())).decode() == f"[{number}]"


def test_a_fraction_is_a_decimal_and_a_whole_number_an_integer() -> None:
    fraction, whole = read_json(b"[1.50, 2]")
    assert fraction == Decimal("1.50")
    assert type(fraction) is Decimal
    assert type(whole) is int


@pytest.mark.parametrize("body", [b"[]", b"1", b"{}", b'{"resourceType":1}', b'{"resourceType":null}'])
def test_a_resource_is_an_object_with_a_type(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_resource(body)
    assert [i.number for i in refused.value.issues] == ["GATE-005"]


def test_a_resource_comes_back_as_it_was() -> None:
    assert read_resource(b'{"resourceType":"Patient","id":"a"}') == {"resourceType": "Patient", "id": "a"}


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", '\\"', '":', "\\\\", "{", "["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(['"', "\\", '\\":']), inner, max_size=4),
    max_leaves=20,
)


@given(_values, st.booleans(), st.sampled_from([None, 1]))
def test_what_was_written_is_what_is_read(value: object, ascii_only: bool, indent: int | None) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode(), max_depth=200) == value


@given(_values, st.text(), st.booleans())
def test_a_key_written_twice_is_always_seen(value: object, key: str, ascii_only: bool) -> None:
    name = json.dumps(key, ensure_ascii=ascii_only)
    other = json.dumps(value, ensure_ascii=ascii_only)
    assert verdict(f'{{{name}:{other}, "x{key.encode().hex()}":1,\n{name} : {other}}}'.encode(), max_depth=200) == "GATE-004"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    assert verdict(body) in {"read", "GATE-002", "GATE-003", "GATE-004"}


# Files that JSON allows and this reader refuses on purpose.
STRICTER = {"y_object_duplicated_key.json": "GATE-004", "y_object_duplicated_key_and_value.json": "GATE-004"}
# Files that JSON leaves to the reader: what is read, and nothing else, of those.
LEFT_TO_US = {
    "i_number_double_huge_neg_exp.json",
    "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
    "i_structure_UTF-8_BOM_empty_object.json",
}


@pytest.mark.real_feeds
def test_no_wrong_verdict_on_the_published_parsing_suite(samples: Path) -> None:
    found = {
        path.name: verdict(path.read_bytes(), max_depth=500) for path in (samples / "adversarial/json-parsing/test_parsing").glob("*.json")
    }
    assert len(found) > 200
    must = {name: said for name, said in found.items() if name.startswith("y_") and said != "read"}
    assert must == STRICTER
    assert {name for name, said in found.items() if name.startswith("n_") and said == "read"} == set()
    assert {name for name, said in found.items() if name.startswith("i_") and said == "read"} <= LEFT_TO_US


@pytest.mark.real_feeds
def test_utf8_is_read_exactly_where_it_is_valid(samples: Path) -> None:
    seen = 0
    for line in (samples / "adversarial/utf8/utf8tests.txt").read_text(encoding="ascii").splitlines():
        kind, _, rest = line.partition(":")[2].strip().partition(":")
        if line.startswith("#") or not kind:
            continue
        raw = bytes.fromhex(rest.split(":")[0]) if kind.endswith("hex") else rest.encode()
        if b'"' in raw or b"\\" in raw or any(byte < 32 for byte in raw):
            continue
        seen += 1
        assert verdict(b'["' + raw + b'"]') == ("read" if kind.startswith("valid") else "GATE-002"), line.partition(":")[0]
    assert seen > 50


@pytest.mark.real_feeds
def test_naughty_strings_survive(samples: Path) -> None:
    strings = json.loads((samples / "adversarial/naughty-strings/blns.json").read_text(encoding="utf-8"))
    assert len(strings) > 300
    for text in strings:
        for ascii_only in (True, False):
            assert read_json(json.dumps({text: [text]}, ensure_ascii=ascii_only).encode()) == {text: [text]}
