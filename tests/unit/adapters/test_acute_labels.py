"""What is confidential stays so until somebody says otherwise; an end that cannot stand beside a start is kept as it was sent."""

from __future__ import annotations

import pytest

from carehub.feeds.mapped import Mapped
from carehub.fhir.gate import check
from unit.adapters.acute_messages import WHO, event, every, fold, header, mapped, numbers, only, visit

RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
WHOLE_RECORD = {"system": "http://terminology.hl7.org/CodeSystem/v2-0717", "code": "ALL"}
PROTECTED = "PD1||||||||||||Y"
NOT_PROTECTED = "PD1||||||||||||N"


def labels(told: list[Mapped], type: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = only(fold(told), type)["meta"].get("security", [])
    return found


def test_a_protected_patient_stays_protected_until_told_otherwise() -> None:
    first = event("A31", "20261122090000", PROTECTED)
    assert labels([first], "Patient") == [RESTRICTED]
    assert labels([first, event("A31", "20261122100000")], "Patient") == [RESTRICTED]
    assert labels([first, event("A31", "20261122100000", "PD1||||||||||||?")], "Patient") == [RESTRICTED]
    assert labels([first, event("A31", "20261122100000", NOT_PROTECTED)], "Patient") == []


def test_a_restriction_by_name_outlasts_an_indicator() -> None:
    first = event("A31", "20261122090000", "ARV|1|A|ALL")
    assert labels([first], "Patient") == [RESTRICTED, WHOLE_RECORD]
    assert labels([first, event("A31", "20261122100000", NOT_PROTECTED)], "Patient") == [RESTRICTED, WHOLE_RECORD]
    assert labels([first, event("A31", "20261122100000", PROTECTED)], "Patient") == [WHOLE_RECORD, RESTRICTED]


def test_a_restriction_after_the_visit_is_of_the_visit() -> None:
    told = event("A01", "20261122090000", visit(), "ARV|1|A|LOC")
    assert labels([told], "Patient") == []
    assert [label["code"] for label in labels([told], "Encounter")] == ["R", "LOC"]
    results = mapped(header("ORU^R01"), WHO, visit(), "ARV|1|A|LOC")
    assert [label["code"] for label in labels([results], "Patient")] == ["R", "LOC"]


def test_restrictions_that_are_none_taken_away_or_the_senders_own() -> None:
    assert labels([event("A31", "20261122090000", "ARV|1|A|NO")], "Patient") == []
    gone = event("A31", "20261122100000", "ARV|1|D|ALL")
    assert numbers(gone) == {("MAP-017", "ARV-2"): 1}
    assert len(labels([event("A31", "20261122090000", "ARV|1|A|ALL"), gone], "Patient")) == 2
    own = event("A31", "20261122090000", "ARV|1|A|X9^Only ward staff")
    assert labels([own], "Patient")[1] == {
        "system": "urn:carehub:X9A01:code:access-restriction",
        "code": "X9",
        "display": "Only ward staff",
    }
    assert numbers(own) == {("MAP-006", "ARV-3"): 1}
    lost = event("A08", "20261122090000", "PV1|1|I", "ARV|1|A|ALL")
    assert numbers(lost)["MAP-017", "ARV-3"] == 1


def test_a_visit_that_is_protected_or_of_somebody_important() -> None:
    told = event("A01", "20261122090000", visit(f16="VIP^Well known"), "PV2" + "|" * 22 + "Y")
    assert labels([told], "Encounter") == [
        {"system": "urn:carehub:X9A01:code:vip", "code": "VIP", "display": "Well known"},
        RESTRICTED,
    ]
    assert numbers(told)["MAP-006", "PV1-16"] == 1
    assert labels([event("A01", "20261122090000", visit(f16="N"))], "Encounter") == []
    later = event("A02", "20261122100000", visit(), "PV2" + "|" * 22 + "N")
    assert [label["code"] for label in labels([told, later], "Encounter")] == ["VIP", "R"]


def test_a_confidential_diagnosis() -> None:
    told = event("A01", "20261122090000", visit(), "DG1|1||B24^HIV disease^I10" + "|" * 15 + "Y", "DG1|2||J441^COPD^I10")
    first, second = every(told, "Condition")
    assert first["meta"]["security"] == [RESTRICTED]
    assert "security" not in second["meta"]


@pytest.mark.parametrize(("sent", "code"), [("R", "R"), ("V", "V"), ("U", ""), ("", ""), ("SEX", "SEX")])
def test_a_documents_label_is_on_its_file_too(sent: str, code: str) -> None:
    told = mapped(header("MDM^T02"), WHO, f"TXA|1|CN||||||||||D1||||||{sent}", "OBX|1|TX|||Text")
    for type in ("DocumentReference", "Binary"):
        (record,) = every(told, type)
        assert [label["code"] for label in record.get("meta", {}).get("security", [])] == ([code] if code else [])


def sent_end(stay: dict[str, object]) -> object:
    period: dict[str, dict[str, list[dict[str, object]]]] = stay["period"]  # type: ignore[assignment]
    return period["_end"]["extension"][0]["valueDateTime"]


def test_an_end_before_the_start_is_kept_as_sent_and_told() -> None:
    told = event("A03", "20261122120000", visit(f44="20261122100000", f45="20261122090000"))
    assert numbers(told) == {("MAP-010", "PV1-45"): 1}
    stay = only(told, "Encounter")
    assert "end" not in stay["period"]
    assert sent_end(stay) == "2026-11-22T09:00:00+00:00"
    assert stay["status"] == "finished"
    assert check(stay) == ()


def test_a_day_cannot_be_compared_with_an_hour_of_it() -> None:
    stay = only(event("A03", "20261122120000", visit(f44="20261122100000", f45="20261122")), "Encounter")
    assert sent_end(stay) == "2026-11-22"
    whole_days = only(event("A03", "20261122120000", visit(f44="20261122", f45="20261122")), "Encounter")
    assert whole_days["period"] == {"start": "2026-11-22", "end": "2026-11-22"}
    next_day = only(event("A03", "20261123120000", visit(f44="20261122100000", f45="20261123")), "Encounter")
    assert next_day["period"]["end"] == "2026-11-23"


def test_the_end_stands_again_once_the_start_is_put_right() -> None:
    came = event("A01", "20261122100000", visit(f44="20261122100000"))
    left = event("A03", "20261122110000", visit(f45="20261122093000"))
    assert "end" not in only(fold([came, left]), "Encounter")["period"]
    corrected = event("A08", "20261122120000", visit(f44="20261122083000"))
    assert only(fold([came, left, corrected]), "Encounter")["period"] == {
        "start": "2026-11-22T08:30:00+00:00",
        "end": "2026-11-22T09:30:00+00:00",
    }


def test_a_cancelled_discharge_takes_back_an_end_that_never_stood() -> None:
    left = event("A03", "20261122120000", visit(f44="20261122100000", f45="20261122090000"))
    stay = only(fold([left, event("A13", "20261122130000", visit())]), "Encounter")
    assert (stay["status"], stay["period"]) == ("in-progress", {"start": "2026-11-22T10:00:00+00:00"})


def test_a_diagnosis_sent_without_the_mark_keeps_its_label_and_nothing_else() -> None:
    marked = event("A01", "20261122090000", visit(), "DG1|1||B24^HIV disease^I10||20261120|W" + "|" * 12 + "Y")
    plain = event("A08", "20261122100000", visit(), "DG1|1||B24^HIV disease^I10")
    kept = only(fold([marked, plain]), "Condition")
    assert kept["meta"]["security"] == [RESTRICTED]
    assert not {"verificationStatus", "recordedDate"} & kept.keys()
    opened = event("A08", "20261122110000", visit(), "DG1|1||B24^HIV disease^I10" + "|" * 15 + "N")
    assert "security" not in only(fold([marked, plain, opened]), "Condition")["meta"]


def test_a_file_sent_again_without_the_mark_keeps_its_label() -> None:
    first = mapped(header("MDM^T02", "20261122090000"), WHO, "TXA|1|CN||||||||||D1||||||R", "OBX|1|TX|||Text")
    again = mapped(header("MDM^T04", "20261122100000"), WHO, "TXA|1|CN||||||||||D1", "OBX|1|TX|||Other text")
    for type in ("DocumentReference", "Binary"):
        assert labels([first, again], type) == [RESTRICTED]
