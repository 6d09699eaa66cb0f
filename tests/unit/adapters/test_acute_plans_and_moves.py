"""Stays that are planned, interrupted, deleted or moved; records that go by another number; allergy lists told whole."""

from __future__ import annotations

import pytest

from carehub.terms.errors import Unmappable
from unit.adapters.acute_messages import event, fold, header, mapped, module, numbers, only, visit

MINE = "PID|1||H2^^^X9A01^MR||Silva^Tomas"


def planned(stay: dict[str, object], part: str) -> list[str]:
    url = getattr(module("encounters"), f"PLANNED_{part.upper()}")
    extensions: list[dict[str, str]] = stay.get("extension", [])  # type: ignore[assignment]
    return [each["valueDateTime"] for each in extensions if each["url"] == url]


def test_a_planned_admission_has_no_start_until_it_happens() -> None:
    plan = event("A05", "20261101090000", visit(f44="20261120073000"), "PV2|||||||||20261125")
    stay = only(plan, "Encounter")
    assert (stay["status"], "period" in stay) == ("planned", False)
    assert planned(stay, "start") == ["2026-11-20T07:30:00+00:00"]
    assert planned(stay, "end") == ["2026-11-25"]
    came = only(fold([plan, event("A01", "20261120080000", visit(f44="20261120075500"))]), "Encounter")
    assert (came["status"], came["period"]) == ("in-progress", {"start": "2026-11-20T07:55:00+00:00"})


@pytest.mark.parametrize("cancel", ["A27", "A38", "A11"])
def test_a_plan_that_is_cancelled(cancel: str) -> None:
    stay = only(fold([event("A05", "20261101090000", visit()), event(cancel, "20261102090000", visit())]), "Encounter")
    assert stay["status"] == "cancelled"


def test_a_planned_discharge_is_no_end_and_can_be_taken_back() -> None:
    came = event("A01", "20261120080000", visit())
    plan = mapped(header("ADT^A16", "20261122090000"), "EVN|A16|20261122090000|20261125110000", MINE.replace("H2", "H10001"), visit())
    stay = only(fold([came, plan]), "Encounter")
    assert (stay["status"], "end" in stay["period"], planned(stay, "end")) == ("in-progress", False, ["2026-11-25T11:00:00+00:00"])
    dropped = event("A25", "20261123090000", visit())
    assert planned(only(fold([came, plan, dropped]), "Encounter"), "end") == []


@pytest.mark.parametrize("planning", ["A15", "A26", "A09"])
def test_where_somebody_may_go_is_not_where_they_are(planning: str) -> None:
    came = event("A01", "20261120080000", visit(f3="W1"))
    stay = only(fold([came, event(planning, "20261121080000", visit(f3="W9"))]), "Encounter")
    assert [place["location"]["display"] for place in stay["location"]] == ["W1"]


def test_leave_and_return_and_both_cancelled() -> None:
    story = [event("A01", "20261120080000", visit())]
    for kind, day, status in (
        ("A21", "21", "onleave"),
        ("A52", "22", "in-progress"),
        ("A21", "23", "onleave"),
        ("A22", "24", "in-progress"),
    ):
        story.append(event(kind, f"202611{day}080000", visit()))
        assert only(fold(story), "Encounter")["status"] == status
    story.append(event("A53", "20261125080000", visit()))
    assert only(fold(story), "Encounter")["status"] == "onleave"


def test_a_visit_deleted_goes_with_what_belongs_to_it() -> None:
    told = event("A01", "20261120080000", visit(), "DG1|1||J441^COPD^I10", "PR1|1||W371^Hip^O4")
    scopes = {record.ref.type: record.scope for record in told.records}
    assert scopes["Condition"] == scopes["Procedure"] == "visit|V1"
    deleted = event("A23", "20261120090000", visit())
    assert deleted.closes == ("visit|V1",)
    assert [record.change for record in deleted.records if record.ref.type == "Encounter"] == ["withdrawn"]


def test_a_procedure_is_done_only_when_its_time_has_come() -> None:
    story = {"20261121090000": "completed", "20261123090000": "preparation", "": "unknown"}
    for when, status in story.items():
        told = event("A08", "20261122090000", visit(), f"PR1|1||W371^Hip^O4||{when}")
        assert only(told, "Procedure")["status"] == status


def test_a_moved_visit_is_taken_back_where_it_was() -> None:
    moved = mapped(header("ADT^A45", "20261120090000"), MINE, "MRG|H1^^^X9A01^MR||||V1", visit(f19="V2"))
    told = [(record.ref.patient, record.ref.local, record.change) for record in moved.records if record.ref.type == "Encounter"]
    assert told == [("X9A01|H2", "V2", "update"), ("X9A01|H1", "V1", "withdrawn")]
    assert moved.moved_from
    assert moved.moved_from.patient == "X9A01|H1"
    assert numbers(moved) == {("MAP-022", "MRG[1]"): 1}


@pytest.mark.parametrize(
    ("segments", "number"),
    [
        (("MRG|H1^^^X9A01^MR",), "MAP-002"),
        ((visit(),), "MAP-002"),
        (("MRG|", visit()), "MAP-002"),
        (("MRG|H1^^^X9A01^MR", visit(), "MRG|H3^^^X9A01^MR", visit(f19="V3")), "MAP-013"),
    ],
)
def test_a_move_that_cannot_be_read_is_not_half_done(segments: tuple[str, ...], number: str) -> None:
    with pytest.raises(Unmappable) as raised:
        mapped(header("ADT^A45", "20261120090000"), MINE, *segments)
    assert [found.number for found in raised.value.issues] == [number]


def test_a_new_hospital_number_is_a_merge_and_a_new_nhs_number_is_not() -> None:
    renumbered = mapped(header("ADT^A47", "20261120090000"), MINE, "MRG|H1^^^X9A01^MR")
    assert [(merge.surviving.patient, merge.subsumed.patient) for merge in renumbered.merges] == [("X9A01|H2", "X9A01|H1")]
    national = mapped(header("ADT^A47", "20261120090000"), MINE, "MRG|9993000027^^^NHS^NH")
    assert national.merges == ()
    old = [each for each in only(national, "Patient")["identifier"] if each.get("use") == "old"]
    assert old == [{"use": "old", "type": {"text": "NHS number, superseded"}, "value": "9993000027"}]


def test_only_a_list_that_is_whole_and_not_empty_is_closed() -> None:
    penicillin = "IAM|1|DA|P^Penicillin||||A1"
    assert event("A60", "20261120090000", penicillin).closes == ("allergies",)
    assert event("A60", "20261120090000", penicillin.replace("||||A1", "|||D|A1")).closes == ()
    empty = event("A60", "20261120090000")
    assert (empty.closes, numbers(empty)) == ((), {("MAP-040", "AL1"): 1})
    for other in ("A08", "A31", "A01"):
        assert event(other, "20261120090000", penicillin).closes == ()


def test_off_the_register_and_back() -> None:
    story = [event("A28", "20261101090000"), event("A29", "20261102090000")]
    assert only(fold(story), "Patient")["active"] is False
    assert "active" not in only(fold([*story, event("A28", "20261103090000")]), "Patient")
