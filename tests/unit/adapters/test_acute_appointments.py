"""An appointment from booking to the day: what is said of it last is what stands, and nothing of it is made up."""

from __future__ import annotations

from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import check
from carehub.fhir.models import explain
from unit.adapters.acute_messages import WHO, fold, header, mapped, numbers, only, segment

TIMES = "^^20^20261210103000^20261210105000"
CLINICIAN = "C1^Adeyemi^Folake^^^Miss"


def told(event: str, at: str, *segments: str, **sch: str) -> Mapped:
    return mapped(header(f"SIU^{event}", at), WHO, segment("SCH", **{"f2": "F1", "f11": TIMES, **sch}), *segments)


def appointment(*messages: Mapped) -> Any:
    found = only(fold(messages), "Appointment")
    assert check(found) == ()
    assert explain(found) == ()
    return found


def of_role(found: Any, role: str) -> list[dict[str, str]]:
    return [each["actor"] for each in found["participant"] if each["type"][0]["coding"][0]["code"] == role]


BOOKED = told(
    "S12",
    "20261126090000",
    "AIS|1||HIP^Hip clinic",
    "AIL|1||OPD^R2",
    "AIG|1||XR2^X-ray room two",
    f"AIP|1||{CLINICIAN}",
    "NTE|1||Bring medicines",
)


def test_booked() -> None:
    found = appointment(BOOKED)
    assert (found["status"], found["start"], found["end"]) == ("booked", "2026-12-10T10:30:00.000Z", "2026-12-10T10:50:00.000Z")
    assert [each["text"] for each in found["serviceType"]] == ["Hip clinic"]
    assert of_role(found, "LOC") == [{"display": "OPD, R2"}]
    assert of_role(found, "DEV") == [{"display": "X-ray room two"}]
    assert len(of_role(found, "PPRF")) == len(of_role(found, "SBJ")) == 1
    assert found["comment"] == "Bring medicines"


def test_moved_to_another_room_and_time() -> None:
    moved = told("S13", "20261127090000", "AIL|1|U|OPD^R5", f11="^^^20261212140000^20261212142000")
    found = appointment(BOOKED, moved)
    assert found["start"] == "2026-12-12T14:00:00.000Z"
    assert of_role(found, "LOC") == [{"display": "OPD, R5"}]
    assert len(of_role(found, "PPRF")) == 1


@pytest.mark.parametrize(
    ("segment", "role"), [("AIL|1|D|OPD^R2", "LOC"), ("AIG|1|D|XR2^X-ray room two", "DEV"), (f"AIP|1|D|{CLINICIAN}", "PPRF")]
)
def test_what_is_taken_out_is_not_shown(segment: str, role: str) -> None:
    assert of_role(appointment(BOOKED, told("S21", "20261127090000", segment)), role) == []


def test_of_two_the_one_that_stays_is_told() -> None:
    found = appointment(BOOKED, told("S21", "20261127090000", "AIL|1|D|OPD^R2", "AIL|2||OPD^R3"))
    assert of_role(found, "LOC") == [{"display": "OPD, R3"}]


def test_a_service_taken_out_is_not_shown() -> None:
    assert "serviceType" not in appointment(BOOKED, told("S20", "20261127090000", "AIS|1|D|HIP^Hip clinic"))


@pytest.mark.parametrize(("event", "status"), [("S15", "cancelled"), ("S16", "cancelled"), ("S26", "noshow")])
def test_not_kept(event: str, status: str) -> None:
    ended = told(event, "20261127090000", f6="X^Clinic closed", f25="Booked")
    found = appointment(BOOKED, ended)
    assert (found["status"], found["cancelationReason"]) == (status, {"text": "Clinic closed"})
    again = appointment(BOOKED, ended, told("S12", "20261128090000"))
    assert (again["status"], "cancelationReason" in again) == ("booked", False)


def test_deleted() -> None:
    (record,) = [record for record in told("S17", "20261127090000").records if record.ref.type == "Appointment"]
    assert record.change == "withdrawn"
    assert record.ref in {each.ref for each in BOOKED.records}


def test_times_nobody_told_are_said_to_be_unknown() -> None:
    found = appointment(told("S12", "20261126090000", f11=""))
    assert found["_start"]["extension"][0]["valueCode"] == "unknown"
    assert "start" not in found
    assert "_start" not in appointment(told("S12", "20261126090000", f11="", f25="Waitlist"))


def test_an_end_before_the_start_is_left_out_and_said_so() -> None:
    backwards = told("S12", "20261126090000", f11="^^^20261210103000^20261210093000")
    found = appointment(backwards)
    assert found["start"] == "2026-12-10T10:30:00.000Z"
    assert "end" not in found
    assert ("MAP-010", "SCH-11") in numbers(backwards)


def test_without_a_number_it_cannot_be_filed() -> None:
    assert numbers(told("S12", "20261126090000", f2="")) == {("MAP-004", "SCH[1]"): 1}
