"""Code systems that were renamed between STU3 and R4, and UK STU3 code systems that have a UK Core counterpart."""

from __future__ import annotations

_HL7 = "http://hl7.org/fhir/"
_R4 = "http://terminology.hl7.org/CodeSystem/"
_STU3_NHS = "https://fhir.nhs.uk/STU3/CodeSystem/"
_STU3_UK = "https://fhir.hl7.org.uk/STU3/CodeSystem/"
_UKCORE = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"

# The same code system under its R4 address (https://hl7.org/fhir/R4/terminologies-systems.html).
RENAMED = {
    _HL7 + name: _R4 + name
    for name in (
        "allergyintolerance-clinical",
        "condition-category",
        "contact-entity-type",
        "data-absent-reason",
        "diagnosis-role",
        "encounter-special-arrangements",
        "list-order",
        "location-physical-type",
        "medication-statement-category",
        "observation-category",
        "organization-type",
        "referencerange-meaning",
        "service-category",
        "service-type",
    )
} | {_HL7 + "list-empty-reason": _R4 + "list-empty-reason", _HL7 + "v3/MaritalStatus": _R4 + "v3-MaritalStatus"}

# UK STU3 code system -> (R4 counterpart, the codes both hold, or None for all). The counterpart is added after what was sent.
COUNTERPARTS: dict[str, tuple[str, frozenset[str] | None]] = {
    _STU3_NHS + "CareConnect-ListEmptyReasonCode-1": (_UKCORE + "ListEmptyReasonCode", frozenset({"no-content-recorded"})),
    _STU3_UK + "CareConnect-ConditionCategory-1": (
        _R4 + "condition-category",
        frozenset({"problem-list-item", "encounter-diagnosis"}),
    ),
    _STU3_NHS + "CareConnect-PrescribingAgency-1": (
        _UKCORE + "MedicationPrescribingOrganizationType",
        frozenset({"prescribed-at-gp-practice", "prescribed-by-another-organisation"}),
    ),
    _STU3_NHS + "CareConnect-SDSJobRoleName-1": (_UKCORE + "SDSJobRoleName", None),
    _STU3_UK + "CareConnect-SDSJobRoleName-1": (_UKCORE + "SDSJobRoleName", None),
    _STU3_NHS + "CareConnect-HumanLanguage-1": (_UKCORE + "HumanLanguage", None),
}

CONDITION_CLINICAL = _R4 + "condition-clinical"
CONDITION_VERIFICATION = _R4 + "condition-ver-status"
ALLERGY_CLINICAL = _R4 + "allergyintolerance-clinical"
ALLERGY_VERIFICATION = _R4 + "allergyintolerance-verification"
ACT_CODE = _R4 + "v3-ActCode"
COURSE_OF_THERAPY = _R4 + "medicationrequest-course-of-therapy"
UKCORE_COURSE_OF_THERAPY = _UKCORE + "MedicationRequestCourseOfTherapy"
UKCORE_LIST_WARNING = _UKCORE + "ListWarningCode"
UKCORE_NUMBER_STATUS = _UKCORE + "NHSNumberVerificationStatusEngland"


def r4_system(system: str) -> str:
    """The R4 address of an STU3 code system; any other address stays. http://hl7.org/fhir/v2/0078 becomes …/CodeSystem/v2-0078."""
    known = RENAMED.get(system)
    if known:
        return known
    for version in ("v2", "v3"):
        stem = f"{_HL7}{version}/"
        if system.startswith(stem):
            return f"{_R4}{version}-{system.removeprefix(stem)}"
    return system
