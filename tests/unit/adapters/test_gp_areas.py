"""What a GP answer tells completely: only then may an entry that is absent count as taken back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.canonical import dumps, loads
from carehub.kit.cases import message, read_folder
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
BODIES = {case.slug: case.message.body for case in read_folder(FOLDER).cases}

Json = dict[str, Any]
ALLERGIES, ENDED, MEDICINES, CONSULTATIONS = "886921000000105", "1103671000000101", "933361000000108", "1149501000000101"
ALL = {
    *("allergies", "ended-allergies", "medicines", "medicine-orders", "problems", "consultations", "immunisations"),
    *("investigations", "uncategorised", "referrals", "diary"),
}
WARNED = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"


def give(bundle: Json) -> Mapped:
    return ADAPTER.map_message(message(ADAPTER.manifest, dumps(bundle)))


def record(slug: str = "every-type") -> Json:
    return copy.deepcopy(loads(BODIES[slug]))


def area(bundle: Json, code: str) -> Json:
    """The area's own list."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "List" and "encounter" not in resource and resource["code"]["coding"][0]["code"] == code:
            return resource
    raise LookupError(code)


def of_type(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def without(bundle: Json, kind: str) -> Json:
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] != kind]
    return bundle


def test_a_whole_record_closes_every_area_and_says_so() -> None:
    result = give(record())
    assert set(result.closes) == ALL
    assert not result.closes_submission
    assert result.snapshot


def test_records_carry_the_scope_of_their_area() -> None:
    told: dict[str, set[str]] = {}
    for one in give(record()).records:
        told.setdefault(one.scope, set()).add(one.ref.type)
    assert told["allergies"] == {"AllergyIntolerance"}
    assert told["medicines"] == {"MedicationStatement", "MedicationRequest", "Medication"}
    assert told["medicine-orders"] == {"MedicationRequest"}
    assert told["investigations"] == {"DiagnosticReport", "Observation", "Specimen", "ServiceRequest"}
    assert told["referrals"] == told["diary"] == {"ServiceRequest"}
    assert told["problems"] == {"Condition", "List"}
    assert told["consultations"] >= {"Encounter", "List"}
    assert not told[""] & {
        "AllergyIntolerance",
        "Condition",
        "MedicationRequest",
        "MedicationStatement",
        "Immunization",
        "DiagnosticReport",
    }
    assert {"Patient", "Practitioner", "Organization"} <= told[""]


def test_what_a_practice_takes_back_is_absent_and_its_area_is_closed() -> None:
    before, after = give(record()), give(record("entries-taken-back"))
    gone = {one.ref: one.scope for one in before.records} | dict.fromkeys([one.ref for one in after.records], None)
    scopes = [scope for scope in gone.values() if scope is not None]
    assert sorted(scopes) == ["allergies", "investigations", "investigations", "investigations"]
    assert set(scopes) <= set(after.closes)
    assert before.recorded < after.recorded


def _warned(bundle: Json) -> None:
    area(bundle, MEDICINES).setdefault("extension", []).append({"url": WARNED, "valueCode": "data-in-transit"})


def _warned_in_words(bundle: Json) -> None:
    area(bundle, MEDICINES)["note"] = [{"text": "Items excluded due to confidentiality and/or patient preferences."}]


def _holding_what_is_not_there(bundle: Json) -> None:
    area(bundle, MEDICINES)["entry"].append({"item": {"reference": "MedicationStatement/elsewhere"}})


def _with_an_unreadable_course(bundle: Json) -> None:
    of_type(bundle, "MedicationStatement")[0]["status"] = "nonsense"


def _with_an_unreadable_issue(bundle: Json) -> None:
    of_type(bundle, "MedicationRequest")[-1]["intent"] = "nonsense"


def _with_one_id_used_twice(bundle: Json) -> None:
    other = copy.deepcopy(of_type(bundle, "Medication")[0]) | {"code": {"text": "Another medicine"}}
    bundle["entry"].append({"resource": other})


def _of_another_patient(bundle: Json) -> None:
    of_type(bundle, "MedicationStatement")[0]["subject"] = {"reference": "Patient/another"}


def _empty_without_a_reason(bundle: Json) -> None:
    area(bundle, MEDICINES).pop("entry")


def _empty_for_another_reason(bundle: Json) -> None:
    held = area(bundle, MEDICINES)
    held.pop("entry")
    held["emptyReason"] = {"coding": [{"system": "http://hl7.org/fhir/list-empty-reason", "code": "withheld"}]}


def _entries_beside_a_reason(bundle: Json) -> None:
    area(bundle, MEDICINES)["emptyReason"] = {"coding": [{"system": "http://hl7.org/fhir/list-empty-reason", "code": "unavailable"}]}


def _only_changes(bundle: Json) -> None:
    area(bundle, MEDICINES)["mode"] = "changes"


def _retired(bundle: Json) -> None:
    area(bundle, MEDICINES)["status"] = "retired"


SPOILS: list[Callable[[Json], None]] = [
    _warned,
    _warned_in_words,
    _holding_what_is_not_there,
    _with_an_unreadable_course,
    _with_an_unreadable_issue,
    _with_one_id_used_twice,
    _of_another_patient,
    _empty_without_a_reason,
    _empty_for_another_reason,
    _entries_beside_a_reason,
    _only_changes,
    _retired,
]


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda how: how.__name__.strip("_"))
def test_hazard_a_list_that_may_lack_something_takes_nothing_back(spoil: Callable[[Json], None]) -> None:
    bundle = record()
    spoil(bundle)
    closes = set(give(bundle).closes)
    assert not closes & {"medicines", "medicine-orders"}
    assert {"allergies", "problems", "referrals"} <= closes


def test_hazard_an_area_that_is_not_in_the_answer_takes_nothing_back() -> None:
    bundle = record()
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"] is not area(bundle, MEDICINES)]
    result = give(bundle)
    # Not all ten areas: whether the others were asked for in part cannot be known, save for allergies, which have no filter.
    assert set(result.closes) == {"allergies", "ended-allergies"}
    assert not result.snapshot


def test_hazard_a_secondary_list_is_not_the_area() -> None:
    bundle = record()
    area(bundle, MEDICINES)["code"]["coding"][0].update(
        system="https://fhir.hl7.org.uk/STU3/CodeSystem/GPConnect-SecondaryListValues-1",
        code="consultations-medications-contained-in-consultations",
    )
    result = give(bundle)
    assert not set(result.closes) & {"medicines", "medicine-orders"}
    assert {one.scope for one in result.records if one.ref.type == "MedicationStatement"} == {""}


@pytest.mark.parametrize("code", [ALLERGIES, ENDED])
def test_hazard_allergies_count_as_whole_only_together_with_ended_ones(code: str) -> None:
    bundle = record()
    area(bundle, code).setdefault("extension", []).append({"url": WARNED, "valueCode": "confidential-items"})
    assert not set(give(bundle).closes) & {"allergies", "ended-allergies"}


def test_hazard_issues_that_were_not_asked_for_are_not_taken_back() -> None:
    bundle = record()
    bundle["entry"] = [
        one for one in bundle["entry"] if one["resource"].get("intent") != "order" or one["resource"]["resourceType"] != "MedicationRequest"
    ]
    closes = set(give(bundle).closes)
    assert "medicines" in closes
    assert "medicine-orders" not in closes


def test_hazard_an_answer_with_a_caveat_takes_nothing_back() -> None:
    result = give(record("answer-with-a-caveat"))
    assert result.closes == ()
    assert not result.snapshot
    assert "MAP-030" in {issue.number for issue in result.issues}


def test_hazard_an_entry_that_is_no_resource_could_be_anything() -> None:
    bundle = record()
    bundle["entry"].append({"search": {"mode": "match"}})
    assert give(bundle).closes == ()


def test_hazard_a_search_answer_takes_nothing_back() -> None:
    assert give(record() | {"type": "searchset"}).closes == ()


def asked(*parameters: Json) -> Mapped:
    bundle = record("entries-taken-back")
    bundle["entry"].append({"resource": {"resourceType": "Parameters", "parameter": list(parameters)}})
    return give(bundle)


def part(name: str, **value: Any) -> Json:
    return {"name": name, **value}


@pytest.mark.parametrize(
    ("parameter", "closes"),
    [
        ({"name": "includeAllergies", "part": [part("includeResolvedAllergies", valueBoolean=True)]}, {"allergies", "ended-allergies"}),
        ({"name": "includeAllergies", "part": [part("includeResolvedAllergies", valueBoolean=False)]}, set()),
        ({"name": "includeAllergies"}, set()),
        ({"name": "includeMedication"}, {"medicines", "medicine-orders"}),
        ({"name": "includeMedication", "part": [part("includePrescriptionIssues", valueBoolean=True)]}, {"medicines", "medicine-orders"}),
        ({"name": "includeMedication", "part": [part("medicationSearchFromDate", valueDate="2026-01-01")]}, set()),
        ({"name": "includeProblems"}, {"problems"}),
        ({"name": "includeProblems", "part": [part("filterStatus", valueCode="active")]}, set()),
        ({"name": "includeConsultations", "part": [part("includeNumberOfMostRecent", valuePositiveInt=3)]}, set()),
        ({"name": "includeImmunisations", "part": [part("includeNotGiven", valueBoolean=True)]}, {"immunisations"}),
        ({"name": "includeImmunisations", "part": [part("includeNotGiven", valueBoolean=False)]}, set()),
        ({"name": "includeInvestigations", "part": [part("investigationSearchPeriod", valuePeriod={"start": "2026"})]}, set()),
        ({"name": "includeDiaryEntries", "part": [part("diaryEntriesSearchDate", valueDate="2026-12-31")]}, set()),
        ({"name": "includeSomethingNew"}, set()),
    ],
)
def test_what_was_asked_for_decides_where_the_answer_comes_with_its_question(parameter: Json, closes: set[str]) -> None:
    result = asked({"name": "patientNHSNumber"}, parameter)
    assert set(result.closes) == closes
    assert not result.snapshot


def test_an_area_asked_for_twice_counts_as_the_narrower() -> None:
    assert asked({"name": "includeProblems"}, {"name": "includeProblems", "part": [part("filterStatus", valueCode="active")]}).closes == ()


def test_every_problem_has_a_list_of_what_is_linked_to_it() -> None:
    bundle = record()
    problem = of_type(bundle, "Condition")[0]
    result = give(bundle)
    made = next(one for one in result.records if one.ref.local == f"problem|{problem['id']}")
    condition = next(one for one in result.records if one.ref.type == "Condition")
    assert made.scope == condition.scope == "problems"
    assert made.resource["entry"][0] == {"flag": {"text": "Problem"}, "item": {"reference": condition.ref.reference}}
    assert len(made.resource["entry"]) > 1
    assert {item["url"].rpartition("/")[2] for item in condition.resource["extension"]} >= {"Extension-CareConnect-ProblemSignificance-1"}


def test_hazard_the_list_of_a_confidential_problem_is_confidential() -> None:
    bundle = record()
    of_type(bundle, "Condition")[0]["meta"]["security"] = [{"system": "http://hl7.org/fhir/v3/ActCode", "code": "NOPAT"}]
    made = next(one for one in give(bundle).records if one.ref.local.startswith("problem|"))
    assert [label["code"] for label in made.resource["meta"]["security"]] == ["NOPAT"]
