"""Folding: the same statement told twice is one row that reaches every entry; what differs stays apart (hazards H07, H08)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.careplan.told import (
    GP,
    HOSPITAL,
    LATEX,
    PENICILLIN,
    allergy,
    concept,
    doctor,
    entries,
    medicine,
    none_known,
    only,
    plan,
    record,
    status,
    view,
)

ASTHMA = concept("195967001", "Asthma")


def condition(source, id, **more):
    return record(source, "Condition", id, {"code": ASTHMA, "clinicalStatus": status("active"), **more})


def two(gp, hospital):
    return plan(view(GP, gp), view(HOSPITAL, hospital))


def test_the_same_diagnosis_from_two_sources_is_shown_once_with_both():
    entry = only(two(condition(GP, "g", note=[{"text": "Mild"}]), condition(HOSPITAL, "h", note=[{"text": "Seen in ED"}])), "problems")
    assert [a.source for a in entry.attributions] == [GP, HOSPITAL]
    assert entry.folded_because == "Folded because: same coded condition, same status, and no disagreement in side, severity or certainty"
    assert [member.key for member in entry.members] == ["Condition/g", "Condition/h"]
    assert entry.key == "Condition/g"
    assert [fact.value for fact in entry.facts if fact.label == "Note"] == ["Mild", "Seen in ED"]


def test_the_folded_row_shows_the_newest_values_and_what_only_another_says():
    entry = only(
        plan(
            view(GP, condition(GP, "g", onsetDateTime="1999", severity={"text": "Severe"})),
            view(HOSPITAL, record(HOSPITAL, "Condition", "h", {"code": ASTHMA}, recorded="2026-11-23T00:00:00.000Z")),
        ),
        "problems",
    )
    assert entry.members[1].key == "Condition/h"
    assert (entry.status, entry.when) == ("Active", "1999")
    assert entry.fact("Severity") == "Severe"


def test_the_same_product_and_dose_in_overlapping_time_is_one_medicine():
    entry = only(
        two(
            medicine(GP, "g", "Paracetamol 500mg tablets", code="322236009", dose="Two four times a day"),
            medicine(HOSPITAL, "h", "Paracetamol 500mg tablets", code="322236009", dose="TWO four times a day."),
        ),
        "medicines",
    )
    assert entry.folded_because == "Folded because: same product and dose, dates overlap"
    assert len(entry.members) == 2


def test_two_courses_of_one_medicine_years_apart_stay_apart():
    def past(id, year):
        return medicine(
            GP, id, "Amoxicillin", code="27658006", dose="One tds", status="completed", effectivePeriod={"start": f"{year}-01-01"}
        )

    assert len(entries(plan(view(GP, past("a", 2009), past("b", 2010))), "medicines")) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"clinicalStatus": status("resolved")},
        {"code": concept("195967001", "Asthma", "Suspected asthma")},
        {"code": {"text": "Asthma"}},
        {"code": concept("195967001", "Asthma", "Asthma since the move to the coast")},
        {"bodySite": [{"text": "Left"}]},
        {"meta": {"security": [{"code": "R"}]}},
    ],
)
def test_a_condition_that_differs_in_meaning_is_another_row(other):
    assert len(entries(two(condition(GP, "g"), condition(HOSPITAL, "h", **other)), "problems")) == 2


@pytest.mark.parametrize(
    ("element", "a", "b"),
    [
        ("severity", {"text": "Mild"}, {"text": "Severe"}),
        ("verificationStatus", status("provisional"), status("confirmed")),
        ("clinicalStatus", status("active"), status("relapse")),
    ],
)
def test_disagreement_is_never_folded_and_silence_is_no_disagreement(element, a, b):
    assert len(entries(two(condition(GP, "g", **{element: a}), condition(HOSPITAL, "h", **{element: b})), "problems")) == 2
    assert len(entries(two(condition(GP, "g", **{element: a}), condition(HOSPITAL, "h", **{element: a})), "problems")) == 1


def test_silence_between_two_that_disagree_joins_one_of_them_only():
    told = [condition(GP, "a", severity={"text": "Mild"}), condition(GP, "b"), condition(GP, "c", severity={"text": "Severe"})]
    assert sorted(len(e.members) or 1 for e in entries(plan(view(GP, *told)), "problems")) == [1, 2]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"dose": "One daily"}, {"dose": "Two daily"}),
        ({"dose": "One daily"}, {}),
        ({}, {}),
        ({"dose": "One daily"}, {"dose": "One daily", "status": "on-hold"}),
        ({"dose": "One daily"}, {"dosage": [{"text": "One daily", "route": {"text": "rectal"}}]}),
        ({"dose": "One daily"}, {"dosage": [{"text": "One daily", "timing": {"code": {"text": "weekly"}}}]}),
        ({"dose": "One daily"}, {"dosage": [{"text": "One daily", "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "mg"}}]}]}),
        (
            {"dose": "One daily", "effectivePeriod": {"start": "2020-01-01", "end": "2020-02-01"}},
            {"dose": "One daily", "effectivePeriod": {"start": "2024-01-01"}},
        ),
    ],
)
def test_medicines_that_differ_or_whose_dose_is_not_told_are_never_folded(a, b):
    assert (
        len(
            entries(
                two(medicine(GP, "g", "Methotrexate", code="1", **a), medicine(HOSPITAL, "h", "Methotrexate", code="1", **b)), "medicines"
            )
        )
        == 2
    )


def test_an_allergy_with_another_reaction_is_another_row():
    rash, shock = ({"reaction": [{"manifestation": [{"text": words}]}]} for words in ("Rash", "Anaphylaxis"))
    assert len(entries(two(allergy(GP, "g", LATEX, **rash), allergy(HOSPITAL, "h", LATEX, **shock)), "allergies")) == 2
    assert len(entries(two(allergy(GP, "g", LATEX, **rash), allergy(HOSPITAL, "h", LATEX)), "allergies")) == 1


def test_codes_that_name_a_whole_class_or_a_loss_never_fold():
    drug = concept("416098002", "Allergy to drug")
    lost = concept("196461000000101", "Transfer-degraded drug allergy")
    for code in (drug, lost):
        assert len(entries(two(allergy(GP, "g", code), allergy(HOSPITAL, "h", code)), "allergies")) == 2


def test_a_stated_none_never_folds_not_even_with_another():
    made = plan(view(GP, none_known(GP, "a"), none_known(GP, "b"), doctor()), view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN)))
    assert len(entries(made, "allergies")) == 3
    assert all(not entry.members for entry in entries(made, "allergies"))


def test_two_entries_of_one_record_never_fold():
    made = plan(view(GP, record(GP, "Condition", "c", {"code": concept("1", "Vulnerable adult")})))
    assert [only(made, key).key for key in ("problems", "safeguarding")] == ["Condition/c", "Condition/c#alert"]


def test_results_fold_only_when_time_value_range_and_remarks_are_equal():
    def result(source, id, **more):
        base = {
            "status": "final",
            "code": concept("1", "Creatinine"),
            "effectiveDateTime": "2026-11-17",
            "valueQuantity": {"value": 98, "unit": "umol/L"},
        }
        return record(source, "Observation", id, {**base, **more})

    assert len(entries(two(result(GP, "g"), result(HOSPITAL, "h")), "results")) == 1
    for other in (
        {"effectiveDateTime": "2026-11-18"},
        {"valueQuantity": {"value": 98, "unit": "mmol/L"}},
        {"note": [{"text": "Haemolysed"}]},
        {"referenceRange": [{"text": "1-2"}]},
        {"status": "corrected"},
    ):
        assert len(entries(two(result(GP, "g"), result(HOSPITAL, "h", **other)), "results")) == 2
    narrative = {"status": "final", "code": concept("1", "Comment note"), "effectiveDateTime": "2026-11-17"}
    assert len(entries(two(record(GP, "Observation", "g", narrative), record(HOSPITAL, "Observation", "h", narrative)), "results")) == 2


def test_a_vaccination_told_twice_is_one_row_and_on_two_days_two():
    def jab(source, id, day):
        return record(
            source, "Immunization", id, {"status": "completed", "vaccineCode": concept("1", "Influenza"), "occurrenceDateTime": day}
        )

    assert len(entries(two(jab(GP, "g", "2026-10-01"), jab(HOSPITAL, "h", "2026-10-01T09:00:00Z")), "immunisations")) == 1
    assert len(entries(two(jab(GP, "g", "2026-10-01"), jab(HOSPITAL, "h", "2025-10-01")), "immunisations")) == 2


def test_one_professional_known_nationally_is_one_row():
    who = {"identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "100"}], "name": [{"family": "Khan", "given": ["A"]}]}
    made = two(record(GP, "Practitioner", "g", who), record(HOSPITAL, "Practitioner", "h", who))
    assert only(made, "care_team").folded_because == "Folded because: same national identifier"
    other = {**who, "name": [{"family": "Osei"}]}
    assert len(entries(two(record(GP, "Practitioner", "g", who), record(HOSPITAL, "Practitioner", "h", other)), "care_team")) == 2


DETAILS = {
    "dose": st.sampled_from(["One daily", "Two daily", ""]),
    "status": st.sampled_from(["active", "stopped", "on-hold"]),
    "route": st.sampled_from(["oral", "rectal", ""]),
    "when": st.sampled_from(["", "once", "twice"]),
}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries(DETAILS), min_size=2, max_size=6))
def test_entries_that_differ_in_dose_frequency_route_or_status_are_never_in_one_row(told):
    records = [
        medicine(
            GP,
            f"m{i}",
            "Warfarin",
            code="1",
            status=d["status"],
            dosage=[{"text": d["dose"], "route": {"text": d["route"]}, "timing": {"code": {"text": d["when"]}}}],
        )
        for i, d in enumerate(told)
    ]
    by_key = {f"MedicationStatement/m{i}": d for i, d in enumerate(told)}
    rows = entries(plan(view(GP, *records)), "medicines")
    for row in rows:
        assert len({tuple(sorted(by_key[member.key].items())) for member in row.members}) <= 1
    assert sorted(key for row in rows for key in ([m.key for m in row.members] or [row.key])) == sorted(by_key)
