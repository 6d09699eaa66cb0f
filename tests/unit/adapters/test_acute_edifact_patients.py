"""EDIFACT reports: whose they are, who speaks, what is refused, and what is said of the rest."""

from __future__ import annotations

import pytest

from carehub.terms import nhs_number
from carehub.terms.errors import Rejected
from unit.adapters.edifact_messages import (
    FERRITIN,
    HEAD,
    PARTIES,
    WHO,
    interchange,
    mapped,
    numbers,
    of_type,
    one,
    report,
    told,
    valid,
)


def refused(**parts: object) -> str:
    with pytest.raises(Rejected) as caught:
        mapped(**parts)
    return caught.value.issues[0].number


def observation(*segments: str, **parts: object) -> dict[str, object]:
    result = valid(mapped("GIS+N", "INV+MQ+42R4.:911::Serum ferritin", *segments, **parts))
    return one(result, "Observation")


def test_the_patient() -> None:
    patient = one(mapped(), "Patient")
    assert patient["name"] == [{"use": "official", "family": "OKAFOR", "given": ["ADA", "GRACE"], "prefix": ["MRS"]}]
    assert (patient["birthDate"], patient["gender"]) == ("1944-11-03", "female")
    assert patient["address"] == [{"line": ["7 EXAMPLE ROW", "NORTHVALE"], "city": "TESTTOWN", "postalCode": "ZX1 1AA"}]
    assert [found["value"] for found in patient["identifier"]] == ["NV40017", "9993000019"]


def test_the_laboratory_s_own_number_names_the_patient_under_the_laboratory() -> None:
    ours = mapped().patient
    other = mapped(parties=tuple(text.replace("X99L1", "X99L2") for text in PARTIES)).patient
    assert ours
    assert other
    assert ours.patient == "X99L1|NV40017"
    assert other.patient == "X99L2|NV40017"


def test_two_people_under_one_national_number_are_two_patients() -> None:
    first = mapped(place=("S06+06",)).patient
    second = mapped(place=("S06+06",), who=(*WHO[:2], "DTM+329:19610814:102")).patient
    assert first
    assert second
    assert first.patient == "nhs|9993000019|19441103" != second.patient


def test_a_patient_without_a_number_is_known_by_the_report_name_and_birth_date() -> None:
    nameless = ("S07+07", "PNA+PAT++++SU:OKAFOR+FO:ADA", "DTM+329:19441103:102")
    ours = mapped(place=("S06+06",), who=nameless).patient
    namesake = mapped(place=("S06+06",), who=nameless, head=(*HEAD[:2], "RFF+SRI:26/H000099", *HEAD[3:])).patient
    sharing = mapped(place=("S06+06",), who=("S07+07", "PNA+PAT++++SU:BELLO+FO:ADA", "DTM+329:19441103:102")).patient
    assert len({ours, namesake, sharing}) == 3
    assert mapped(place=("S06+06",), who=nameless).patient == ours


@pytest.mark.parametrize("sent", ["1234567890", "999300001", "ZZZ9999", "0000000000"])
def test_a_number_not_fit_for_use_is_kept_and_links_nobody(sent: str) -> None:
    result = valid(mapped(place=("S06+06",), who=("S07+07", f"PNA+PAT+{sent}:OPI+++SU:OKAFOR+FO:ADA", "DTM+329:19441103:102")))
    assert numbers(result)["MAP-009"] == "PNA-2"
    patient = one(result, "Patient")
    assert [found["value"] for found in patient["identifier"]] == [sent]
    assert not [found for found in patient["identifier"] if found["system"] == nhs_number.SYSTEM]
    assert result.patient
    assert sent not in result.patient.patient


def test_text_filled_to_its_width_is_joined_without_a_space() -> None:
    name = "NAD+SLA+++Southern Example Screening Programm:e Hub"
    assert len("Southern Example Screening Programm") == 35
    result = valid(mapped(parties=(*PARTIES[:12], name, "SPR+ORG")))
    assert "Southern Example Screening Programme Hub" in {found.get("name") for found in of_type(result, "Organization")}
    found = observation(f"FTX+SPC+++{'x' * 69}:tail")["note"]
    assert found == [{"text": f"{'x' * 69} tail"}]
    assert observation(f"FTX+SPC+++{'x' * 70}:tail")["note"] == [{"text": f"{'x' * 70}tail"}]


def test_an_empty_party_costs_only_itself() -> None:
    result = valid(mapped(parties=("S01+01", "NAD+PO", "SPR+PRO", *PARTIES[9:])))
    assert numbers(result)["MAP-004"] == "NAD[1]"
    assert "requester" not in one(result, "ServiceRequest")


def test_nothing_is_left_out_in_silence() -> None:
    result = valid(
        mapped(*FERRITIN[:3], "QRS+1", parties=(*PARTIES, "COM+1:TE"), who=(*WHO, "RFF+ZZ:1"), head=(*HEAD, "DTM+XYZ:20260101:102"))
    )
    said = {(issue.number, issue.at) for issue in result.issues}
    assert {("MAP-005", "QRS"), ("MAP-005", "COM"), ("MAP-017", "RFF"), ("MAP-017", "DTM")} <= said


def test_a_wrong_count_of_segments_is_said_and_not_refused() -> None:
    result = told(interchange([*report()[:-1], "UNT+99+1"]))
    assert numbers(result)["MAP-023"] == "UNT-1"


def test_what_is_refused() -> None:
    assert refused(kind="MEDREQ:0:1:RT:NHS001") == "MAP-003"
    assert refused(kind="MEDRPT:0:1:RT:NHS009") == "MAP-003"
    assert refused(who=("S07+07",)) == "MAP-002"
    assert refused(who=("S07+07", "PNA+PAT++++SU:OKAFOR"), place=("S06+06",)) == "MAP-002"
    assert refused(who=(*WHO, "PNA+PAT+9993000027:OPI+++SU:OTHER")) == "MAP-013"


def test_who_speaks_where_no_interchange_says() -> None:
    body = ("'".join(report()) + "'").encode()
    assert told(body).source.code == "X99L1"
    nobody = ("'".join(report(parties=())) + "'").encode()
    with pytest.raises(Rejected) as caught:
        told(nobody)
    assert caught.value.issues[0].number == "MAP-001"


def test_a_report_that_is_not_said_to_be_new_says_so() -> None:
    assert numbers(mapped(head=(HEAD[0], "GIS+M", *HEAD[2:])))["MAP-006"] == "GIS-1"
    assert "MAP-006" not in numbers(mapped())
