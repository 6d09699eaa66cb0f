"""The GP adapter's smaller translations, each as a change to a clean record and what it becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.kit.cases import message, read_folder
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
CLEAN = next(case.message.body for case in read_folder(FOLDER).cases if case.slug == "clean-record")

Json = dict[str, Any]
ENDED = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-AllergyIntoleranceEnd-1"
WARNED = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"


def changed(kind: str, change: Json, drop: tuple[str, ...] = ()) -> Mapped:
    """The clean record with elements of its first resource of a type replaced or dropped; every resource still valid R4."""
    bundle = loads(CLEAN)
    resource = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)
    resource.update(change)
    for name in drop:
        del resource[name]
    result = ADAPTER.map_message(message(ADAPTER.manifest, dumps(bundle)))
    for record in result.records:
        get_fhir_model_class(record.ref.type).model_validate_json(dumps(record.resource))
    return result


def first(result: Mapped, kind: str) -> Json:
    return next(record.resource for record in result.records if record.ref.type == kind)


BECOMES: list[tuple[str, Json, Callable[[Json], object], object]] = [
    ("Condition", {"verificationStatus": "confirmed"}, lambda r: r["verificationStatus"]["coding"][0]["code"], "confirmed"),
    ("Condition", {"verificationStatus": "unknown"}, lambda r: "verificationStatus" in r, False),
    ("Condition", {"verificationStatus": "entered-in-error"}, lambda r: "clinicalStatus" in r, False),
    ("Condition", {"abatementBoolean": True}, lambda r: r["abatementString"], "Ended, date not given"),
    ("Condition", {"abatementBoolean": False}, lambda r: any(name.startswith("abatement") for name in r), False),
    ("Condition", {"abatementBoolean": True, "abatementDateTime": "2026"}, lambda r: "abatementString" in r, False),
    ("AllergyIntolerance", {"verificationStatus": "entered-in-error"}, lambda r: "clinicalStatus" in r, False),
    ("AllergyIntolerance", {"extension": [{"url": ENDED, "extension": []}]}, lambda r: "extension" in r["clinicalStatus"], False),
    ("Observation", {"valueQuantity": {"value": 72, "unit": "kilogram", "code": "kg"}}, lambda r: r["valueQuantity"]["unit"], "kilogram (kg)"),
    ("Observation", {"valueQuantity": {"value": 72, "code": "kg"}}, lambda r: r["valueQuantity"], {"value": 72, "unit": "kg"}),
    ("Observation", {"valueQuantity": {"value": "28"}}, lambda r: r["valueQuantity"]["value"], 28),
    ("Observation", {"valueString": "x", "dataAbsentReason": {"text": "y"}}, lambda r: "dataAbsentReason" in r, False),
    ("MedicationStatement", {"taken": "y"}, lambda r: [e["valueCode"] for e in r["extension"] if "valueCode" in e], ["y"]),
    ("MedicationStatement", {"identifier": [{"value": "7"}]}, lambda r: r["identifier"][0]["system"], "urn:carehub:ZZG01:medication-statement"),
    ("MedicationRequest", {"substitution": {"allowed": False}}, lambda r: r["substitution"], {"allowedBoolean": False}),
    ("Medication", {"ingredient": [{"itemCodeableConcept": {"text": "Ramipril"}}]}, lambda r: len(r["ingredient"]), 1),
    ("Immunization", {"practitioner": [{"role": {"text": "AP"}}]}, lambda r: r["performer"][0]["actor"]["extension"][0]["valueCode"], "unknown"),
    ("Immunization", {"notGiven": True}, lambda r: (r["status"], r["statusReason"]), ("not-done", {"text": "Reason not given"})),
    ("Immunization", {"date": None}, lambda r: r["occurrenceString"], "Date not given"),
    ("Immunization", {"vaccinationProtocol": [{"series": "1"}]}, lambda r: r["protocolApplied"][0]["doseNumberString"], "Not stated"),
    ("Immunization", {"explanation": {"reason": [{"text": "Due"}]}}, lambda r: r["reasonCode"], [{"text": "Due"}]),
    ("List", {"extension": [{"url": WARNED, "valueCode": "new-code"}]}, lambda r: r["extension"][0]["valueCodeableConcept"], {"text": "new-code"}),
    ("List", {"extension": [{"url": WARNED, "valueCodeableConcept": {"text": "w"}}]}, lambda r: len(r["extension"]), 1),
    ("List", {"subject": None}, lambda r: r["subject"]["reference"].startswith("Patient/"), True),
    ("Encounter", {"class": {"code": "HH"}}, lambda r: r["class"], {"code": "HH"}),
    ("Organization", {"identifier": [{"system": "2.16.840.1.113883.2.1.4.5.5", "value": "7"}]}, lambda r: r["identifier"][0]["system"][:8], "urn:oid:"),
    ("Practitioner", {"telecom": [{"value": "0113 496 0001"}]}, lambda r: r["telecom"][0]["system"], "other"),
    ("Patient", {"birthDate": "1944-02-31"}, lambda r: "birthDate" in r, False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "look", "expected"), BECOMES)
def test_a_change_becomes(kind: str, change: Json, look: Callable[[Json], object], expected: object) -> None:
    assert look(first(changed(kind, change), kind)) == expected


ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def test_one_ods_code_is_the_organisations_and_further_ones_are_kept_beside_it() -> None:
    numbers = [{"system": ODS, "value": code} for code in ("ZZG01", "ZZG01", "ZZG02")] + [{"system": ODS}]
    result = changed("Organization", {"identifier": numbers})
    assert first(result, "Organization")["identifier"] == [
        {"system": ODS, "value": "ZZG01"},
        {"type": {"text": "Further ODS code"}, "value": "ZZG02"},
    ]
    assert [issue.number for issue in result.issues] == ["MAP-007"]


COSTS: list[tuple[str, Json, str]] = [
    ("AllergyIntolerance", {"code": None}, "MAP-004"),
    ("AllergyIntolerance", {"clinicalStatus": None}, "MAP-004"),
    ("AllergyIntolerance", {"category": ["drug"]}, "MAP-004"),
    ("AllergyIntolerance", {"implicitRules": "https://example.test/rules"}, "MAP-004"),
    ("AllergyIntolerance", {"contained": [{"resourceType": "Mystery"}]}, "MAP-004"),
    ("Condition", {"abatementBoolean": "yes"}, "MAP-004"),
    ("List", {"extension": [{"url": WARNED}]}, "MAP-004"),
    ("List", {"entry": [{"flag": {"text": "no item"}}]}, "MAP-004"),
    ("Medication", {"ingredient": [{"isActive": True}]}, "MAP-004"),
    ("Observation", {"valueQuantity": {"value": 10**40}}, "MAP-004"),
    ("Observation", {"valueQuantity": {"value": "9" * 400}}, "MAP-004"),
    ("MedicationStatement", {"medicationReference": None}, "MAP-004"),
    ("MedicationStatement", {"medicationCodeableConcept": {"text": "also"}}, "MAP-004"),
    ("MedicationRequest", {"intent": "wish"}, "MAP-004"),
    ("Immunization", {"status": "completed-ish"}, "MAP-004"),
    ("Observation", {"component": [{"valueString": "no code"}]}, "MAP-004"),
    ("Observation", {"subject": {"reference": 7}}, "MAP-004"),
    ("Encounter", {"status": None}, "MAP-004"),
    ("Observation", {"_issued": {"extension": []}}, "MAP-017"),
    ("Encounter", {"text": {"status": "additional"}}, "MAP-014"),
    ("Encounter", {"extension": [{"url": "urn:x", "valueSignature": {}}]}, "MAP-017"),
    ("Encounter", {"period": {"start": "2026-11-31"}}, "MAP-010"),
    ("Encounter", {"period": {"start": "9999-12-31T23:59:59-01:00"}}, "MAP-010"),
    ("Encounter", {"partOf": {"reference": "Encounter/elsewhere"}}, "MAP-008"),
]


@pytest.mark.parametrize(("kind", "change", "number"), COSTS)
def test_an_oddity_costs(kind: str, change: Json, number: str) -> None:
    issues = [(issue.number, issue.about) for issue in changed(kind, change).issues]
    assert issues == [(number, kind)]


def test_contained_types_that_are_not_mapped_are_counted() -> None:
    result = changed("AllergyIntolerance", {"contained": [{"resourceType": "DeviceUseStatement", "id": "d"}]})
    assert [(issue.number, issue.about) for issue in result.issues] == [("MAP-005", "DeviceUseStatement")]


def test_lists_without_an_id_keep_their_record_when_their_content_changes() -> None:
    before = {record.ref for record in changed("Encounter", {}).records}
    bundle = loads(CLEAN)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "List" and "id" not in entry["resource"]:
            entry["resource"].update(date="2026-11-22T05:30:00Z", note=[{"text": "later"}])
    after = {record.ref for record in ADAPTER.map_message(message(ADAPTER.manifest, dumps(bundle))).records}
    assert after == before
