"""Contacts, stays and vaccinations; what is planned or was not given says so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unit.careplan.told import BY_DOCTOR, GP, HOSPITAL, concept, doctor, facts, one, record


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
