"""Lossless JSON: digits kept, one stable form, one hash."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from carehub.fhir.canonical import content_hash, dumps, loads, pretty, restore, stable


def test_decimals_keep_their_digits() -> None:
    text = b'{"b":1.50,"a":[100.0,12345678901234567890.123]}'
    assert dumps(loads(text)) == text
    assert loads(text)["b"] == Decimal("1.50")


def test_equal_values_give_equal_bytes_and_hashes() -> None:
    one, two = {"a": 1, "b": {"d": 2, "c": 3}}, {"b": {"c": 3, "d": 2}, "a": 1}
    assert stable(one) == stable(two) == b'{"a":1,"b":{"c":3,"d":2}}'
    assert content_hash(one) == content_hash(two) == content_hash(stable(one))
    assert len(content_hash(one)) == 32
    assert content_hash({"v": Decimal("1.5")}) != content_hash({"v": Decimal("1.50")})


def test_text_for_people_loses_nothing() -> None:
    assert pretty({"b": Decimal("1.50"), "a": []}) == '{\n  "b": 1.50,\n  "a": []\n}\n'


@dataclass(frozen=True)
class Pair:
    left: int
    right: tuple[str, ...]


def test_frozen_dataclasses_come_back() -> None:
    assert restore(dumps(Pair(1, ("a",))), Pair) == Pair(1, ("a",))
    with pytest.raises(ValueError, match="int"):
        restore(b'{"left":"x","right":[]}', Pair)


@pytest.mark.parametrize("text", [b"{", b"[NaN]"])
def test_what_is_not_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|truncated"):
        loads(text)
