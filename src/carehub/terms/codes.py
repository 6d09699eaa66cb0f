"""Code systems and profile addresses by the names we call them. No terminology look-up happens here."""

from __future__ import annotations

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
OPCS4 = "https://fhir.hl7.org.uk/CodeSystem/OPCS-4"
READ_V2 = "http://read.info/readv2"
CTV3 = "http://read.info/ctv3"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_UKCORE = "https://fhir.hl7.org.uk/StructureDefinition/"


def ukcore(name: str) -> str:
    """ukcore("Patient") is the address of UKCore-Patient; ukcore("Extension:ListWarningCode") of Extension-UKCore-ListWarningCode."""
    if name.startswith("Extension:"):
        return f"{_UKCORE}Extension-UKCore-{name.removeprefix('Extension:')}"
    return f"{_UKCORE}UKCore-{name}"
