"""What the R4 schema is made from beside the models: the resource types the hub holds, and the rules of the primitive types."""

from __future__ import annotations

from typing import Any

# What the hub stores, serves or carries. Anything else is refused by name (GATE-011) and waits in the log.
TYPES = [
    "Account", "AllergyIntolerance", "Appointment", "AppointmentResponse", "AuditEvent", "Basic", "Binary", "BodyStructure",
    "Bundle", "CarePlan", "CareTeam", "ClinicalImpression", "Communication", "CommunicationRequest", "Composition", "Condition",
    "Consent", "Coverage", "DetectedIssue", "Device", "DeviceRequest", "DeviceUseStatement", "DiagnosticReport", "DocumentManifest",
    "DocumentReference", "Encounter", "Endpoint", "EpisodeOfCare", "FamilyMemberHistory", "Flag", "Goal", "Group",
    "HealthcareService", "ImagingStudy", "Immunization", "ImmunizationRecommendation", "Linkage", "List", "Location", "Media",
    "Medication", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement", "MessageHeader",
    "NutritionOrder", "Observation", "OperationOutcome", "Organization", "OrganizationAffiliation", "Parameters", "Patient",
    "Person", "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire", "QuestionnaireResponse",
    "RelatedPerson", "RequestGroup", "RiskAssessment", "Schedule", "ServiceRequest", "Slot", "Specimen", "Subscription",
    "Substance", "SupplyRequest", "SupplyDelivery", "Task", "VisionPrescription",
]  # fmt: skip

# https://hl7.org/fhir/R4/datatypes.html#primitive, with the calendar written out so that 30 February is refused by the expression itself.
_YEAR = "(?:[0-9](?:[0-9](?:[0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_LEAP = "(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAY = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP}-02-29)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_MONTH = f"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_ID = r"[A-Za-z0-9\-.]{1,64}"
_BASE64 = r"[A-Za-z0-9+/]\s*"

# A reference that can be followed (https://hl7.org/fhir/R4/references.html#literal): contained, absolute, URN, relative with an optional
# version, or conditional in a transaction.
_REFERENCE = (
    rf"^(?:#(?:{_ID})?|urn:(?:uuid|oid):\S+|[A-Za-z][A-Za-z0-9+.\-]*://\S+"
    rf"|[A-Z][A-Za-z]+/{_ID}(?:/_history/{_ID})?(?:#{_ID})?|[A-Z][A-Za-z]+\?\S+)$"
)

PRIMITIVES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "string": {"type": "string", "pattern": r"\S", "maxLength": 1048576},
    "markdown": {"type": "string", "pattern": r"\S", "maxLength": 1048576},
    "xhtml": {"type": "string", "pattern": r"\S"},
    "code": {"type": "string", "pattern": r"^[^\s]+(?:\s[^\s]+)*$"},
    "id": {"type": "string", "pattern": f"^{_ID}$"},
    "uri": {"type": "string", "pattern": r"^\S+$"},
    "url": {"type": "string", "pattern": r"^\S+$"},
    "canonical": {"type": "string", "pattern": r"^\S+$"},
    "oid": {"type": "string", "pattern": r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$"},
    "uuid": {"type": "string", "pattern": "^urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"},
    "base64Binary": {
        "type": "string",
        "pattern": rf"^\s*(?:(?:{_BASE64}){{4}})*(?:(?:{_BASE64}){{2}}=\s*=\s*|(?:{_BASE64}){{3}}=\s*)?$",
        "minLength": 1,
    },
    "date": {"type": "string", "pattern": f"^(?:{_DAY}|{_MONTH})$"},
    "dateTime": {"type": "string", "pattern": f"^(?:{_DAY}(?:T{_CLOCK}{_ZONE})?|{_MONTH})$"},
    "instant": {"type": "string", "pattern": f"^{_DAY}T{_CLOCK}{_ZONE}$"},
    "time": {"type": "string", "pattern": f"^{_CLOCK}$"},
    # FHIR sets no range; one beyond any measurement keeps a hostile exponent out of later arithmetic.
    "decimal": {"type": "number", "minimum": -1e28, "maximum": 1e28},
    "integer": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": 2147483647},
    "reference": {"type": "string", "pattern": _REFERENCE},
}
# A resource inside a resource is checked by its own validator; here it only has to be one.
INNER = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
