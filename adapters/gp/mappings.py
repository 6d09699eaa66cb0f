"""Which rules map which STU3 resource type, and to which UK Core profile. A type without a line here is not mapped (MAP-005)."""

from __future__ import annotations

from typing import NamedTuple

from carehub.terms.codes import ukcore

from . import (
    allergies,
    documents,
    encounters,
    healthcare_services,
    immunisations,
    lists,
    medications,
    observations,
    organisations,
    patient,
    practitioners,
    prescriptions,
    problems,
    questionnaires,
    reports,
    service_requests,
    specimens,
)
from .filing import R4_TYPES
from .primitives import code
from .shapes import Finish, Rules, own


class Mapping(NamedTuple):
    """How one type is mapped: element by element, then the elements that need each other; the profile it claims."""

    rules: Rules
    finish: Finish | None
    profile: str


def _mapping(kind: str, rules: Rules, finish: Finish | None = None) -> tuple[str, Mapping]:
    whole = {**own("resourceType id meta contained"), "language": ("language", code), **rules}
    return kind, Mapping(whole, finish, ukcore(R4_TYPES.get(kind, kind)))


MAPPINGS = dict(
    (
        _mapping("AllergyIntolerance", allergies.RULES, allergies.finish),
        _mapping("Condition", problems.RULES, problems.finish),
        _mapping("DiagnosticReport", reports.RULES, reports.finish),
        _mapping("DocumentReference", documents.RULES, documents.finish),
        _mapping("Encounter", encounters.RULES, encounters.finish),
        _mapping("HealthcareService", healthcare_services.RULES),
        _mapping("Immunization", immunisations.RULES, immunisations.finish),
        _mapping("List", lists.RULES, lists.finish),
        _mapping("Location", organisations.LOCATION, organisations.finish),
        _mapping("Medication", medications.MEDICATION, medications.finish_medication),
        _mapping("MedicationRequest", prescriptions.RULES, prescriptions.finish),
        _mapping("MedicationStatement", medications.STATEMENT, medications.finish_statement),
        _mapping("Observation", observations.RULES, observations.finish),
        _mapping("Organization", organisations.ORGANISATION, organisations.finish),
        _mapping("Patient", patient.RULES, patient.finish),
        _mapping("Practitioner", practitioners.PRACTITIONER),
        _mapping("PractitionerRole", practitioners.ROLE),
        _mapping("ProcedureRequest", service_requests.PROCEDURE, service_requests.finish_procedure),
        _mapping("QuestionnaireResponse", questionnaires.RULES, questionnaires.finish),
        _mapping("ReferralRequest", service_requests.REFERRAL, service_requests.finish_referral),
        _mapping("Specimen", specimens.RULES, specimens.finish),
    )
)
