"""The vaccination batch: identity by the vaccination's own id, corrections, deletes, odd values; and events as FHIR."""

from __future__ import annotations

import pytest

from carehub.feeds.message import Submission
from carehub.terms.errors import Rejected
from hub.toy_hub import toy_hub
from unit.adapters.community_messages import ADAPTER, case, give, numbers, of_type, one, record, result, told_of, vaccination

FEED = "vaccinations"


def test_a_row_tells_all_that_is_in_it() -> None:
    told = one(give(vaccination(), FEED), "Immunization")
    assert told["occurrenceDateTime"] == "2026-10-12T10:35:30+01:00"
    assert told["lotNumber"] == "IV-2026-07"
    assert told["doseQuantity"] == {
        "value": pytest.approx(0.5),
        "unit": "Millilitre",
        "system": "http://snomed.info/sct",
        "code": "258773002",
    }
    assert told["protocolApplied"] == [{"doseNumberPositiveInt": 1}]
    assert told["primarySource"] is True
    assert [part["actor"].get("display") for part in told["performer"]] == [None, "X99C1"]
    assert one(give(vaccination(), FEED), "Practitioner")["name"][0]["family"] == "O'Farrelly"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("20250730T11525000", "2025-07-30T11:52:50+00:00"),
        ("20250730T11525001", "2025-07-30T11:52:50+01:00"),
        ("20250730T115250", "2025-07-30T11:52:50+01:00"),
        ("20251130T115250", "2025-11-30T11:52:50+00:00"),
        ("20250730", "2025-07-30"),
    ],
)
def test_times_have_the_zone_that_was_sent_or_london(sent: str, told: str) -> None:
    assert one(give(vaccination(DATE_AND_TIME=sent), FEED), "Immunization")["occurrenceDateTime"] == told


@pytest.mark.parametrize("sent", ["20250230T11525000", "20250730T25525000", "30/07", "T"])
def test_a_time_that_does_not_exist_is_said_not_to_be_known(sent: str) -> None:
    told = give(vaccination(DATE_AND_TIME=sent), FEED)
    assert one(told, "Immunization")["occurrenceString"] == "Date not given"
    assert "MAP-010" in numbers(told)


def test_a_correction_of_who_was_vaccinated_stays_one_record_of_one_patient() -> None:
    before = give(vaccination(), FEED)
    after = give(vaccination(ACTION_FLAG="update", NHS_NUMBER="9990002010", PERSON_SURNAME="Thistlewood-Bray"), FEED)
    assert after.patient == before.patient
    assert {r.ref for r in after.records} == {r.ref for r in before.records}


def test_a_delete_is_found_without_a_name_and_whatever_its_case() -> None:
    told = give(case("vaccination-delete-names-nobody"), FEED)
    assert record(told, "Immunization").change == "withdrawn"
    assert record(told, "Immunization").ref == record(give(vaccination(), FEED), "Immunization").ref
    assert of_type(told, "Patient") == []


def test_through_the_hub_an_update_replaces_and_a_delete_withdraws() -> None:
    hub = toy_hub(ADAPTER)
    for n, body in enumerate((vaccination(), vaccination(ACTION_FLAG="UPDATE", BATCH_NUMBER="IV-9"), vaccination(ACTION_FLAG="Delete"))):
        hub.receive([Submission("community/vaccinations", body, f"2026-11-22T0{n + 1}:00:00.000Z", "test")])
        hub.drain()
        held = hub.store.records.record("Immunization", record(give(vaccination(), FEED), "Immunization").ref.id)
        assert held is not None
        assert held.withdrawn == (n == 2)
        assert (b"IV-9" in held.body) == (n >= 1)


def test_an_id_used_for_two_people_in_one_file_is_two_patients() -> None:
    body = vaccination() + b"\r\n" + vaccination(NHS_NUMBER="9990002010", PERSON_DOB="19800102").split(b"\r\n")[1]
    first, second = told_of(body, FEED)
    assert not isinstance(first, Rejected)
    assert not isinstance(second, Rejected)
    assert first.patient != second.patient
    assert "MAP-018" in numbers(second)
    assert "MAP-018" not in numbers(first)
    ids = {r.ref.id for r in first.records} & {r.ref.id for r in second.records}
    assert ids == set()


def test_the_same_row_twice_is_no_clash() -> None:
    body = vaccination() + b"\r\n" + vaccination().split(b"\r\n")[1]
    first, second = told_of(body, FEED)
    assert first == second


@pytest.mark.parametrize("sent", ["", "0", "0000000000", "NULL"])
def test_no_number_is_no_identifier_and_no_complaint(sent: str) -> None:
    told = give(vaccination(NHS_NUMBER=sent), FEED)
    assert "identifier" not in one(told, "Patient")
    assert "MAP-009" not in numbers(told)


@pytest.mark.parametrize("sent", ["9990001015", "1234567890", "9999999999", "Test Harness"])
def test_a_number_that_cannot_be_one_never_stands_in_the_nhs_system(sent: str) -> None:
    told = give(vaccination(NHS_NUMBER=sent), FEED)
    assert [i["system"] for i in one(told, "Patient")["identifier"]] == [
        f"urn:carehub:{told.source.code.replace('/', '%2F')}:id:nhs-number-not-fit-for-use"
    ]
    assert "MAP-009" in numbers(told)


def test_the_source_is_the_system_that_keeps_the_ids_however_its_address_is_written() -> None:
    spellings = ("https://Vaccines.example.org/records/", "HTTPS://vaccines.example.org/records", "vaccines.example.org/records")
    assert {give(vaccination(UNIQUE_ID_URI=uri), FEED).source.code for uri in spellings} == {"vaccines.example.org/records"}


def test_an_unknown_column_is_counted_and_a_bad_row_costs_itself() -> None:
    head, row = vaccination().split(b"\r\n")
    body = head + b"|MOOD\r\n" + row + b'|"cheerful"\r\n' + row[:-20] + b"\r\n" + row + b'|""'
    first, second, third = told_of(body, FEED)
    assert "MAP-005" in numbers(first)
    assert isinstance(second, Rejected)
    assert "MAP-005" not in numbers(third)


def test_windows_bytes_are_read_as_such() -> None:
    told = one(give(case("vaccination-windows-bytes"), FEED), "Patient")
    assert told["name"][0]["family"] == "Thistlewöod–Håkansson"


@pytest.mark.parametrize("over", [{"UNIQUE_ID": ""}, {"UNIQUE_ID_URI": " "}, {"UNIQUE_ID_URI": "https://"}, {"ACTION_FLAG": ""}])
def test_without_an_id_or_an_action_nothing_is_told(over: dict[str, str]) -> None:
    assert isinstance(result(vaccination(**over), FEED), Rejected)


def test_an_event_and_a_row_of_one_vaccination_are_one_record() -> None:
    event = give(case("vaccination-event").replace(b"vac-000518", b"vac-000417"), FEED)
    assert record(event, "Immunization").ref == record(give(vaccination(), FEED), "Immunization").ref


def test_not_given_is_told_as_not_given_and_a_search_answer_is_taken_apart() -> None:
    told = [t for t in told_of(case("rejected-vaccination-event-two-at-once"), FEED) if not isinstance(t, Rejected)]
    assert [one(t, "Immunization")["status"] for t in told] == ["not-done", "completed"]
    assert all("reference" in one(t, "Immunization")["patient"] for t in told)


def test_an_event_of_an_unknown_patient_is_refused() -> None:
    body = case("vaccination-event").replace(b'"#s1"', b'"Patient/elsewhere"')
    assert numbers(result(body, FEED)) == {"MAP-002"}


def test_an_event_entered_in_error_is_withdrawn() -> None:
    told = give(case("vaccination-event").replace(b'"completed"', b'"entered-in-error"'), FEED)
    assert record(told, "Immunization").change == "withdrawn"
