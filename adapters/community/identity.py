"""NHS numbers as community feeds send them: with a status code, or without; placeholders never link."""

from __future__ import annotations

from typing import Any

from carehub.terms import nhs_number
from carehub.terms.codes import ukcore

from .naming import address
from .tables import table

_STATUSES = table("verification_statuses")
_STATUS_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
_STATUS = ukcore("Extension:NHSNumberVerificationStatus")
_NOTHING = frozenset(("0", "NULL", "NONE", "UNKNOWN", "N/A", "NA", "NIL"))


def nhs_identifier(number: str, status: str, source: str) -> tuple[dict[str, Any] | None, bool]:
    """(Identifier or None, whether the number was refused). status: code 01 to 08, or "".

    A number that fails its check is kept in words, without the NHS number system, so that it cannot link anybody (MAP-009 is for the caller).
    """
    told = number.strip()
    usable = nhs_number.valid(told)
    if not usable:
        if not told.strip("0 -") or told.upper() in _NOTHING:
            return None, False
        space = address(source, "id", "nhs-number-not-fit-for-use")
        return {"type": {"text": "NHS number as sent, not fit for use"}, "system": space, "value": told}, True
    kept: dict[str, Any] = {"system": nhs_number.SYSTEM, "value": usable}
    row = _STATUSES.get(status.strip().zfill(2)) if status.strip() else None
    if row:
        concept = {"coding": [{"system": _STATUS_SYSTEM, "code": row["sent"], "display": row["words"]}], "text": row["words"]}
        kept = {"extension": [{"url": _STATUS, "valueCodeableConcept": concept}], **kept}
    return kept, False


def status_words(status: str) -> str:
    """The words of an NHS number status code, or ""."""
    row = _STATUSES.get(status.strip().zfill(2)) if status.strip() else None
    return row["words"] if row else ""


def local_identifier(value: str, source: str, issuer: str = "") -> dict[str, Any]:
    """The source's own number for its patient."""
    mr = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR", "display": "Medical record number"}]}
    told: dict[str, Any] = {"type": mr, "system": address(source, "patient"), "value": value}
    if issuer:
        told["assigner"] = {"display": issuer}
    return told
