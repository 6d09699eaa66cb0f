"""Reading Demographics from a Patient."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehub.identity.demographics import Demographics, read

ADA, BEA = "9990000018", "9990158398"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"


def _read(**elements: Any) -> Demographics:
    return read({"resourceType": "Patient", **elements}, kind="gp", source="X9A01")


def _identifier(value: str, status: str | None = None, **more: Any) -> dict[str, Any]:
    extension = {} if status is None else {"extension": [{"url": STATUS, "valueCodeableConcept": {"coding": [{"code": status}]}}]}
    return {"system": NHS, "value": value, **extension, **more}


def test_a_whole_patient() -> None:
    found = _read(
        identifier=[{"system": "urn:carehub:X9A01:mrn", "value": "7"}, _identifier("999 000 0018", "01")],
        name=[{"use": "old", "family": "Hale", "given": ["Ada"]}, {"use": "official", "family": "Okafor", "given": ["Ada", "Grace"]}],
        birthDate="1944-05-01",
        gender="female",
        address=[{"use": "old", "postalCode": "ZB9 9ZZ"}, {"use": "home", "line": ["1 Quarry Row", "Beckfold"], "postalCode": "zb11aa"}],
        telecom=[{"system": "phone", "value": "020 7946 0123"}, {"system": "email", "value": "ada@example.org"}],
        deceasedDateTime="2026-01-02T10:00:00Z",
    )
    assert found == Demographics(
        nhs_number=ADA,
        trusted=True,
        traced=True,
        birth_date="1944-05-01",
        family="Okafor",
        given="Ada Grace",
        family_key="okafor",
        given_key="ada",
        gender="female",
        postcode="ZB1 1AA",
        phones=("+442079460123",),
        address_line="1 quarry row",
        deceased="2026-01-02",
        kind="gp",
        source="X9A01",
        address="1 Quarry Row, Beckfold",
        email="ada@example.org",
    )


@pytest.mark.parametrize(
    ("status", "trusted"),
    [(None, True), ("01", True), ("02", False), ("03", False), ("04", False), ("05", False), ("06", False), ("", False)],
)
def test_only_a_traced_number_or_one_without_status_is_trusted(status: str | None, trusted: bool) -> None:
    found = _read(identifier=[_identifier(ADA, status)])
    assert (found.nhs_number, found.trusted) == (ADA, trusted)


@pytest.mark.parametrize("status", [None, "01", "02", ""])
def test_only_a_source_that_says_so_has_traced_the_number(status: str | None) -> None:
    assert _read(identifier=[_identifier(ADA, status)]).traced is (status == "01")
    assert not _read(identifier=[_identifier(ADA, "01"), _identifier(ADA, status)]).traced or status == "01"
    assert not _read(identifier=[_identifier(ADA, "01"), _identifier(BEA, "01")]).traced


def test_a_status_that_cannot_be_read_is_not_trusted() -> None:
    assert not _read(identifier=[_identifier(ADA, extension=[{"url": STATUS, "valueString": "01"}])]).trusted
    assert not _read(identifier=[_identifier(ADA, extension=[{"url": STATUS}])]).trusted


def test_the_status_extension_of_gp_connect_is_read_too() -> None:
    url = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1"
    said = {"url": url, "valueCodeableConcept": {"coding": [{"code": "03"}]}}
    assert not _read(identifier=[_identifier(ADA, extension=[said])]).trusted


@pytest.mark.parametrize(
    "value", ["1234567890", "0000000000", "9999999999", "9990000019", "Test Harness", "{{number}}", "", "0", None, 9990000018]
)
def test_placeholders_and_invalid_numbers_are_no_number(value: Any) -> None:
    found = _read(identifier=[{"system": NHS, "value": value}])
    assert (found.nhs_number, found.trusted) == ("", False)


def test_two_current_numbers_are_a_confusion_and_neither_is_trusted() -> None:
    found = _read(identifier=[_identifier(BEA, "01"), _identifier(ADA, "01")])
    assert (found.nhs_number, found.trusted, found.superseded) == (ADA, False, (BEA,))


def test_the_same_number_twice_is_trusted_only_if_both_are() -> None:
    assert _read(identifier=[_identifier(ADA, "01"), _identifier(ADA)]).trusted
    assert not _read(identifier=[_identifier(ADA, "01"), _identifier(ADA, "02")]).trusted


def test_an_old_number_is_superseded_and_not_the_number() -> None:
    found = _read(identifier=[_identifier(BEA, "01", use="old"), _identifier(ADA, "01")])
    assert (found.nhs_number, found.trusted, found.superseded) == (ADA, True, (BEA,))
    alone = _read(identifier=[_identifier(BEA, use="old")])
    assert (alone.nhs_number, alone.trusted, alone.superseded) == ("", False, (BEA,))


def test_an_official_name_goes_before_a_usual_one_and_old_names_are_not_read() -> None:
    usual, official = {"use": "usual", "given": ["Addie"]}, {"use": "official", "given": ["Ada"]}
    assert _read(name=[usual, official]).given == "Ada"
    assert _read(name=[{"use": "official"}, usual]).given == "Addie"
    assert _read(name=[{"use": "maiden", "family": "Hale"}, {"use": "nickname", "given": ["Ad"]}]).family_key == ""
    assert _read(name=[{"family": ["Okafor", "Hale"]}]).family_key == "okaforhale"


def test_an_address_written_as_one_text_gives_postcode_and_line() -> None:
    found = _read(address=[{"text": "1 Quarry Row, Beckfold, ZB1 1AA"}])
    assert (found.postcode, found.address_line) == ("ZB1 1AA", "1 quarry row")


def test_no_fixed_abode_is_no_postcode() -> None:
    assert _read(address=[{"use": "home", "postalCode": "ZZ99 3VZ"}]).postcode == ""


def test_an_empty_home_address_does_not_hide_the_next() -> None:
    assert _read(address=[{"use": "home"}, {"use": "work", "postalCode": "ZB1 1AA"}]).postcode == "ZB1 1AA"


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedBoolean": False}, ""),
        ({"deceasedDateTime": "2026-01"}, "2026-01"),
        ({"deceasedDateTime": "last week"}, "true"),
        ({}, ""),
    ],
)
def test_death_is_read_as_date_or_as_a_fact(elements: dict[str, Any], deceased: str) -> None:
    assert _read(**elements).deceased == deceased


def test_gender_unknown_is_nothing_said() -> None:
    assert _read(gender="unknown").gender == ""
    assert _read(gender=["male"]).gender == ""


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([NHS, STATUS, ADA, "official", "01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "system",
                    "value",
                    "use",
                    "extension",
                    "url",
                    "valueCodeableConcept",
                    "coding",
                    "code",
                    "family",
                    "given",
                    "line",
                    "text",
                    "postalCode",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["identifier", "name", "birthDate", "gender", "address", "telecom", "deceasedBoolean", "deceasedDateTime"]),
        _json,
        max_size=8,
    )
)
def test_no_shape_of_patient_raises_or_gives_anything_but_text(elements: dict[str, Any]) -> None:
    found = _read(**elements)
    texts = [
        getattr(found, name) for name in Demographics.__dataclass_fields__ if name not in ("trusted", "traced", "phones", "superseded")
    ]
    assert all(isinstance(text, str) for text in texts)
    assert not found.trusted or found.nhs_number
