"""What a council's rows tell again: a row mapped from what is remembered of a person, a provider or a word is the same as one mapped afresh."""

from __future__ import annotations

import pytest

from carehub.feeds.message import Message
from carehub.fhir.canonical import stable
from carehub.kit.cases import read_folder
from unit.adapters.council_rows import CARER, FOLDER, REMEMBERING, REQUEST, SERVICE, mapped, parts, told

CASES = read_folder(FOLDER).cases
# A person's other rows, and rows of people who differ in one cell of the person part.
FAMILY = parts(
    REQUEST,
    SERVICE,
    CARER,
    SERVICE | {"Event_End_Date": "2025-09-01"},
    SERVICE | {"Date_of_Death": "2025-08-01"},
    SERVICE | {"LA_Code": "504"},
    SERVICE | {"Reporting_Period_End_Date": "2026-06-30"},
    SERVICE | {"Reporting_Period_End_Date": ""},
    SERVICE | {"LA_Person_Unique_Identifier": ""},
    SERVICE | {"Client_Type": "Unpaid carer"},
    SERVICE | {"Dementia": "Perhaps", "Gender": "?"},
    REQUEST | {"Event_Outcome": "Nobody knows"},
    SERVICE | {"Provider_CQC_Location_ID": "", "Provider_CQC_Location_Name": "Example Care Ltd"},
    SERVICE | {"Provider_CQC_Location_Name": "Example Care Ltd"},
    SERVICE | {"Provider_CQC_Location_ID": "another shape"},
    SERVICE | {"Service_Component": "Equipment", "Event_Description": "Grab rail"},
    SERVICE | {"Service_Component": "Equipment"},
)


MESSAGES = [
    *(case.message for case in CASES),
    *(Message("m", 1, "s", 0, "local_authority/client-level-data", "2026-11-22T06:10:00.000Z", part) for part in FAMILY),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_other_messages_left_behind_changes_nothing(seed: int) -> None:
    assert REMEMBERING.astray(MESSAGES, seed) == []


def test_a_message_mapped_from_what_is_remembered_is_the_same_after_the_hub_worked_with_the_first() -> None:
    expected = REMEMBERING.alone(MESSAGES)
    given = REMEMBERING.at_work(MESSAGES)
    assert len(given) > 60
    assert [result.kind for result, words in given if stable(result) != words] == []
    before = REMEMBERING.hits()
    assert [REMEMBERING.words(message) for message in MESSAGES] == expected
    asked_again = {name for name, count in REMEMBERING.hits().items() if count > before[name]}
    assert {"person.told", "provision._named", "source.speaker", "source._reference", "draft.listed", "draft._issue"} <= asked_again


def test_what_is_remembered_is_handed_out_again_and_not_made_anew() -> None:
    """So the tests above look where a change would show."""
    REMEMBERING.forget()
    request, service = mapped(REQUEST), told(FAMILY[1])
    shared = {one.ref.type for one, other in zip(request.records, service.records, strict=False) if one is other}
    assert {"Patient", "Observation"} <= shared
    assert len(request.records) > len(shared) < len(service.records)


def test_a_row_adds_nothing_to_what_is_remembered_of_its_person() -> None:
    REMEMBERING.forget()
    alone = [record.ref for record in told(FAMILY[1]).records]
    for message in MESSAGES[-len(FAMILY) :]:
        REMEMBERING.words(message)
    assert [record.ref for record in told(FAMILY[1]).records] == alone
