"""The GP adapter, rule by rule: who a record is about, what it is called, and what odd parts cost."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.kit.cases import message, read_folder
from carehub.terms.errors import Unmappable, Unreadable
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
CASES = {case.slug: case.message.body for case in read_folder(FOLDER).cases}

Json = dict[str, Any]


def case(slug: str = "clean-record") -> Json:
    value: Json = loads(CASES[slug])
    return value


def give(bundle: Any) -> Mapped:
    return ADAPTER.map_message(message(ADAPTER.manifest, dumps(bundle)))


def sent(bundle: Json, kind: str) -> Json:
    return next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)


def told(result: Mapped, kind: str) -> Json:
    return next(record.resource for record in result.records if record.ref.type == kind)


def numbers(result: Mapped) -> list[tuple[str, str, int]]:
    return [(issue.number, issue.at, issue.count) for issue in result.issues]


def test_the_order_of_entries_changes_no_record() -> None:
    bundle = case()
    before = {record.ref: dumps(record.resource) for record in give(bundle).records}
    random.Random(7).shuffle(bundle["entry"])
    assert {record.ref: dumps(record.resource) for record in give(bundle).records} == before


def test_one_patient_id_for_two_people_is_two_patients() -> None:
    first, second = case(), case()
    sent(second, "Patient")["identifier"][0]["value"] = "999 000 4129"
    assert give(first).patient != give(second).patient
    assert give(first).patient.patient.split("|")[0] == give(second).patient.patient.split("|")[0]
    assert not {r.ref.id for r in give(first).records} & {r.ref.id for r in give(second).records}


def test_two_people_with_a_placeholder_are_told_apart_by_birth_date_and_family_name() -> None:
    keys = set()
    for born, family in (("1944-03-09", "Thistlewood"), ("1999-03-09", "Thistlewood"), ("1944-03-09", "Appleyard")):
        bundle = case("placeholder-nhs-number")
        sent(bundle, "Patient").update(birthDate=born, name=[{"use": "old", "family": "Was"}, {"family": family}])
        keys.add(give(bundle).patient.patient)
    assert len(keys) == 3


def test_two_current_numbers_that_differ_are_both_unusable() -> None:
    bundle = case("search-answer")
    patient = sent(bundle, "Patient")
    patient["identifier"].append({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990004129"})
    result = give(bundle)
    assert [identifier.get("system") for identifier in told(result, "Patient")["identifier"]] == [None, None]
    assert numbers(result) == [("MAP-009", "Patient.identifier", 2)]


def test_an_old_number_stays_beside_the_current_one_and_is_not_the_key() -> None:
    bundle = case("search-answer")
    old = {"use": "old", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990004129"}
    sent(bundle, "Patient")["identifier"].insert(0, old)
    result = give(bundle)
    assert result.issues == ()
    kept = {"use": "old", "type": {"text": "NHS number, superseded"}, "value": "9990004129"}  # UK Core allows one number in the NHS system
    assert told(result, "Patient")["identifier"][0] == kept
    assert result.patient.patient.endswith("|9990004110")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "ZZG01"),
        ({"managing": None}, "ZZG01"),
        ({"managing": None, "practice": None}, "unknown-gp"),
        ({"managing": None, "practice": None, "system": "https://EMISWeb/ZZG07"}, "ZZG07"),
    ],
)
def test_the_practice_that_speaks(change: Json, code: str) -> None:
    bundle = case()
    if "managing" in change:
        del sent(bundle, "Patient")["managingOrganization"]
    if "practice" in change:
        del sent(bundle, "Organization")["type"]
        del sent(bundle, "Organization")["identifier"]
    if "system" in change:
        sent(bundle, "Condition")["identifier"][0]["system"] = change["system"]
    assert give(bundle).source.code == code


def test_ids_are_matched_in_any_case_and_over_full_urls() -> None:
    bundle = case("unresolved-reference")
    encounter = sent(bundle, "Encounter")
    practitioner = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Practitioner")
    practitioner["fullUrl"] = "urn:uuid:11111111-2222-4333-8444-555555555555"
    encounter["participant"] = [
        {"individual": {"reference": practitioner["fullUrl"]}},
        {"individual": {"reference": f"https://gp-system.example/fhir/Practitioner/{practitioner['resource']['id'].upper()}/_history/4"}},
    ]
    assert len({p["individual"]["reference"] for p in told(give(bundle), "Encounter")["participant"]}) == 1


def test_a_reference_to_what_is_not_mapped_is_no_fault_of_the_message() -> None:
    assert {number for number, _, _ in numbers(give(case("types-not-mapped")))} == {"MAP-004", "MAP-005"}


def test_a_record_is_the_same_whether_it_is_sent_once_or_twice() -> None:
    bundle = case()
    before = {record.ref for record in give(bundle).records}
    bundle["entry"] += bundle["entry"][-12:]
    result = give(bundle)
    assert [record.ref for record in result.records].count(result.records[-1].ref) == 1
    assert {record.ref for record in result.records} == before
    assert result.issues == ()


@pytest.mark.parametrize("kind", ["AllergyIntolerance", "Condition", "MedicationStatement", "Immunization", "Observation", "Encounter"])
def test_hazard_a_clinical_entry_without_a_subject_is_not_filed(kind: str) -> None:
    bundle = case()
    resource = sent(bundle, kind)
    resource.pop("subject", None) or resource.pop("patient")
    assert ("MAP-004", kind) in {(issue.number, issue.about) for issue in give(bundle).issues}


def test_hazard_a_modifier_extension_anywhere_costs_the_entry() -> None:
    bundle = case()
    sent(bundle, "MedicationStatement")["dosage"][0]["modifierExtension"] = [{"url": "x", "valueBoolean": True}]
    assert [issue.about for issue in give(bundle).issues] == ["MedicationStatement"]


def test_hazard_a_dosage_is_mapped_whole_or_not_at_all() -> None:
    bundle = case()
    sent(bundle, "MedicationStatement")["dosage"][0]["tapering"] = "every second day"
    assert [(issue.number, issue.about) for issue in give(bundle).issues] == [("MAP-004", "MedicationStatement")]


def test_hazard_an_immunisation_that_does_not_say_whether_it_was_given_is_not_mapped() -> None:
    bundle = case()
    del sent(bundle, "Immunization")["notGiven"]
    assert [(issue.number, issue.about) for issue in give(bundle).issues] == [("MAP-004", "Immunization")]


def test_labels_of_the_message_and_of_a_list_reach_what_they_hold() -> None:
    bundle = case("ended-allergy-inside-list")
    bundle["meta"]["security"] = [{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "R"}]
    sent(bundle, "List")["meta"]["security"] = [{"system": "http://hl7.org/fhir/v3/ActCode", "code": "NOPAT"}]
    result = give(bundle)
    assert [label["code"] for label in told(result, "AllergyIntolerance")["meta"]["security"]] == ["R", "NOPAT"]
    assert all(record.resource["meta"]["security"][0]["code"] == "R" for record in result.records)


def test_a_local_time_gets_the_offset_of_london() -> None:
    bundle = case()
    sent(bundle, "Encounter")["period"] = {"start": "2026-07-03T10:05", "end": "2026-12-03T10:05:00.5"}
    assert told(give(bundle), "Encounter")["period"] == {"start": "2026-07-03T10:05:00+01:00", "end": "2026-12-03T10:05:00.5+00:00"}


@pytest.mark.parametrize(
    ("words", "code"),
    [("Telephone call to a patient", "VR"), ("Nursing home visit note", "HH"), ("GP Surgery", "AMB"), ("Externally Entered", "AMB")],
)
def test_the_class_of_a_contact(words: str, code: str) -> None:
    bundle = case("types-not-mapped")
    sent(bundle, "Encounter")["type"] = [{"text": words}]
    assert told(give(bundle), "Encounter")["class"]["code"] == code


def test_one_object_for_a_list_of_one_is_read() -> None:
    bundle = case()
    patient, location = sent(bundle, "Patient"), sent(bundle, "Location")
    patient["generalPractitioner"] = patient["generalPractitioner"][0]
    location["telecom"] = {"system": "phone", "value": "0113 496 0333"}
    location["address"] = [{"city": "Northvale"}]
    sent(bundle, "Observation")["code"]["coding"][0]["code"] = ["84114007"]
    result = give(bundle)
    assert result.issues == ()
    assert told(result, "Location")["address"] == {"city": "Northvale"}


def test_an_nhs_number_on_the_subject_must_be_the_patients() -> None:
    bundle = case("empty-list-with-reason")
    same = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990004110"}}
    sent(bundle, "List")["subject"] = same
    assert give(bundle).issues == ()
    same["identifier"]["value"] = "9990004129"
    assert [issue.number for issue in give(bundle).issues] == ["MAP-016"]


@pytest.mark.parametrize(
    ("value", "error", "number"),
    [
        ([], Unreadable, "GATE-005"),
        ({"type": "collection"}, Unreadable, "GATE-005"),
        ({"resourceType": "Bundle"}, Unmappable, "MAP-003"),
        ({"resourceType": "Bundle", "type": ["collection"]}, Unmappable, "MAP-003"),
        ({"resourceType": "Bundle", "type": "collection", "entry": {}}, Unmappable, "MAP-001"),
        ({"resourceType": "Bundle", "type": "collection"}, Unmappable, "MAP-002"),
        ({"resourceType": "Binary", "contentType": "text/plain"}, Unmappable, "MAP-003"),
    ],
)
def test_what_is_not_a_record_is_refused_with_its_reason(value: Any, error: type[Exception], number: str) -> None:
    with pytest.raises(error, match=number):
        give(value)


def test_an_unreadable_patient_refuses_the_message() -> None:
    bundle = case("search-answer")
    sent(bundle, "Patient")["gender"] = "f"
    with pytest.raises(Unmappable, match="MAP-002"):
        give(bundle)
