"""What rows say in the same words is told once: a row mapped from what is remembered is the same as one mapped alone, also after the hub has
worked with the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message
from carehub.fhir.canonical import stable
from carehub.kit.cases import read_folder
from carehub.wiring.loading import load_adapter
from unit.adapters.remembering import Remembering, remembering

ADAPTERS = Path(__file__).resolve().parents[3] / "adapters"
# Adapter: the feed, and where it remembers what its rows say.
REMEMBERED = {
    "community": ("vaccinations", ("vaccinations._told_once", "vaccinations._at_work")),
    "voluntary": ("referrals", ("person._told_once",)),
}


class _Told:
    """An adapter just loaded, and the messages of its table: all, and those that are a row as it came and are taken."""

    def __init__(self, name: str) -> None:
        feed, self.remembered = REMEMBERED[name]
        self.adapter: Remembering = remembering(load_adapter(ADAPTERS / name))
        cases = [case for case in read_folder(ADAPTERS / name).cases if case.message.feed == f"{name}/{feed}"]
        self.messages: list[Message] = [case.message for case in cases]
        self.rows: list[Message] = [case.message for case in cases if not case.rejected and b"{" not in case.message.body]


@pytest.fixture(params=sorted(REMEMBERED))
def told(request: pytest.FixtureRequest) -> Iterator[_Told]:
    held = _Told(request.param)
    yield held
    held.adapter.forget()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_other_rows_left_behind_changes_nothing(told: _Told, seed: int) -> None:
    assert told.adapter.astray(told.messages, seed) == []
    hits = told.adapter.hits()
    assert min(hits[name] for name in told.remembered) > 5


def test_a_row_mapped_from_what_is_remembered_is_the_same_after_the_hub_worked_with_the_first(told: _Told) -> None:
    expected = told.adapter.alone(told.messages)
    given = told.adapter.at_work(told.messages)
    assert len(given) > 20
    assert [mapped.kind for mapped, words in given if stable(mapped) != words] == []
    assert [told.adapter.words(message) for message in told.messages] == expected


def test_what_is_remembered_is_handed_out_again_and_not_made_anew(told: _Told) -> None:
    """So the tests above look where a change would show. What a module itself holds is the same object also where nothing is remembered."""
    map_row, message = told.adapter.adapter.map_message, told.rows[0]
    first = _parts(map_row(message))
    again = _parts(map_row(message))
    told.adapter.forget()
    afresh = _parts(map_row(message))
    assert len(first.keys() & again.keys()) > len(first.keys() & afresh.keys())


def _parts(mapped: Mapped) -> dict[int, Any]:
    """The records, and the objects directly in them, by which object each is; held, so that no later one takes its place."""
    told = [part for record in mapped.records for part in record.resource.values() if isinstance(part, dict | list)]
    return {id(part): part for part in (*mapped.records, *told)}
