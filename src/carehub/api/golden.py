"""The person-level Patient: the hub's one-per-human record, tagged, with links to every source's Patient. Pure."""

from __future__ import annotations

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.resource import Resource
from carehub.terms.nhs_number import SYSTEM as NHS_NUMBER

GOLDEN_TAG = {"system": "urn:carehub:tag", "code": "golden-record", "display": "One per person, made by the hub from linked source records"}


def golden_patient(plan: UnifiedCarePlan) -> Resource:
    """R4 Patient of a person. Values are those of the banner; each source's own Patient says the rest. An unconfirmed death is not stated here."""
    told = plan.identity
    name: Resource = {"use": "official"}
    if told.family:
        name["family"] = told.family
    if told.given:
        name["given"] = told.given.split()
    if told.prefix:
        name["prefix"] = [told.prefix]
    patient: Resource = {"resourceType": "Patient", "id": plan.person, "meta": {"tag": [GOLDEN_TAG]}}
    if told.nhs_number:
        patient["identifier"] = [{"system": NHS_NUMBER, "value": told.nhs_number}]
    patient["active"] = True
    if len(name) > 1:
        patient["name"] = [name]
    if told.gender in ("male", "female", "other", "unknown"):
        patient["gender"] = told.gender
    if told.birth_date:
        patient["birthDate"] = told.birth_date
    if told.died and told.deceased != "unconfirmed":
        patient["deceasedDateTime"] = told.died
    if plan.sources:
        patient["link"] = [{"other": {"reference": report.patient}, "type": "seealso"} for report in plan.sources]
    return patient
