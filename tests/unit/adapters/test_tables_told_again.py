"""What rows say in the same words is told once: a row mapped from what is remembered is the same as one mapped alone, also after the hub has
worked with the first."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carehub.feeds.adapter import Adapter
from carehub.feeds.mapped import Mapped
from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import stable
from carehub.kit.cases import Case, read_folder
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter
from hub.toy_hub import toy_hub

ADAPTERS = Path(__file__).resolve().parents[3] / "adapters"
# Adapter: the feed, and where it remembers what.
REMEMBERED = {
    "community": ("vaccinations", (("vaccinations", "_told_once"), ("vaccinations", "_at_work"))),
    "voluntary": ("referrals", (("person", "_told_once"),)),
}


class _Told:
    """An adapter just loaded, and the cases of its table."""

    def __init__(self, name: str) -> None:
        feed, remembered = REMEMBERED[name]
        self.adapter: Adapter = load_adapter(ADAPTERS / name)
        package = self.adapter.map_message.__module__.rpartition(".")[0]
        self.memories = [getattr(sys.modules[f"{package}.{module}"], function) for module, function in remembered]
        self.cases: list[Case] = [case for case in read_folder(ADAPTERS / name).cases if case.message.feed == f"{name}/{feed}"]

    def forget(self) -> None:
        for memory in self.memories:
            memory.cache_clear()

    def hits(self) -> list[int]:
        return [memory.cache_info().hits for memory in self.memories]

    def words(self, message: Message) -> bytes:
        try:
            return stable(self.adapter.map_message(message))
        except Rejected as refused:
            return stable([str(refused), refused.issues])

    def alone(self) -> dict[str, bytes]:
        """Each case mapped with nothing remembered."""
        found = {}
        for case in self.cases:
            self.forget()
            found[case.slug] = self.words(case.message)
        self.forget()
        return found


@pytest.fixture(params=sorted(REMEMBERED))
def told(request: pytest.FixtureRequest) -> Iterator[_Told]:
    held = _Told(request.param)
    yield held
    held.forget()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_other_rows_left_behind_changes_nothing(told: _Told, seed: int) -> None:
    expected = told.alone()
    cases = told.cases * 2
    random.Random(seed).shuffle(cases)
    assert [case.slug for case in cases if told.words(case.message) != expected[case.slug]] == []
    assert min(told.hits()) > 5


def test_a_row_mapped_from_what_is_remembered_is_the_same_after_the_hub_worked_with_the_first(told: _Told) -> None:
    expected = told.alone()
    given: list[tuple[Mapped, bytes]] = []

    def listening(message: Message) -> Mapped:
        mapped = told.adapter.map_message(message)
        given.append((mapped, stable(mapped)))
        return mapped

    hub: Any = toy_hub(replace(told.adapter, map_message=listening))
    for case in told.cases:
        hub.receive([Submission(case.message.feed, case.message.body, "2026-11-25T08:00:00.000Z", "test")])
    assert hub.drain().bugs == ()
    hub.rebuild()
    assert len(given) > 20
    assert [mapped.kind for mapped, words in given if stable(mapped) != words] == []
    assert {case.slug: told.words(case.message) for case in told.cases} == expected


def test_what_is_remembered_is_handed_out_again_and_not_made_anew(told: _Told) -> None:
    """So the tests above look where a change would show."""
    message = next(case.message for case in told.cases if not case.rejected and b"{" not in case.message.body)
    first, second = _parts(told.adapter.map_message(message)), _parts(told.adapter.map_message(message))
    assert any(one is other for one in first for other in second)


def _parts(mapped: Mapped) -> list[Any]:
    """The records, and the objects directly in them."""
    return [*mapped.records, *(part for record in mapped.records for part in record.resource.values() if isinstance(part, dict | list))]
