"""What is kept of a long record from one assembly to the next never shows: the plan is the one that a first reading gives (hazards H-05, H24)."""

from __future__ import annotations

import copy
import random

from carehub.careplan.accounts import READINGS, read_view
from carehub.fhir.canonical import dumps
from carehub.terms.remembered import WORTH, Remembered
from unit.careplan.told import GP, HOSPITAL, plan, record, view
from unit.careplan.whole_records import WHOLE


def to(type, id):
    return {"reference": f"{type}/{id}"}


# Records that say part of each other: a course with its plan, issue and product; a contact with its headings; results in a report; who wrote them.
LINKED = [
    ("Practitioner", "dr", {"name": [{"text": "Dr Amir Khan"}]}),
    ("Organization", "o", {"name": "Elmfield Surgery"}),
    ("Location", "place", {"name": "Room 2"}),
    ("PractitionerRole", "role", {"practitioner": to("Practitioner", "dr"), "organization": to("Organization", "o")}),
    ("Medication", "m", {"code": {"text": "Ramipril 5 mg capsules"}}),
    ("MedicationRequest", "plan", {"intent": "plan", "status": "active", "medicationReference": to("Medication", "m")}),
    ("MedicationRequest", "issue", {"intent": "order", "authoredOn": "2026-10-01", "basedOn": [to("MedicationRequest", "plan")]}),
    ("MedicationStatement", "course", {"medicationReference": to("Medication", "m"), "basedOn": [to("MedicationRequest", "plan")]}),
    ("Encounter", "e", {"participant": [{"individual": to("PractitionerRole", "role")}], "location": [{"location": to("Location", "place")}]}),
    ("List", "topic", {"code": {"coding": [{"code": "25851000000105"}]}, "encounter": to("Encounter", "e"), "title": "Chest"}),
    ("Specimen", "s", {"type": {"text": "Blood"}}),
    ("Observation", "hb", {"code": {"text": "Hb"}, "valueInteger": 5, "specimen": to("Specimen", "s"), "performer": [to("PractitionerRole", "role")]}),
    ("Observation", "na", {"code": {"text": "Sodium"}, "valueQuantity": {"value": 140}, "derivedFrom": [to("Observation", "hb")]}),
    ("DiagnosticReport", "r", {"code": {"text": "Full blood count"}, "result": [to("Observation", "hb"), to("Observation", "na")]}),
    ("Condition", "c", {"code": {"text": "Asthma"}, "recorder": to("Practitioner", "dr"), "evidence": [{"detail": [to("Observation", "hb")]}]}),
    ("Flag", "f", {"code": {"text": "Dog"}, "status": "active", "author": to("PractitionerRole", "role")}),
    ("Goal", "g", {"description": {"text": "Walk"}, "addresses": [to("Condition", "c")], "expressedBy": to("Practitioner", "dr")}),
    ("CarePlan", "cp", {"title": "Plan", "goal": [to("Goal", "g")], "addresses": [to("Condition", "c")], "author": to("Practitioner", "dr")}),
    ("Composition", "doc", {"title": "Emergency care plan", "section": [{"section": [{"entry": [to("CarePlan", "cp")]}]}]}),
]  # fmt: skip


def many_records():
    linked = [(type, f"{id}{n}", renamed(held, n)) for n in ("", "-2") for type, id, held in LINKED]
    plain = [(type, f"{n}-{k}", held) for k in range(2) for n, (type, held) in enumerate(WHOLE)]
    return {f"{type}/{id}": record(GP, type, id, held) for type, id, held in (*linked, *plain)}


def renamed(held, n):
    if isinstance(held, dict):
        return {key: f"{value}{n}" if key == "reference" else renamed(value, n) for key, value in held.items()}
    return [renamed(one, n) for one in held] if isinstance(held, list) else held


def changed(one, chance):
    """The record as its source tells it next: another word or number somewhere, pointing elsewhere, or nothing in one of its elements."""
    resource = copy.deepcopy(one.resource)
    names = [name for name in resource if name not in ("resourceType", "id")]
    if names:
        name = chance.choice(names)
        resource[name] = chance.choice([None, {"text": f"Otherwise {chance.random()}"}, [to("Practitioner", "dr-2")], resource[name]])
    return record(GP, resource["resourceType"], resource["id"], {**resource, "note": [{"text": f"Told again {chance.random()}"}]})


def first_reading(one):
    kept = READINGS.get((one.source, one.patient))
    READINGS.clear()
    shelf, drafts, unread = read_view(one)
    READINGS.clear()
    if kept is not None:
        READINGS.put((one.source, one.patient), kept, len(kept.records))
    return shelf.withdrawn, dumps(drafts), unread


def test_what_is_read_again_after_any_change_is_what_a_first_reading_gives():
    chance, all, gone = random.Random(20261127), many_records(), {}
    assert len(all) >= WORTH + 10
    for _ in range(90):
        reference = chance.choice([*all])
        step = chance.random()
        if step < 0.45:
            all[reference] = changed(all[reference], chance)
        elif step < 0.7 and len(all) > WORTH + 5:
            gone[reference] = all.pop(reference)
        elif gone:
            back = chance.choice([*gone])
            all[back] = gone.pop(back)
        order = [*all.values()]
        chance.shuffle(order)
        one = view(GP, *order)
        shelf, drafts, unread = read_view(one)
        assert (shelf.withdrawn, dumps(drafts), unread) == first_reading(one), reference


def test_one_change_is_one_record_read_and_what_leads_to_it():
    all = many_records()
    read_view(view(GP, *all.values()))
    before = dict(READINGS.get((GP, f"Patient/of-{GP.code}")).readings)  # type: ignore[union-attr]
    all["Medication/m"] = record(GP, "Medication", "m", {"code": {"text": "Ramipril 10 mg capsules"}})
    _, drafts, _ = read_view(view(GP, *all.values()))
    after = READINGS.get((GP, f"Patient/of-{GP.code}")).readings  # type: ignore[union-attr]
    assert {name for name, reading in after.items() if reading is not before[name]} == {"Medication/m", "MedicationStatement/course"}
    assert [d.entry.title for d in drafts if d.entry.key == "MedicationStatement/course"] == ["Ramipril 10 mg capsules"]


def test_the_same_reference_at_another_source_or_in_equal_numbers_is_another_record():
    all = many_records()
    read_view(view(GP, *all.values()))
    _, drafts, _ = read_view(view(HOSPITAL, *all.values(), patient=f"Patient/of-{GP.code}"))
    assert len(drafts) > WORTH
    exact = record(GP, "Observation", "hb", {**all["Observation/hb"].resource, "valueInteger": 5.0})  # equal to 5, and told otherwise
    _, drafts, _ = read_view(view(GP, *{**all, "Observation/hb": exact}.values()))
    assert [d.entry.fact("Value") for d in drafts if d.entry.key == "Observation/hb"] == ["5.0"]


def test_a_plan_made_again_is_byte_for_byte_the_same():
    one = view(GP, *many_records().values())
    assert dumps(plan(one)) == dumps(plan(one)) == dumps(plan(view(GP, *reversed(one.records))))


def test_what_was_used_last_is_kept_and_the_few_and_the_too_many_are_not():
    kept: Remembered[str, int] = Remembered(3 * WORTH)
    for n, name in enumerate("abc"):
        kept.put(name, n, WORTH)
    assert kept.get("a") == 0
    kept.put("d", 3, WORTH)
    assert [kept.get(name) for name in "abcd"] == [0, None, 2, 3]
    kept.put("a", 4, WORTH - 1)
    kept.put("e", 5, 3 * WORTH + 1)
    assert [kept.get(name) for name in "acde"] == [None, 2, 3, None]
