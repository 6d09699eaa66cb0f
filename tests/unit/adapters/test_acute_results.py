"""Results: one record for each test of an order, told again as it is confirmed, corrected or withdrawn; values with the digits as sent."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from unit.adapters.acute_messages import every, fold, header, mapped, module, numbers, only, segment, visit

WHO = "PID|1||H1^^^X9A01^MR"


def _oru(*segments: str, at: str = "20261121090000") -> Any:
    return mapped(header("ORU^R01", at), WHO, *segments)


def _obr(order: str = "F1", status: str = "F", **fields: str) -> str:
    return segment(
        "OBR", **{"f1": "1", "f3": order, "f4": "U3^Urea and electrolytes^NLAB", "f7": "20261121063000", "f25": status, **fields}
    )


def _obx(value: str, kind: str = "NM", status: str = "F", **fields: str) -> str:
    return segment("OBX", **{"f1": "1", "f2": kind, "f3": "T1^Creatinine^NLAB", "f5": value, "f11": status, **fields})


def _one(value: str, kind: str = "NM", **fields: str) -> Any:
    return every(_oru(_obr(), _obx(value, kind, **fields)), "Observation")[0]


@pytest.mark.parametrize(
    ("sent", "number", "comparator"),
    [("4.40", "4.40", None), ("<15", "15", "<"), (">= 90.0", "90.0", ">="), ("≤3", "3", "<="), ("-0.50", "-0.50", None), ("7.", "7", None),
     ("=5", "5", None), (".5", "0.5", None), ("0010", "10", None), ("12345678901234567890", "12345678901234567890", None)],
)  # fmt: skip
def test_numbers_keep_their_digits(sent: str, number: str, comparator: str | None) -> None:
    quantity = _one(sent, f6="mmol/L")["valueQuantity"]
    assert isinstance(quantity["value"], Decimal)
    assert str(quantity["value"]) == number
    assert quantity.get("comparator") == comparator
    assert (quantity["unit"], quantity["code"]) == ("mmol/L", "mmol/L")


@pytest.mark.parametrize("sent", ["see note", "1,5", "1e5", "5 to 6", "POS", "<", "1.2.3", "١٥"])
def test_what_is_no_number_stays_text(sent: str) -> None:
    told = _oru(_obr(), _obx(sent, f6="mmol/L"))
    (found,) = every(told, "Observation")
    assert found["valueString"] == f"{sent} mmol/L"
    assert "valueQuantity" not in found
    assert numbers(told)["MAP-007", "OBX-5"] == 1


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("^182", {"valueQuantity": {"value": Decimal("182"), "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}),
        ("<^15", {"valueQuantity": {"value": Decimal("15"), "comparator": "<", "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}}),
        ("^1^:^128", {"valueRatio": {"numerator": {"value": Decimal("1")}, "denominator": {"value": Decimal("128")}}}),
    ],
)  # fmt: skip
def test_structured_numbers(sent: str, value: dict[str, Any]) -> None:
    found = _one(sent, "SN", f6="mg/dL")
    assert {name: found[name] for name in found if name.startswith("value")} == value


def test_a_structured_range_and_one_that_is_upside_down() -> None:
    found = _one("^10^-^20", "SN")["valueRange"]
    assert (found["low"]["value"], found["high"]["value"]) == (10, 20)
    assert _one("^20^-^10", "SN")["valueString"] == "^20^-^10"


@pytest.mark.parametrize(
    ("kind", "sent", "element", "value"),
    [
        ("TX", "Hazy~Foul", "valueString", "Hazy\nFoul"),
        ("FT", "One\\.br\\two", "valueString", "One\ntwo"),
        ("ST", "A^B", "valueString", "A^B"),
        ("DT", "20261121", "valueDateTime", "2026-11-21"),
        ("TS", "20260701120000", "valueDateTime", "2026-07-01T12:00:00+01:00"),
        ("TM", "0930", "valueTime", "09:30:00"),
        ("", "5", "valueString", "5"),
        ("XX", "5", "valueString", "5"),
        ("NM", "60~120", "valueString", "60; 120"),
        ("TM", "2561", "valueString", "2561"),
    ],
)
def test_other_types(kind: str, sent: str, element: str, value: str) -> None:
    assert _one(sent, kind)[element] == value


def test_coded_values_keep_the_code_and_the_words() -> None:
    found = _one("112283007^Escherichia coli^SCT^ECOL^E. coli^NLAB", "CWE")["valueCodeableConcept"]
    assert found["coding"][0] == {"system": "http://snomed.info/sct", "code": "112283007", "display": "Escherichia coli"}
    assert found["coding"][1]["system"] == "urn:carehub:X9A01:code:NLAB"
    assert found["text"] == "Escherichia coli"


@pytest.mark.parametrize("sent", ["", '""'])
def test_no_value_says_so(sent: str) -> None:
    found = _one(sent)
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert not [name for name in found if name.startswith("value")]


def test_an_attachment_is_said_to_be_unsupported() -> None:
    told = _oru(_obr(), _obx("^application^pdf^Base64^JVBERi0=", "ED"))
    (found,) = every(told, "Observation")
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unsupported"
    assert numbers(told)["MAP-017", "OBX-5"] == 1


@pytest.mark.parametrize(
    ("sent", "low", "high"),
    [("49 - 92", "49", "92"), ("[ 4.0 - 11.0 ]", "4.0", "11.0"), ("70-190", "70", "190"), ("13 to 18", "13", "18"), ("[ < 0.21 ]", None, "0.21"),
     (">60", "60", None), ("-2 - 2", "-2", "2"), ("92 - 49", None, None), ("70_105", None, None), ("negative", None, None)],
)  # fmt: skip
def test_reference_ranges(sent: str, low: str | None, high: str | None) -> None:
    (found,) = _one("1", f6="g/L", f7=sent)["referenceRange"]
    assert found["text"] == sent
    assert (str(found["low"]["value"]) if "low" in found else None, str(found["high"]["value"]) if "high" in found else None) == (low, high)


@pytest.mark.parametrize("sent", ["", "[ ]", '""'])
def test_no_range(sent: str) -> None:
    assert "referenceRange" not in _one("1", f7=sent)


def test_a_unit_that_is_not_listed_gets_no_code() -> None:
    assert _one("1", f6="widgets")["valueQuantity"] == {"value": Decimal("1"), "unit": "widgets"}
    assert _one("1", f6='""')["valueQuantity"] == {"value": Decimal("1")}


@pytest.mark.parametrize(
    ("sent", "status"),
    [("P", "preliminary"), ("F", "final"), ("C", "corrected"), ("D", "entered-in-error"), ("W", "entered-in-error"), ("X", "cancelled"),
     ("I", "registered"), ("R", "preliminary"), ("Q", "unknown")],
)  # fmt: skip
def test_result_status(sent: str, status: str) -> None:
    assert _one("1", status=sent)["status"] == status


def test_preliminary_final_and_corrected_are_one_record() -> None:
    tellings = [
        _oru(_obr(status=status), _obx(value, status=status, f14="20261121063000"), at=f"202611210{hour}0000")
        for hour, (status, value) in enumerate([("P", "98"), ("F", "99"), ("C", "118")], 7)
    ]
    for order in (tellings, tellings[::-1]):
        records = fold(order)
        assert only(records, "Observation")["status"] == "corrected"
        assert only(records, "Observation")["valueQuantity"]["value"] == 118
        assert only(records, "DiagnosticReport")["status"] == "corrected"


def test_a_withdrawn_result_stays_as_an_error() -> None:
    records = fold([_oru(_obr(), _obx("98")), _oru(_obr(status="C"), _obx("98", status="W"), at="20261121100000")])
    assert only(records, "Observation")["status"] == "entered-in-error"


def test_final_without_the_value_again_keeps_the_value() -> None:
    records = fold([_oru(_obr(), _obx("98", status="P")), _oru(_obr(), _obx("", status="U"), at="20261121100000")])
    found = only(records, "Observation")
    assert (found["status"], found["valueQuantity"]["value"]) == ("final", 98)
    assert "dataAbsentReason" not in found


def test_set_ids_that_repeat_across_orders_do_not_mix() -> None:
    told = _oru(_obr("F1"), _obx("1"), _obr("F2"), _obx("2"))
    assert len(every(told, "Observation")) == 2
    assert [len(report["result"]) for report in every(told, "DiagnosticReport")] == [1, 1]


def test_two_reports_under_one_order_number_are_two() -> None:
    told = _oru(_obr("F1"), _obx("1"), _obr("F1", f4="U7^Full blood count^NLAB"), _obx("2", f3="T7^Haemoglobin^NLAB"))
    assert [report["code"]["text"] for report in every(told, "DiagnosticReport")] == ["Urea and electrolytes", "Full blood count"]
    clash = _oru(_obr("F1"), _obx("1"), _obr("F1", f4="U7^Full blood count^NLAB"), _obx("2"))
    assert len(every(clash, "Observation")) == 1
    assert numbers(clash)["MAP-015", "OBX[2]"] == 1


def test_a_test_twice_in_one_order_is_two_results_unless_it_is_lines_of_text() -> None:
    assert len(every(_oru(_obr(), _obx("1"), _obx("2")), "Observation")) == 2
    assert len(every(_oru(_obr(), _obx("1", f4="a"), _obx("2", f4="b")), "Observation")) == 2
    (found,) = every(_oru(_obr(), _obx("One.", "TX"), _obx("Two.", "TX"), _obx("Three.", "FT")), "Observation")
    assert found["valueString"] == "One.\nTwo.\nThree."


@pytest.mark.parametrize(
    ("obr", "orc", "same"),
    [({"f3": "F9"}, "", True), ({"f3": "", "f2": "P9"}, "", True), ({"f3": "", "f2": ""}, "ORC|RE|P9|F9", True), ({"f3": "", "f2": ""}, "", True)],
)  # fmt: skip
def test_the_order_number_is_the_fillers_else_the_placers_else_what_and_when(obr: dict[str, str], orc: str, same: bool) -> None:
    segments = [*([orc] if orc else []), _obr(**obr), _obx("1")]
    first, again = _oru(*segments), _oru(*segments, at="20261121120000")
    assert (every(first, "Observation")[0]["id"] == every(again, "Observation")[0]["id"]) is same
    other = _oru(_obr(**{**obr, "f3": "OTHER"}), _obx("1"))
    assert every(other, "Observation")[0]["id"] != every(first, "Observation")[0]["id"]


def test_notes_go_to_what_they_follow() -> None:
    told = _oru("NTE|1||about the person", _obr(), "NTE|1||about the report", _obx("1"), "NTE|1||first~line", "NTE|2||second", "NTE|3||")
    (found,), (report,) = every(told, "Observation"), every(told, "DiagnosticReport")
    assert [note["text"] for note in found["note"]] == ["first\nline", "second"]
    assert report["extension"][0]["valueAnnotation"] == {"text": "about the report"}
    assert numbers(told)["MAP-005", "NTE"] == 1


def test_a_bad_result_costs_only_itself() -> None:
    told = _oru(_obx("0"), _obr(), _obx("1"), segment("OBX", f2="NM", f5="2"), _obx("3", f3="T3^Sodium^NLAB"))
    assert [found["valueQuantity"]["value"] for found in every(told, "Observation")] == [1, 3]
    assert numbers(told)["MAP-004", "OBX[1]"] == 1
    assert numbers(told)["MAP-004", "OBX[3]"] == 1


def test_a_report_that_names_nothing_is_noted_and_its_results_stay() -> None:
    told = _oru(_obr(f4=""), _obx("1"))
    assert every(told, "DiagnosticReport") == []
    assert len(every(told, "Observation")) == 1
    assert numbers(told)["MAP-004", "OBR[1]"] == 1


@pytest.mark.parametrize(
    ("section", "name", "category"),
    [("", "Urea", "laboratory"), ("HM", "Blood count", "laboratory"), ("RAD", "Chest", "imaging"), ("", "MRI Ankle Lt", "imaging"),
     ("", "Vital Signs", "vital-signs"), ("LAB", "MRI of nothing", "laboratory")],
)  # fmt: skip
def test_what_kind_of_report(section: str, name: str, category: str) -> None:
    told = _oru(_obr(f4=f"X^{name}^NLAB", f24=section), _obx("1"))
    (found,), (report,) = every(told, "Observation"), every(told, "DiagnosticReport")
    assert found["category"][0]["coding"][0]["code"] == category
    lab = category == "laboratory"
    assert found["meta"]["profile"][0].endswith("UKCore-Observation-Lab" if lab else "UKCore-Observation")
    assert report["meta"]["profile"][0].endswith("UKCore-DiagnosticReport-Lab" if lab else "UKCore-DiagnosticReport")


def test_a_result_belongs_to_the_visit_it_names_and_leaves_its_status_alone() -> None:
    told = _oru(visit(f2="I"), _obr(), _obx("1"))
    stay = next(record.resource for record in told.records if record.ref.type == "Encounter")
    assert "status" not in stay
    assert every(told, "Observation")[0]["encounter"] == {"reference": f"Encounter/{stay['id']}"}


UNITS = module("tables").table("units")
_ATOM = r"(?:10\*\d+|(?:[mukpnf]|)(?:mol|osm|L|g|m|s|Pa|U|\[iU\]|m\[Hg\])\d?|min|h|dL|cm|Cel|%)"


@pytest.mark.parametrize("row", UNITS.values(), ids=UNITS.keys())
def test_every_listed_unit_is_ucum(row: dict[str, str]) -> None:
    """Each code is built from UCUM atoms and their prefixes: unit, per unit, and at most one annotation."""

    assert re.fullmatch(rf"(?:{_ATOM})?(?:/{_ATOM})*(?:/\{{[0-9A-Za-z_.]+\}})?", row["ucum"])
    assert row["reviewer"]
