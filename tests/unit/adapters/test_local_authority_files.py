"""A quarterly file as a whole: what is complete, what is not, whose carer is whose, and every column accounted for."""

from __future__ import annotations

import io

import pytest

from carehub.feeds.coverage import read_uses
from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable, Unreadable
from unit.adapters.council_rows import ADAPTER, CARER, COLUMNS, FOLDER, REQUEST, SERVICE, mapped, name, noted, only, parts, table, told

NUMBER = next(f"99941000{n:02d}" for n in range(100) if nhs_number.valid(f"99941000{n:02d}"))


def links(*rows: dict[str, str]) -> list[bytes]:
    return [part for part in parts(*rows) if part.startswith(b"carehub linked adult")]


def closes(*rows: dict[str, str]) -> tuple[str, ...]:
    return told(parts(*rows)[-1]).closes


def test_a_file_is_a_message_a_row_and_a_last_part() -> None:
    found = parts(REQUEST, SERVICE)
    assert len(found) == 3
    assert found[0] + b"\r\n" + found[1].partition(b"\r\n")[2] + b"\r\n" == table(REQUEST, SERVICE)
    assert told(found[-1]).kind == "end-of-submission"


@pytest.mark.parametrize(
    "spoiling",
    [
        {"LA_Code": "504"},
        {"Reporting_Period_End_Date": "2025-12-31"},
        {"Reporting_Period_Start_Date": ""},
        {"Event_Start_Date": "06/25/2025"},
        {"Event_Type": "Referral"},
        {"LA_Person_Unique_Identifier": ""},
    ],
)
def test_one_row_that_cannot_be_told_in_full_and_nothing_is_concluded(spoiling: dict[str, str]) -> None:
    assert len(closes(REQUEST, SERVICE)) == 12
    assert closes(REQUEST, SERVICE | spoiling) == ()
    assert ("MAP-040", "Reporting_Period_End_Date") in noted(told(parts(REQUEST, SERVICE | spoiling)[-1]))


@pytest.mark.parametrize("damage", [b"503,2025-04", b'503,"open,', b"a,b,c"])
def test_a_file_cut_short_closes_nothing(damage: bytes) -> None:
    found = list(ADAPTER.split(table(REQUEST, SERVICE) + damage))
    assert told(found[-1]).closes == ()
    assert len(found) == 4


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "count"),
    [
        ("2025-07-01", "2026-06-30", "cld 2025-07", "cld 2026-06", 12),
        ("2025-04-02", "2025-06-30", "cld 2025-05", "cld 2025-06", 2),
        ("2025-04-01", "2025-06-29", "cld 2025-04", "cld 2025-05", 2),
    ],
)
def test_only_whole_months_inside_the_period_are_closed(start: str, end: str, first: str, last: str, count: int) -> None:
    found = closes(REQUEST | {"Reporting_Period_Start_Date": start, "Reporting_Period_End_Date": end})
    assert (found[0], found[-1], len(found)) == (first, last, count)


def test_a_period_that_runs_backwards_or_for_years_is_refused() -> None:
    for start in ("2026-04-01", "2020-04-01"):
        with pytest.raises(Unmappable):
            mapped(Reporting_Period_Start_Date=start)
        assert closes(REQUEST | {"Reporting_Period_Start_Date": start}) == ()


def test_the_time_of_a_row_is_the_end_of_its_period_in_london() -> None:
    assert mapped().recorded == "2026-03-31T22:59:59.000Z"
    assert mapped(Reporting_Period_End_Date="31/12/2025").recorded == "2025-12-31T23:59:59.000Z"


def test_a_header_without_the_columns_is_no_client_level_data() -> None:
    for body in (b"A,B\n1,2\n", table(REQUEST).replace(b"Event_Type", b"Event_Kind"), b"", b"\n"):
        with pytest.raises(Unreadable):
            list(ADAPTER.split(body))


def test_a_file_without_rows_closes_nothing() -> None:
    assert list(ADAPTER.split(table())) == []


def test_a_row_says_the_same_in_either_charset() -> None:
    row = REQUEST | {"First_Name": "Zo\u00eb", "Last_Name": "D\u2019Arcy"}
    assert only(told(table(row, encoding="cp1252")), "Patient") == only(told(table(row)), "Patient")


# ---- carers ----


def test_a_carer_is_told_in_the_record_of_the_adult_cared_for() -> None:
    found = links(CARER)
    result = told(found[0])
    assert len(found) == 1
    assert result.kind == "carer-link"
    assert result.patient == mapped(SERVICE).patient
    related = only(result, "RelatedPerson")
    assert related["name"] == [{"family": "Oakapple", "given": ["Bertram"]}]
    assert related["patient"] == {"reference": f"Patient/{only(result, 'Patient')['id']}"}
    own = told(parts(CARER)[0])
    assert own.patient is not None
    assert own.patient.patient == "ASC2"
    assert not any(r.ref.type == "RelatedPerson" for r in own.records)


def test_a_link_to_a_person_takes_nothing_from_what_is_known_of_them() -> None:
    known = only(mapped(SERVICE, NHS_Number=NUMBER), "Patient")
    update = only(told(links(CARER)[0]), "Patient")
    assert ADAPTER.revise(known, update, ()) == known


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_link_by_nhs_number_is_followed_wherever_the_person_stands_in_the_file(order: tuple[int, int]) -> None:
    rows = (SERVICE | {"NHS_Number": NUMBER}, CARER | {"Adult_1_Linked_Person_ID": f"{NUMBER[:3]} {NUMBER[3:]}"})
    found = links(*(rows[n] for n in order))
    assert [told(part).patient for part in found] == [mapped(SERVICE).patient]


def test_a_link_by_an_nhs_number_that_the_file_does_not_hold_waits_in_quarantine() -> None:
    with pytest.raises(Unmappable) as refusal:
        told(links(CARER | {"Adult_1_Linked_Person_ID": NUMBER})[0])
    assert refusal.value.issues[0].number == "MAP-008"
    own = only_local(CARER | {"Adult_1_Linked_Person_ID": NUMBER}, "adults_being_cared_for")
    assert NUMBER not in own


def only_local(row: dict[str, str], local: str) -> str:
    return str(next(r.resource["valueString"] for r in mapped(row).records if r.ref.local == local))


def test_three_adults_are_three_links_and_nobody_cares_for_themselves() -> None:
    row = CARER | {"Adult_2_Linked_Person_ID": "ASC3", "Adult_3_Linked_Person_ID": "ASC2"}
    assert [told(part).patient.patient for part in links(row)] == ["ASC1", "ASC3"]  # type: ignore[union-attr]
    assert links(SERVICE | {"Adult_1_Linked_Person_ID": "ASC9"}) == []


def test_a_linked_number_with_odd_characters_stays_one_cell() -> None:
    result = told(links(CARER | {"Adult_1_Linked_Person_ID": 'A,"1'})[0])
    assert result.patient is not None
    assert result.patient.patient == 'A,"1'


def test_a_carer_from_either_file_is_one_related_person() -> None:
    first = told(links(CARER)[0])
    second = told(links(CARER | {"Event_Start_Date": "2025-09-01", "Event_End_Date": "2025-09-02"})[0])
    assert name(first, "RelatedPerson") == name(second, "RelatedPerson")


# ---- columns ----


def test_every_column_of_the_specification_is_accounted_for() -> None:
    uses = read_uses((FOLDER / "fields.csv").read_text(encoding="utf-8"), where="fields.csv")
    listed = {row.path: row.use for row in uses}
    assert len(COLUMNS) == 50
    assert {listed[column] for column in COLUMNS} == {"mapped", "dropped"}
    assert [column for column in COLUMNS if listed[column] == "dropped"] == [
        "Reporting_Period_Start_Date",
        "Unit_Cost",
        "Cost_Frequency_Unit_Type",
        "Planned_units_per_week",
    ]


def test_a_column_nobody_knows_is_counted_and_not_lost_in_silence() -> None:
    body = table(REQUEST).replace(b"Planned_units_per_week\r\n", b"Planned_units_per_week,Conversation\r\n").rstrip() + b",Yes\r\n"
    assert ("MAP-017", "column 51") in noted(told(next(iter(ADAPTER.split(body)))))


def test_columns_are_found_by_name() -> None:
    lines = table(REQUEST).decode().splitlines()
    columns = list(reversed(list(zip(*(line.split(",") for line in lines), strict=True))))
    turned = "\r\n".join(",".join(cells) for cells in zip(*columns, strict=True)).replace("_", " ").upper()
    assert only(told(io.BytesIO(turned.encode()).getvalue()), "Patient")["birthDate"] == "1938-05-14"
