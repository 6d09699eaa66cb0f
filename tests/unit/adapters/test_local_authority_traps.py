"""The ten traps of Client Level Data, each with the row that springs it."""

from __future__ import annotations

import pytest

from carehub.terms import nhs_number
from carehub.terms.errors import Unmappable
from unit.adapters.council_rows import CARER, REQUEST, SERVICE, mapped, name, noted, only, parts, told


def valid_number() -> str:
    return next(f"99941000{n:02d}" for n in range(100) if nhs_number.valid(f"99941000{n:02d}"))


# 1. Event_Reference is no key.
def test_an_event_is_known_by_what_it_is_and_not_by_its_reference() -> None:
    assert name(mapped(REQUEST, Event_Reference="A"), "Task") == name(mapped(REQUEST, Event_Reference="B"), "Task")
    assert name(mapped(REQUEST), "Task") != name(mapped(REQUEST, Event_End_Date="2025-06-06"), "Task")
    assert name(mapped(REQUEST), "Task") != name(mapped(REQUEST, Request_Route_of_Access="Prison"), "Task")


def test_a_change_of_wording_changes_no_name() -> None:
    older = {
        "Client_Type": "Service User",
        "Service_Type": "Long Term Support: Community",
        "Service_Component": "Home Support",
    }
    first, second = mapped(**older), mapped()
    assert name(first, "EpisodeOfCare") == name(second, "EpisodeOfCare")
    assert only(first, "EpisodeOfCare")["type"][0]["text"] == "Home Support"
    assert name(mapped(CARER), "Task") == name(mapped(CARER, Client_Type="Carer", Assessment_Type="Long Term Assessment"), "Task")


# 2. Who: local number, else NHS number, else nobody; several local numbers are several records.
def test_a_person_goes_by_the_council_number_and_else_by_a_valid_nhs_number() -> None:
    number = valid_number()
    both, alone = mapped(NHS_Number=number), mapped(NHS_Number=number, LA_Person_Unique_Identifier="")
    assert [result.patient and result.patient.patient for result in (both, alone)] == ["ASC1", f"nhs|{number}"]
    assert {"system": nhs_number.SYSTEM, "value": number} in only(both, "Patient")["identifier"]
    with pytest.raises(Unmappable):
        mapped(NHS_Number="9999999999", LA_Person_Unique_Identifier="")


@pytest.mark.parametrize("number", ["1234567890", "9999999999", "0000000000", "unknown", "999 410"])
def test_a_placeholder_is_never_an_nhs_number(number: str) -> None:
    result = mapped(NHS_Number=number)
    assert all(i.get("system") != nhs_number.SYSTEM for i in only(result, "Patient")["identifier"])
    assert ("MAP-009", "NHS_Number") in noted(result)


# 3. Services reset to 1 April.
def test_a_long_term_service_reset_to_1_april_is_the_same_service_year_after_year() -> None:
    names = {name(mapped(Event_Start_Date=day), "EpisodeOfCare") for day in ("2023-06-25", "2024-04-01", "2025-04-01")}
    assert len(names) == 1


def test_two_short_term_services_are_two() -> None:
    short = {"Service_Type": "Short term support: ST-Max", "Service_Component": "Reablement"}
    assert name(mapped(Event_Start_Date="2025-05-01", **short), "EpisodeOfCare") != name(mapped(**short), "EpisodeOfCare")
    assert name(mapped(Provider_CQC_Location_ID="1-9990000002"), "EpisodeOfCare") != name(mapped(), "EpisodeOfCare")


# 4. A service that a later file leaves out is not taken back.
def test_a_service_has_no_scope_and_says_until_when_it_was_known_to_go_on() -> None:
    result = mapped()
    record = next(r for r in result.records if r.ref.type == "EpisodeOfCare")
    assert record.scope == ""
    assert record.resource["statusHistory"] == [{"status": "active", "period": {"start": "2025-06-25", "end": "2026-03-31"}}]


def test_a_finished_event_may_be_taken_back_by_a_file_that_covers_its_month() -> None:
    scopes = {r.scope for r in mapped(REQUEST).records if r.ref.type in ("Task", "ServiceRequest")}
    last = told(parts(REQUEST, SERVICE)[-1])
    assert scopes == {"cld 2025-06"}
    assert last.closes_submission
    assert last.patient is None
    assert last.closes[0] == "cld 2025-04"
    assert last.closes[-1] == "cld 2026-03"
    assert len(last.closes) == 12


# 5. Double-up rows.
def test_rows_that_differ_in_cost_only_tell_one_service() -> None:
    first, second = mapped(Unit_Cost="21.50"), mapped(Unit_Cost="-3", Planned_units_per_week="7")
    assert [r.resource for r in first.records] == [r.resource for r in second.records]
    assert ("MAP-014", "Unit_Cost") in noted(first)


# 6. Death, impossible ends, equipment of one day.
@pytest.mark.parametrize("end", ["", "2026-01-15"])
def test_a_death_ends_a_service(end: str) -> None:
    result = mapped(Date_of_Death="2025-12-24", Event_End_Date=end)
    episode = only(result, "EpisodeOfCare")
    assert (episode["status"], episode["period"]["end"]) == ("finished", "2025-12-24")
    assert only(result, "Patient")["deceasedDateTime"] == "2025-12-24"


def test_an_end_before_the_start_is_left_out_and_the_service_is_not_going_on() -> None:
    result = mapped(Event_End_Date="2025-06-01")
    episode = only(result, "EpisodeOfCare")
    assert (episode["status"], episode["period"]) == ("finished", {"start": "2025-06-25"})
    assert ("MAP-010", "Event_End_Date") in noted(result)


def test_an_end_that_cannot_be_read_is_an_end() -> None:
    assert only(mapped(Event_End_Date="spring"), "EpisodeOfCare")["status"] == "finished"


def test_a_date_of_death_that_cannot_be_read_is_a_death() -> None:
    patient = only(mapped(Date_of_Death="12/25/2025"), "Patient")
    assert patient["deceasedBoolean"] is True
    assert "deceasedDateTime" not in patient


def test_equipment_is_a_device_and_not_an_episode() -> None:
    result = mapped(Service_Component="Equipment", Event_End_Date="2025-06-25", Event_Description="Bath board")
    device = only(result, "DeviceRequest")
    assert (device["status"], device["codeCodeableConcept"]["text"]) == ("completed", "Bath board")
    assert not any(r.ref.type == "EpisodeOfCare" for r in result.records)


# 7. Codes that look like other codes.
@pytest.mark.parametrize("code", ["E09000001", "X99", "50", "5033", ""])
def test_only_a_cssr_code_names_a_council(code: str) -> None:
    with pytest.raises(Unmappable):
        mapped(LA_Code=code)


def test_a_cqc_location_is_never_an_ods_code() -> None:
    result = mapped(Provider_CQC_Location_Name="Willow Home Care")
    assert only(result, "Organization")["identifier"][0]["system"] == "urn:carehub:cld:cqc-location"
    assert only(result, "EpisodeOfCare")["team"][0]["identifier"]["value"] == "1-9990000001"
    assert result.source.code == "CSSR-503"


# 8. Dates: ISO or day first, never month first.
@pytest.mark.parametrize(
    ("sent", "read"),
    [("2025-06-25", "2025-06-25"), ("25/06/2025", "2025-06-25"), ("05/04/2025", "2025-04-05"), ("2025-06-25 00:00:00", "2025-06-25")],
)
def test_dates_are_iso_or_day_first(sent: str, read: str) -> None:
    assert only(mapped(Event_Start_Date=sent), "EpisodeOfCare")["period"]["start"] == read


@pytest.mark.parametrize("sent", ["06/25/2025", "25/06/25", "45833", "2025-02-30", "25 June 2025", "2025-06-25 14:00:00", ""])
def test_any_other_start_costs_the_event_and_leaves_the_person(sent: str) -> None:
    result = mapped(Event_Start_Date=sent)
    assert ("MAP-004", "Event_Start_Date") in noted(result)
    assert only(result, "Patient")["birthDate"] == "1938-05-14"
    assert not any(r.ref.type == "EpisodeOfCare" for r in result.records)


# 9. What is out of scope of the data says nothing.
def test_an_event_of_another_kind_costs_itself_and_closes_nothing() -> None:
    result = mapped(Event_Type="Safeguarding")
    assert ("MAP-004", "Event_Type") in noted(result)
    assert told(parts(SERVICE, SERVICE | {"Event_Type": "DoLS"})[-1]).closes == ()


def test_an_empty_cell_says_nothing_and_no_is_said() -> None:
    empty, no = mapped(), mapped(Dementia="No")
    assert not any(r.ref.local == "dementia" for r in empty.records)
    assert next(r for r in no.records if r.ref.local == "dementia").resource["valueCodeableConcept"]["text"] == "No"


# 10. The order of outcomes.
def test_rows_for_one_event_stand_in_the_published_order() -> None:
    outcomes = [
        "NFA: Other",
        "NFA: Deceased",
        "Admitted to hospital",
        "Continuation of support or services",
        "Progress to reablement/ST-Max",
    ]
    told_in_order = [mapped(REQUEST, Event_Outcome=outcome).sequence for outcome in outcomes]
    assert told_in_order == sorted(told_in_order)
    assert len(set(told_in_order)) == 5
    older = [mapped(REQUEST, Event_Outcome=words).sequence for words in ("NFA - Other", "No change in package")]
    assert older == [told_in_order[0], told_in_order[3]]


def test_an_open_service_stands_before_any_end_and_a_later_end_before_an_earlier() -> None:
    ends = [mapped(Event_End_Date=end, Event_Outcome="NFA: Other").sequence for end in ("2025-08-01", "2025-09-01", "")]
    assert ends == sorted(ends)
