"""UK Core must-haves: the rules at work, and the table held against the published definitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from carehub.fhir import ukcore
from carehub.fhir.gate import check
from carehub.fhir.ukcore_table import BASES, SLICES, TABLE
from carehub.terms.codes import ukcore as profile

_F = {"f": "http://hl7.org/fhir"}
NHS = "https://fhir.nhs.uk/Id/nhs-number"
LAB = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}


def missing(name: str, **elements: Any) -> list[tuple[str, str]]:
    resource = {"resourceType": name.partition("|")[0].partition("-")[0], "meta": {"profile": [profile(name)]}, **elements}
    return [(i.number, i.at) for i in ukcore.must_haves(resource)]


def test_a_resource_without_a_uk_core_profile_is_not_asked() -> None:
    assert ukcore.must_haves({"resourceType": "AllergyIntolerance"}) == ()
    assert ukcore.must_haves({"resourceType": "AllergyIntolerance", "meta": {"profile": ["https://example.org/x", None]}}) == ()
    assert ukcore.must_haves({"resourceType": "Practitioner", "meta": {"profile": [profile("Practitioner")]}}) == ()


@pytest.mark.parametrize(
    ("name", "elements", "expected"),
    [
        ("AllergyIntolerance", {}, [("GATE-017", "AllergyIntolerance.code")]),
        ("AllergyIntolerance", {"code": {"text": "x"}}, []),
        ("AllergyIntolerance|2.5.0", {}, [("GATE-017", "AllergyIntolerance.code")]),
        ("MedicationRequest", {}, [("GATE-017", "MedicationRequest.substitution")]),
        (
            "MedicationStatement",
            {"identifier": [{"system": "a", "value": "b"}, {"value": "c"}, {"system": "d"}]},
            [("GATE-017", "MedicationStatement.identifier[1].system"), ("GATE-017", "MedicationStatement.identifier[2].value")],
        ),
        ("MedicationStatement", {"identifier": [{"system": "a", "_value": {"id": "x"}}]}, []),
        ("Patient", {"identifier": [{"system": NHS}, {"system": "other"}]}, [("GATE-017", "Patient.identifier[0].value")]),
        ("Patient", {"identifier": [{"system": NHS, "value": "1"}] * 2}, [("GATE-019", "Patient.identifier")]),
        ("Patient", {"extension": [{"url": profile("Extension:EthnicCategory")}] * 2}, [("GATE-019", "Patient.extension")]),
        ("Observation-Lab", {}, [("GATE-017", "Observation.category"), ("GATE-017", "Observation.category")]),
        ("Observation-Lab", {"category": [LAB]}, []),
        ("Observation-Lab", {"category": [{"text": "blood"}]}, [("GATE-017", "Observation.category")]),
        ("Observation-AverageBloodPressure", {"valueString": "x"}, None),
        ("Observation-VitalSigns-BodyWeight", {"valueString": "heavy"}, None),
        ("Immunization", {"status": "not-done"}, [("GATE-017", "Immunization.statusReason")]),
        ("Immunization", {"status": "not-done", "statusReason": {"text": "x"}}, []),
        ("Immunization", {"status": "completed"}, []),
    ],
)
def test_what_a_profile_requires(name: str, elements: dict[str, Any], expected: list[tuple[str, str]] | None) -> None:
    found = missing(name, **elements)
    if expected is None:
        # No value at all here, and there a rule about units that a text has none of: neither crashes nor speaks of the text.
        assert (("GATE-019", "Observation.value[x]") in found) == ("Average" in name)
    else:
        assert found == list(dict.fromkeys(expected))


def test_a_profile_of_another_type_is_a_fault() -> None:
    resource = {"resourceType": "Patient", "meta": {"profile": [profile("Observation-Lab")]}}
    assert [(i.number, i.at) for i in ukcore.must_haves(resource)] == [("GATE-019", "Patient.meta.profile")]


def test_a_fixed_value_and_an_inherited_rule() -> None:
    found = missing("Observation-VitalSigns-BodyWeight", status="amended", valueQuantity={"value": 1, "unit": "stone", "code": "kg"})
    assert ("GATE-019", "Observation.status") in found
    assert ("GATE-019", "Observation.valueQuantity.unit") in found
    assert ("GATE-017", "Observation.effective[x]") in found
    assert not [place for _, place in found if place.endswith(".code.code")]


def _rows(path: Path) -> tuple[str, str, set[str]]:
    """(profile, the one it is built on, its rules in the table's words) of a published differential."""
    root = ElementTree.fromstring(path.read_bytes())

    def said(element: ElementTree.Element, name: str) -> str:
        found = element.find(f"f:{name}", _F)
        return "" if found is None else found.attrib["value"]

    kind, rows = said(root, "type"), set()
    for element in root.findall("f:differential/f:element", _F):
        where = element.attrib["id"].removeprefix(f"{kind}.")
        low, high = said(element, "min"), said(element, "max")
        low, high = "" if low == "0" else low, "" if high == "*" else high
        if (low or high) and where != kind:
            rows.add(f"{where} {low}..{high}")
        rows |= {f"{where} = {part.attrib['value']}" for part in element if part.tag.rpartition("}")[2].startswith("fixed")}
    return said(root, "url").rpartition("UKCore-")[2], said(root, "baseDefinition").rpartition("UKCore-")[2], rows


@pytest.mark.real_feeds
def test_the_table_says_what_the_definitions_say(samples: Path) -> None:
    published = [_rows(path) for path in sorted((samples / "ukcore" / "structuredefinitions").glob("UKCore-*.xml"))]
    assert len(published) > 60
    # One slice name is used for two different slices, so the table gives the second its own.
    table = {name: {row.replace("category:LAB", "category:laboratory") for row in text.split("; ")} for name, text in TABLE.items()}
    assert table == {name: rows for name, _, rows in published if rows}
    assert {name: base for name, base, _ in published if base in TABLE} == BASES


def test_every_slice_of_the_table_is_defined_and_used() -> None:
    used = {part for text in TABLE.values() for row in text.split("; ") for part in row.split(" ")[0].split(".") if ":" in part}
    assert used == SLICES.keys()


# UK Core's own examples that are not good R4: the example is wrong, not the check.
WRONG_EXAMPLES = {
    "Extension-UKCore-ConditionEpisode-Example.xml": "an extension with two values",
    "UKCore-MedicationDispense-CiprofloxacinIV-Example.xml": "a reference without a type",
    "UKCore-MedicationDispense-CiprofloxacinOral-Example.xml": "a reference without a type",
    "UKCore-Provenance-RARecordConsent-Example.xml": "a profile's address as the id of a reference",
}


@pytest.mark.real_feeds
def test_uk_cores_own_examples_pass(uk_core_examples: dict[str, dict[str, Any]]) -> None:
    assert len(uk_core_examples) > 150
    assert {name for name, resource in uk_core_examples.items() if check(resource)} == WRONG_EXAMPLES.keys()
    assert {name: ukcore.must_haves(resource) for name, resource in uk_core_examples.items() if ukcore.must_haves(resource)} == {}
