"""What differs between medicine lists: dose, stopped or current, on one list only (REC-06, H-09). Nothing is settled."""

from __future__ import annotations

import pytest

from unit.careplan.told import COUNCIL, GP, HOSPITAL, entries, medicine, plan, sentences, view


def both(gp, hospital):
    return plan(view(GP, gp), view(HOSPITAL, hospital))


def test_a_dose_that_differs_is_a_conflict_in_the_words_of_the_design():
    made = both(
        medicine(GP, "g", "Bisoprolol 2.5mg tablets", dose="one each morning"),
        medicine(HOSPITAL, "h", "Bisoprolol 5 mg OD", effectiveDateTime="2026-11-18"),
    )
    assert sentences(made, "C3") == ["Dose differs: GP 2.5 mg; Hospital 5 mg (18-Nov-2026)."]
    (found,) = [c for c in made.conflicts if c.type == "C3"]
    assert (found.severity, found.difference) == ("high", False)
    assert len(entries(made, "medicines")) == 2


def test_the_same_dose_in_both_is_no_conflict():
    made = both(
        medicine(GP, "g", "Bisoprolol 5mg tablets", dose="One daily"), medicine(HOSPITAL, "h", "BISOPROLOL 5 mg tablets", dose="one daily")
    )
    assert made.conflicts == ()


def test_doses_that_cannot_be_held_against_each_other_are_a_difference_of_words():
    made = both(
        medicine(GP, "g", "Paracetamol 500mg tablets", dose="Two four times a day"), medicine(HOSPITAL, "h", "Paracetamol", dose="1 g QDS")
    )
    assert sentences(made, "C3") == ["Dose is written differently: GP “Two four times a day”; Hospital “1 g QDS”."]
    assert all(c.difference for c in made.conflicts)


def test_amounts_in_two_units_are_never_compared():
    structured = {"dosage": [{"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}]}
    made = both(medicine(GP, "g", "Furosemide 40mg tablets", **structured), medicine(HOSPITAL, "h", "Furosemide", dose="40 mg"))
    assert sentences(made, "C3") == ["Dose is written differently: GP “1 tablet”; Hospital “40 mg”."]


def test_a_frequency_that_differs_is_a_conflict():
    def told(source, words):
        return medicine(
            source,
            source.code,
            "Bisoprolol",
            dosage=[{"doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}], "timing": {"code": {"text": words}}}],
        )

    assert sentences(both(told(GP, "once a day"), told(HOSPITAL, "twice a day")), "C3") == [
        "Frequency differs: GP once a day; Hospital twice a day."
    ]


def test_a_medicine_stopped_in_hospital_and_still_on_the_gp_list():
    made = both(
        medicine(GP, "g", "Amlodipine 5mg tablets", dose="One daily", effectivePeriod={"start": "2024-02-01"}),
        medicine(HOSPITAL, "h", "Amlodipine 5mg tablets", status="stopped", effectivePeriod={"start": "2024-02-01", "end": "2026-11-18"}),
    )
    assert sentences(made, "C4") == ["Hospital stopped this on 18-Nov-2026. GP list still shows it (GP list as at 22-Nov-2026)."]
    assert sentences(made, "C5") == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("on-hold", "Hospital put on hold this."),
        ("not-taken", "Hospital recorded that the person does not take this."),
        ("cancelled", "Hospital cancelled this."),
    ],
)
def test_other_ways_of_stopping_without_a_date(status, words):
    made = both(medicine(GP, "g", "Amlodipine"), medicine(HOSPITAL, "h", "Amlodipine", status=status))
    assert sentences(made, "C4") == [f"{words} GP list still shows it (GP list as at 22-Nov-2026)."]


def test_a_stop_before_the_current_course_began_is_a_restart_not_a_conflict():
    made = both(
        medicine(GP, "g", "Amoxicillin", effectivePeriod={"start": "2026-11-01"}),
        medicine(HOSPITAL, "h", "Amoxicillin", status="stopped", effectivePeriod={"start": "2010-01-01", "end": "2010-01-08"}),
    )
    assert sentences(made, "C4") == []
    assert sentences(made, "C5") == ["Not on Hospital list. On GP list, started 01-Nov-2026."]


def test_a_course_that_ran_its_time_is_a_difference_and_one_without_an_end_says_nothing():
    ended = both(
        medicine(GP, "g", "Amoxicillin", effectivePeriod={"start": "2026-11-01"}),
        medicine(HOSPITAL, "h", "Amoxicillin", status="completed", effectivePeriod={"start": "2026-11-01", "end": "2026-11-08"}),
    )
    (found,) = [c for c in ended.conflicts if c.type == "C4"]
    assert found.difference
    assert found.sentence == "Hospital course ended on 08-Nov-2026. GP list still shows it (GP list as at 22-Nov-2026)."
    unknown = both(medicine(GP, "g", "Amoxicillin"), medicine(HOSPITAL, "h", "Amoxicillin", status="completed"))
    assert sentences(unknown, "C4") == []


def test_a_medicine_on_one_list_only_is_a_difference_where_both_hold_lists():
    made = plan(
        view(GP, medicine(GP, "g", "Ramipril")), view(HOSPITAL, medicine(HOSPITAL, "h", "Apixaban", effectiveDateTime="2026-11-17"))
    )
    assert sentences(made, "C5") == [
        "Not on GP list. On Hospital list, started 17-Nov-2026.",
        "Not on Hospital list. On GP list.",
    ]
    assert all(c.difference for c in made.conflicts)


def test_one_list_alone_or_a_list_of_a_source_without_clinicians_is_no_difference():
    assert plan(view(GP, medicine(GP, "g", "Ramipril")), view(HOSPITAL)).conflicts == ()
    assert plan(view(GP, medicine(GP, "g", "Ramipril")), view(COUNCIL, medicine(COUNCIL, "c", "Apixaban"))).conflicts == ()


def test_a_brand_with_the_code_of_its_generic_is_the_same_medicine():
    made = both(medicine(GP, "g", "Zestril", code="318853008"), medicine(HOSPITAL, "h", "Lisinopril", code="318853008"))
    assert sentences(made, "C5") == []
