"""Composite search parameters: code and value of one element, each half read as its own kind is (https://hl7.org/fhir/R4/search.html#composite)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carehub.fhir.search_record import condition, sort_of
from carehub.fhir.search_table import PARAMS
from carehub.terms.errors import Rejected

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SCT, UCUM = "http://snomed.info/sct", "http://unitsofmeasure.org"


def cc(code: str) -> dict[str, Any]:
    return {"coding": [{"system": SCT, "code": code}]}


def quantity(value: float, code: str = "mm[Hg]") -> dict[str, Any]:
    return {"value": value, "unit": code, "system": UCUM, "code": code}


PRESSURE = {
    "resourceType": "Observation",
    "id": "bp",
    "code": cc("75367002"),
    "component": [
        {"code": cc("271649006"), "valueQuantity": quantity(152)},
        {"code": cc("271650006"), "valueQuantity": quantity(84)},
        {"code": cc("229819007")},
        "odd",
    ],
}
WORDS = {"resourceType": "Observation", "id": "w", "code": cc("364075005"), "valueString": "5$ a day, or \\ less"}
ALONE = {"resourceType": "Observation", "id": "a", "valueQuantity": quantity(152)}


def holds(name: str, value: str, resource: dict[str, Any] = PRESSURE) -> bool:
    test = condition("Observation", name, value, {}, NOW)
    assert test is not None
    return test(resource)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("component-code-value-quantity", f"{SCT}|271649006$gt150", True),
        ("component-code-value-quantity", f"{SCT}|271650006$gt150", False),
        ("component-code-value-quantity", f"271649006$152|{UCUM}|mm[Hg]", True),
        ("component-code-value-quantity", "271649006$152||kPa", False),
        ("component-code-value-quantity", "271650006$gt150,271650006$lt90", True),
        ("component-code-value-quantity", "229819007$152", False),
        ("component-code-value-quantity", "75367002$152", False),
        ("combo-code-value-quantity", "271649006$152", True),
        ("code-value-quantity", "271649006$152", False),
    ],
)
def test_one_element_must_have_both(name: str, value: str, expected: bool) -> None:
    assert holds(name, value) is expected


@pytest.mark.parametrize("resource", [ALONE, {"resourceType": "Observation", "id": "n"}, {**PRESSURE, "component": None}])
def test_what_has_one_half_or_none_is_not_found(resource: dict[str, Any]) -> None:
    for name in (one for one in PARAMS["Observation"] if "code-value-" in one):
        assert not holds(name, "271649006$152", resource), name


def test_a_dollar_that_is_meant_is_escaped() -> None:
    assert holds("code-value-string", "364075005$5\\$ a day", WORDS)
    assert holds("code-value-string", "364075005$5\\$ a day\\, or \\\\ l", WORDS)
    with pytest.raises(Rejected, match="API-005"):
        holds("code-value-string", "364075005$5$ a day", WORDS)


@pytest.mark.parametrize(
    "value",
    ["152", "271649006$", "$152", "$", "a$b$c", "271649006$x", "|$152", "271649006$1e99", "271649006$152,", "\\$", "271649006\\$152"],
)
def test_rubbish_is_refused_at_the_parameters_name(value: str) -> None:
    with pytest.raises(Rejected) as refused:
        condition("Observation", "code-value-quantity", value, {}, NOW)
    assert [(one.number, one.at) for one in refused.value.issues] == [("API-005", "code-value-quantity")]


@pytest.mark.parametrize("modifier", ["missing", "not", "exact", "text"])
def test_there_is_no_modifier(modifier: str) -> None:
    with pytest.raises(Rejected, match="API-004"):
        condition("Observation", f"code-value-quantity:{modifier}", "true", {}, NOW)


def test_nothing_is_sorted_by_two_values() -> None:
    with pytest.raises(Rejected, match="API-004"):
        sort_of("Observation", "date,-code-value-quantity")
