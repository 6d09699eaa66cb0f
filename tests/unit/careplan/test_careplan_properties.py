"""What holds of every plan: independent of order, nothing lost, a hash of what is said (REC-13, REC-15; hazards H24, H-05)."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan.assembly import assemble
from carehub.careplan.plan import ExpectedSource, UnifiedCarePlan
from carehub.fhir.canonical import dumps, restore
from unit.careplan.told import (
    BY_DOCTOR,
    COMMUNITY,
    GP,
    HOSPITAL,
    LATEX,
    PENICILLIN,
    concept,
    notice,
    patient,
    record,
    status,
    view,
)

EXPECTED = (ExpectedSource("gp/records", "GP records", "GP"), ExpectedSource("voluntary/x", "Age Well Northvale", "Voluntary"))

# ---- any plan: records drawn from a small pool so that folding and conflicts happen often ----

CODES = [
    PENICILLIN,
    LATEX,
    concept("195967001", "Asthma"),
    {"text": "Written by hand"},
    {"coding": [{"code": "x9", "system": "urn:local"}]},
    {},
]
TYPES = [
    "AllergyIntolerance",
    "Condition",
    "MedicationStatement",
    "Observation",
    "Encounter",
    "Immunization",
    "CarePlan",
    "Flag",
    "Specimen",
    "Basic",
]


@st.composite
def records(draw, source):
    type = draw(st.sampled_from(TYPES))
    code = draw(st.sampled_from(CODES))
    held = {
        "code": code,
        "status": draw(st.sampled_from(["active", "completed", "stopped", "entered-in-error", "final", ""])),
        "recordedDate": draw(st.sampled_from(["", "2019", "2026-11-18", "2026-11-18T09:00:00Z"])),
        "recorder": BY_DOCTOR,
        "medicationCodeableConcept": code,
        "vaccineCode": code,
        "dosage": [{"text": draw(st.sampled_from(["One daily", "Two daily"]))}],
        "clinicalStatus": status(draw(st.sampled_from(["active", "resolved"]))),
        "valueQuantity": {"value": draw(st.integers(0, 3)), "unit": "mg"},
    }
    number = draw(st.integers(0, 12))
    return record(source, type, f"{source.code}-{number}", held, withdrawn=draw(st.booleans()), record_version=draw(st.integers(1, 2)))


@st.composite
def views(draw):
    made = []
    for source in draw(st.lists(st.sampled_from([GP, HOSPITAL, COMMUNITY]), unique=True, max_size=3)):
        held = draw(st.lists(records(source), max_size=12))
        base = [patient(source, birthDate=draw(st.sampled_from(["1941-03-09", "1941-09-03"])))] if draw(st.booleans()) else []
        notes = draw(
            st.lists(
                st.sampled_from([notice("Observation"), notice("", count=2), notice("Task", kind="not_mapped", number="MAP-005")]),
                max_size=3,
            )
        )
        made.append(view(source, *base, *held, notices=tuple(notes)))
    return made


def shuffled(made, seed):
    chance = random.Random(seed)

    def mixed(items):
        return tuple(chance.sample(list(items), len(items)))

    return [replace(v, records=mixed(v.records), notices=mixed(v.notices), feeds=mixed(v.feeds)) for v in mixed(made)]


@settings(max_examples=150, deadline=None)
@given(views(), st.integers())
def test_the_order_of_views_records_and_notices_does_not_matter(made, seed):
    assert assemble("p", made, EXPECTED, 0) == assemble("p", shuffled(made, seed), EXPECTED[::-1], 0)


@settings(max_examples=50, deadline=None)
@given(views())
def test_the_same_records_again_change_nothing(made):
    first = assemble("p", made, EXPECTED, 0)
    again = assemble("p", [replace(v, records=v.records + v.records) for v in made], EXPECTED, 0)
    assert again == first


def latest(held):
    """What counts: the highest version of each record; of equal versions any, since all are one state."""
    newest = {}
    for told in held:
        newest.setdefault(told.attribution.record, []).append(told)
    return newest


@settings(max_examples=150, deadline=None)
@given(views())
def test_every_record_is_shown_folded_withdrawn_or_told_of_as_a_gap(made):
    result = assemble("p", made, EXPECTED, 0)
    shown = {a.record for s in result.sections for e in s.entries for a in e.attributions}
    inside = {a.record for s in result.sections for e in s.entries for m in e.members for a in m.attributions}
    assert inside <= shown
    for one, report in zip(sorted(made, key=lambda v: v.source), result.sources, strict=True):
        refs = latest(one.records)
        assert report.records + report.withdrawn == len(refs)
        in_gaps = sum(int(g.sentence.split()[0]) for g in result.gaps if g.source == one.source.title and "received that" in g.sentence)
        assert len(shown & set(refs)) + report.withdrawn + in_gaps == len(refs)
    rows = [m for s in result.sections for e in s.entries for m in (e.members or (e,))]
    assert len({row.key for row in rows}) == len(rows)


@settings(max_examples=80, deadline=None)
@given(views())
def test_the_hash_ignores_what_the_hub_coins_and_receipt_times(made):
    first = assemble("person-a", made, EXPECTED, 0)

    def again(told):
        return replace(told, attribution=replace(told.attribution, message="message-2", received="2030-01-01T00:00:00.000Z"))

    other = [
        replace(v, received="2030-01-01T00:00:00.000Z", linked_because="Other words.", records=tuple(again(r) for r in v.records))
        for v in made
    ]
    assert assemble("person-b", other, EXPECTED, 0).content_hash == first.content_hash


@settings(max_examples=80, deadline=None)
@given(views())
def test_a_plan_survives_being_stored(made):
    first = assemble("p", made, EXPECTED, 3)
    assert restore(dumps(first), UnifiedCarePlan) == first
