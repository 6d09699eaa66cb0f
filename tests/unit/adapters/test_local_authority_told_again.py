"""What a council's rows tell again: a row mapped from what is remembered of a person, a provider or a word is the same as one mapped afresh."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.formats.tables import Columns
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import stable
from carehub.kit.cases import read_folder
from carehub.terms.errors import Rejected
from hub.toy_hub import toy_hub
from unit.adapters.council_rows import ADAPTER, CARER, FOLDER, MODULES, REQUEST, SERVICE, mapped, parts, told

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


def _remembered() -> Iterator[tuple[str, Any]]:
    """Everything the adapter remembers from message to message."""
    for name, module in MODULES.items():
        for what, held in vars(module).items():
            if hasattr(held, "cache_info") and held.__module__ == module.__name__:
                yield f"{name}.{what}", held
            elif isinstance(held, Columns):
                yield f"{name}.{what}", held._plan


def _forget() -> None:
    for _, held in _remembered():
        held.cache_clear()


def _messages() -> list[Message]:
    rows = [Message("m", 1, "s", 0, "local_authority/client-level-data", "2026-11-22T06:10:00.000Z", part) for part in FAMILY]
    return [*(case.message for case in CASES), *rows]


def _words(message: Message) -> bytes:
    try:
        return stable(ADAPTER.map_message(message))
    except Rejected as refused:
        return stable([str(refused), refused.issues])


def _without_memory(messages: list[Message]) -> list[bytes]:
    words = []
    for message in messages:
        _forget()
        words.append(_words(message))
    return words


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_other_messages_left_behind_changes_nothing(seed: int) -> None:
    messages = _messages()
    expected = list(enumerate(_without_memory(messages))) * 2
    _forget()
    random.Random(seed).shuffle(expected)
    assert [number for number, words in expected if _words(messages[number]) != words] == []


def test_a_message_mapped_from_what_is_remembered_is_the_same_after_the_hub_worked_with_the_first() -> None:
    messages = _messages()
    expected = _without_memory(messages)
    _forget()
    given: list[tuple[Mapped, bytes]] = []

    def listening(message: Message) -> Mapped:
        result = ADAPTER.map_message(message)
        given.append((result, stable(result)))
        return result

    hub = toy_hub(replace(ADAPTER, map_message=listening))
    for message in messages:
        hub.receive([Submission(message.feed, message.body, "2026-11-25T08:00:00.000Z", "test")])
    assert hub.drain().bugs == ()
    first = len(given)
    hub.rebuild()
    assert len(given) == 2 * first > 60
    assert [result.kind for result, words in given if stable(result) != words] == []
    before = {name: held.cache_info().hits for name, held in _remembered()}
    assert [_words(message) for message in messages] == expected
    asked_again = {name for name, held in _remembered() if held.cache_info().hits > before[name]}
    assert {"person.told", "provision._named", "source.speaker", "source._reference", "draft.listed", "draft._issue"} <= asked_again


def test_what_is_remembered_is_handed_out_again_and_not_made_anew() -> None:
    """So the tests above look where a change would show."""
    _forget()
    request, service = mapped(REQUEST), told(FAMILY[1])
    shared = {one.ref.type for one, other in zip(request.records, service.records, strict=False) if one is other}
    assert {"Patient", "Observation"} <= shared
    assert len(request.records) > len(shared) < len(service.records)


def test_a_row_adds_nothing_to_what_is_remembered_of_its_person() -> None:
    _forget()
    alone = [record.ref for record in told(FAMILY[1]).records]
    for part in FAMILY:
        _words(Message("m", 1, "s", 0, "local_authority/client-level-data", "2026-11-22T06:10:00.000Z", part))
    assert [record.ref for record in told(FAMILY[1]).records] == alone
