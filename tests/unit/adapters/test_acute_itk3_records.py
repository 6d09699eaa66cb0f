"""Discharge documents: medicines, allergies, diagnoses, requests and results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from unit.adapters.itk3_documents import (
    ALLERGY,
    DOSE,
    ILLNESS,
    KEPT,
    MEDICINES,
    PATIENT,
    STOPPED,
    TRUST,
    change,
    concept,
    document,
    entry,
    listed,
    of_type,
    only,
    ref,
    sections,
    statement,
    told,
    valid,
)


def medicine(mapped: Mapped, words: str) -> dict[str, Any]:
    medicines = {f"Medication/{one['id']}": one["code"] for one in of_type(mapped, "Medication")}
    for one in of_type(mapped, "MedicationStatement"):
        code = one.get("medicationCodeableConcept") or medicines[one["medicationReference"]["reference"]]
        if words in code["coding"][0]["display"]:
            return one
    raise AssertionError(words)


def test_a_stopped_medicine_is_not_shown_as_taken() -> None:
    mapped = told(document())
    aspirin = medicine(mapped, "Aspirin")
    assert aspirin["status"] == "stopped"
    assert aspirin["statusReason"][0]["coding"][0]["display"] == "Ceased"
    assert aspirin["note"] == [{"text": "Medication change: Ceased"}]
    ramipril = medicine(mapped, "Ramipril")
    assert (ramipril["status"], ramipril.get("note")) == ("active", None)
    held = next(one for one in of_type(mapped, "List") if one["title"] == "Medications")
    assert [one["flag"]["coding"][0]["display"] for one in held["entry"]] == ["Active", "Ceased"]


@pytest.mark.parametrize(
    ("stated", "words", "status"),
    [
        ("active", "Suspended", "on-hold"),
        ("completed", "Ceased", "completed"),
        ("active", "Changed", "active"),
        ("entered-in-error", "Cancelled", "entered-in-error"),
        ("active", "Some new word", "active"),
    ],
)
def test_a_change_decides_only_what_the_status_left_open(stated: str, words: str, status: str) -> None:
    added = [
        statement(STOPPED, stated, concept("319781007", "Aspirin 75mg gastro-resistant tablets")),
        listed(MEDICINES, "Medications", "933361000000108", [(STOPPED, change(words))]),
    ]
    aspirin = medicine(valid(told(document(add=added))), "Aspirin")
    assert aspirin["status"] == status
    assert {"text": f"Medication change: {words}"} in aspirin["note"]


def test_the_change_summary_of_a_medicine_is_told_in_words() -> None:
    parts = [
        {"url": "status", "valueCode": "Discontinued"},
        {"url": "indicationForChange", "valueCodeableConcept": {"text": "Bleeding"}},
        {"url": "dateOfLatestChange", "valueDateTime": "2026-11-18"},
    ]
    summary = {
        "url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-MedicationChangeSummary-1",
        "extension": parts,
    }
    aspirin = statement(STOPPED, "active", concept("319781007", "Aspirin 75mg gastro-resistant tablets"), extension=[summary])
    got = medicine(valid(told(document(add=[aspirin], without=(MEDICINES,), sections=sections()[:1]))), "Aspirin")
    assert got["status"] == "stopped"
    assert [one["text"] for one in got["note"]] == [
        "Medication change, status: Discontinued",
        "Medication change, indication for change: Bleeding",
        "Medication change, date of latest change: 2026-11-18",
    ]


def test_dose_and_not_taken_and_medicine_flags() -> None:
    flag = {"url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-ITK-MedicationFlagAssociation-1"}
    lasting = concept("continue-indefinitely", "Continue Indefinitely", "https://fhir.hl7.org.uk/STU3/CareConnect-MedicationFlag-1")
    mark = entry(30, "Flag", extension=[flag | {"valueReference": ref(KEPT)}], status="active", code=lasting, subject=ref(PATIENT))
    refused = statement(STOPPED, "active", concept("319781007", "Aspirin 75mg gastro-resistant tablets"), taken="n")
    refused["resource"]["reasonNotTaken"] = [concept("266710000", "Drugs not taken")]
    mapped = valid(told(document(add=[mark, refused], without=(MEDICINES,), sections=sections()[:1])))
    assert not of_type(mapped, "Flag")
    ramipril = medicine(mapped, "Ramipril")
    assert ramipril["note"] == [{"text": "Continue Indefinitely"}]
    assert ramipril["dosage"][0]["text"] == DOSE[0]["text"]
    assert ramipril["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] == Decimal("2.5")
    aspirin = medicine(mapped, "Aspirin")
    assert (aspirin["status"], aspirin["statusReason"][0]["coding"][0]["code"]) == ("not-taken", "266710000")


def test_an_allergy_that_only_names_a_substance_is_an_allergy_to_it() -> None:
    allergy = only(told(document()), "AllergyIntolerance")
    assert allergy["code"]["coding"][0]["display"] == "Penicillin"
    assert allergy["clinicalStatus"]["coding"][0]["code"] == "active"
    wrong = entry(ALLERGY, "AllergyIntolerance", verificationStatus="entered-in-error", clinicalStatus="active", patient=ref(PATIENT))
    told_wrong = only(valid(told(document(add=[wrong]))), "AllergyIntolerance")
    assert "clinicalStatus" not in told_wrong
    assert told_wrong["code"] == {"text": "Allergy without a name"}


def test_a_diagnosis_keeps_its_category_and_says_primary() -> None:
    flag = concept("1", "Primary", "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ConditionFlag-1")
    held = listed(40, "Diagnoses", "887161000000102", [(ILLNESS, flag)])
    illness = only(valid(told(document(add=[held]))), "Condition")
    assert [one["coding"][0]["code"] for one in illness["category"]] == ["encounter-diagnosis", "diagnosis"]
    assert illness["note"] == [{"text": "Listed as: Primary"}]
    assert illness["encounter"]["reference"].startswith("Encounter/")
    assert illness["recordedDate"] == "2026-11-16"


def test_an_active_condition_with_an_end_keeps_both() -> None:
    ended = entry(
        ILLNESS,
        "Condition",
        clinicalStatus="active",
        code=concept("29857009", "Chest pain"),
        subject=ref(PATIENT),
        abatementDateTime="2026-11-19",
    )
    illness = only(valid(told(document(add=[ended]))), "Condition")
    assert illness["clinicalStatus"]["coding"][0]["code"] == "active"
    assert illness["note"] == [{"text": "Recorded as ended: 2026-11-19"}]


def test_requests_results_and_vaccinations() -> None:
    added = [
        entry(50, "ProcedureRequest", status="active", intent="order", code=concept("26604007", "Full blood count"), subject=ref(PATIENT)),
        entry(
            51,
            "ReferralRequest",
            status="cancelled",
            intent="plan",
            type=concept("3457005", "Patient referral"),
            serviceRequested=[concept("310128004", "Cardiac rehabilitation service"), concept("722170006", "Chiropractic service")],
            subject=ref(PATIENT),
            requester={"agent": ref(5)},
            recipient=[ref(8)],
            description="Please see within six weeks",
        ),
        entry(52, "Task", status="requested", intent="order", description="Remove sutures", for_=ref(PATIENT), requester={"agent": ref(5)}),
        entry(
            53,
            "Observation",
            status="final",
            code=concept("26604007", "Full blood count"),
            subject=ref(PATIENT),
            context=ref(7),
            comment="Repeat in two weeks",
            interpretation=concept("H", "High", "http://hl7.org/fhir/v2/0078"),
            related=[{"type": "has-member", "target": ref(54)}],
        ),
        entry(
            54,
            "Observation",
            status="final",
            code=concept("1022431000000105", "Haemoglobin"),
            subject=ref(PATIENT),
            valueQuantity={"value": 150, "unit": "g/L"},
        ),
        entry(
            55,
            "DiagnosticReport",
            status="final",
            code=concept("26604007", "Full blood count"),
            subject=ref(PATIENT),
            performer=[{"actor": ref(TRUST)}],
            result=[ref(53)],
            codedDiagnosis=[concept("271737000", "Anaemia")],
        ),
        entry(
            56,
            "Immunization",
            status="completed",
            notGiven=True,
            vaccineCode=concept("822851000000102", "Seasonal influenza vaccination"),
            patient=ref(PATIENT),
            date="2026-11-19",
            explanation={"reasonNotGiven": [concept("105480006", "Refusal of treatment")]},
        ),
    ]
    mapped = valid(told(document(add=added)))
    asked = {one["code"]["coding"][0]["display"]: one for one in of_type(mapped, "ServiceRequest")}
    assert asked["Full blood count"]["status"] == "active"
    referral = asked["Cardiac rehabilitation service"]
    assert (referral["status"], referral["intent"]) == ("revoked", "plan")
    assert referral["note"] == [{"text": "Please see within six weeks"}]
    assert referral["orderDetail"][0]["coding"][0]["display"] == "Chiropractic service"
    assert referral["requester"]["reference"].startswith("Practitioner/")
    assert referral["performer"][0]["reference"].startswith("Organization/")
    assert only(mapped, "Task")["for"] == {"reference": mapped.patient.reference if mapped.patient else ""}
    group = next(one for one in of_type(mapped, "Observation") if "hasMember" in one)
    assert group["note"] == [{"text": "Repeat in two weeks"}]
    assert group["interpretation"][0]["coding"][0]["system"] == "http://terminology.hl7.org/CodeSystem/v2-0078"
    report = only(mapped, "DiagnosticReport")
    assert report["performer"][0]["reference"].startswith("Organization/")
    assert report["conclusionCode"][0]["coding"][0]["code"] == "271737000"
    given = only(mapped, "Immunization")
    assert (given["status"], given["occurrenceDateTime"]) == ("not-done", "2026-11-19")
    assert given["statusReason"]["coding"][0]["code"] == "105480006"


def test_what_uk_core_demands_beyond_r4() -> None:
    refused = entry(
        56, "Immunization", status="completed", notGiven=True, vaccineCode=concept("822851000000102", "Flu"), patient=ref(PATIENT)
    )
    codes = [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code} for code in ("X99005", "X99006")]
    twice = entry(TRUST, "Organization", identifier=codes, name="Northvale")
    mapped = valid(told(document(add=[refused, twice])))
    assert not mapped.issues
    assert only(mapped, "Immunization")["statusReason"] == {"text": "Reason not stated"}
    trust = next(one for one in of_type(mapped, "Organization") if one["name"] == "Northvale")
    assert [one.get("system") for one in trust["identifier"]] == [codes[0]["system"], None]
