"""One record of each type with every element the readers look at, to be bent out of shape."""

from __future__ import annotations

from typing import Any

from unit.careplan.told import BY_DOCTOR, PENICILLIN, concept, status

QUANTITY = {"value": 5, "unit": "mg"}
WITH_EXTENSION = [
    {
        "url": "https://example.org/Extension-UKCore-MedicationStatusReason",
        "extension": [{"url": "statusChangeDate", "valueDateTime": "2026"}],
    }
]
# One of each type with everything the readers look at.
WHOLE: list[tuple[str, dict[str, Any]]] = [
    (
        "Patient",
        {
            "name": [
                {"use": "usual", "family": "Smith", "given": ["A"], "prefix": ["Mrs"], "text": "A Smith", "period": {"start": "2000"}}
            ],
            "birthDate": "1941",
            "telecom": [{"system": "phone", "value": "0113 496 0001"}],
            "address": [{"line": ["1"], "text": "1"}],
            "identifier": [{"system": "x", "value": "1", "type": {"text": "y"}}],
            "communication": [{"language": {"text": "x"}}],
            "generalPractitioner": [BY_DOCTOR],
            "contact": [{"name": {"text": "B"}, "address": {"text": "2"}}],
            "meta": {"security": [{"code": "R"}]},
            "deceasedDateTime": "2026-11-14",
        },
    ),
    (
        "AllergyIntolerance",
        {
            "code": PENICILLIN,
            "clinicalStatus": {
                **status("active"),
                "extension": [{"url": "AllergyIntoleranceEnd", "extension": [{"url": "endDate", "valueDateTime": "2020"}]}],
            },
            "category": ["food"],
            "reaction": [{"substance": {"text": "x"}, "manifestation": [{"text": "Rash"}], "severity": "mild", "note": [{"text": "y"}]}],
            "note": [{"text": "z"}],
            "recorder": BY_DOCTOR,
        },
    ),
    (
        "MedicationStatement",
        {
            "status": "stopped",
            "medicationReference": {"reference": "Medication/4"},
            "dosage": [
                {
                    "sequence": 1,
                    "text": "One",
                    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["PC"]}},
                    "doseAndRate": [{"doseQuantity": QUANTITY}],
                    "route": {"text": "oral"},
                }
            ],
            "basedOn": [{"reference": "MedicationRequest/3"}],
            "effectivePeriod": {"start": "2020"},
            "statusReason": [{"text": "x"}],
            "extension": WITH_EXTENSION,
        },
    ),
    (
        "MedicationRequest",
        {
            "status": "stopped",
            "intent": "plan",
            "dosageInstruction": [{"text": "Two"}],
            "dispenseRequest": {"quantity": QUANTITY, "validityPeriod": {"start": "2020", "end": "2021"}},
            "extension": [
                *WITH_EXTENSION,
                {"url": "MedicationRepeatInformation", "extension": [{"url": "numberOfPrescriptionsIssued", "valueInteger": 1}]},
            ],
            "note": [{"text": "x"}],
        },
    ),
    ("Medication", {"code": concept("1", "Drug 5mg tablets")}),
    (
        "Condition",
        {
            "code": concept("2", "Risk of violence"),
            "clinicalStatus": status("active"),
            "category": [concept("problem-list-item", "x")],
            "onsetAge": {"value": 5, "unit": "a"},
            "stage": [{"summary": {"text": "I"}}],
            "evidence": [{"code": [{"text": "x"}]}],
            "bodySite": [{"text": "left"}],
        },
    ),
    (
        "Observation",
        {
            "status": "final",
            "code": concept("3", "X"),
            "valueQuantity": QUANTITY,
            "component": [{"code": {"text": "y"}, "valueQuantity": QUANTITY, "referenceRange": [{"text": "z"}]}],
            "referenceRange": [{"low": QUANTITY, "high": QUANTITY}],
            "interpretation": [{"text": "H"}],
            "specimen": {"reference": "Specimen/8"},
            "hasMember": [{"reference": "Observation/x"}],
        },
    ),
    (
        "DiagnosticReport",
        {
            "status": "final",
            "code": {"text": "R"},
            "result": [{"reference": "Observation/6"}],
            "specimen": [{"reference": "Specimen/8"}],
            "presentedForm": [{"title": "x"}],
        },
    ),
    ("Specimen", {"type": {"text": "Blood"}}),
    (
        "Encounter",
        {
            "status": "finished",
            "class": {"code": "IMP"},
            "type": [{"text": "x"}],
            "period": {"start": "2020", "end": "2021"},
            "location": [{"location": {"display": "W"}, "period": {"start": "2020"}}],
            "participant": [{"individual": BY_DOCTOR, "type": [{"text": "x"}]}],
            "hospitalization": {"admitSource": {"text": "x"}},
            "diagnosis": [{"condition": {"reference": "Condition/5"}}],
        },
    ),
    (
        "Immunization",
        {
            "status": "completed",
            "vaccineCode": concept("4", "Flu"),
            "occurrenceDateTime": "2020",
            "protocolApplied": [{"doseNumberPositiveInt": 1, "targetDisease": [{"text": "x"}]}],
            "reaction": [{"detail": {"display": "x"}}],
            "performer": [{"actor": BY_DOCTOR}],
        },
    ),
    (
        "ImmunizationRecommendation",
        {"recommendation": [{"vaccineCode": [{"text": "x"}], "dateCriterion": [{"code": {"text": "due"}, "value": "2020"}]}]},
    ),
    ("CareTeam", {"name": "x", "participant": [{"member": {"display": "x"}, "role": [{"text": "y"}]}]}),
    ("PractitionerRole", {"practitioner": BY_DOCTOR, "organization": {"reference": "Organization/14"}, "code": [{"text": "x"}]}),
    (
        "Organization",
        {
            "name": "x",
            "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99"}],
            "address": [{"text": "y"}],
        },
    ),
    (
        "CarePlan",
        {
            "title": "x",
            "activity": [
                {"detail": {"code": {"text": "y"}, "status": "scheduled"}, "reference": {"display": "z"}, "progress": [{"text": "p"}]}
            ],
        },
    ),
    ("Goal", {"description": {"text": "x"}, "target": [{"dueDate": "2020", "detailString": "y"}]}),
    ("Flag", {"status": "active", "code": {"text": "x"}, "period": {"start": "2020"}}),
    (
        "QuestionnaireResponse",
        {
            "status": "completed",
            "item": [{"text": "x", "answer": [{"valueString": "y"}], "item": [{"linkId": "1", "answer": [{"valueInteger": 1}]}]}],
        },
    ),
    ("FamilyMemberHistory", {"relationship": {"text": "x"}, "condition": [{"code": {"text": "y"}}]}),
    ("DocumentReference", {"status": "current", "type": {"text": "x"}, "content": [{"attachment": {"title": "y", "contentType": "z"}}]}),
    (
        "List",
        {
            "code": concept("886921000000105", ""),
            "title": "x",
            "extension": [{"url": "ListWarningCode", "valueCode": "confidential-items"}],
            "note": [{"text": "x"}],
            "encounter": {"reference": "Encounter/9"},
        },
    ),
]
