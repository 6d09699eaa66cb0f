"""What the other sections read: problems, results, contacts, vaccinations, people, plan entries, alerts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unit.careplan.told import BY_DOCTOR, GP, HOSPITAL, concept, doctor, entries, only, patient, plan, record, sentences, status, view

SPEC = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-"


def facts(entry):
    return [(fact.label, fact.value) for fact in entry.facts]


def one(section, type, elements, *others, source=GP):
    return only(plan(view(source, record(source, type, "x", elements), *others)), section)


# ---- conditions ----


def test_a_problem_with_significance_certainty_and_dates():
    told = {
        "code": concept("84114007", "Heart failure"),
        "clinicalStatus": status("active"),
        "verificationStatus": status("confirmed"),
        "severity": {"text": "Moderate"},
        "category": [concept("problem-list-item", "Problem List Item")],
        "extension": [{"url": SPEC + "ProblemSignificance-1", "valueCode": "major"}],
        "bodySite": [{"text": "Left ventricle"}],
        "onsetDateTime": "2021",
        "recordedDate": "2021-03-04",
        "stage": [{"summary": {"text": "NYHA II"}}],
        "evidence": [{"code": [{"text": "Breathless"}]}],
        "note": [{"text": "Under clinic"}],
    }
    entry = one("problems", "Condition", told)
    assert (entry.title, entry.status, entry.active, entry.when) == ("Heart failure", "Active", True, "2021")
    assert facts(entry) == [
        ("Significance", "Major"),
        ("Verification", "Confirmed"),
        ("Severity", "Moderate"),
        ("Body site", "Left ventricle"),
        ("Started", "2021"),
        ("Recorded", "04-Mar-2021"),
        ("Kind", "Problem list"),
        ("Stage", "NYHA II"),
        ("Evidence", "Breathless"),
        ("Note", "Under clinic"),
    ]


@pytest.mark.parametrize(
    ("elements", "shown"),
    [
        ({"category": [{"text": "Major"}]}, "Major"),
        ({"extension": [{"url": SPEC + "ProblemSignificance-1", "valueCodeableConcept": {"text": "minor"}}]}, "Minor"),
        ({}, ""),
    ],
)
def test_significance_from_wherever_it_is_said(elements, shown):
    assert one("problems", "Condition", {"code": {"text": "Asthma"}, **elements}).fact("Significance") == shown


@pytest.mark.parametrize(
    ("clinical", "verification", "shown", "active"),
    [
        ("resolved", "", "Resolved", False),
        ("remission", "", "In remission", False),
        ("", "", "", True),
        ("active", "refuted", "Refuted", False),
        ("odd-code", "", "Odd code", True),
    ],
)
def test_status_of_a_condition(clinical, verification, shown, active):
    told = {"code": {"text": "X"}, "clinicalStatus": status(clinical)} | (
        {"verificationStatus": status(verification)} if verification else {}
    )
    entry = one("problems", "Condition", told)
    assert (entry.status, entry.active) == (shown, active)


def test_a_status_sent_as_plain_text_is_read_too():
    assert one("problems", "Condition", {"code": {"text": "X"}, "clinicalStatus": "inactive"}).status == "Inactive"


def test_family_history_says_that_it_is_family_history():
    told = {"relationship": {"text": "Mother"}, "condition": [{"code": {"text": "Stroke"}}], "date": "2020"}
    assert one("problems", "FamilyMemberHistory", told).title == "Family history: Mother - Stroke"
    assert one("problems", "FamilyMemberHistory", {}).title == "Family history, no detail given"


def test_a_condition_without_words_still_appears():
    assert one("problems", "Condition", {}).title == "Condition without a description"


def test_a_condition_over_in_one_source_and_active_in_another_is_a_conflict():
    def asthma(source, clinical, **more):
        return record(
            source, "Condition", f"c-{source.code}", {"code": concept("195967001", "Asthma"), "clinicalStatus": status(clinical), **more}
        )

    made = plan(view(GP, asthma(GP, "active")), view(HOSPITAL, asthma(HOSPITAL, "resolved", abatementDateTime="2020-05")))
    assert sentences(made, "C4") == [
        "Hospital records this as resolved on May-2020. GP list still shows it as active (GP list as at 22-Nov-2026)."
    ]
    refuted = plan(view(GP, asthma(GP, "active")), view(HOSPITAL, asthma(HOSPITAL, "active", verificationStatus=status("refuted"))))
    assert sentences(refuted, "C4") == ["Hospital refuted this. GP list still shows it as active (GP list as at 22-Nov-2026)."]
    again = plan(
        view(GP, asthma(GP, "active", onsetDateTime="2024")), view(HOSPITAL, asthma(HOSPITAL, "resolved", abatementDateTime="2020-05"))
    )
    assert sentences(again, "C4") == []
    within = plan(
        view(
            GP,
            asthma(GP, "active"),
            record(GP, "Condition", "old", {"code": concept("195967001", "Asthma"), "clinicalStatus": status("resolved")}),
        )
    )
    assert sentences(within, "C4") == []


# ---- results ----


def observation(**more):
    return {"status": "final", "code": concept("1", "Creatinine"), "effectiveDateTime": "2026-11-17T08:30:00Z", **more}


def test_a_value_with_unit_range_and_flag_exactly_as_told():
    told = observation(
        valueQuantity={"value": Decimal("98.50"), "unit": "umol/L", "comparator": "<"},
        referenceRange=[
            {"low": {"value": 45, "unit": "umol/L"}, "high": {"value": 84, "unit": "umol/L"}, "appliesTo": [{"text": "Adult women"}]}
        ],
        interpretation=[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}]}],
        category=[{"text": "Laboratory"}],
        method=[{"text": "Enzymatic"}],
        issued="2026-11-17T10:00:00Z",
        note=[{"text": "Haemolysed"}],
    )
    entry = one("results", "Observation", told)
    assert (entry.title, entry.status, entry.when) == ("Creatinine", "Final", "2026-11-17T08:30:00Z")
    assert facts(entry) == [
        ("Value", "<98.50 umol/L"),
        ("Range", "45 umol/L to 84 umol/L (Adult women)"),
        ("Interpretation", "High (H)"),
        ("Kind", "Laboratory"),
        ("Method", "Enzymatic"),
        ("Issued", "17-Nov-2026 10:00"),
        ("Note", "Haemolysed"),
    ]


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"text": "[ < 0.21 ]"}, "[ < 0.21 ]"),
        ({"low": {"value": 4}}, "from 4"),
        ({"high": {"value": Decimal("0.21")}, "type": {"text": "Normal"}}, "Normal: up to 0.21"),
    ],
)
def test_ranges_as_the_laboratory_wrote_them(held, words):
    assert one("results", "Observation", observation(referenceRange=[held])).fact("Range") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueString": "Trace"}, "Trace"),
        ({"valueCodeableConcept": {"text": "Positive"}}, "Positive"),
        ({"valueBoolean": False}, "No"),
        ({"valueInteger": 0}, "0"),
        ({"valueQuantity": {"value": Decimal("1E+3")}}, "1000"),
        ({"valueQuantity": {"unit": "mg"}}, "mg"),
        ({"valueQuantity": {"value": 7, "code": "mm[Hg]"}}, "7 mm[Hg]"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2}}}, "1 to 2"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1 / 128"),
        ({"valuePeriod": {"start": "2026-01-01", "end": "2026-01-02"}}, "01-Jan-2026 to 02-Jan-2026"),
        ({"valueDateTime": "2026-01-01T09:00:00Z"}, "01-Jan-2026 09:00"),
        ({"valueTime": "09:00:00"}, "09:00:00"),
        ({"valueSampledData": {"data": "1 2"}}, "A series of measurements, shown as sent"),
        ({"valueAttachment": {"contentType": "image/png"}}, "An attachment"),
    ],
)
def test_every_kind_of_value_has_words(value, words):
    assert one("results", "Observation", observation(**value)).fact("Value") == words


def test_a_statement_without_a_value_is_still_an_entry_and_an_absent_value_says_why():
    assert facts(one("results", "Observation", observation())) == []
    assert (
        one("results", "Observation", observation(dataAbsentReason={"text": "Specimen lost"})).fact("Value not given because")
        == "Specimen lost"
    )


def test_components_each_have_their_value():
    parts = [
        {"code": {"text": "Systolic"}, "valueQuantity": {"value": 140, "unit": "mmHg"}, "referenceRange": [{"text": "90 - 120"}]},
        {"code": {"text": "Diastolic"}, "dataAbsentReason": {"text": "not measured"}},
        "odd",
    ]
    entry = one("results", "Observation", observation(component=parts))
    assert facts(entry) == [("Systolic", "140 mmHg (range 90 - 120)"), ("Diastolic", "not given: not measured")]


def test_a_report_names_its_results_and_each_result_its_report():
    report = record(
        GP,
        "DiagnosticReport",
        "r",
        {
            "status": "unknown",
            "code": {"text": "Urea and electrolytes"},
            "issued": "2026-11-17",
            "result": [{"reference": "Observation/o"}, {"reference": "Observation/gone"}],
            "specimen": [{"reference": "Specimen/s"}],
            "conclusion": "Mild impairment",
            "conclusionCode": [{"text": "CKD 3"}],
            "presentedForm": [{"contentType": "application/pdf"}],
        },
    )
    result = record(GP, "Observation", "o", observation(valueQuantity={"value": 98}))
    group = record(GP, "Observation", "g", {"status": "final", "code": {"text": "Renal"}, "hasMember": [{"reference": "Observation/o"}]})
    specimen = record(GP, "Specimen", "s", {"type": {"text": "Blood"}})
    made = plan(view(GP, report, result, group, specimen))
    by_title = {entry.title: entry for entry in entries(made, "results")}
    assert facts(by_title["Urea and electrolytes"]) == [
        ("Contains", "2 results: Creatinine"),
        ("Not held", "1 of its results is not in what the source sent"),
        ("Conclusion", "Mild impairment"),
        ("Coded conclusion", "CKD 3"),
        ("Specimen", "Blood"),
        ("Attachment", "application/pdf"),
        ("Issued", "17-Nov-2026"),
    ]
    assert by_title["Urea and electrolytes"].status == "Status not known"
    assert by_title["Creatinine"].fact("Part of") == "Urea and electrolytes; Renal"
    assert by_title["Renal"].fact("Contains") == "Creatinine"
    assert made.gaps == ()


def test_forms_and_risks_show_their_answers():
    inner = {"linkId": "2", "answer": [{"valueBoolean": True, "item": [{"text": "How often", "answer": [{"valueString": "Daily"}]}]}]}
    form = {
        "status": "completed",
        "questionnaire": "Frailty",
        "item": [{"text": "Falls", "answer": [{"valueInteger": 2}], "item": [inner]}],
    }
    assert facts(one("results", "QuestionnaireResponse", form)) == [("Falls", "2"), ("2", "Yes"), ("How often", "Daily")]
    risk = {
        "status": "final",
        "code": {"text": "Fall risk"},
        "prediction": [{"outcome": {"text": "Fall"}, "probabilityDecimal": Decimal("0.2")}],
    }
    assert facts(one("results", "RiskAssessment", risk)) == [("Fall", "0.2")]


def test_a_cancelled_result_is_not_current_and_a_nameless_one_still_appears():
    entry = one("results", "Observation", {"status": "cancelled"})
    assert (entry.title, entry.status, entry.active) == ("Result without a name", "Cancelled", False)
    assert one("results", "DiagnosticReport", {}).title == "Report without a name"


# ---- contacts and visits ----


def test_a_hospital_stay():
    base = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
    told = {
        "status": "finished",
        "class": {"code": "IMP"},
        "serviceType": {"text": "Geriatric medicine"},
        "period": {"start": "2026-11-14T22:00:00Z", "end": "2026-11-18T11:00:00Z"},
        "reasonCode": [{"text": "Fall"}],
        "location": [{"location": {"reference": "Location/w7"}, "period": {"start": "2026-11-15"}}],
        "participant": [{"individual": BY_DOCTOR, "type": [{"text": "consultant"}]}, {"individual": {"display": "Nurse Webb"}}],
        "hospitalization": {
            "extension": [{"url": base + "AdmissionMethod", "valueCodeableConcept": {"text": "Emergency"}}],
            "admitSource": {"text": "Usual place of residence"},
            "dischargeDisposition": {"text": "Home"},
        },
        "extension": [
            {"url": base + "DischargeMethod", "valueCodeableConcept": {"text": "On clinical advice"}},
            {"url": base + "OutcomeOfAttendance", "valueCodeableConcept": {"text": "Follow-up"}},
        ],
    }
    ward = record(HOSPITAL, "Location", "w7", {"name": "Ward 7"})
    entry = one("encounters", "Encounter", told, ward, doctor(HOSPITAL), source=HOSPITAL)
    assert (entry.title, entry.status, entry.active, entry.when) == ("Geriatric medicine", "Finished", False, "2026-11-14T22:00:00Z")
    assert facts(entry) == [
        ("Kind", "Inpatient stay"),
        ("Service", "Geriatric medicine"),
        ("Started", "14-Nov-2026 22:00"),
        ("Ended", "18-Nov-2026 11:00"),
        ("Reason", "Fall"),
        ("Admission method", "Emergency"),
        ("Discharge method", "On clinical advice"),
        ("Admitted from", "Usual place of residence"),
        ("Discharged to", "Home"),
        ("Outcome of attendance", "Follow-up"),
        ("Place", "Ward 7 (from 15-Nov-2026)"),
        ("Involved", "Dr A Khan (consultant)"),
        ("Seen by", "Nurse Webb"),
    ]
    assert [a.record for a in entry.attributions] == ["Encounter/x", "Location/w7"]


def test_a_consultation_shows_its_topics():
    topic = {"code": concept("25851000000105", "Topic"), "title": "Breathlessness", "encounter": {"reference": "Encounter/x"}}
    category = {"code": concept("24781000000107", "Category"), "title": "History", "encounter": {"reference": "Encounter/x"}}
    told = {"status": "finished", "class": {"code": "AMB"}, "type": [{"text": "GP surgery"}]}
    entry = one("encounters", "Encounter", told, record(GP, "List", "t", topic), record(GP, "List", "c", category))
    assert entry.fact("Topics") == "Breathlessness"


@pytest.mark.parametrize(
    ("type", "elements", "title", "shown"),
    [
        ("Encounter", {"status": "planned", "class": {"code": "HH"}}, "Home visit", "Planned"),
        ("Encounter", {"class": {"code": "zz", "display": "Odd kind"}}, "Odd kind", ""),
        ("Encounter", {}, "Contact without a description", ""),
        ("Appointment", {"status": "booked", "description": "Heart clinic", "start": "2026-12-01T10:00:00Z"}, "Heart clinic", "Planned"),
        (
            "Procedure",
            {"status": "completed", "code": {"text": "Hip replacement"}, "performedDateTime": "2019"},
            "Hip replacement",
            "Completed",
        ),
        ("DocumentReference", {"status": "current", "type": {"text": "Discharge summary"}}, "Discharge summary", "Current"),
        ("EpisodeOfCare", {"status": "waitlist"}, "Episode of care", "On a waiting list"),
        ("Communication", {"status": "completed", "payload": [{"contentString": "Rang the daughter"}]}, "Message", "Completed"),
    ],
)
def test_contacts_of_every_kind(type, elements, title, shown):
    entry = one("encounters", type, elements)
    assert (entry.title, entry.status) == (title, shown)


# ---- vaccinations ----


def test_a_vaccination_given():
    told = {
        "status": "completed",
        "vaccineCode": concept("1", "Influenza vaccine"),
        "occurrenceDateTime": "2026-10-01",
        "doseQuantity": {"value": Decimal("0.5"), "unit": "mL"},
        "protocolApplied": [{"doseNumberPositiveInt": 1, "targetDisease": [{"text": "Influenza"}]}],
        "lotNumber": "AB12",
        "expirationDate": "2027-01-01",
        "manufacturer": {"display": "Maker"},
        "site": {"text": "Left arm"},
        "route": {"text": "Intramuscular"},
        "location": {"reference": "Location/l"},
        "performer": [{"actor": BY_DOCTOR}],
        "primarySource": False,
        "reportOrigin": {"text": "Told by the person"},
        "reaction": [{"detail": {"display": "Sore arm"}}],
        "recorded": "2026-10-02",
    }
    entry = one("immunisations", "Immunization", told, doctor(), record(GP, "Location", "l", {"name": "Elmfield Surgery"}))
    assert (entry.title, entry.status, entry.active, entry.attributions[0].author) == ("Influenza vaccine", "Given", True, "Dr A Khan")
    assert facts(entry) == [
        ("Given on", "01-Oct-2026"),
        ("Dose", "0.5 mL"),
        ("Dose number", "1"),
        ("Against", "Influenza"),
        ("Batch", "AB12"),
        ("Expires", "01-Jan-2027"),
        ("Made by", "Maker"),
        ("Site", "Left arm"),
        ("Route", "Intramuscular"),
        ("Place", "Elmfield Surgery"),
        ("Given by", "Dr A Khan"),
        ("Told by", "Told by the person"),
        ("Reaction", "Sore arm"),
        ("Recorded", "02-Oct-2026"),
    ]


def test_a_vaccination_not_given_says_so_plainly():
    entry = one(
        "immunisations", "Immunization", {"status": "not-done", "vaccineCode": {"text": "Influenza"}, "statusReason": {"text": "Declined"}}
    )
    assert (entry.title, entry.status, entry.active, entry.fact("Not given because")) == (
        "Not given: Influenza",
        "Not given",
        False,
        "Declined",
    )


def test_an_unknown_product_takes_the_words_of_the_procedure():
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure"
    procedure = [{"url": url, "valueCodeableConcept": concept("170378007", "First hepatitis A vaccination")}]
    unknown = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"}]}
    entry = one("immunisations", "Immunization", {"status": "completed", "vaccineCode": unknown, "extension": procedure})
    assert entry.title == "First hepatitis A vaccination"
    assert one("immunisations", "Immunization", {}).title == "Vaccination without a name"


def test_a_recommendation_is_said_to_be_one():
    due = {
        "recommendation": [{"vaccineCode": [{"text": "Shingles"}], "dateCriterion": [{"code": {"text": "Date due"}, "value": "2027-01"}]}],
        "date": "2026",
    }
    entry = one("immunisations", "ImmunizationRecommendation", due)
    assert (entry.title, entry.status, entry.fact("Date due")) == ("Shingles", "Recommended", "Jan-2027")


# ---- people ----


def test_a_professional_with_role_and_organisation_is_one_entry():
    role = record(GP, "PractitionerRole", "r1", {"practitioner": BY_DOCTOR, "organization": {"reference": "Organization/o"}, "code": [{"text": "General practitioner"}], "telecom": [{"system": "phone", "value": "0113 496 0001", "use": "work"}]})  # fmt: skip
    made = plan(view(GP, doctor(), role, record(GP, "Organization", "o", {"name": "Elmfield Surgery"})))
    assert [entry.title for entry in entries(made, "care_team")] == ["Dr A Khan", "Elmfield Surgery"]
    assert facts(entries(made, "care_team")[0]) == [
        ("Role", "General practitioner"),
        ("Organisation", "Elmfield Surgery"),
        ("Telephone", "0113 496 0001 (work)"),
    ]
    assert made.gaps == ()


def test_a_role_whose_holder_is_not_held_stands_by_itself():
    entry = one("care_team", "PractitionerRole", {"code": [{"text": "District nurse"}], "practitioner": {"reference": "Practitioner/gone"}})
    assert (entry.title, entry.fact("Role")) == ("District nurse", "District nurse")


@pytest.mark.parametrize(
    ("type", "elements", "title", "known"),
    [
        ("RelatedPerson", {"name": [{"text": "Ann Smith"}], "relationship": [{"text": "Daughter"}], "address": [{"text": "1 Elm Road"}]}, "Ann Smith", [("Relationship", "Daughter"), ("Address", "1 Elm Road")]),
        ("Organization", {"type": [{"text": "Surgery"}], "partOf": {"display": "Trust"}}, "An organisation whose name is not given", [("Kind", "Surgery"), ("Part of", "Trust")]),
        ("CareTeam", {"name": "East team", "participant": [{"member": {"display": "R Patel"}, "role": [{"text": "Coordinator"}]}, {"role": [{"text": "Nurse"}]}]}, "East team", [("Member", "R Patel (Coordinator)"), ("Member", "Nurse")]),
        ("HealthcareService", {"name": "Falls clinic", "providedBy": {"display": "Trust"}}, "Falls clinic", [("Organisation", "Trust")]),
    ],
)  # fmt: skip
def test_people_and_teams_of_every_kind(type, elements, title, known):
    entry = one("care_team", type, elements)
    assert (entry.title, facts(entry)) == (title, known)


def test_somebody_no_longer_there_is_said_to_be_so():
    entry = one("care_team", "Practitioner", {"name": [{"family": "Khan"}], "active": False})
    assert (entry.status, entry.active) == ("No longer active", False)


def test_contacts_and_gp_inside_the_patient_record_are_entries():
    told = patient(
        GP,
        contact=[{"name": {"given": ["Ann"], "family": "Smith"}, "relationship": [{"text": "Daughter"}], "telecom": [{"value": "07700 900123", "system": "phone"}]}, {}],
        generalPractitioner=[{"display": "Dr B Osei"}, {"identifier": {"value": "G1234567"}}, {}],
    )  # fmt: skip
    made = plan(view(GP, told))
    assert [(e.title, e.key) for e in entries(made, "care_team")] == [
        ("A personal contact whose name is not given", "Patient/p-X99001#contact-2"),
        ("Ann Smith", "Patient/p-X99001#contact-1"),
        ("Dr B Osei", "Patient/p-X99001#gp-1"),
        ("G1234567", "Patient/p-X99001#gp-2"),
    ]


# ---- plan ----


@pytest.mark.parametrize(
    ("type", "elements", "title", "shown", "known"),
    [
        ("CarePlan", {"title": "Falls plan", "status": "active", "intent": "plan", "period": {"end": "2026-12-02"}, "activity": [{"detail": {"code": {"text": "Strength class"}, "status": "in-progress", "scheduledString": "Fridays"}, "progress": [{"text": "Went once"}]}, {"reference": {"display": "Referral"}}, "odd"]}, "Falls plan", "Active", [("Kind", "Care plan"), ("Intent", "Plan"), ("Dates", "up to 02-Dec-2026"), ("Action", "Strength class, In progress, Fridays"), ("Note", "Went once"), ("Action", "Referral")]),
        ("Goal", {"description": {"text": "Get to the shop"}, "lifecycleStatus": "accepted", "target": [{"detailString": "Fridays", "dueDate": "2026-12-01"}], "achievementStatus": {"text": "Improving"}}, "Get to the shop", "Accepted", [("Kind", "Goal"), ("Target", "Fridays"), ("Due", "01-Dec-2026"), ("Achievement", "Improving")]),
        ("ServiceRequest", {"code": {"text": "Home safety visit"}, "status": "active", "intent": "order", "priority": "urgent", "occurrenceDateTime": "2026-11-10", "performer": [{"display": "L Osei"}]}, "Home safety visit", "Active", [("Kind", "Referral or request"), ("Intent", "Order"), ("Priority", "Urgent"), ("Due", "10-Nov-2026"), ("Performer", "L Osei")]),
        ("Task", {"description": "Ring the daughter", "status": "requested", "owner": {"display": "R Patel"}, "executionPeriod": {"end": "2026-11-30"}, "lastModified": "2026-11-20"}, "Ring the daughter", "Requested", [("Kind", "Action"), ("Due", "up to 30-Nov-2026"), ("Owner", "R Patel"), ("Last changed", "20-Nov-2026")]),
        ("Task", {}, "Action without a description", "", [("Kind", "Action")]),
    ],
)  # fmt: skip
def test_plan_entries_of_every_kind(type, elements, title, shown, known):
    entry = one("plan", type, elements)
    assert (entry.title, entry.status, facts(entry)) == (title, shown, known)


# ---- alerts ----


def test_a_flag_is_an_alert():
    told = {
        "status": "active",
        "code": {"text": "Key safe"},
        "category": [{"text": "Access"}],
        "period": {"start": "2026-10-01"},
        "author": {"display": "J Adeyemi"},
    }
    entry = one("alerts", "Flag", told)
    assert (entry.title, entry.status, entry.active, entry.attributions[0].author) == ("Key safe", "Active", True, "J Adeyemi")
    assert facts(entry) == [("Kind", "Access"), ("Dates", "from 01-Oct-2026"), ("Set by", "J Adeyemi")]
    assert one("alerts", "Consent", {"status": "rejected", "scope": {"text": "Sharing"}}).status == "Rejected"
    assert one("alerts", "Flag", {}).title == "Flag without a description"


def test_a_record_that_changes_what_you_do_at_the_door_is_an_alert_as_well():
    told = record(
        GP,
        "Observation",
        "o",
        {"status": "final", "code": {"text": "Vulnerable adult"}, "effectiveDateTime": "2026-05-01", "note": [{"text": "See letter"}]},
    )
    made = plan(view(GP, told))
    assert only(made, "results").key == "Observation/o"
    alert = only(made, "alerts")
    assert (alert.key, alert.title, facts(alert)) == (
        "Observation/o#alert",
        "Vulnerable adult",
        [("Date", "01-May-2026"), ("Note", "See letter")],
    )
    resolved = plan(view(GP, record(GP, "Condition", "c", {"code": {"text": "Risk of violence"}, "clinicalStatus": status("resolved")})))
    assert (only(resolved, "alerts").status, only(resolved, "alerts").active) == ("Resolved", False)


def test_an_ordinary_record_is_not_an_alert():
    assert entries(plan(view(GP, record(GP, "Observation", "o", observation()))), "alerts") == ()


def test_two_resuscitation_decisions_are_a_conflict_and_neither_is_chosen():
    def decision(source, code, **more):
        return record(source, "Observation", f"o-{code}", {"status": "final", "code": {"text": "Treatment decision"}, "valueCodeableConcept": concept(code, "CPR decision"), **more})  # fmt: skip

    made = plan(view(GP, decision(GP, "450475007")), view(HOSPITAL, decision(HOSPITAL, "450476008")))
    assert sentences(made, "C6") == ["Two different recommendations are held. Neither is assumed to be current."]
    assert len(entries(made, "alerts")) == 2
    assert sentences(plan(view(GP, decision(GP, "450476008")), view(HOSPITAL, decision(HOSPITAL, "304253006"))), "C6") == []


def test_a_restricted_record_is_an_alert_and_its_entries_carry_the_label():
    told = patient(GP, meta={"security": [{"code": "R"}, {"code": "N"}]})
    made = plan(view(GP, told))
    alert = only(made, "alerts")
    assert (alert.title, alert.labels, alert.fact("Label")) == ("Record marked as restricted by the source", ("R",), "R")
    assert only(made, "about").labels == ("R",)
