"""Medicines: the course with its plan and issues, dose text untouched, and what differs between lists."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carehub.careplan.reading.medicines import STATUS, product_name
from unit.careplan.told import COUNCIL, GP, HOSPITAL, concept, entries, medicine, only, plan, record, sentences, view

PRODUCT = {"medicationReference": {"reference": "Medication/m1"}}
UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"


def course(**more):
    """A GP course: product, statement, plan and two issues."""
    repeat = [
        {"url": "numberOfPrescriptionsIssued", "valueUnsignedInt": 4},
        {"url": "authorisationExpiryDate", "valueDateTime": "2027-01-31"},
    ]
    return (
        record(GP, "Medication", "m1", {"code": concept("318853008", "Bisoprolol 2.5mg tablets")}),
        record(
            GP,
            "MedicationStatement",
            "s1",
            {
                "status": "active",
                **PRODUCT,
                "basedOn": [{"reference": "MedicationRequest/plan"}],
                "effectivePeriod": {"start": "2024-01-11"},
                "dosage": [{"text": "One each morning", "patientInstruction": "With water"}],
                "note": [{"text": "Started by cardiology"}],
                "reasonCode": [{"text": "Heart failure"}],
                **more,
            },
        ),
        record(
            GP,
            "MedicationRequest",
            "plan",
            {
                "status": "active",
                "intent": "plan",
                **PRODUCT,
                "courseOfTherapyType": {"text": "Repeat"},
                "dispenseRequest": {
                    "quantity": {"value": 28, "unit": "tablet"},
                    "expectedSupplyDuration": {"value": 28, "unit": "day"},
                    "numberOfRepeatsAllowed": 6,
                },
                "extension": [{"url": UK + "MedicationRepeatInformation", "extension": repeat}],
                "note": [{"text": "Started by cardiology"}],
            },
        ),
        *(
            record(
                GP,
                "MedicationRequest",
                f"issue-{day}",
                {
                    "status": "completed",
                    "intent": "order",
                    **PRODUCT,
                    "basedOn": [{"reference": "MedicationRequest/plan"}],
                    "authoredOn": day,
                },
            )
            for day in ("2026-11-03", "2026-10-06")
        ),
    )


def test_a_course_is_one_entry_with_its_product_plan_and_issues():
    entry = only(plan(view(GP, *course())), "medicines")
    assert (entry.title, entry.status, entry.active, entry.when) == ("Bisoprolol 2.5mg tablets", "Active", True, "2024-01-11")
    assert [(f.label, f.value) for f in entry.facts] == [
        ("Dose", "One each morning"),
        ("Instruction to the person", "With water"),
        ("Started", "11-Jan-2024"),
        ("Last issued", "03-Nov-2026"),
        ("Issues held", "2"),
        ("Kind of prescription", "Repeat"),
        ("Quantity", "28 tablet"),
        ("Supply lasts", "28 day"),
        ("Repeats allowed", "6"),
        ("Repeats issued", "4"),
        ("Repeat authorised until", "31-Jan-2027"),
        ("Reason", "Heart failure"),
        ("Note", "Started by cardiology"),
    ]
    assert {a.record for a in entry.attributions} == {
        "MedicationStatement/s1",
        "MedicationRequest/plan",
        "MedicationRequest/issue-2026-10-06",
        "MedicationRequest/issue-2026-11-03",
        "Medication/m1",
    }
    assert entry.attributions[0].record == "MedicationStatement/s1"


def test_the_stated_last_issue_date_wins_over_the_issues_held():
    told = {"extension": [{"url": UK + "MedicationStatementLastIssueDate", "valueDateTime": "2026-11-10"}]}
    assert only(plan(view(GP, *course(**told))), "medicines").fact("Last issued") == "10-Nov-2026"


def test_a_plan_that_differs_from_its_course_is_shown_beside_it():
    held = [r for r in course() if r.resource["id"] != "plan"]
    other = record(
        GP,
        "MedicationRequest",
        "plan",
        {"status": "stopped", "intent": "plan", **PRODUCT, "dosageInstruction": [{"text": "Two each morning"}]},
    )
    entry = only(plan(view(GP, *held, other)), "medicines")
    assert entry.fact("Dose") == "One each morning"
    assert entry.fact("Dose in the prescription plan") == "Two each morning"
    assert entry.fact("Status of the prescription plan") == "Stopped"


def test_a_plan_without_a_course_is_an_entry_and_takes_in_its_issues():
    held = [r for r in course() if r.resource["id"] != "s1"]
    entry = only(plan(view(GP, *held)), "medicines")
    assert entry.attributions[0].record == "MedicationRequest/plan"
    assert entry.fact("Issues held") == "2"
    assert entry.fact("Dose") == "Not stated by the source"


def test_an_issue_of_nothing_held_is_an_entry_of_its_own():
    alone = record(
        GP, "MedicationRequest", "o", {"status": "completed", "intent": "order", "medicationCodeableConcept": {"text": "Aspirin"}}
    )
    assert only(plan(view(GP, alone)), "medicines").title == "Aspirin"


def test_requests_that_are_based_on_each_other_are_told_as_not_shown():
    def loop(a, b):
        return record(
            GP, "MedicationRequest", a, {"status": "active", "intent": "plan", "basedOn": [{"reference": f"MedicationRequest/{b}"}]}
        )

    made = plan(view(GP, loop("a", "b"), loop("b", "a")))
    assert entries(made, "medicines") == ()
    assert [g.sentence for g in made.gaps] == ["2 entries received that could not be shown (prescriptions). The record keeps them as sent."]


@pytest.mark.parametrize("code", [*STATUS, "something-new", ""])
def test_every_status_has_words_and_an_unknown_one_counts_as_current(code):
    entry = only(plan(view(GP, medicine(GP, "s", "Aspirin", status=code))), "medicines")
    shown, active = STATUS.get(code) or ({"something-new": "Something new", "": ""}[code], True)
    assert (entry.status, entry.active) == (shown, active)


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        ({"text": "  ONE OD  "}, "ONE OD"),
        ({"doseAndRate": [{"doseQuantity": {"value": Decimal("2.50"), "unit": "mg"}}], "route": {"text": "oral"}}, "2.50 mg, oral"),
        ({"doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}], "asNeededBoolean": True}, "1 to 2, when required"),
        ({"doseAndRate": [{"rateRatio": {"numerator": {"value": 1, "unit": "mL"}, "denominator": {"value": 1, "unit": "h"}}}]}, "1 mL / 1 h"),
        ({"timing": {"code": {"text": "BD"}}, "asNeededCodeableConcept": {"text": "pain"}}, "BD, when required for pain"),
        ({"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}, "1 time every day"),
        ({"timing": {"repeat": {"frequency": 1, "frequencyMax": 2, "period": 8, "periodUnit": "h", "when": ["PC"], "timeOfDay": ["08:00"]}}}, "1 to 2 times every 8 hours, PC, at 08:00"),
        ({"timing": {"event": ["2026-11-22"], "repeat": None}}, "22-Nov-2026"),
        ({"timing": {"repeat": {"dayOfWeek": ["mon"]}}, "site": {"text": "left eye"}}, "mon, left eye"),
    ],
)  # fmt: skip
def test_dose_words(dosage, words):
    assert only(plan(view(GP, medicine(GP, "s", "X", dosage=[dosage]))), "medicines").fact("Dose") == words


def test_structured_parts_stand_beside_the_dose_text_and_several_doses_keep_their_order():
    told = [
        {"sequence": 2, "text": "two at night", "route": {"text": "Oral"}},
        {"sequence": 1, "text": "one in the morning", "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}], "additionalInstruction": [{"text": "with food"}]},
    ]  # fmt: skip
    entry = only(plan(view(GP, medicine(GP, "s", "X", dosage=told))), "medicines")
    assert entry.fact("Dose") == "one in the morning; two at night"
    assert (entry.fact("Amount"), entry.fact("Route"), entry.fact("Further instruction")) == ("5 mg", "Oral", "with food")


def test_a_contained_medication_and_a_bare_reference_give_the_name():
    inside = {
        "contained": [{"resourceType": "Medication", "id": "x", "code": {"text": "Ramipril"}}],
        "medicationReference": {"reference": "#x"},
    }
    assert only(plan(view(GP, record(GP, "MedicationStatement", "s", inside))), "medicines").title == "Ramipril"
    bare = {"medicationReference": {"reference": "Medication/elsewhere", "display": "Amlodipine"}}
    assert only(plan(view(GP, record(GP, "MedicationStatement", "s", bare))), "medicines").title == "Amlodipine"
    gone = {"medicationReference": {"reference": "#nothing"}}
    assert only(plan(view(GP, record(GP, "MedicationStatement", "s", gone))), "medicines").title == "Medicine without a name"


def test_why_and_when_a_course_was_stopped():
    why = [
        {"url": "statusReason", "valueCodeableConcept": {"text": "Swollen ankles"}},
        {"url": "statusChangeDate", "valueDateTime": "2026-11-18"},
    ]
    stopped = [r for r in course(status="stopped") if r.resource["id"] != "plan"]
    ended = record(GP, "MedicationRequest", "plan", {"status": "stopped", "intent": "plan", **PRODUCT, "extension": [{"url": UK + "MedicationStatusReason", "extension": why}]})  # fmt: skip
    entry = only(plan(view(GP, *stopped, ended)), "medicines")
    assert (entry.status, entry.active, entry.fact("Ended")) == ("Stopped", False, "18-Nov-2026")
    assert entry.fact("Reason for the status") == "Swollen ankles; 18-Nov-2026"


def test_a_supply_quantity_told_in_words_only():
    quantity = {"extension": [{"url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-MedicationQuantityText-1", "valueString": "28 capsule(s)"}]}  # fmt: skip
    told = record(GP, "MedicationRequest", "r", {"status": "active", "intent": "plan", "medicationCodeableConcept": {"text": "X"}, "dispenseRequest": {"quantity": quantity}})  # fmt: skip
    assert only(plan(view(GP, told)), "medicines").fact("Quantity") == "28 capsule(s)"


@pytest.mark.parametrize(
    ("title", "name"),
    [("Bisoprolol 2.5mg tablets", "bisoprolol"), ("Bisoprolol 5 mg OD", "bisoprolol"), ("Aspirin dispersible tablets", "aspirin dispersible"), ("5-HT", "5 ht")],
)  # fmt: skip
def test_product_names(title, name):
    assert product_name(title) == name


# ---- differences between lists ----


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
        return medicine(source, source.code, "Bisoprolol", dosage=[{"doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}], "timing": {"code": {"text": words}}}])  # fmt: skip

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
    assert sentences(made, "C5") == ["Not on Hospital list under this name. On GP list, started 01-Nov-2026."]


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
        "Not on GP list under this name. On Hospital list, started 17-Nov-2026.",
        "Not on Hospital list under this name. On GP list.",
    ]
    assert all(c.difference for c in made.conflicts)


def test_one_list_alone_or_a_list_of_a_source_without_clinicians_is_no_difference():
    assert plan(view(GP, medicine(GP, "g", "Ramipril")), view(HOSPITAL)).conflicts == ()
    assert plan(view(GP, medicine(GP, "g", "Ramipril")), view(COUNCIL, medicine(COUNCIL, "c", "Apixaban"))).conflicts == ()


def test_a_brand_with_the_code_of_its_generic_is_the_same_medicine():
    made = both(medicine(GP, "g", "Zestril", code="318853008"), medicine(HOSPITAL, "h", "Lisinopril", code="318853008"))
    assert sentences(made, "C5") == []
