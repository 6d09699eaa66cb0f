"""Medicines: the course with its plan and issues, dose text untouched, and what differs between lists."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carehub.careplan.reading.doses import product_name, told_amount
from carehub.careplan.reading.medicines import STATUS
from unit.careplan.told import GP, concept, entries, medicine, only, plan, record, view

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


# Written out and not taken from the table that it holds: hazard H-09 is a stopped medicine shown as current.
SHOWN = {
    "active": ("Active", True),
    "intended": ("Planned", True),
    "draft": ("Draft", True),
    "on-hold": ("On hold", True),
    "unknown": ("Status not known", True),
    "in-progress": ("In progress", True),
    "preparation": ("Being prepared", True),
    "completed": ("Completed", False),
    "stopped": ("Stopped", False),
    "cancelled": ("Cancelled", False),
    "declined": ("Declined", False),
    "not-taken": ("Not taken", False),
    "not-done": ("Not done", False),
    "something-new": ("Something new", True),
    "": ("", True),
}


@pytest.mark.parametrize("code", [*STATUS, "something-new", ""])
def test_every_status_has_words_and_an_unknown_one_counts_as_current(code):
    entry = only(plan(view(GP, medicine(GP, "s", "Aspirin", status=code))), "medicines")
    assert (entry.status, entry.active) == SHOWN[code]


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        ({"text": "  ONE OD  "}, "ONE OD"),
        ({"doseAndRate": [{"doseQuantity": {"value": Decimal("2.50"), "unit": "mg"}}], "route": {"text": "oral"}}, "2.5 mg — oral"),
        ({"doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}], "asNeededBoolean": True}, "1 to 2 — when required"),
        (
            {"doseAndRate": [{"rateRatio": {"numerator": {"value": 1, "unit": "mL"}, "denominator": {"value": 1, "unit": "h"}}}]},
            "1 mL / 1 h",
        ),
        ({"timing": {"code": {"text": "BD"}}, "asNeededCodeableConcept": {"text": "pain"}}, "BD — when required for pain"),
        ({"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}, "1 time every day"),
        (
            {
                "timing": {
                    "repeat": {"frequency": 1, "frequencyMax": 2, "period": 8, "periodUnit": "h", "when": ["PC"], "timeOfDay": ["08:00"]}
                }
            },
            "1 to 2 times every 8 hours, PC, at 08:00",
        ),
        ({"timing": {"event": ["2026-11-22"], "repeat": None}}, "22-Nov-2026"),
        ({"timing": {"repeat": {"dayOfWeek": ["mon"]}}, "site": {"text": "left eye"}}, "mon — left eye"),
    ],
)
def test_dose_words(dosage, words):
    assert only(plan(view(GP, medicine(GP, "s", "X", dosage=[dosage]))), "medicines").fact("Dose") == words


def test_structured_parts_stand_beside_the_dose_text_and_several_doses_keep_their_order():
    told = [
        {"sequence": 2, "text": "two at night", "route": {"text": "Oral"}},
        {
            "sequence": 1,
            "text": "one in the morning",
            "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}],
            "additionalInstruction": [{"text": "with food"}],
        },
    ]
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
    ended = record(
        GP,
        "MedicationRequest",
        "plan",
        {"status": "stopped", "intent": "plan", **PRODUCT, "extension": [{"url": UK + "MedicationStatusReason", "extension": why}]},
    )
    entry = only(plan(view(GP, *stopped, ended)), "medicines")
    assert (entry.status, entry.active, entry.fact("Ended")) == ("Stopped", False, "18-Nov-2026")
    assert entry.fact("Reason for the status") == "Swollen ankles; 18-Nov-2026"


def test_a_supply_quantity_told_in_words_only():
    quantity = {
        "extension": [
            {
                "url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-MedicationQuantityText-1",
                "valueString": "28 capsule(s)",
            }
        ]
    }
    told = record(
        GP,
        "MedicationRequest",
        "r",
        {"status": "active", "intent": "plan", "medicationCodeableConcept": {"text": "X"}, "dispenseRequest": {"quantity": quantity}},
    )
    assert only(plan(view(GP, told)), "medicines").fact("Quantity") == "28 capsule(s)"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Bisoprolol 2.5mg tablets", "bisoprolol"),
        ("Bisoprolol 5 mg OD", "bisoprolol"),
        ("Aspirin dispersible tablets", "aspirin dispersible"),
        ("5-HT", "5 ht"),
    ],
)
def test_product_names(title, name):
    assert product_name(title) == name


@pytest.mark.parametrize(
    ("dose", "title", "amount"),
    [
        ("", "Bisoprolol 5 mg OD", "5 mg"),
        ("one each morning", "Bisoprolol 2.5mg tablets", "2.5 mg"),
        ("One To Be Taken At Night", "Fluvastatin 40mg capsules", "40 mg"),
        ("Take ONE 500mg tablet", "Paracetamol", "500 mg"),
        ("5 mg twice a day", "Apixaban 2.5mg tablets", "5 mg"),
        ("Two 500 mg tablets", "Paracetamol 500mg tablets", ""),
        ("One or two", "Paracetamol 500mg tablets", ""),
        ("One and a half", "Warfarin 1mg tablets", ""),
        ("1.5 daily", "Warfarin 1mg tablets", ""),
        ("as directed", "Warfarin 1mg tablets", ""),
        ("100 micrograms daily", "Levothyroxine", "100 micrograms"),
    ],
)
def test_the_amount_of_a_dose_is_read_and_never_worked_out(dose, title, amount):
    assert told_amount(dose, title) == amount
