"""Blocking keys: what brings two records together for a review."""

from __future__ import annotations

from typing import Any

from carehub.identity import blocking

ADA = "9990000018"


def _kinds(d: Any) -> list[str]:
    return [blocking.kind(key) for key in blocking.keys(d)]


def test_a_full_record_has_six_keys(someone: Any) -> None:
    full = someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA", phone="020 7946 0123")
    assert _kinds(full) == ["born-place", "born-swapped", "born", "home", "nhs", "turned"]


def test_a_telephone_a_postcode_or_a_date_alone_is_no_key(someone: Any) -> None:
    assert blocking.keys(someone(phone="020 7946 0123", postcode="ZB1 1AA")) == ()
    assert blocking.keys(someone(born="1944-05-01")) == ()
    assert blocking.keys(someone(born="1944", given="Ada", family="Okafor")) == ()


def test_a_default_date_needs_the_first_name_and_no_date_at_all_is_none(someone: Any) -> None:
    one = set(blocking.keys(someone("", "1970-01-01", "Ada", "Okafor")))
    other = set(blocking.keys(someone("", "1970-01-01", "Chidi", "Okafor")))
    assert _kinds(someone("", "1970-01-01", "Ada", "Okafor")) == ["born-swapped", "born", "turned"]
    assert not one & other
    assert blocking.keys(someone("", "1970-01-01", "", "Okafor")) == ()
    assert blocking.keys(someone("", "1900-01-01", "Ada", "Okafor")) == ()


def test_an_unverified_and_a_superseded_number_are_keys(someone: Any) -> None:
    verified, unverified = someone(ADA), someone(ADA, status="02")
    assert blocking.keys(verified) == blocking.keys(unverified) == (f"nhs|{ADA}",)
    assert f"nhs|{ADA}" in blocking.keys(someone("9990158398", old=[ADA]))


def test_slips_still_meet(someone: Any) -> None:
    ada = set(blocking.keys(someone("", "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA")))
    for slip in (
        someone("", "1944-01-05", "Ada", "Okafor"),
        someone("", "1944-05-01", "Adda", "Okaffor"),
        someone("", "1944-05-01", "Okafor", "Ada"),
        someone("", "1944-05-01", "Ada", "Pugh", postcode="ZB1 9ZZ"),
        someone("", "1944-05-02", "Ada", "Okafor", postcode="ZB1 1AA"),
    ):
        assert ada & set(blocking.keys(slip))


def test_a_kind_names_no_value(someone: Any) -> None:
    kinds = set(_kinds(someone(ADA, "1944-05-01", "Ada", "Okafor", postcode="ZB1 1AA")))
    assert kinds <= {"nhs", "born", "born-place", "born-swapped", "home", "turned"}
