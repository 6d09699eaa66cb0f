"""States from tellings: what is laid over, what is said twice, what was taken back."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from carehub.feeds.adapter import overlay
from carehub.feeds.mapped import Change, MappedRecord
from carehub.feeds.revision import State, fold, step
from carehub.fhir.resource import Resource
from carehub.terms.refs import RecordRef

REF = RecordRef("X9A01", "p", "Encounter", "v")


class Told(NamedTuple):
    """A telling as the store keeps it."""

    change: Change
    clears: tuple[str, ...]
    sha: str
    body: bytes
    message: str
    told_at: str


def told(message: str, change: Change = "update", clears: tuple[str, ...] = (), **elements: Any) -> Told:
    said = MappedRecord(REF, {"resourceType": "Encounter", "id": REF.id, **elements}, change, clears).said
    return Told(change, clears, said.sha, said.body, message, f"2026-11-{message}T00:00:00.000Z")


def last_one_off(earlier: Resource, update: Resource, clears: tuple[str, ...]) -> Resource:
    """A cancelled transfer takes the last place away, whichever that is."""
    places = [*earlier.get("place", ()), *update.get("place", ())]
    return {**update, "place": places[:-1] if "place.last" in clears else places}


def places(state: State | None) -> Any:
    return state.resource.get("place") if state else None


def test_the_same_words_twice_in_a_row_are_one_statement() -> None:
    moves = [told("01", place=["a"]), told("02", place=["b"]), told("03", place=["c"])]
    cancel, again = told("04", clears=("place.last",)), told("05", clears=("place.last",))
    assert places(fold([*moves, cancel], last_one_off)) == ["a", "b"]
    assert places(fold([*moves, cancel, again], last_one_off)) == ["a", "b"]
    assert places(fold([*moves[:2], cancel, moves[2], again], last_one_off)) == ["a"]
    once, twice = fold([*moves, cancel], last_one_off), fold([*moves, cancel, again], last_one_off)
    assert once == twice


def test_what_was_taken_back_and_is_told_again_stands_again() -> None:
    first, gone, again = told("01", status="planned"), told("02", "withdrawn"), told("03", status="planned")
    state = fold([first, gone, again], overlay)
    assert state is not None
    assert (state.withdrawn, state.version, state.message) == (False, 3, "03")
    assert fold([first, gone, told("03", "withdrawn")], overlay) == fold([first, gone], overlay)


@pytest.mark.parametrize("change", ["snapshot", "update"])
def test_the_first_state_is_the_telling_itself(change: Change) -> None:
    one = told("01", change, status="planned")
    resource = {"resourceType": "Encounter", "id": REF.id, "status": "planned"}
    text = MappedRecord(REF, resource, change).said.written
    short = step(None, one, resource, lambda earlier, update, clears: update, text)
    assert short == fold([one], overlay)
    assert short.text is text


def test_nothing_told_is_no_state() -> None:
    assert fold([], overlay) is None
