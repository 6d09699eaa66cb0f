"""Which resource types belong to which section, so that masking a section masks its resources too."""

from __future__ import annotations

from collections.abc import Collection

SECTIONS_OF_TYPE: dict[str, frozenset[str]] = {
    "Patient": frozenset({"about"}),
    "Flag": frozenset({"alerts"}),
    "AllergyIntolerance": frozenset({"allergies"}),
    "Medication": frozenset({"medicines"}),
    "MedicationStatement": frozenset({"medicines"}),
    "MedicationRequest": frozenset({"medicines"}),
    "Condition": frozenset({"problems"}),
    "Observation": frozenset({"results"}),
    "DiagnosticReport": frozenset({"results"}),
    "Specimen": frozenset({"results"}),
    "Encounter": frozenset({"encounters"}),
    "Immunization": frozenset({"immunisations"}),
    "Practitioner": frozenset({"care_team"}),
    "PractitionerRole": frozenset({"care_team"}),
    "Organization": frozenset({"care_team"}),
    "Location": frozenset({"care_team"}),
    "RelatedPerson": frozenset({"care_team"}),
    "CarePlan": frozenset({"plan"}),
    "Goal": frozenset({"plan"}),
    "ServiceRequest": frozenset({"plan"}),
    "Task": frozenset({"plan"}),
}


def permitted_types(masked_sections: Collection[str]) -> frozenset[str] | None:
    """Resource types a requester with these masks may be given whole; None when nothing is masked.

    With any mask, a type that is in no section (such as List, which may name anything) is not given: it fails closed.
    """
    if not masked_sections:
        return None
    masked = set(masked_sections)
    return frozenset(type_ for type_, sections in SECTIONS_OF_TYPE.items() if masked.isdisjoint(sections))
