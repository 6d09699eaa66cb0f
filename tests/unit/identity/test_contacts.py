"""Telephone numbers and e-mail addresses in one form, and those that are typed where there is none."""

from __future__ import annotations

from string import digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity.contacts import email, is_mobile, phone, phone_tail
from carehub.terms import telephone


@pytest.mark.parametrize(
    "told", ["07700 900123", "07700900123", "+447700900123", "+44 7700 900123", "+44 (0)7700 900123", "0044 7700 900123", "(07700) 900-123"]
)
def test_one_number_has_one_form_with_or_without_its_country(told: str) -> None:
    assert phone(told) == "+447700900123"
    assert is_mobile(phone(told))
    assert phone_tail(told) == "900123"


@pytest.mark.parametrize("told", ["00000000000", "07000000000", "0" + digits[1:] + "0", digits, "11111111111", "no phone", "", "999"])
def test_what_is_typed_where_there_is_no_telephone_is_none(told: str) -> None:
    assert phone(told) == ""


@pytest.mark.parametrize(("told", "mobile"), [("07700 900123", True), ("01632 960123", False), ("020 7946 0123", False), ("", False)])
def test_a_mobile_is_told_from_a_landline(told: str, mobile: bool) -> None:
    assert is_mobile(phone(told)) is mobile


@pytest.mark.parametrize(("told", "tail"), [("496 0123", "960123"), ("01632 960123", "960123"), ("123", ""), ("000000", ""), ("", "")])
def test_the_tail_of_a_number_is_there_without_its_area(told: str, tail: str) -> None:
    assert phone_tail(told) == tail


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("Ann.Hall@Example.COM ", "ann.hall@example.com"),
        ("mailto:ann@example.org", "ann@example.org"),
        ("Ann Hall <ann@example.org>", "ann@example.org"),
        ("ann+nhs@example.org", "ann@example.org"),
        ("ann.hall@googlemail.com", "annhall@gmail.com"),
        ("annhall@gmial.com", "annhall@gmail.com"),
        ("ann@hotmail.con", "ann@hotmail.com"),
        ("none@none.com", ""),
        ("noemail@example.org", ""),
        ("test@test.com", ""),
        ("declined", ""),
        ("ann@home", ""),
        ("@example.org", ""),
        ("a b@c d.org", "ab@cd.org"),
        ("", ""),
    ],
)
def test_an_email_has_one_form(told: str, address: str) -> None:
    assert email(told) == address


@given(st.from_regex(r"(\+44|0044) ?(\(0\))? ?[1-9][0-9]{9}", fullmatch=True))
def test_the_usual_international_form_is_read_as_the_number_plans_read_it(told: str) -> None:
    assert phone(told) in ("", telephone.e164(told))


@given(st.text(max_size=30) | st.text(alphabet=f"{digits}+() -@a.", max_size=24))
def test_no_text_makes_a_contact_raise_and_each_is_its_own(text: str) -> None:
    assert phone(phone(text)) == phone(text)
    assert email(email(text)) == email(text)
    assert phone_tail(phone_tail(text)) == phone_tail(text)
    assert not (phone(text) and is_mobile(text[:1]))
