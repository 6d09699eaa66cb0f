"""Results: value, unit and range exactly as told, reports with their results, statements without a value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unit.careplan.told import GP, concept, entries, facts, one, plan, record, view


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
        ({"valueQuantity": {"value": Decimal("1E+999999")}}, "1E+999999"),
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
