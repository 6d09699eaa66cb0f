"""Assembly as a whole: its hash follows what is said, its shape, and what it does with what it cannot show (hazard H24)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehub.careplan.accounts import ARRANGING
from carehub.careplan.plan import ExpectedSource
from carehub.careplan.sections import HEADINGS
from unit.careplan.told import (
    BY_DOCTOR,
    COMMUNITY,
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
    notice,
    only,
    patient,
    plan,
    record,
    status,
    view,
)

EXPECTED = (ExpectedSource("gp/records", "GP records", "GP"), ExpectedSource("voluntary/x", "Age Well Northvale", "Voluntary"))

# ---- the hash follows everything that is said ----


def ordinary():
    return [
        view(GP, patient(GP), doctor(), none_known(), medicine(GP, "m", "Bisoprolol", dose="One daily"), notices=(notice("Observation"),)),
        view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN)),
    ]


def test_the_hash_changes_with_anything_a_source_says():
    first = plan(*ordinary()).content_hash
    gp, hospital = ordinary()
    changed = {
        "a title": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", LATEX))],
        "a status": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN, clinicalStatus=status("resolved")))],
        "a date": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN, recordedDate="2019-02-03"))],
        "a note": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN, note=[{"text": "x"}]))],
        "a code": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", concept("1", "Allergy to penicillin")))],
        "a reference": [gp, view(HOSPITAL, allergy(HOSPITAL, "h2", PENICILLIN))],
        "a label": [gp, view(HOSPITAL, allergy(HOSPITAL, "h", PENICILLIN, meta={"security": [{"code": "R"}]}))],
        "a notice": [replace(gp, notices=(notice("Observation", count=2),)), hospital],
        "a source's time": [replace(gp, recorded="2026-11-22T07:00:00.000Z"), hospital],
        "a linked record": [replace(gp, patient="Patient/other"), hospital],
        "a merge": [replace(gp, merged_into="Patient/other"), hospital],
        "a section shared": [replace(gp, sections=()), hospital],
        "a source": [gp],
    }
    for field, value in {
        "record_version": 2,
        "recorded": "2026-11-20T23:00:00.000Z",
        "author": "Dr C",
        "adapter": "b",
        "mapping_version": 2,
        "feed": "x/y",
    }.items():
        told = hospital.records[0]
        changed[field] = [gp, replace(hospital, records=(replace(told, attribution=replace(told.attribution, **{field: value})),))]
    hashes = {what: plan(*made).content_hash for what, made in changed.items()}
    assert [what for what, value in hashes.items() if value == first] == []
    assert len(set(hashes.values())) == len(hashes)
    assert plan(*ordinary(), reviews=1).content_hash != first
    assert plan(*ordinary(), expected=EXPECTED).content_hash != first


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_the_hash_changes_when_any_words_change(a, b):
    def told(words):
        return plan(view(GP, allergy(GP, "a", {"text": words}, note=[{"text": words}])))

    one, other = told(a), told(b)
    assert (one.content_hash == other.content_hash) == (a.strip() == b.strip())


# ---- shape ----


def test_every_section_is_there_in_the_order_of_the_headings():
    made = plan()
    assert [(s.key, s.title, s.entries) for s in made.sections] == [(h.key, h.title, ()) for h in HEADINGS]
    assert (made.conflicts, made.gaps, made.sources) == ((), (), ())


def test_current_comes_before_past_and_newest_first():
    def condition(id, when, clinical="active"):
        return record(GP, "Condition", id, {"code": {"text": id}, "clinicalStatus": status(clinical), "onsetDateTime": when})

    made = plan(
        view(
            GP,
            condition("old", "2001"),
            condition("past", "2025-01-01", "resolved"),
            condition("new", "2020-05-01"),
            condition("undated", ""),
        )
    )
    assert [e.title for e in entries(made, "problems")] == ["new", "old", "undated", "past"]


def test_what_the_source_took_back_is_counted_and_not_shown():
    made = plan(
        view(
            GP,
            allergy(GP, "a", PENICILLIN),
            record(GP, "AllergyIntolerance", "b", withdrawn=True),
            record(GP, "Observation", "c", {"status": "entered-in-error"}),
            allergy(GP, "d", LATEX, verificationStatus=status("entered-in-error")),
            allergy(GP, "e", LATEX, verificationStatus="entered-in-error"),
        )
    )
    assert only(made, "allergies").title == "Allergy to penicillin"
    assert (made.sources[0].records, made.sources[0].withdrawn) == (1, 4)
    assert made.gaps == ()


def test_the_newest_version_of_a_record_counts_whatever_the_order():
    first, second = allergy(GP, "a", LATEX), allergy(GP, "a", PENICILLIN)
    second = replace(second, attribution=replace(second.attribution, record_version=2))
    for held in ((first, second), (second, first)):
        assert only(plan(view(GP, *held)), "allergies").title == "Allergy to penicillin"


def test_a_type_no_section_shows_is_told_as_such_and_one_whose_shape_defeats_us_too():
    odd = record(GP, "Condition", "bad", {"code": {"text": "Fine"}, "onsetDateTime": "2020", "category": 7, "bodySite": {"text": []}})
    broken = record(GP, "MedicationStatement", "broken", {"dosage": [{"sequence": 1, "doseAndRate": 5}], "basedOn": 3, "note": {"text": 1}})
    made = plan(view(GP, record(GP, "Basic", "b"), odd, broken))
    assert [(g.code, g.sentence) for g in made.gaps] == [
        ("not_mapped", "1 entry received that no section shows yet (Basic). The record keeps it as sent.")
    ]
    assert [len(entries(made, key)) for key in ("problems", "medicines")] == [1, 1]


def test_a_reader_that_fails_costs_its_own_record_only(monkeypatch):
    from carehub.careplan import accounts

    def fails(record, shelf):
        raise KeyError("code")
        yield

    monkeypatch.setitem(accounts._READERS, "Condition", (fails,))
    made = plan(view(GP, record(GP, "Condition", "c"), allergy(GP, "a", PENICILLIN)))
    assert only(made, "allergies").title == "Allergy to penicillin"
    assert [(g.code, g.section, g.sentence) for g in made.gaps] == [
        ("unreadable", "problems", "1 entry received that could not be shown (conditions). The record keeps it as sent.")
    ]
    assert [s.sentence for s in made.section("problems").states] == ["GP: 1 entry received that carehub could not read, show it as sent"]
    assert made.sources[0].unreadable == 1


def test_lists_origins_and_places_say_nothing_by_themselves():
    made = plan(view(GP, *(record(GP, type, "x") for type in sorted(ARRANGING))))
    assert made.gaps == ()
    assert made.sources[0].records == len(ARRANGING)


MERGED = "Hospital has merged one of its records of this person into another."


def test_a_merged_record_is_told_and_its_target_when_it_is_not_here():
    here = plan(view(HOSPITAL, patient="Patient/old", merged_into="Patient/new"), view(HOSPITAL, patient="Patient/new"))
    assert [g.sentence for g in here.gaps] == [MERGED]
    away = plan(view(HOSPITAL, patient="Patient/old", merged_into="Patient/new"))
    assert [(g.code, g.sentence) for g in away.gaps] == [
        (
            "merged",
            f"{MERGED} That record is not linked to this person, so what it holds is not shown.",
        )
    ]


def test_what_no_section_shows_yet_is_not_said_to_be_unreadable():
    (report,) = plan(view(GP, record(GP, "Binary", "b", {"contentType": "text/plain"}))).sources
    assert (report.unreadable, report.not_mapped) == (0, 1)


def test_a_report_of_a_source_counts_and_dates_what_it_told():
    made = plan(
        view(
            GP,
            allergy(GP, "a", PENICILLIN),
            record(GP, "Appointment", "b", {"status": "booked", "start": "2027-01-01T09:00:00Z"}),
            record(GP, "Condition", "c", {"code": {"text": "Review due"}, "recordedDate": "2027-03-01"}),
            notices=(
                notice("Observation", count=2),
                notice("Task", kind="not_mapped", number="MAP-005", count=3),
                notice("", number="MAP-012"),
            ),
        )
    )
    (report,) = made.sources
    assert (report.last_entry, report.records, report.unreadable, report.not_mapped, report.failing) == ("2019-02-02", 3, 2, 3, 1)
    assert (report.feeds, report.linked_because) == (("gp/records",), "The NHS number and the date of birth agree.")
    assert [g.sentence for g in made.gaps] == [
        "1 message received, not readable.",
        "3 entries received, not mapped yet (Task). The message keeps them as sent.",
        "2 entries received, not readable (results and observations).",
    ]


def test_conflicts_point_at_the_row_that_holds_the_entry():
    made = plan(
        view(GP, allergy(GP, "g", PENICILLIN)),
        view(HOSPITAL, allergy(HOSPITAL, "a", PENICILLIN)),
        view(COMMUNITY, none_known(COMMUNITY, "n")),
    )
    keys = {e.key for e in entries(made, "allergies")}
    assert {s.entry for c in made.conflicts for s in c.statements} <= keys
    assert len({c.id for c in made.conflicts}) == len(made.conflicts) == 1


def test_conflict_ids_stay_when_the_record_is_assembled_again_with_more():
    before = {c.id for c in plan(*ordinary()).conflicts}
    more = [allergy(COMMUNITY, "c", LATEX), medicine(COMMUNITY, "m", "Senna")]
    after = {c.id for c in plan(*ordinary(), view(COMMUNITY, *more)).conflicts}
    assert before
    assert before < after


def test_the_author_is_the_hub_s_where_it_knows_one_and_the_record_s_otherwise():
    told = allergy(GP, "a", PENICILLIN)
    named = replace(told, attribution=replace(told.attribution, author="Dr Known"))
    assert only(plan(view(GP, named, doctor())), "allergies").attributions[0].author == "Dr Known"
    role = record(GP, "PractitionerRole", "r", {"practitioner": BY_DOCTOR})
    by_role = allergy(GP, "a", PENICILLIN, recorder={"reference": "PractitionerRole/r"})
    assert only(plan(view(GP, by_role, role, doctor())), "allergies").attributions[0].author == "Dr A Khan"
    by_person = allergy(GP, "a", PENICILLIN, recorder={"reference": "Patient/p-X99001"}, asserter={"display": "Nurse Webb"})
    assert only(plan(view(GP, by_person, patient(GP))), "allergies").attributions[0].author == "Nurse Webb"


def test_an_entry_cannot_be_made_without_an_attribution():
    (entry,) = entries(plan(view(GP, allergy(GP, "a", PENICILLIN))), "allergies")
    with pytest.raises(ValueError, match="needs an attribution"):
        replace(entry, attributions=())


def test_a_part_of_an_hl7_message_that_is_not_mapped_is_named_by_its_segment():
    made = plan(view(HOSPITAL, notices=(notice("PR1", kind="not_mapped", number="MAP-005"),)))
    assert [g.sentence for g in made.gaps] == ["1 entry received, not mapped yet (HL7 v2 segment PR1). The message keeps it as sent."]
