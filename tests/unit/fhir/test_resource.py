"""Reading a plain resource: absent and odd parts give nothing, never a crash."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.fhir import resource as r

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"given": ["Ann", "B"], "family": " Example "}, {"given": ["C"]}, "odd"],
    "identifier": [{"system": "a", "value": "1"}, {"system": "a"}, {"system": "b", "value": "2"}, "odd", {"system": "a", "value": "3"}],
    "extension": [{"url": "u", "valueCode": "x"}, {"url": "v"}, {"url": "u", "valueString": "y"}, "odd"],
}


def test_many_opens_lists_on_the_way() -> None:
    assert list(r.many(PATIENT, "name", "given")) == ["Ann", "B", "C"]
    assert list(r.many(PATIENT, "name", "given", "deeper")) == []
    assert list(r.many(PATIENT, "absent")) == []


def test_first_and_text() -> None:
    assert r.first(PATIENT, "name", "given") == "Ann"
    assert r.first(PATIENT, "absent") is None
    assert r.text(PATIENT, "name", "family") == "Example"
    assert r.text(PATIENT, "resourceType") == "Patient"
    assert r.text({"a": [" x "]}, "a") == "x"
    assert r.text(PATIENT, "name") == ""
    assert r.text({"a": 7}, "a") == ""


@pytest.mark.parametrize(
    ("concept", "said"),
    [
        (None, ""),
        ("odd", ""),
        ({}, ""),
        ({"text": "words", "coding": [{"display": "d"}]}, "words"),
        ({"coding": [{"code": "c"}, {"code": "e", "display": "d"}]}, "d"),
        ({"coding": [{"code": "c"}]}, "c"),
        ({"coding": ["odd", {}]}, ""),
        ({"coding": {"code": "c"}}, "c"),
    ],
)
def test_words_of_a_concept(concept: Any, said: str) -> None:
    assert r.words(concept) == said


def test_codings_fill_what_is_absent() -> None:
    assert list(r.codings({"coding": [{"system": "s", "code": "c"}, {"display": "d"}]})) == [("s", "c", ""), ("", "", "d")]
    assert list(r.codings(None)) == []


def test_identifiers_of_one_system() -> None:
    assert list(r.identifiers(PATIENT, "a")) == ["1", "3"]


def test_extensions_by_address() -> None:
    assert r.extension(PATIENT, "u") == "x"
    assert r.extension(PATIENT, "v") is None
    assert r.extension("odd", "u") is None
    assert r.extension({}, "u") is None
    assert list(r.extensions(PATIENT, "u")) == ["x", "y"]
    assert list(r.extensions("odd", "u")) == []
