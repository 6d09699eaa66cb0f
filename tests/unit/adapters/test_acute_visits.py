"""A stay as its messages tell it: opened, moved, closed, cancelled, in whatever order they arrive."""

from __future__ import annotations

from itertools import permutations

import pytest

from carehub.fhir.canonical import stable
from unit.adapters.acute_messages import ADAPTER, event, fold, mapped, numbers, only, visit

WARD, OTHER = "W5^B2^3", "W9^B1^1"
ADMITTED = event("A01", "20261120213500", visit(f3=WARD, f4="21", f44="20261120213000"), evn6="20261120213000", control="1")
MOVED = event("A02", "20261121100500", visit(f3=OTHER, f6=WARD), evn6="20261121094500", control="2")
LEFT = event("A03", "20261124160500", visit(f3=OTHER, f36="1", f37="19", f45="20261124154500"), evn6="20261124154500", control="3")
UPDATED = event("A08", "20261124180000", visit(f10="SUR^Surgery"), control="4")


def test_the_whole_stay() -> None:
    stay = only(fold([ADMITTED, MOVED, LEFT, UPDATED]), "Encounter")
    assert stay["status"] == "finished"
    assert stay["period"] == {"start": "2026-11-20T21:30:00+00:00", "end": "2026-11-24T15:45:00+00:00"}
    assert stay["class"]["code"] == "IMP"
    assert stay["serviceType"]["text"] == "Surgery"
    assert stay["hospitalization"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "21"
    assert stay["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "19"
    assert [(place["location"]["display"], place["status"], place["period"]) for place in stay["location"]] == [
        ("W5, B2, 3", "completed", {"start": "2026-11-20T21:30:00+00:00", "end": "2026-11-21T09:45:00+00:00"}),
        ("W9, B1, 1", "completed", {"start": "2026-11-21T09:45:00+00:00", "end": "2026-11-24T15:45:00+00:00"}),
    ]


def test_the_order_of_arrival_does_not_matter() -> None:
    expected = stable(fold([ADMITTED, MOVED, LEFT, UPDATED]))
    for order in permutations([ADMITTED, MOVED, LEFT, UPDATED]):
        assert stable(fold(order)) == expected


def test_the_same_message_twice_changes_nothing() -> None:
    once = fold([ADMITTED, MOVED, LEFT])
    assert fold([ADMITTED, ADMITTED, MOVED, MOVED, LEFT, LEFT]) == once


def test_a_stay_in_progress_has_no_end() -> None:
    stay = only(fold([ADMITTED, MOVED]), "Encounter")
    assert stay["status"] == "in-progress"
    assert "end" not in stay["period"]
    assert [place["status"] for place in stay["location"]] == ["completed", "active"]


def test_a_cancelled_admission() -> None:
    cancelled = event("A11", "20261120220000", visit(f3=WARD))
    assert only(fold([ADMITTED, cancelled]), "Encounter")["status"] == "cancelled"
    assert only(cancelled, "Encounter")["status"] == "cancelled"


def test_a_cancelled_transfer_takes_back_the_last_place() -> None:
    cancelled = event("A12", "20261121103000", visit(f3=WARD))
    stay = only(fold([ADMITTED, MOVED, cancelled]), "Encounter")
    assert [(place["location"]["display"], place["status"]) for place in stay["location"]] == [("W5, B2, 3", "active")]
    assert "end" not in stay["location"][0]["period"]


@pytest.mark.parametrize("named", [WARD, OTHER, ""])
def test_a_cancelled_transfer_that_names_the_place_it_cancels_does_not_enter_it_again(named: str) -> None:
    cancelled = event("A12", "20261121103000", visit(f3=named))
    stay = only(fold([ADMITTED, MOVED, cancelled]), "Encounter")
    assert [place["location"]["display"] for place in stay["location"]] == ["W5, B2, 3"]


def test_cancelling_a_transfer_that_never_came_keeps_the_only_place() -> None:
    stay = only(fold([ADMITTED, event("A12", "20261121103000", visit(f3=WARD))]), "Encounter")
    assert [place["location"]["display"] for place in stay["location"]] == ["W5, B2, 3"]


def test_a_cancelled_discharge_opens_the_stay_again_whatever_end_it_repeats() -> None:
    cancelled = event("A13", "20261124170000", visit(f3=OTHER, f36="1", f37="19", f45="20261124154500"))
    stay = only(fold([ADMITTED, MOVED, LEFT, cancelled]), "Encounter")
    assert stay["status"] == "in-progress"
    assert "end" not in stay["period"]
    assert "dischargeDisposition" not in stay["hospitalization"]
    assert "extension" not in stay
    assert [place["status"] for place in stay["location"]] == ["completed", "active"]
    assert "end" not in stay["location"][-1]["period"]


def test_a_late_discharge_takes_its_place_by_its_own_time() -> None:
    late = event("A03", "20261126090000", visit(f3=OTHER), evn6="20261124154500", control="9")
    stay = only(fold([ADMITTED, MOVED, event("A08", "20261125090000", visit(f10="MED"), control="8"), late]), "Encounter")
    assert stay["status"] == "finished"
    assert stay["period"]["end"] == "2026-11-24T15:45:00+00:00"
    assert stay["serviceType"]["coding"][0]["code"] == "MED"


@pytest.mark.parametrize("kind", ["A08", "A31"])
def test_a_visit_first_heard_of_in_an_update_has_status_unknown(kind: str) -> None:
    stay = only(event(kind, "20261121100000", visit(f2="")), "Encounter")
    assert stay["status"] == "unknown"
    assert stay["class"] == {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
    known = only(fold([event(kind, "20261121100000", visit(f2="")), event("A01", "20261121110000", visit(f2="E"))]), "Encounter")
    assert known["status"] == "in-progress"
    assert known["class"]["code"] == "EMER"
    assert "extension" not in known["class"]


def test_an_update_with_a_discharge_time_says_that_the_stay_is_over() -> None:
    assert only(event("A08", "20261125100000", visit(f45="20261124154500")), "Encounter")["status"] == "finished"


@pytest.mark.parametrize(
    ("sent", "code"), [("I", "IMP"), ("O", "AMB"), ("E", "EMER"), ("P", "PRENC"), ("INPATIENT", "IMP"), ("R", "AMB"), ("B", "IMP")]
)
def test_patient_classes(sent: str, code: str) -> None:
    assert only(event("A04", "20261121100000", visit(f2=sent)), "Encounter")["class"]["code"] == code


def test_an_unknown_class_keeps_the_senders_code() -> None:
    told = event("A01", "20261121100000", visit(f2="Q"))
    assert only(told, "Encounter")["class"] == {"system": "urn:carehub:X9A01:code:patient-class", "code": "Q"}
    assert numbers(told)["MAP-006", "PV1-2"] == 1


def test_clinicians_of_one_role_are_replaced_and_the_others_stay() -> None:
    first = event("A01", "20261121100000", visit(f7="C1^Bright^Ola", f9="C2^Marsh^Kit"))
    second = event("A08", "20261121110000", visit(f7="C3^Sato^Hana~C4^Quill^Jem"))
    records = fold([first, second])
    names = {reference: resource["name"][0]["family"] for reference, resource in records.items() if reference.startswith("Practitioner/")}
    told = only(records, "Encounter")["participant"]
    assert sorted((one["type"][0]["coding"][0]["code"], names[one["individual"]["reference"]]) for one in told) == [
        ("ATND", "Quill"),
        ("ATND", "Sato"),
        ("CON", "Marsh"),
    ]


def test_a_visit_without_number_is_told_by_its_admission_time_or_not_at_all() -> None:
    opened = event("A01", "20261121100000", visit(f19="", f44="20261121095500"))
    closed = event("A03", "20261122100000", visit(f19="", f44="20261121095500", f45="20261122095500"))
    assert only(fold([opened, closed]), "Encounter")["status"] == "finished"
    nowhere = event("A03", "20261122100000", visit(f19=""))
    assert numbers(nowhere)["MAP-004", "PV1[1]"] == 1
    assert not [record for record in nowhere.records if record.ref.type == "Encounter"]


def test_no_visit_is_no_fault_where_the_event_is_about_the_person() -> None:
    told = event("A31", "20261121100000", visit(f2="N", f19=""))
    assert [record.ref.type for record in told.records] == ["Patient"]
    assert told.issues == ()


def test_the_alternate_visit_number_stands_in() -> None:
    told = only(mapped(*_oru(visit(f19="", f50="ALT7"))), "Encounter")
    assert told["identifier"] == [{"system": "urn:carehub:X9A01:visit", "value": "ALT7"}]


def _oru(*segments: str) -> tuple[str, ...]:
    return ("MSH|^~\\&|NORTHLAB|X9A01|||20261121100000||ORU^R01|5|P|2.4", "PID|1||H10001^^^X9A01^MR", *segments)


def test_revise_changes_none_of_its_inputs() -> None:
    earlier = only(fold([ADMITTED, MOVED]), "Encounter")
    update = next(record for record in LEFT.records if record.ref.type == "Encounter")
    before = stable([earlier, update.resource])
    ADAPTER.revise(earlier, update.resource, (*update.clears, "location.last", "period.end"))
    assert stable([earlier, update.resource]) == before
