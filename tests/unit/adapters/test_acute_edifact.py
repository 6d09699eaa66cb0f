"""EDIFACT reports: what they say of each result, and what becomes of what cannot be read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carehub.fhir.canonical import stable
from unit.adapters.edifact_messages import (
    BLOOD,
    FERRITIN,
    GROUP,
    HEAD,
    mapped,
    numbers,
    of_type,
    one,
    valid,
)


def observation(*segments: str, **parts: object) -> dict[str, object]:
    result = valid(mapped("GIS+N", "INV+MQ+42R4.:911::Serum ferritin", *segments, **parts))
    return one(result, "Observation")


def test_a_report_is_one_report_with_its_request_specimen_result_and_parties() -> None:
    result = valid(mapped())
    assert result.kind == "MEDRPT^NHS003"
    assert (result.source.code, result.source.name) == ("X99L1", "Northvale Pathology")
    assert result.recorded == "2026-11-22T06:00:00.000Z"
    assert not result.snapshot
    assert not result.closes
    diagnostic, test = one(result, "DiagnosticReport"), one(result, "Observation")
    assert diagnostic["identifier"][0]["value"] == "26/H000017"
    assert diagnostic["issued"] == test["issued"] == "2026-11-22T05:50:00.000Z"
    assert diagnostic["effectiveDateTime"] == test["effectiveDateTime"] == "2026-11-21T10:30:00+00:00"
    assert diagnostic["code"]["text"] == "Serum ferritin"
    assert [reference["display"] for reference in diagnostic["performer"]] == ["Haematology", "NORTHVALE PATHOLOGY"]
    assert one(result, "ServiceRequest")["note"] == [{"text": "TIRED ALL THE TIME"}]
    assert one(result, "ServiceRequest")["requester"]["display"] == "DR R OKONKWO"
    assert one(result, "Specimen")["accessionIdentifier"]["value"] == "H000017A"
    role = one(result, "PractitionerRole")
    assert role["organization"]["display"] == "Northvale Surgery"


@pytest.mark.parametrize(
    ("sent", "comparator"),
    [("11", None), ("11:4", None), ("11:5", ">="), ("11:6", ">"), ("11:7", "<"), ("11:8", "<="), ("<11", "<"), (">= 11", ">=")],
)
def test_comparators(sent: str, comparator: str | None) -> None:
    value = observation(f"RSL+NV+{sent}++:::ug/L")["valueQuantity"]
    assert isinstance(value, dict)
    assert (value["value"], value.get("comparator")) == (Decimal(11), comparator)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("eleven++:::ug/L", "eleven ug/L"),
        ("11:3++:::ug/L", "approximately 11 ug/L"),
        ("<11:6", "> <11"),
        ("11:99", "99 11"),
        ("9+4", "9 to 4"),
    ],
)
def test_what_is_no_number_stays_in_words(sent: str, words: str) -> None:
    result = valid(mapped("INV+MQ+42R4.:911::Serum ferritin", f"RSL+NV+{sent}"))
    assert one(result, "Observation")["valueString"] == words
    assert numbers(result)["MAP-007"] == "RSL-2"


def test_digits_stay_as_sent_and_units_get_a_code_only_when_listed() -> None:
    assert observation("RSL+NV+4.40++:::g/L")["valueQuantity"] == {
        "value": Decimal("4.40"),
        "unit": "g/L",
        "system": "http://unitsofmeasure.org",
        "code": "g/L",
    }
    assert observation("RSL+NV+5.5++X 10-9/l")["valueQuantity"] == {"value": Decimal("5.5"), "unit": "X 10-9/l"}


def test_two_values_are_a_range() -> None:
    value = observation("RSL+NV+3.1+4.9+:::mmol/L")["valueRange"]
    assert isinstance(value, dict)
    assert (value["low"]["value"], value["high"]["value"]) == (Decimal("3.1"), Decimal("4.9"))


def test_several_reference_ranges_with_whom_they_are_for() -> None:
    ranges = observation(
        "RSL+NV+33++:::ug/L",
        "S20+20",
        "RND+U+15+300",
        "FTX+RPD+++Upper age - 45 years:Sex - Female",
        "S20+20",
        "RND+U++150+ug/L",
        "S20+20",
        "RND+U+neg",
    )["referenceRange"]
    assert ranges == [
        {"low": {"value": Decimal(15)}, "high": {"value": Decimal(300)}, "text": "Upper age - 45 years Sex - Female"},
        {"high": {"value": Decimal(150), "unit": "ug/L", "system": "http://unitsofmeasure.org", "code": "ug/L"}},
        {"text": "neg"},
    ]


@pytest.mark.parametrize(("sent", "code"), [("HI", "H"), ("LO", "L"), ("OR", "A"), ("PA", "PA"), ("ZZ", "ZZ")])
def test_deviation_keeps_the_sender_s_own_code(sent: str, code: str) -> None:
    found = observation(f"RSL+NV+33++:::ug/L+{sent}")["interpretation"]
    assert isinstance(found, list)
    assert found[0]["coding"][0]["code"] == code
    assert found[0]["coding"][-1]["code"] == sent


def test_a_result_in_words_is_the_value_and_comments_are_notes() -> None:
    found = observation("FTX+RIT+++Not performed.", "FTX+SPC+++No sample.", "FTX+SPC+++Please repeat.")
    assert found["valueString"] == "Not performed."
    assert found["note"] == [{"text": "No sample.\nPlease repeat."}]


def test_words_beside_a_number_are_a_note() -> None:
    found = observation("RSL+NV+33++:::ug/L", "FTX+RIT+++Checked twice.")
    assert found["note"] == [{"text": "Checked twice."}]


def test_a_coded_result() -> None:
    found = observation("RSL+CV+::375211000000108:921::FOB test normal (finding)")["valueCodeableConcept"]
    assert found == {
        "coding": [{"system": "http://snomed.info/sct", "code": "375211000000108", "display": "FOB test normal (finding)"}],
        "text": "FOB test normal (finding)",
    }


def test_a_coded_result_with_an_impossible_code_keeps_the_sender_s() -> None:
    result = valid(mapped("INV+MQ+42R4.:911::Serum ferritin", "RSL+CV+::375211000000109:921::Normal"))
    assert numbers(result)["MAP-006"] == "RSL-2"
    assert b"snomed" not in stable(one(result, "Observation")["valueCodeableConcept"])


def test_a_value_that_is_announced_and_missing_costs_only_itself() -> None:
    result = valid(mapped("INV+MQ+42R4.:911::Serum ferritin", "RSL+CV", "FTX+SPC+++Normal.", *FERRITIN))
    assert numbers(result)["MAP-004"] == "RSL[1]"
    missing, good = of_type(result, "Observation")
    assert "dataAbsentReason" in missing
    assert missing["note"] == [{"text": "Normal."}]
    assert good["valueQuantity"]["value"] == 11


def test_a_group_holds_its_members_and_they_its_specimen() -> None:
    result = valid(mapped(*GROUP))
    by_name = {found["code"]["text"]: found for found in of_type(result, "Observation")}
    group = by_name["Full blood count - FBC"]
    assert [reference["reference"].split("/")[1] for reference in group["hasMember"]] == [
        by_name["Haemoglobin estimation"]["id"],
        by_name["Platelet count"]["id"],
    ]
    assert group["meta"]["profile"][0].endswith("Observation-Group-Lab")
    assert "dataAbsentReason" not in group
    assert all("specimen" in found for found in by_name.values())
    listed = [reference["reference"].split("/")[1] for reference in one(result, "DiagnosticReport")["result"]]
    assert listed[0] == group["id"]
    assert len(listed) == 3
    assert one(result, "DiagnosticReport")["code"]["text"] == "Full blood count - FBC"


def test_links_to_nowhere_are_said() -> None:
    result = valid(mapped("INV+MQ+42R4.:911::Serum ferritin", "RSL+NV+1", "RFF+ARL:7", "INV+MQ+42R5.:911::Other", "RSL+NV+1", "RFF+ASL:9"))
    assert [(issue.number, issue.count) for issue in result.issues if issue.number == "MAP-008"] == [("MAP-008", 2)]


@pytest.mark.parametrize(
    ("sent", "result", "report_status"),
    [
        ("UN", "unknown", "unknown"),
        ("FI", "final", "final"),
        ("PR", "preliminary", "preliminary"),
        ("CO", "corrected", "corrected"),
        ("??", "unknown", "unknown"),
    ],
)
def test_statuses(sent: str, result: str, report_status: str) -> None:
    found = mapped(head=(*HEAD[:3], f"STS++{sent}", *HEAD[4:]))
    assert one(found, "Observation")["status"] == result
    assert one(found, "DiagnosticReport")["status"] == report_status
    own = mapped("INV+MQ+42R4.:911::Serum ferritin", "RSL+NV+1", f"STS++{sent}")
    assert one(own, "Observation")["status"] == result


def test_the_same_report_again_later_is_the_same_records() -> None:
    first, later = mapped(), mapped(*FERRITIN[:2], "RSL+NV+12++:::ug/L", *FERRITIN[3:], made="202611230900")
    assert [record.ref for record in first.records] == [record.ref for record in later.records]
    assert first.recorded < later.recorded


def test_one_test_twice_in_a_report_is_two_results() -> None:
    assert len(of_type(mapped(*FERRITIN, *FERRITIN), "Observation")) == 2


def test_summer_time_is_london_time() -> None:
    specimen = one(mapped(specimens=tuple(text.replace("202611211030", "202607211030") for text in BLOOD)), "Specimen")
    assert specimen["collection"]["collectedDateTime"] == "2026-07-21T10:30:00+01:00"


@pytest.mark.parametrize("sent", ["20261122103:203", "202613221030:203", "202611221030:102", "202611221030:999"])
def test_an_impossible_time_is_left_out_and_said(sent: str) -> None:
    result = valid(mapped(specimens=(*BLOOD[:4], f"DTM+SCO:{sent}")))
    assert numbers(result)["MAP-010"] == "DTM-1"
    assert "collection" not in one(result, "Specimen")


def test_fasting_volume_and_numbers_of_a_specimen() -> None:
    found = one(valid(mapped(specimens=(*BLOOD, "SPC+FS+F", "QTY+SVO:2.5+:::mL", "RFF+XYZ:5", "FTX+SPC+++Haemolysed"))), "Specimen")
    assert found["collection"]["fastingStatusCodeableConcept"]["coding"][0]["code"] == "F"
    assert found["collection"]["quantity"]["value"] == Decimal("2.5")
    assert found["identifier"][0]["value"] == "5"
    assert found["note"] == [{"text": "Haemolysed"}]


def test_a_range_in_words_and_an_unknown_characteristic_are_kept() -> None:
    found = observation("RSL+NV+33++:::ug/L", "FTX+CRR+++Depends on the day of the cycle")
    assert found["referenceRange"] == [{"text": "Depends on the day of the cycle"}]
    assert "note" not in found
    result = valid(mapped(specimens=(*BLOOD, "SPC+ZZ+:::Underfilled")))
    assert one(result, "Specimen")["note"] == [{"text": "Underfilled"}]
    assert numbers(result)["MAP-017"] == "SPC-1"
