"""Invented answers of PDS, in the shape of its published examples."""

from __future__ import annotations

from typing import Any

BASE = "https://pds.example.org/FHIR/R4"
ASKED, KEPT, THIRD = "9990000018", "9990000026", "9990000034"

_STATUS = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
_DEATH = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"


def patient(number: str = ASKED, *, label: str = "U", given: str = "Ada", born: str = "1944-05-01", **more: Any) -> dict[str, Any]:
    """Ada Okafor as PDS tells her; without address, telephone and practice when she is restricted."""
    told: dict[str, Any] = {
        "resourceType": "Patient",
        "id": number,
        "identifier": [
            {
                "system": "https://fhir.nhs.uk/Id/nhs-number",
                "value": number,
                "extension": [
                    {
                        "url": _STATUS,
                        "valueCodeableConcept": {
                            "coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus", "code": "01"}]
                        },
                    }
                ],
            }
        ],
        "meta": {
            "versionId": "2",
            "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": label}],
        },
        "name": [{"id": "1", "use": "usual", "family": "Okafor", "given": [given]}],
        "gender": "female",
        "birthDate": born,
    }
    if label == "U":
        told["address"] = [{"id": "2", "use": "home", "line": ["1 Example Way"], "postalCode": "ZZ1 1ZZ"}]
        told["telecom"] = [{"id": "3", "system": "phone", "value": "01632960111", "use": "home"}]
    return {**told, **more}


def died(status: str) -> dict[str, Any]:
    """The elements of a death with a notification status: "1", "2" or "U"."""
    coding = {"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus", "code": status}
    inner = [{"url": "deathNotificationStatus", "valueCodeableConcept": {"coding": [coding]}}]
    return {"deceasedDateTime": "2026-10-01T00:00:00+00:00", "extension": [{"url": _DEATH, "extension": inner}]}


def searchset(*patients: dict[str, Any], score: float = 1, total: int | None = None) -> dict[str, Any]:
    """A searchset Bundle."""
    entries = [{"resource": one, "search": {"score": score}} for one in patients]
    held = {"entry": entries} if entries else {}
    return {"resourceType": "Bundle", "type": "searchset", "total": len(patients) if total is None else total, **held}


def outcome(code: str, kind: str = "processing") -> dict[str, Any]:
    """An OperationOutcome with a Spine code."""
    coding = {"system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode", "version": "1", "code": code, "display": "words"}
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": kind, "details": {"coding": [coding]}}]}
