"""The GP adapter's own cases: golden files, validity, and what they must cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.kit.cases import Case, read_folder
from carehub.kit.golden import differences, outcome, text
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
CASES = {case.slug: case for case in read_folder(FOLDER).cases}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_gives_its_golden_result_twice(case: Case) -> None:
    result, again = outcome(ADAPTER, case.message), outcome(ADAPTER, case.message)
    assert text(result) == text(again)
    assert isinstance(result, Rejected) == case.rejected
    assert differences(case.golden, result) == []


@pytest.mark.parametrize("case", [case for case in CASES.values() if not case.rejected], ids=lambda case: case.slug)
def test_every_resource_is_valid_r4(case: Case) -> None:
    for record in mapped(case.slug).records:
        get_fhir_model_class(record.ref.type).model_validate_json(dumps(record.resource))


def test_the_cases_show_every_issue_the_mapping_can_raise() -> None:
    numbers = {issue.number for case in CASES.values() for issue in outcome(ADAPTER, case.message).issues}
    assert numbers >= {f"MAP-{n:03d}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 18, 30)} | {
        "GATE-002",
        "GATE-006",
        "GATE-007",
    }


def test_the_case_of_every_type_has_every_type() -> None:
    assert {record.ref.type for record in mapped("every-type").records} == set(ADAPTER.manifest.produces)


def test_a_vaccine_whose_code_says_nothing_is_named_by_its_procedure() -> None:
    (given,) = resources("vaccine-named-by-its-procedure", "Immunization")
    assert given["vaccineCode"]["text"] == "Seasonal influenza vaccination"
    assert given["vaccineCode"]["coding"][0]["code"] == "UNK"
    (named,) = resources("every-type", "Immunization")
    assert named["vaccineCode"]["text"] == "Flu jab"


def test_a_content_type_that_is_none_is_put_right_or_kept_in_words() -> None:
    shown = [document["content"][0]["attachment"] for document in resources("document-content-types", "DocumentReference")]
    assert [one.get("contentType") for one in shown] == ["application/pdf", None, "text/plain; charset=utf-8", None, "application/pdf"]
    assert shown[1]["title"].startswith("GP2GP generated placeholder")
    assert [one["extension"][0]["valueString"][:5] for one in shown if "extension" in one] == ["PDF", "GP2GP", "unkno"]


def test_referrals_and_recalls_are_told_apart() -> None:
    kinds = {request["category"][-1]["text"] for request in resources("every-type", "ServiceRequest")}
    assert kinds == {"Referral", "Recall or planned action", "Request"}


def test_a_form_keeps_its_questions_inside_one_another() -> None:
    (form,) = resources("every-type", "QuestionnaireResponse")
    assert [item["linkId"] for item in form["item"]] == ["a", "2", "3"]
    assert form["item"][0]["answer"][0]["item"][0] == {"linkId": "1.1", "text": "How often?", "answer": [{"valueString": "Twice a week"}]}
    assert form["item"][1]["answer"][0]["valueReference"]["reference"].startswith("Observation/")


def test_the_clean_record_has_nothing_to_report() -> None:
    result = mapped("clean-record")
    assert result.issues == ()
    assert result.snapshot
    assert result.recorded == "2026-11-21T05:30:12.480Z"
    assert {record.ref.type for record in result.records} <= set(ADAPTER.manifest.produces)


def test_an_answer_to_a_narrower_question_is_not_the_whole_record() -> None:
    assert not mapped("no-known-allergies").snapshot
    assert not mapped("search-answer").snapshot


def test_no_known_allergies_is_a_coded_statement_and_an_empty_list_is_not() -> None:
    (stated,) = resources("no-known-allergies", "AllergyIntolerance")
    assert stated["code"]["coding"][0]["code"] == "716186003"
    assert stated["asserter"]["display"] == "Dr Ruth Okonjo"
    assert resources("empty-list-with-reason", "AllergyIntolerance") == []
    (empty,) = resources("empty-list-with-reason", "List")
    assert {coding["code"] for coding in empty["emptyReason"]["coding"]} == {"no-content-recorded"}
    assert empty["note"] == [{"text": "Information not available"}]


@pytest.mark.parametrize("code", ["confidential-items", "data-in-transit", "data-awaiting-filing"])
def test_a_warning_code_is_kept_as_data_with_its_sentence(code: str) -> None:
    (warned,) = resources(f"warning-{code}", "List")
    (extension,) = warned["extension"]
    assert extension["url"] == "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ListWarningCode"
    assert extension["valueCodeableConcept"]["coding"][0]["code"] == code
    assert warned["note"][0]["text"]


def test_a_placeholder_number_is_kept_without_the_nhs_number_system() -> None:
    (patient,) = resources("placeholder-nhs-number", "Patient")
    assert patient["identifier"] == [{"type": {"text": "NHS number as sent, not usable"}, "value": "1234567890"}]
    assert mapped("placeholder-nhs-number").patient.patient.endswith("|1944-03-09|thistlewood")


def test_a_vaccine_not_given_is_not_done() -> None:
    (not_given,) = resources("immunisation-not-given", "Immunization")
    assert not_given["status"] == "not-done"
    assert not_given["statusReason"]["coding"][0]["display"] == "Generally unwell"
    assert not_given["note"] == [{"text": "Also not given because: Declined"}]


def test_degraded_codes_have_their_words_as_text() -> None:
    (problem,) = resources("degraded-code", "Condition")
    (allergy,) = resources("degraded-code", "AllergyIntolerance")
    assert problem["code"]["text"] == "Patient on heart failure pathway"
    assert allergy["code"]["text"] == "Rash with trimethoprim 200mg tablets"


def test_a_bad_entry_costs_itself_and_no_reference_to_it_is_left() -> None:
    result = mapped("bad-entry-among-good")
    assert [(i.number, i.at, i.about) for i in result.issues] == [
        ("MAP-004", "Bundle.entry[5]", ""),
        ("MAP-004", "Bundle.entry[7]", "Condition"),
        ("MAP-004", "Bundle.entry[9]", "Observation"),
    ]
    (reading,) = resources("bad-entry-among-good", "Observation")
    assert reading["hasMember"] == [{"identifier": {"value": "Condition/0a1b2c3d-0000-4000-8000-000000000301-PROB"}}]


def test_hazard_an_entry_about_somebody_else_is_not_filed() -> None:
    result = mapped("entry-of-another-patient")
    assert resources("entry-of-another-patient", "Condition") == []
    assert [(i.number, i.about) for i in result.issues] == [("MAP-016", "Condition")]


def test_hazard_one_id_for_two_medicines_links_neither() -> None:
    assert len(resources("one-id-for-two-medicines", "Medication")) == 2
    (statement,) = resources("one-id-for-two-medicines", "MedicationStatement")
    assert "reference" not in statement["medicationReference"]


def test_an_ended_allergy_inside_its_list_is_a_record_with_its_end() -> None:
    (ended,) = resources("ended-allergy-inside-list", "AllergyIntolerance")
    (holder,) = resources("ended-allergy-inside-list", "List")
    assert holder["entry"] == [{"item": {"reference": f"AllergyIntolerance/{ended['id']}"}}]
    assert "contained" not in holder
    (end,) = ended["clinicalStatus"]["extension"]
    assert [part["url"] for part in end["extension"]] == ["endDate", "reasonEnded"]


def test_a_label_survives() -> None:
    (problem,) = resources("confidentiality-label", "Condition")
    assert [label["code"] for label in problem["meta"]["security"]] == ["NOPAT"]


def test_impossible_dates_are_left_out_and_death_is_not() -> None:
    (patient,) = resources("impossible-dates", "Patient")
    (allergy,) = resources("impossible-dates", "AllergyIntolerance")
    assert patient["deceasedBoolean"] is True
    assert "recordedDate" not in allergy


def test_a_medicine_not_taken_and_its_dose() -> None:
    (statement,) = resources("whole-medicine-course", "MedicationStatement")
    (dosage,) = statement["dosage"]
    assert statement["status"] == "not-taken"
    assert dosage["text"] == "1-2 capsules at night when needed"
    assert dosage["doseAndRate"] == [{"doseRange": {"low": {"value": 1, "unit": "capsule"}, "high": {"value": 2, "unit": "capsule"}}}]
    assert all("substitution" in request for request in resources("whole-medicine-course", "MedicationRequest"))


def test_decimals_keep_their_digits() -> None:
    whole = dumps([record.resource for record in mapped("clean-record").records])
    assert b'"value":5.10,' in whole
    assert b'"value":2.50,' in whole


def mapped(slug: str) -> Mapped:
    result = outcome(ADAPTER, CASES[slug].message)
    assert isinstance(result, Mapped)
    return result


def resources(slug: str, kind: str) -> list[dict[str, Any]]:
    return [loads(dumps(record.resource)) for record in mapped(slug).records if record.ref.type == kind]
