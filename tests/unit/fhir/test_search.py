"""Search values: read exactly, or refused without repeating them."""

from __future__ import annotations

import pytest

from carehub.fhir.search import Query, Token, parse_query
from carehub.terms.errors import Rejected

ALLOWED = {"identifier", "birthdate", "family", "_id", "_count"}


def query(*pairs: tuple[str, str]) -> Query:
    return parse_query(pairs, ALLOWED)


def refused(call: object) -> str:
    with pytest.raises(Rejected) as caught:
        call()  # type: ignore[operator]
    assert "secret" not in repr(caught.value.issues)
    return caught.value.issues[0].number


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("https://fhir.nhs.uk/Id/nhs-number|9990000018", (Token("https://fhir.nhs.uk/Id/nhs-number", "9990000018"),)),
        ("|x", (Token("", "x"),)),
        ("x", (Token(None, "x"),)),
        ("a|b,c|d", (Token("a", "b"), Token("c", "d"))),
        (r"a|b\,c", (Token("a", "b,c"),)),
        (r"a\|b|c\|d", (Token("a|b", "c|d"),)),
        (r"a|b\\,c", (Token("a", "b\\"), Token(None, "c"))),
    ],
)
def test_tokens(raw: str, expected: tuple[Token, ...]) -> None:
    assert query(("identifier", raw)).tokens("identifier") == expected


@pytest.mark.parametrize("raw", ["secret|", ",", "secret,"])
def test_a_token_needs_a_code(raw: str) -> None:
    assert refused(lambda: query(("identifier", raw)).tokens("identifier")) == "API-005"


def test_a_parameter_that_is_not_there() -> None:
    empty = query()
    assert "family" not in empty
    assert (empty.text("family"), empty.tokens("identifier"), empty.date("birthdate"), empty.count(20, 100)) == ("", (), "", 20)


def test_text_is_trimmed_and_unescaped() -> None:
    found = query(("family", r" O\,Neill "))
    assert "family" in found
    assert found.text("family") == "O,Neill"


@pytest.mark.parametrize(("raw", "expected"), [("1944", "1944"), ("eq1944-05", "1944-05"), ("1944-02-29", "1944-02-29")])
def test_dates(raw: str, expected: str) -> None:
    assert query(("birthdate", raw)).date("birthdate") == expected


@pytest.mark.parametrize(
    ("raw", "number"), [("ge1944", "API-004"), ("1944-02-30", "API-005"), ("secret", "API-005"), ("1944-05-01T00:00:00Z", "API-005")]
)
def test_dates_that_are_refused(raw: str, number: str) -> None:
    assert refused(lambda: query(("birthdate", raw)).date("birthdate")) == number


@pytest.mark.parametrize(("raw", "expected"), [("5", 5), ("500", 100), ("0", 0)])
def test_count(raw: str, expected: int) -> None:
    assert query(("_count", raw)).count(20, 100) == expected


@pytest.mark.parametrize("raw", ["-1", "x", "1.5", "²", "9" * 10])
def test_a_count_is_a_whole_number(raw: str) -> None:
    assert refused(lambda: query(("_count", raw)).count(20, 100)) == "API-005"


@pytest.mark.parametrize(
    ("pairs", "number"),
    [
        ([("secret", "x")], "API-004"),
        ([("family:exact", "secret")], "API-004"),
        ([("_id", "a"), ("_id", "b")], "API-004"),
        ([("family", " ")], "API-005"),
        ([("family", "secret" * 100)], "API-005"),
    ],
)
def test_what_is_not_served_is_refused_and_not_left_out(pairs: list[tuple[str, str]], number: str) -> None:
    assert refused(lambda: query(*pairs)) == number
