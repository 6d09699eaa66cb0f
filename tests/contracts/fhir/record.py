"""One invented woman's record with a value for every search parameter that carehub serves. References are local ("Observation/o1")."""

from __future__ import annotations

from typing import Any

SCT, HL7 = "http://snomed.info/sct", "http://terminology.hl7.org/CodeSystem/"
Body = dict[str, Any]


def cc(code: str, words: str = "", system: str = SCT) -> Body:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code, **({"display": words} if words else {})}], **({"text": words} if words else {})}


def to(reference: str) -> Body:
    """A Reference."""
    return {"reference": reference}


def span(start: str, end: str = "") -> Body:
    """A Period."""
    return {"start": start, **({"end": end} if end else {})}


CLINICAL = [
    ("Organization", "org1", {"active": True, "name": "Elmfield Surgery", "alias": ["Elmfield"], "type": [cc("288565001", "Health centre")],
        "address": [{"postalCode": "ZX10 1AB"}]}),
    ("Organization", "org2", {"name": "Elmfield Annexe", "partOf": to("Organization/org1")}),
    ("Location", "loc1", {"status": "active", "name": "Ward 7", "alias": ["Rowan"], "type": [cc("225746001", "Ward")],
        "address": {"postalCode": "ZX10 2CD"}, "managingOrganization": to("Organization/org1")}),
    ("HealthcareService", "hs1", {"active": True, "name": "Falls clinic", "type": [cc("700433006", "Falls service")],
        "providedBy": to("Organization/org1")}),
    ("Practitioner", "pr1", {"active": True, "name": [{"family": "Núñez", "given": ["Ines"]}]}),
    ("Practitioner", "pr2", {"name": [{"family": "Osei", "given": ["Kofi"]}]}),
    ("PractitionerRole", "role1", {"active": True, "practitioner": to("Practitioner/pr1"), "organization": to("Organization/org1"),
        "code": [cc("62247001", "GP")], "specialty": [cc("394814009", "General practice")]}),
    ("RelatedPerson", "rp1", {"active": True, "relationship": [cc("DAU", "daughter", HL7 + "v3-RoleCode")],
        "name": [{"family": "Okafor", "given": ["Ngozi"], "text": "Ngozi Okafor"}]}),
    ("AllergyIntolerance", "al1", {"clinicalStatus": cc("active", system=HL7 + "allergyintolerance-clinical"),
        "verificationStatus": cc("confirmed", system=HL7 + "allergyintolerance-verification"), "code": cc("91936005", "Allergy to penicillin"),
        "category": ["medication"], "criticality": "high", "recordedDate": "2019-03"}),
    ("AllergyIntolerance", "al2", {"clinicalStatus": cc("resolved", system=HL7 + "allergyintolerance-clinical"),
        "verificationStatus": cc("unconfirmed", system=HL7 + "allergyintolerance-verification"), "code": cc("91935009", "Allergy to peanut"),
        "category": ["food"], "criticality": "low", "recordedDate": "2021-06-01"}),
    ("Appointment", "ap1", {"status": "booked", "serviceType": [cc("700433006", "Falls service")], "start": "2026-12-01T09:30:00Z",
        "end": "2026-12-01T10:00:00Z", "participant": [{"actor": to("Patient/ada"), "status": "accepted"},
        {"actor": to("Practitioner/pr1"), "status": "accepted"}]}),
    ("Goal", "go1", {"lifecycleStatus": "active", "achievementStatus": cc("in-progress", system=HL7 + "goal-achievement"),
        "category": [cc("dietary", system=HL7 + "goal-category")], "description": {"text": "Walk to the shop"}, "startDate": "2026-09-01",
        "target": [{"measure": cc("129006008", "Walking"), "dueDate": "2026-12-24"}]}),
    ("CareTeam", "ct1", {"status": "active", "category": [cc("LA27976-2", "Team", "http://loinc.org")], "period": span("2026-01-01"),
        "participant": [{"member": to("Practitioner/pr1")}]}),
    ("CarePlan", "cp1", {"status": "active", "intent": "plan", "category": [cc("736271009", "Outpatient care plan")],
        "period": span("2026-09-01", "2027-02-28"), "goal": [to("Goal/go1")], "careTeam": [to("CareTeam/ct1")]}),
    ("Communication", "com1", {"status": "completed", "category": [cc("alert", system=HL7 + "communication-category")],
        "sent": "2026-11-02T10:00:00Z", "received": "2026-11-02T11:00:00Z", "sender": to("Practitioner/pr1")}),
    ("Encounter", "en1", {"status": "finished", "class": {"system": HL7 + "v3-ActCode", "code": "IMP"}, "type": [cc("32485007", "Admission")],
        "period": span("2026-10-01T08:00:00Z", "2026-10-05T12:00:00Z"), "location": [{"location": to("Location/loc1")}],
        "participant": [{"individual": to("Practitioner/pr1")}], "serviceProvider": to("Organization/org1"),
        "reasonCode": [cc("84114007", "Heart failure")]}),
    ("EpisodeOfCare", "eoc1", {"status": "active", "type": [cc("hacc", system=HL7 + "episodeofcare-type")], "period": span("2026-09-15"),
        "managingOrganization": to("Organization/org1"), "careManager": to("Practitioner/pr1")}),
    ("Condition", "co1", {"clinicalStatus": cc("active", system=HL7 + "condition-clinical"),
        "verificationStatus": cc("confirmed", system=HL7 + "condition-ver-status"), "code": cc("84114007", "Heart failure"),
        "category": [cc("problem-list-item", system=HL7 + "condition-category")], "severity": cc("24484000", "Severe"),
        "onsetDateTime": "2018-05", "recordedDate": "2018-06-12", "encounter": to("Encounter/en1"), "asserter": to("Practitioner/pr1")}),
    ("Condition", "co2", {"clinicalStatus": cc("resolved", system=HL7 + "condition-clinical"),
        "verificationStatus": cc("confirmed", system=HL7 + "condition-ver-status"), "code": cc("233604007", "Pneumonia"),
        "category": [cc("encounter-diagnosis", system=HL7 + "condition-category")],
        "onsetDateTime": "2025-01-10", "abatementDateTime": "2025-02-01", "recordedDate": "2025-01-11"}),
    ("Consent", "cn1", {"status": "active", "scope": cc("patient-privacy", system=HL7 + "consentscope"),
        "category": [cc("59284-0", "Consent", "http://loinc.org")], "dateTime": "2026-03-01", "policyRule": cc("OPTIN", system=HL7 + "v3-ActCode")}),
    ("DeviceRequest", "dr1", {"status": "active", "intent": "order", "codeCodeableConcept": cc("228869008", "Walking frame"),
        "authoredOn": "2026-10-20"}),
    ("Specimen", "sp1", {"status": "available", "type": cc("119297000", "Blood"), "collection": {"collectedDateTime": "2026-11-10T08:15:00Z"}}),
    ("Observation", "ob1", {"status": "final", "category": [cc("laboratory", system=HL7 + "observation-category")],
        "code": cc("1000731000000107", "Creatinine"), "effectiveDateTime": "2026-11-10T08:15:00Z", "valueQuantity": {"value": 81.5,
        "unit": "umol/L", "system": "http://unitsofmeasure.org", "code": "umol/L"}, "encounter": to("Encounter/en1"),
        "performer": [to("Organization/org1")], "specimen": to("Specimen/sp1")}),
    ("Observation", "ob2", {"status": "preliminary", "category": [cc("vital-signs", system=HL7 + "observation-category")],
        "code": cc("364075005", "Heart rate"), "effectiveDateTime": "2026-10-02", "valueString": "Régulier, 72"}),
    ("Observation", "ob3", {"status": "final", "category": [cc("survey", system=HL7 + "observation-category")],
        "code": cc("763264000", "Frailty scale"), "effectivePeriod": span("2026-09-01", "2026-09-30"),
        "valueCodeableConcept": cc("925561000000107", "Moderate frailty"), "hasMember": [to("Observation/ob1")],
        "component": [{"code": cc("129006008", "Walking"), "valueQuantity": {"value": 4, "unit": "m", "system": "http://unitsofmeasure.org", "code": "m"}},
        {"code": cc("284779002", "Grip"), "valueCodeableConcept": cc("260407003", "Weak")}]}),
    ("DiagnosticReport", "rep1", {"status": "final", "category": [cc("LAB", system=HL7 + "v2-0074")], "code": cc("1000731000000107", "U and E"),
        "effectiveDateTime": "2026-11-10T08:15:00Z", "issued": "2026-11-10T16:00:00Z", "result": [to("Observation/ob1")],
        "specimen": [to("Specimen/sp1")], "encounter": to("Encounter/en1")}),
    ("DocumentReference", "doc1", {"status": "current", "type": cc("824331000000106", "Discharge letter"),
        "category": [cc("734163000", "Care plan")], "date": "2026-10-05T13:00:00Z", "description": "Discharge letter",
        "content": [{"attachment": {"contentType": "text/plain", "title": "Letter"}}]}),
    ("Flag", "fl1", {"status": "active", "code": cc("129839007", "At risk of falls"), "period": span("2026-10-05"), "author": to("Practitioner/pr1")}),
    ("Immunization", "im1", {"status": "completed", "vaccineCode": cc("1119349007", "COVID-19 vaccine"), "occurrenceDateTime": "2026-10-09",
        "lotNumber": "AB1234"}),
    ("List", "li1", {"status": "current", "mode": "snapshot", "title": "Problems", "code": cc("problems", system=HL7 + "list-example-use-codes"),
        "date": "2026-11-01T09:00:00Z", "entry": [{"item": to("Condition/co1")}]}),
    ("Medication", "me1", {"status": "active", "code": cc("39113611000001102", "Furosemide 40mg tablets"), "form": cc("385055001", "Tablet")}),
    ("MedicationRequest", "mr1", {"status": "active", "intent": "order", "medicationReference": to("Medication/me1"), "authoredOn": "2026-10-05",
        "requester": to("Practitioner/pr1"), "encounter": to("Encounter/en1")}),
    ("MedicationRequest", "mr2", {"status": "stopped", "intent": "plan", "medicationCodeableConcept": cc("319775004", "Aspirin 75mg tablets"),
        "authoredOn": "2020-01-01"}),
    ("MedicationStatement", "ms1", {"status": "active", "medicationCodeableConcept": cc("319775004", "Aspirin 75mg tablets"),
        "category": cc("community", system=HL7 + "medication-statement-category"), "effectivePeriod": span("2026-01-01")}),
    ("MedicationStatement", "ms2", {"status": "completed", "medicationReference": to("Medication/me1"), "effectiveDateTime": "2026-02-02"}),
    ("Procedure", "pc1", {"status": "completed", "code": cc("443497002", "Hip replacement"), "category": cc("387713003", "Surgical procedure"),
        "performedDateTime": "2015-07-04", "encounter": to("Encounter/en1")}),
    ("QuestionnaireResponse", "qr1", {"status": "completed", "authored": "2026-09-09T09:00:00Z",
        "questionnaire": "https://example.org/Questionnaire/frailty"}),
    ("ServiceRequest", "sr1", {"status": "active", "intent": "order", "priority": "urgent", "code": cc("306206005", "Referral to service"),
        "category": [cc("3457005", "Patient referral")], "authoredOn": "2026-10-06", "occurrenceDateTime": "2026-11-15",
        "requester": to("Practitioner/pr1"), "performer": [to("Organization/org1")], "encounter": to("Encounter/en1")}),
    ("Task", "ta1", {"status": "requested", "intent": "order", "priority": "routine", "code": cc("373784005", "Visit at home"),
        "authoredOn": "2026-11-03T09:00:00Z", "lastModified": "2026-11-04T09:00:00Z", "owner": to("Organization/org1"),
        "requester": to("Practitioner/pr1"), "focus": to("ServiceRequest/sr1")}),
]  # fmt: skip

_WITHOUT_SUBJECT = {"Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "Medication", "Appointment"}
_PATIENT = {"AllergyIntolerance", "Consent", "EpisodeOfCare", "Immunization", "RelatedPerson"}


def records() -> list[Body]:
    """Every record, about Patient/ada, each with an identifier of its own."""
    made = []
    for type_, local, said in CLINICAL:
        whose = "for" if type_ == "Task" else "patient" if type_ in _PATIENT else "" if type_ in _WITHOUT_SUBJECT else "subject"
        own = {"system": "https://example.org/local", "value": local}
        identifier = own if type_ == "QuestionnaireResponse" else [own]
        made.append({"resourceType": type_, "id": local, "identifier": identifier, **({whose: to("Patient/ada")} if whose else {}), **said})
    return made
