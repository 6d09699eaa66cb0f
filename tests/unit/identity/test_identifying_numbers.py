"""NHS numbers as told: whose system, whether they can be one person's, how far verified, and which stands for a superseded one."""

from __future__ import annotations

from string import digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity.demographics import read
from carehub.identity.identifying_numbers import STATUSES, PersonNumber, read_number, retained
from carehub.terms import nhs_number

ADA = "9990000018"


def _checked(nine: str) -> str:
    """A number of a live range with its check digit, made here so that none stands in the project's text."""
    return next(f"{nine}{last}" for last in range(10) if nhs_number.valid(f"{nine}{last}"))


@pytest.mark.parametrize("told", ["9990000018", "999 000 0018", "999-000-0018", " 9990000018 "])
def test_a_number_is_ten_digits_however_it_is_written(told: str) -> None:
    assert read_number(told, "01") == PersonNumber(ADA, ADA, "test", True)


@pytest.mark.parametrize(
    ("nine", "kind", "usable"),
    [
        ("010190123", "chi", False),
        ("311299123", "chi", False),
        ("311399123", "unissued", False),
        ("010000001", "unissued", False),
        ("320123456", "hcn", False),
        ("399123456", "hcn", False),
        ("401023213", "nhs", True),
        ("510123456", "unissued", False),
        ("712345672", "nhs", True),
        ("801234568", "ihi", False),
        ("870123456", "unissued", False),
        ("999123457", "test", True),
    ],
)
def test_a_range_says_whose_system_a_number_is_of(nine: str, kind: str, usable: bool) -> None:
    number = _checked(nine)
    found = read_number(number, "01")
    assert found == PersonNumber(number if usable else "", number, kind, usable)


@pytest.mark.parametrize("told", ["0000000000", "1111111111", "999 999 9999", "1234567890", digits, digits[::-1], "0", "999"])
def test_placeholders_are_no_number_and_not_a_slip_of_one(told: str) -> None:
    assert read_number(told, "01") == PersonNumber(kind="placeholder")


@pytest.mark.parametrize("told", ["", "NOT KNOWN", "n/a", "{{number}}", "９９９００００１８", "9990000018X"])
def test_words_are_no_number(told: str) -> None:
    assert read_number(told, "01") == PersonNumber()


def test_a_number_that_fails_its_check_is_kept_as_told_only() -> None:
    assert read_number("9990000019", "01") == PersonNumber("", "9990000019", "invalid")
    assert read_number("999000001") == PersonNumber("", "999000001", "invalid")


@pytest.mark.parametrize("status", ["", *STATUSES, "1", " 01 ", "99", "verified"])
def test_only_status_01_is_verified_and_07_and_08_say_that_there_is_none(status: str) -> None:
    found = read_number(ADA, status)
    assert found.verified == (status.strip() in ("01", "1"))
    assert (found.number == "") == (status in ("07", "08"))


def test_a_live_hub_takes_no_number_of_the_test_range() -> None:
    assert read_number(ADA, "01", test_numbers=False) == PersonNumber("", ADA, "test")
    assert read_number(_checked("401023213"), "01", test_numbers=False).verified


def test_a_superseded_number_is_resolved_to_the_retained_one() -> None:
    replaced = {"a": "b", "b": "c", "x": "y", "y": "x"}
    assert retained("a", replaced) == "c"
    assert retained("c", replaced) == "c"
    assert retained("x", replaced) == "x"
    assert retained("z", replaced) == "z"


def test_a_number_of_another_system_is_evidence_and_never_trusted() -> None:
    for nine, trusted in (("010190123", False), ("320123456", False), ("801234568", False), ("999123457", True)):
        number = _checked(nine)
        found = read({"identifier": [{"system": nhs_number.SYSTEM, "value": number}]}, kind="gp", source="X9A01")
        assert (found.nhs_number, found.trusted) == (number, trusted)


@given(st.text(max_size=20) | st.text(alphabet=f"{digits} -", max_size=14), st.text(max_size=3))
def test_no_text_makes_a_number_raise_and_a_number_is_its_own(text: str, status: str) -> None:
    found = read_number(text, status)
    assert read_number(found.number).number == found.number
    assert not found.verified or found.number
    assert not found.number or found.told == found.number
