"""UI-25, hazard H07: whatever the rest, entries that differ in a field that matters are never in one row; every entry stays one step away."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan.plan import Entry
from unit.careplan.told import COMMUNITY, GP, HOSPITAL, allergy, concept, entries, medicine, plan, record, status, view

SOURCES = (GP, HOSPITAL, COMMUNITY)
SEVERITY = [{}, {"severity": {"text": "mild"}}, {"severity": {"text": "severe"}}]
SIDE = [{}, {"bodySite": [{"text": "Left"}]}, {"bodySite": [{"text": "Right"}]}]
CLINICAL = [{"clinicalStatus": status("active")}, {"clinicalStatus": status("resolved")}]
VERIFICATION = [{}, {"verificationStatus": status("confirmed")}, {"verificationStatus": status("unconfirmed")}]
DOSES = [{"text": "One daily"}, {"text": "Two daily"}]
ROUTES = [{}, {"route": {"text": "Oral"}}, {"route": {"text": "Rectal"}}]
TIMES = [{}, {"timing": {"code": {"text": "once a day"}}}, {"timing": {"code": {"text": "twice a day"}}}]


def rows(section: str, *records) -> list[list[Entry]]:
    made = plan(*(view(source, *(r for s, r in records if s is source)) for source in SOURCES))
    found = [list(entry.members) or [entry] for entry in entries(made, section)]
    assert sum(map(len, found)) == len(records)
    assert all(entry.folded_because or not entry.members for entry in entries(made, section))
    return found


def one_value(row: list[Entry], label: str) -> bool:
    return len({entry.fact(label) for entry in row} - {""}) <= 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SOURCES), st.sampled_from(list(product(SEVERITY, SIDE, CLINICAL, VERIFICATION)))), min_size=2, max_size=5
    )
)
def test_conditions_that_differ_in_severity_side_status_or_verification_never_fold(told) -> None:
    records = [
        (source, record(source, "Condition", f"c{n}", {"code": concept("195967001", "Asthma"), **severity, **side, **clinical, **sure}))
        for n, (source, (severity, side, clinical, sure)) in enumerate(told)
    ]
    for row in rows("problems", *records):
        assert one_value(row, "Severity")
        assert one_value(row, "Verification")
        assert len({entry.fact("Body site") for entry in row}) == 1
        assert len({entry.status for entry in row}) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SOURCES), st.sampled_from(list(product(DOSES, ROUTES, TIMES, ["active", "stopped"], ["", "322236009"])))),
        min_size=2,
        max_size=5,
    )
)
def test_medicines_that_differ_in_dose_route_frequency_or_status_never_fold_coded_or_not(told) -> None:
    records = [
        (source, medicine(source, f"m{n}", "Paracetamol 500mg tablets", code=code, status=state, dosage=[{**dose, **route, **time}]))
        for n, (source, (dose, route, time, state, code)) in enumerate(told)
    ]
    for row in rows("medicines", *records):
        for label in ("Dose", "Route", "Frequency"):
            assert len({entry.fact(label) for entry in row}) == 1
        assert len({entry.status for entry in row}) == 1


@pytest.mark.parametrize("element", [{"criticality": "high"}, {"type": "intolerance"}, {"verificationStatus": status("unconfirmed")}])
def test_allergies_that_differ_where_both_speak_never_fold(element) -> None:
    other = {"criticality": "low", "type": "allergy", "verificationStatus": status("confirmed")}
    held = [
        allergy(s, s.code, concept("91936005", "Allergy to penicillin"), **e) for s, e in ((GP, other), (HOSPITAL, {**other, **element}))
    ]
    assert len(rows("allergies", (GP, held[0]), (HOSPITAL, held[1]))) == 2


def folded(*told) -> int:
    return len(rows("medicines", *((s, medicine(s, s.code, name, dose="One daily", **more)) for s, name, more in told)))


def test_a_product_without_a_code_folds_by_its_whole_name_and_dose() -> None:
    assert folded((GP, "Senna 7.5mg tablets", {}), (HOSPITAL, "SENNA 7.5mg  tablets", {})) == 1
    assert folded((GP, "Senna 7.5mg tablets", {}), (HOSPITAL, "Senna 7.5mg tablets", {"code": "318853008"})) == 1
    assert folded((GP, "Senna 7.5mg tablets", {}), (HOSPITAL, "Senna 15mg tablets", {})) == 2
    assert folded((GP, "Senna 7.5mg tablets", {"code": "1"}), (HOSPITAL, "Senna 7.5mg tablets", {"code": "2"})) == 2


def test_a_brand_and_its_generic_are_two_rows_and_one_medicine_to_compare() -> None:
    assert folded((GP, "Zestril 5mg tablets", {}), (HOSPITAL, "Lisinopril 5mg tablets", {})) == 2


def test_a_name_lost_on_transfer_names_nothing() -> None:
    assert folded((GP, "Transfer-degraded medication entry", {}), (HOSPITAL, "Transfer-degraded medication entry", {})) == 2
