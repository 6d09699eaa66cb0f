"""The person: every form of number, what an empty field and a deletion do, deaths told and withdrawn, merges."""

from __future__ import annotations

import pytest

from carehub.terms.errors import Unmappable
from unit.adapters.acute_messages import event, fold, header, mapped, numbers, only, segment, visit

GOOD = "9993000019"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def _pid(listed: str, **fields: str) -> str:
    return segment("PID", **{"f1": "1", "f3": listed, "f5": "Okafor^Ada", **fields})


def _numbers(patient: dict[str, object]) -> list[str]:
    listed = patient["identifier"]
    assert isinstance(listed, list)
    return [each["value"] for each in listed if each.get("system") == NHS]


@pytest.mark.parametrize(
    ("listed", "key"),
    [
        (f"H1^^^X9A01^MR~{GOOD}^^^NHS^NH", "X9A01|H1"),
        (f"{GOOD}^^^NHS^NH~H1^^^X9A01^MR", "X9A01|H1"),
        (f"77^^^SIMULATOR MRN^MRN~{GOOD}^^^NHSNBR^NHSNMBR", "SIMULATOR MRN|77"),
        (f"633^^^R0Z9^MR~{GOOD}^^^NHS", "R0Z9|633"),
        (f"H1^^^X9A01^PI~{GOOD}^02^^^NH", "X9A01|H1"),
        ("999 300 0019^^^NHS^NH~H1^^^&1.2.3&ISO^MR", "1.2.3|H1"),
        (f"OLD^^^X^PI~H1^^^X9A01^MR~{GOOD}^^^NHSNMBR", "X9A01|H1"),
        (f"H1~{GOOD}^^^^NH", "|H1"),
        (f"{GOOD}^^^NHS^NH", f"nhs|{GOOD}"),
    ],
)
def test_every_form_of_number(listed: str, key: str) -> None:
    told = event("A31", "20261122090000", _pid(listed))
    assert told.patient.patient == key
    assert _numbers(only(told, "Patient")) == [GOOD]
    assert told.issues == ()


def test_the_spare_field_is_used_when_the_list_has_no_hospital_number() -> None:
    told = event("A31", "20261122090000", _pid(f"{GOOD}^^^NHS^NH", f2="H7^^^X9A01^MR"))
    assert told.patient.patient == "X9A01|H7"
    assert event("A31", "20261122090000", _pid("", f2="H7^^^X9A01^MR")).patient.patient == "X9A01|H7"


@pytest.mark.parametrize("bad", ["1234567890", "9993000018", "2222222222", "999300001", "NHS NUMBER"])
def test_a_number_that_fails_its_check_is_kept_and_not_used(bad: str) -> None:
    told = event("A31", "20261122090000", _pid(f"H1^^^X9A01^MR~{bad}^^^NHS^NH"))
    patient = only(told, "Patient")
    assert _numbers(patient) == []
    assert bad in [each["value"] for each in patient["identifier"]]
    assert numbers(told) == {("MAP-009", "PID-3"): 1}


def test_two_different_national_numbers_are_both_kept_and_neither_used() -> None:
    told = event("A31", "20261122090000", _pid(f"H1^^^X9A01^MR~{GOOD}^^^NHS^NH~9993000027^^^NHS^NH"))
    assert _numbers(only(told, "Patient")) == []
    assert numbers(told) == {("MAP-009", "PID-3"): 2}


@pytest.mark.parametrize("listed", ["", "1234567890^^^NHS^NH", "UNKNOWN^^^X9A01^MR", "000000^^^X9A01^MR", '""', "^^^X9A01^MR", "-"])
def test_a_message_whose_patient_cannot_be_told_is_rejected(listed: str) -> None:
    with pytest.raises(Unmappable) as raised:
        event("A31", "20261122090000", _pid(listed))
    assert [(found.number, found.at) for found in raised.value.issues] == [("MAP-002", "PID[1]-3")]


@pytest.mark.parametrize(
    ("stated", "fields", "code"), [("01", {}, "01"), ("", {"f32": "02"}, "02"), ("7", {"f32": "03"}, "03"), ("9", {}, "")]
)
def test_number_status(stated: str, fields: dict[str, str], code: str) -> None:
    patient = only(event("A31", "20261122090000", _pid(f"H1^^^X9A01^MR~{GOOD}^{stated}^^NHS^NH", **fields)), "Patient")
    (number,) = [each for each in patient["identifier"] if each.get("system") == NHS]
    found = [each["valueCodeableConcept"]["coding"][0]["code"] for each in number.get("extension", ())]
    assert found == ([code] if code else [])


def test_a_number_left_out_of_the_registers_list_is_taken_away_but_not_by_a_result() -> None:
    known = event("A28", "20261101090000", _pid(f"H1^^^X9A01^MR~{GOOD}^^^NHS^NH"))
    result = mapped(header("ORU^R01", "20261102090000"), _pid("H1^^^X9A01^MR"), "OBR|1||F1|U1^Test^L", "OBX|1|NM|T1^Test^L||1||||||F")
    assert _numbers(only(fold([known, result]), "Patient")) == [GOOD]
    taken = event("A31", "20261103090000", _pid("H1^^^X9A01^MR"))
    patient = only(fold([known, taken]), "Patient")
    assert _numbers(patient) == []
    assert [each["value"] for each in patient["identifier"]] == ["H1"]


FULL = _pid(
    f"H1^^^X9A01^MR~{GOOD}^^^NHS^NH",
    f6="Eze",
    f7="19441103",
    f8="2",
    f11="4 Heron Row^^Northbeck^^NB1 4ZZ^GBR^H",
    f13="0113 496 0101^PRN^PH~07700 900101^PRN^CP",
    f14="0113 496 0199^WPN^PH",
    f16="M",
    f22="N^African",
)


def test_empty_fields_leave_everything_as_it_was() -> None:
    known = event("A28", "20261101090000", FULL, "PD1|||Heron Row Surgery^^X99123|G9999981^Hartley^Joan")
    quiet = event("A31", "20261102090000", _pid(f"H1^^^X9A01^MR~{GOOD}^^^NHS^NH", f5=""))
    assert only(fold([known, quiet]), "Patient") == only(known, "Patient")


def test_two_quotes_delete() -> None:
    known = event("A28", "20261101090000", FULL, "PD1|||Heron Row Surgery^^X99123|G9999981^Hartley^Joan")
    gone = {f"f{number}": '""' for number in (6, 7, 8, 11, 13, 16, 22)}
    patient = only(fold([known, event("A31", "20261102090000", _pid("H1^^^X9A01^MR", **gone), 'PD1|||""|')]), "Patient")
    assert not {"birthDate", "gender", "address", "maritalStatus", "extension"} & patient.keys()
    assert [point["use"] for point in patient["telecom"]] == ["work"]
    assert [each["reference"].partition("/")[0] for each in patient["generalPractitioner"]] == ["Practitioner"]


def test_a_field_that_is_sent_replaces_its_own_kind_only() -> None:
    known = event("A28", "20261101090000", FULL)
    moved = event("A31", "20261102090000", _pid("H1^^^X9A01^MR", f13="07700 900222^PRN^CP"))
    telecom = only(fold([known, moved]), "Patient")["telecom"]
    assert sorted((point["use"], point["value"]) for point in telecom) == [("mobile", "07700 900222"), ("work", "0113 496 0199")]


@pytest.mark.parametrize(
    ("sent", "gender"),
    [("M", "male"), ("F", "female"), ("1", "male"), ("2", "female"), ("9", "unknown"), ("0", "unknown"), ("u", "unknown"), ("O", "other")],
)
def test_sex(sent: str, gender: str) -> None:
    assert only(event("A31", "20261122090000", _pid("H1", f8=sent)), "Patient")["gender"] == gender


def test_a_sex_that_is_not_listed_is_not_called_unknown() -> None:
    told = event("A31", "20261122090000", _pid("H1", f8="7"))
    assert "gender" not in only(told, "Patient")
    assert numbers(told) == {("MAP-006", "PID-8"): 1}


@pytest.mark.parametrize(
    ("sent", "date"),
    [("19441103", "1944-11-03"), ("19910814000000", "1991-08-14"), ("19760121+^D", "1976-01-21"), ("193907", "1939-07"), ("1939", "1939"),
     ("1944-11-03", "1944-11-03"), ("198808181126+0215", "1988-08-18")],
)  # fmt: skip
def test_birth_dates_keep_their_precision(sent: str, date: str) -> None:
    assert only(event("A31", "20261122090000", _pid("H1", f7=sent)), "Patient")["birthDate"] == date


@pytest.mark.parametrize("sent", ["19440231", "00000000", "unknown", "196203520", "31121944"])
def test_a_birth_date_that_cannot_be_is_left_out(sent: str) -> None:
    told = event("A31", "20261122090000", _pid("H1", f7=sent))
    assert "birthDate" not in only(told, "Patient")
    assert numbers(told) == {("MAP-010", "PID-7"): 1}


def test_ethnic_category_is_read_by_code_from_either_field() -> None:
    for fields in ({"f22": "C^White - Other"}, {"f10": "C"}, {"f10": "2106-3^White^HL70005", "f22": "C"}):
        (found,) = only(event("A31", "20261122090000", _pid("H1", **fields)), "Patient")["extension"]
        assert found["valueCodeableConcept"]["coding"][0]["code"] == "C"


LEFT_DEAD = event("A03", "20261125030500", visit(f36="4", f45="20261125021000"))


def test_a_discharge_by_death_is_a_death_and_its_cancelling_withdraws_it() -> None:
    assert only(LEFT_DEAD, "Patient")["deceasedBoolean"] is True
    back = event("A13", "20261125040000", visit())
    assert "deceasedBoolean" not in only(fold([LEFT_DEAD, back]), "Patient")


@pytest.mark.parametrize("method", ["1", "3", "6", "7", "9", "04", "home"])
def test_no_other_discharge_is_a_death(method: str) -> None:
    patient = only(event("A03", "20261125030500", visit(f36=method)), "Patient")
    assert not [name for name in patient if name.startswith("deceased")]


def test_a_date_of_death_outlives_a_bare_statement_and_a_cancelled_discharge() -> None:
    who = "H10001^^^X9A01^MR"
    dated = event("A31", "20261125090000", _pid(who, f29="202611250210", f30="Y"))
    again = event("A08", "20261125100000", _pid(who, f30="Y"))
    back = event("A13", "20261125110000", _pid(who), visit())
    patient = only(fold([LEFT_DEAD, dated, again, back]), "Patient")
    assert patient["deceasedDateTime"] == "2026-11-25T02:10:00+00:00"
    assert "deceasedBoolean" not in patient
    alive = event("A31", "20261126090000", _pid(who, f30="N"))
    assert only(fold([dated, alive]), "Patient")["deceasedBoolean"] is False


def test_a_merge_names_both_records_and_moves_nothing() -> None:
    told = event("A40", "20261122100000", _pid("H1^^^X9A01^MR"), "MRG|H0^^^X9A01^MR")
    (merge,) = told.merges
    assert (merge.surviving.patient, merge.subsumed.patient) == ("X9A01|H1", "X9A01|H0")
    survivor, gone = (record.resource for record in told.records)
    assert survivor["link"] == [{"other": {"reference": f"Patient/{gone['id']}"}, "type": "replaces"}]
    assert gone["link"] == [{"other": {"reference": f"Patient/{survivor['id']}"}, "type": "replaced-by"}]
    assert gone["active"] is False
    assert gone.keys() <= {"resourceType", "id", "meta", "identifier", "active", "link"}


@pytest.mark.parametrize("mrg", ["H0", "H0^^^X9A01", "H0^^^X9A01^PI"])
def test_a_merged_number_without_authority_or_type_is_of_the_same_index(mrg: str) -> None:
    told = event("A40", "20261122100000", _pid(f"H1^^^X9A01^PI~{GOOD}^^^^NH"), f"MRG|{mrg}")
    assert told.merges[0].subsumed.patient == "X9A01|H0"


def test_a_chain_of_merges_keeps_every_link() -> None:
    first = event("A40", "20261122100000", _pid("B^^^X^MR"), "MRG|A^^^X^MR")
    second = event("A40", "20261122110000", _pid("C^^^X^MR"), "MRG|B^^^X^MR")
    records = fold([second, first])
    middle = records[second.merges[0].subsumed.reference]
    assert sorted(link["type"] for link in middle["link"]) == ["replaced-by", "replaces"]
    assert middle["active"] is False


def test_one_survivor_of_several() -> None:
    told = event("A40", "20261122100000", _pid("C^^^X^MR"), "MRG|A^^^X^MR", _pid("C^^^X^MR"), "MRG|B^^^X^MR")
    assert [merge.subsumed.patient for merge in told.merges] == ["X|A", "X|B"]


@pytest.mark.parametrize("mrg", ["MRG|", 'MRG|""', "MRG|1234567890^^^NHS^NH", "MRG|H1^^^X9A01^MR", "ZZZ|1"])
def test_a_merge_that_does_not_name_two_records_is_rejected(mrg: str) -> None:
    with pytest.raises(Unmappable) as raised:
        event("A40", "20261122100000", _pid("H1^^^X9A01^MR"), mrg)
    assert {found.number for found in raised.value.issues} == {"MAP-002"}


def test_next_of_kin() -> None:
    told = event(
        "A28", "20261122100000", _pid("H1"), "NK1|1|Okafor^Samuel|SPO^Husband|4 Heron Row^^Northbeck|0113 496 0101||C", "NK1|2||SIS"
    )
    kin = only(told, "RelatedPerson")
    assert [concept["coding"][0]["code"] for concept in kin["relationship"]] == ["SPS", "C"]
    assert kin["relationship"][0]["text"] == "Husband"
    assert numbers(told) == {("MAP-004", "NK1[2]"): 1}
