"""Which messages are carried, who speaks, when it was said, and what is done with segments that have no mapping."""

from __future__ import annotations

import pytest

from carehub.terms.errors import Rejected, Unmappable, Unreadable
from unit.adapters.acute_messages import ADAPTER, WHO, event, every, header, mapped, message, module, numbers, only, visit

FEED = ADAPTER.manifest.feeds[0]


@pytest.mark.parametrize("kind", FEED.messages)
def test_every_declared_kind_is_carried(kind: str) -> None:
    extra = ["MRG|H0^^^X9A01^MR", "PV1|1|I|||||||||||||||||V1"] if kind in ("ADT^A34", "ADT^A40", "ADT^A45", "ADT^A47") else []
    for sent in (kind, f"{kind}^{kind.replace('^', '_')}"):
        told = mapped(header(sent), WHO, *extra)
        assert told.kind == kind
        assert told.snapshot is False
        assert told.patient.reference in {record.ref.reference for record in told.records}


@pytest.mark.parametrize(
    "kind",
    [
        *(f"ADT^A{number}" for number in (17, 20, 24, 37, 41, 44)),
        *("MDM^T12", "SIU^S23", "SIU^S24", "ORU^R30", "ORM^O01", "VXU^V04", "REF^I14", "PPR^PC1", "ACK", "", "ADT", "^A01"),
    ],
)
def test_any_other_event_is_rejected_whole(kind: str) -> None:
    with pytest.raises(Unmappable) as raised:
        mapped(header(kind), WHO)
    assert [(found.number, found.at) for found in raised.value.issues] == [("MAP-003", "MSH-9")]


def test_the_event_segment_says_the_event_where_the_header_does_not() -> None:
    assert mapped(header("ADT"), "EVN|A31|20261122", WHO).kind == "ADT^A31"


def test_no_patient_and_two_patients() -> None:
    with pytest.raises(Unmappable) as none:
        mapped(header("ADT^A01"), visit())
    assert [(found.number, found.at) for found in none.value.issues] == [("MAP-002", "PID")]
    for second in ("PID|2||H2^^^X9A01^MR", "PID|2||H10001^^^X9A01^MR~9993000027^^^NHS^NH"):
        with pytest.raises(Unmappable) as two:
            mapped(header("ORU^R01"), WHO, second)
        assert [(found.number, found.at) for found in two.value.issues] == [("MAP-013", "PID[2]")]
    assert mapped(header("ORU^R01"), WHO, WHO).patient.patient == "X9A01|H10001"


def test_what_is_not_hl7_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        ADAPTER.map_message(message(b"{}"))


@pytest.mark.parametrize(
    ("application", "facility", "code", "name"),
    [
        ("NORTHPAS", "X9A01", "X9A01", "Northbeck General Hospital"),
        ("ELSE", "X9A01", "X9A01", ""),
        ("PAS", "Some Trust", "Some Trust", ""),
        ("ADTApp", "GHH^2.16.840^ISO", "GHH", ""),
        ("LAB", "", "LAB", ""),
    ],
)
def test_who_speaks(application: str, facility: str, code: str, name: str) -> None:
    told = mapped(f"MSH|^~\\&|{application}|{facility}|||20261122||ADT^A31|1|P|2.4", WHO)
    assert (told.source.code, told.source.name, told.source.kind) == (code, name, "acute")
    systems = [each["system"] for each in only(told, "Patient")["identifier"]]
    assert systems[0] == f"urn:carehub:{code.replace(' ', '%20')}:mrn"


def test_an_unnamed_sender_is_rejected() -> None:
    with pytest.raises(Rejected):
        mapped("MSH|^~\\&|||||20261122||ADT^A31|1|P|2.4", WHO)


@pytest.mark.parametrize(
    ("evn2", "evn6", "msh7", "recorded"),
    [
        ("20261122090000", "20261121083000", "20261122090500", "2026-11-21T08:30:00.000Z"),
        ("20261122090000", "", "20261122090500", "2026-11-22T09:00:00.000Z"),
        ("", "", "20261122090500", "2026-11-22T09:05:00.000Z"),
        ("20260701090000", "", "", "2026-07-01T08:00:00.000Z"),
        ("20260701090000+0000", "", "", "2026-07-01T09:00:00.000Z"),
        ("20210817151943.4+0200", "", "", "2021-08-17T13:19:43.400Z"),
        ("20261122", "", "20261122090500", "2026-11-22T09:05:00.000Z"),
        ("nonsense", "20269999", "20261122090500", "2026-11-22T09:05:00.000Z"),
        ("20261122", "", "20261122", ""),
        ("", "", "2026-11-22T09:05:00", "2026-11-22T09:05:00.000Z"),
        ("202610250130", "", "", "2026-10-25T00:30:00.000Z"),
    ],
)
def test_when_it_was_said(evn2: str, evn6: str, msh7: str, recorded: str) -> None:
    assert mapped(header("ADT^A31", msh7), f"EVN|A31|{evn2}||||{evn6}", WHO).recorded == recorded


@pytest.mark.parametrize(("control", "sequence"), [("29", "0" * 18 + "29"), ("MSG00001", "MSG00001"), ("", ""), ("9" * 22, "9" * 22)])
def test_sequence(control: str, sequence: str) -> None:
    assert mapped(header("ADT^A31", control=control), WHO).sequence == sequence


def test_segments_without_a_mapping_are_counted() -> None:
    told = mapped(header("ADT^A01"), WHO, visit(), "ROL|1", "ZU1|1", "ZU1|2", "OBX|1|NM|T^T||1", "NTE|1||x", "MRG|A")
    assert {key: count for key, count in numbers(told).items() if key[0] == "MAP-005"} == {
        ("MAP-005", "ROL"): 1,
        ("MAP-005", "ZU1"): 2,
        ("MAP-005", "OBX"): 1,
        ("MAP-005", "NTE"): 1,
        ("MAP-005", "MRG"): 1,
    }
    assert {issue.about for issue in told.issues} == {"ROL", "ZU1", "OBX", "NTE", "MRG"}


def test_the_senders_software_is_left_out_on_purpose() -> None:
    assert numbers(mapped(header("ADT^A31"), "SFT|Vendor|1|PAS", WHO)) == {("MAP-014", "SFT"): 1}


def test_fields_without_a_mapping_are_counted_too() -> None:
    told = event("A01", "20261122090000", visit(f41="ARRIVED"))
    assert numbers(told) == {("MAP-017", "PV1-41"): 1}


def test_a_line_that_is_no_segment_is_noted() -> None:
    assert numbers(mapped(header("ADT^A31"), "odd line", WHO)) == {("MAP-004", "line[2]"): 1}


ALLERGY = "AL1|1|DA|373270004^Penicillin^SCT|SV|Rash~Hives|20190214"


def test_allergies() -> None:
    told = event(
        "A01", "20261122090000", ALLERGY, "AL1|2|MC|X1^Contrast^PAS|MO", "AL1|3||NKDA", "AL1|4|DA|", "IAM|1|FA|EGG^Egg^PAS|MI|Hives|D|U77"
    )
    penicillin, contrast, none_known, egg = every(told, "AllergyIntolerance")
    assert penicillin["code"]["coding"][0] == {"system": "http://snomed.info/sct", "code": "373270004", "display": "Penicillin"}
    assert penicillin["reaction"] == [{"manifestation": [{"text": "Rash"}, {"text": "Hives"}], "severity": "severe"}]
    assert (penicillin["type"], penicillin["category"], penicillin["recordedDate"]) == ("allergy", ["medication"], "2019-02-14")
    assert "type" not in contrast
    assert [note["text"] for note in contrast["note"]] == ["Sent as a miscellaneous contraindication (MC).", "Severity: moderate"]
    assert none_known["code"]["coding"][0]["code"] == "409137002"
    assert egg["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" not in egg
    assert numbers(told)["MAP-004", "AL1[4]"] == 1


def test_diagnoses() -> None:
    told = event(
        "A01",
        "20261122090000",
        visit(),
        "DG1|1||J441^COPD exacerbation^I10||20261120|A",
        "DG1|2|||Chest pain||F",
        "DG1|3||",
        "DG1|4||J441^COPD^I10||20261121|F",
    )
    first, second, *more = every(told, "Condition")
    assert first["code"] == {"text": "Chest pain"}
    assert second["code"]["coding"][0]["code"] == "J44.1"
    assert second["verificationStatus"]["coding"][0]["code"] == "confirmed"
    assert second["encounter"]["reference"].startswith("Encounter/")
    assert (second["recordedDate"], "onsetDateTime" in second, "clinicalStatus" in second) == ("2026-11-21", False, False)
    assert more == []
    assert numbers(told)["MAP-004", "DG1[3]"] == 1


def test_the_same_thing_told_twice_is_one_record_and_a_contradiction_is_noted() -> None:
    same = event("A01", "20261122090000", ALLERGY, ALLERGY)
    assert len(every(same, "AllergyIntolerance")) == 1
    assert same.issues == ()
    other = event("A01", "20261122090000", ALLERGY, ALLERGY.replace("SV", "MI"))
    assert len(every(other, "AllergyIntolerance")) == 1
    assert numbers(other) == {("MAP-015", "AL1[2]"): 1}
    clinician = event("A01", "20261122090000", visit(f7="C1^Bright^Ola^^^Dr", f17="C1"))
    assert clinician.issues == ()


@pytest.mark.parametrize(
    ("code", "told"),
    [("I639", "I63.9"), ("I63.9", "I63.9"), ("I10X", "I10"), ("I10", "I10"), ("S7200", "S72.00"), ("71596", ""), ("hello", ""), ("I1", "")],
)
def test_icd10(code: str, told: str) -> None:
    assert module("coding").icd10(code) == told


@pytest.mark.parametrize(
    ("code", "system", "found"),
    [("373270004", "SCT", True), ("373270005", "SCT", False), ("414285001", "SNM3", True), ("DF-00000", "SNM3", False), ("2160-0", "LN", True),
     ("15545", "LN", False), ("M", "HL70002", True), ("T1", "WinPath", False), ("T1", "", False)],
)  # fmt: skip
def test_a_code_is_only_of_a_system_that_it_can_be_of(code: str, system: str, found: bool) -> None:
    assert (module("coding").coding(code, "", system) is not None) is found


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("2020", "2020"),
        ("202005", "2020-05"),
        ("20200508", "2020-05-08"),
        ("2020050813", "2020-05-08"),
        ("202005081306", "2020-05-08T13:06:00+01:00"),
        ("20200508130653", "2020-05-08T13:06:53+01:00"),
        ("20201208130653.1234", "2020-12-08T13:06:53.123+00:00"),
        ("198908181126+0215", "1989-08-18T11:26:00+02:15"),
        ("20200508130653Z", "2020-05-08T13:06:53+00:00"),
        ("20200230", ""),
        ("20200508240000", ""),
        ("20200508130653+9900", ""),
        ("0000", ""),
        ("", ""),
        ("tomorrow", ""),
    ],
)
def test_times_keep_their_precision(sent: str, told: str) -> None:
    assert module("timing").moment(sent) == told


def test_no_table_lists_a_code_twice_and_every_row_was_reviewed() -> None:
    tables = module("tables")
    for name in (
        "sexes",
        "ethnic_categories",
        "admission_methods",
        "admission_sources",
        "discharge_methods",
        "discharge_destinations",
        "units",
    ):
        assert all(row["reviewer"] for row in tables.table(name).values())
    assert all(row["reviewer"] and row["code"] for row in tables.rows("senders"))
