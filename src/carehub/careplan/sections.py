"""The record's sections in reading order, after the PRSB Core Information and Personalised Care and Support Plan headings: what a team must know first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """key: used in addresses and manifests. title: on the page. prsb: the PRSB headings it stands for. supplied_by: who would normally fill it.

    types: resource types that belong here whatever they say; also: types that are shown here when what they say belongs here. first: it changes
    what you do at the door, so it comes before all else.
    """

    key: str
    title: str
    prsb: tuple[str, ...]
    types: tuple[str, ...]
    also: tuple[str, ...]
    supplied_by: str
    first: bool = False


# Records of other sections whose own words or codes make them an alert as well (reading/alerts.py).
_ALARMING = ("Observation", "Condition", "Procedure", "ServiceRequest", "DocumentReference")

# Sources: PRSB Core Information Standard 2 and Personalised Care and Support Plan 2.0 (DAPB4022); who supplies what is this hub's own proposal.
HEADINGS: tuple[Heading, ...] = (
    Heading(
        "alerts",
        "Alerts",
        ("Alerts",),
        ("Flag", "Consent", "DetectedIssue", "AdverseEvent"),
        ("Patient", *_ALARMING),
        "GP, hospital, community and social care",
        first=True,
    ),
    Heading(
        "allergies",
        "Allergies",
        ("Allergies and adverse reactions",),
        ("AllergyIntolerance",),
        (),
        "GP, hospital and community",
        first=True,
    ),
    Heading(
        "safeguarding",
        "Safeguarding",
        ("Safeguarding",),
        (),
        ("Flag", *_ALARMING),
        "social care, GP and community",
        first=True,
    ),
    Heading("risks", "Risks", ("Risks",), (), ("Flag", *_ALARMING), "GP, community, hospital and social care", first=True),
    Heading(
        "advance",
        "Advance care planning",
        ("Legal information", "End of life care"),
        (),
        ("Flag", "Consent", *_ALARMING, "CarePlan", "Composition"),
        "GP, community and hospital",
        first=True,
    ),
    Heading(
        "contingency",
        "If things go wrong",
        ("Contingency / safety plans",),
        (),
        ("Flag", "CarePlan", "Composition", *_ALARMING),
        "whoever agreed a contingency plan with the person: community, GP, social care or mental health",
        first=True,
    ),
    Heading(
        "adjustments",
        "Reasonable adjustments",
        ("Individual requirements",),
        (),
        ("Flag", *_ALARMING),
        "GP, hospital and social care",
        first=True,
    ),
    Heading(
        "about_me",
        "About me",
        ("About me",),
        (),
        ("QuestionnaireResponse", "CarePlan", "Goal"),
        "the person, with whoever supports them to write it; social care and voluntary services",
    ),
    Heading("about", "About the person", ("Person demographics", "GP practice"), ("Patient",), (), "every source"),
    Heading(
        "medicines",
        "Medicines",
        ("Medications and medical devices",),
        ("MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration", "Medication"),
        (),
        "GP, hospital and community",
    ),
    Heading(
        "problems",
        "Conditions",
        ("Problem list", "Family history", "Formulation"),
        ("Condition", "FamilyMemberHistory"),
        (),
        "GP and hospital",
    ),
    Heading(
        "results",
        "Results",
        (
            "Investigation results",
            "Examination findings",
            "Assessments",
            "Social context",
            "Pregnancy status",
            "Educational history",
            "Participation in research",
        ),
        ("Observation", "DiagnosticReport", "Specimen", "QuestionnaireResponse", "RiskAssessment"),
        (),
        "GP and hospital",
    ),
    Heading(
        "encounters",
        "Contacts and visits",
        (
            "Contacts with professionals",
            "Admission details",
            "Discharge details",
            "Future appointments",
            "Procedures and therapies",
            "Documents",
            "Information and advice given",
        ),
        ("Encounter", "EpisodeOfCare", "Appointment", "Procedure", "DocumentReference", "Composition", "Communication"),
        (),
        "every source",
    ),
    Heading("immunisations", "Vaccinations", ("Vaccinations",), ("Immunization",), (), "GP and community"),
    Heading(
        "support",
        "Support at home",
        ("Services and care",),
        ("DeviceRequest",),
        ("EpisodeOfCare",),
        "social care",
    ),
    Heading(
        "care_team",
        "People involved",
        ("Professional contacts", "Personal contacts"),
        ("Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "CareTeam", "HealthcareService"),
        ("Patient",),
        "every source",
    ),
    Heading(
        "plan",
        "Plan and actions",
        ("Care and support plan", "Plan and requested actions", "Referral details", "Additional supporting plans"),
        ("CarePlan", "Goal", "ServiceRequest", "ReferralRequest", "ProcedureRequest", "Task", "CommunicationRequest", "NutritionOrder"),
        (),
        "community, social care and voluntary services",
    ),
)

BY_KEY = {heading.key: heading for heading in HEADINGS}

ALERTING: tuple[str, ...] = tuple(heading.key for heading in HEADINGS if heading.first and heading.key != "allergies")
"""The sections that change what you do at the door, besides allergies, which have a label of their own."""

# Types that do not say by themselves what they are about: one that cannot be read may be missing in every section that they fill.
_OPEN = ("Flag", "Consent", "CarePlan", "EpisodeOfCare")

SECTION_OF_TYPE: dict[str, str] = {type: heading.key for heading in HEADINGS for type in heading.types}
SECTIONS_OF_TYPE: dict[str, frozenset[str]] = {
    type: frozenset({home, *(heading.key for heading in HEADINGS if type in _OPEN and type in heading.also)})
    for type, home in SECTION_OF_TYPE.items()
}
