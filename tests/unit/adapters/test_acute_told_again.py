"""What is told again: an update laid twice is as good as once over any state of its record, and a message mapped from what is remembered is the same."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import pytest

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.fhir.canonical import stable
from carehub.fhir.gate import check
from carehub.fhir.resource import Resource
from carehub.fhir.ukcore import must_haves
from carehub.kit.cases import read_folder
from carehub.terms.errors import Rejected
from unit.adapters.acute_messages import ADAPTER, REMEMBERING, REPOSITORY, SAMPLES, event, fold, message, only, visit

CASES = read_folder(REPOSITORY / "adapters" / "acute").cases
# "The last transfer is cancelled" takes one more away each time it is laid: the hub lays the same words twice in a row once.
_ONE_MORE = "location.last"
# More pairs of a state and an update than this are tried by a seeded choice.
_MOST_PAIRS = 4_000

Pair = tuple[Resource, MappedRecord]


def _outcome(told: Message) -> Mapped | Rejected:
    try:
        return ADAPTER.map_message(told)
    except Rejected as refused:
        return refused


def _accepted(messages: Iterable[Message]) -> list[Mapped]:
    return [told for told in map(_outcome, messages) if isinstance(told, Mapped)]


def _of_the_cases() -> list[Mapped]:
    return _accepted(case.message for case in CASES)


def _published() -> list[Mapped]:
    if not SAMPLES.is_dir():
        pytest.skip("the published sample feeds are not beside the project")
    folder = SAMPLES / "feeds/acute/google+simhospital"
    files = [path for path in sorted(folder.glob("**/*")) if path.suffix in (".hl7", ".out")]
    return _accepted(message(part) for path in files for part in ADAPTER.split(path.read_bytes()))


def _pairs(told: list[Mapped]) -> Iterator[Pair]:
    """Every state that any record went through, by every update of its type: whose record it was does not matter to `revise`."""
    current: dict[Any, Resource] = {}
    states: dict[str, dict[bytes, Resource]] = defaultdict(lambda: {b"": {}})
    updates: dict[str, dict[Any, MappedRecord]] = defaultdict(dict)
    for one in sorted(told, key=lambda each: (each.recorded, each.sequence)):
        for record in (record for record in one.records if record.change != "withdrawn"):
            said = record.resource
            after = said if record.change == "snapshot" else ADAPTER.revise(current.get(record.ref, {}), said, record.clears)
            current[record.ref] = after
            states[record.ref.type][stable(after)] = after
            if record.change == "update" and _ONE_MORE not in record.clears:
                updates[record.ref.type][stable(said), record.clears] = record
    dice = random.Random(20261122)
    for type, listed in sorted(updates.items()):
        held, laid = list(states[type].values()), list(listed.values())
        if len(held) * len(laid) <= _MOST_PAIRS:
            yield from product(held, laid)
        else:
            yield from ((dice.choice(held), dice.choice(laid)) for _ in range(_MOST_PAIRS))


def _laid(pairs: Iterable[Pair]) -> tuple[dict[str, int], list[str]]:
    """How often an update of each type was laid over a state, and what was wrong."""
    counts: dict[str, int] = defaultdict(int)
    wrong: list[str] = []
    for state, record in pairs:
        counts[record.ref.type] += 1
        given = stable([state, record.resource])
        once = ADAPTER.revise(state, record.resource, record.clears)
        kept = stable(once)
        twice = stable(ADAPTER.revise(once, record.resource, record.clears))
        if twice != kept:
            wrong.append(f"{record.ref.type} {record.at}: twice is not once")
        if stable([state, record.resource]) != given or stable(once) != kept:
            wrong.append(f"{record.ref.type} {record.at}: changed what it was given")
        if check(once) or must_haves(once):
            wrong.append(f"{record.ref.type} {record.at}: not valid")
    return counts, wrong


def test_an_update_of_a_case_laid_twice_over_any_state_is_as_good_as_once() -> None:
    counts, wrong = _laid(_pairs(_of_the_cases()))
    assert wrong == []
    assert counts.keys() == {"Patient", "Encounter", "Appointment", "DocumentReference", "Condition", "Binary"}
    assert min(counts["Patient"], counts["Encounter"]) > 1_000


@pytest.mark.real_feeds
def test_an_update_of_the_simulated_hospital_laid_twice_over_any_state_is_as_good_as_once() -> None:
    told = _published()
    counts, wrong = _laid(_pairs(told))
    assert wrong == []
    assert (counts["Patient"], counts["Encounter"]) == (_MOST_PAIRS, _MOST_PAIRS)
    # The states one record truly went through, by every update of that very record, in whatever order they might have come.
    of_one: dict[str, list[Mapped]] = defaultdict(list)
    for one in told:
        of_one[one.patient.id if one.patient else ""].append(one)
    own, wrong = _laid(pair for several in of_one.values() for pair in _of_one_record(several))
    assert wrong == []
    assert sum(own.values()) > 2_000


def _of_one_record(told: list[Mapped]) -> Iterator[Pair]:
    return ((state, record) for state, record in _pairs(told) if not state or state["id"] == record.ref.id)


@pytest.mark.parametrize("seed", range(20261122, 20261126))
def test_an_update_laid_twice_after_any_history_is_as_good_as_once(seed: int) -> None:
    """Histories that no case tells: updates of one type by chance, cancelled transfers among them."""
    dice = random.Random(seed)
    updates: dict[str, list[MappedRecord]] = defaultdict(list)
    for told in _of_the_cases():
        for record in told.records:
            if record.change == "update":
                updates[record.ref.type].append(record)

    def history() -> Iterator[Pair]:
        state: Resource = {}
        listed = updates[dice.choice(sorted(updates))]
        for _ in range(dice.randint(2, 9)):
            record = dice.choice(listed)
            if _ONE_MORE not in record.clears:
                yield state, record
            state = ADAPTER.revise(state, record.resource, record.clears)

    counts, wrong = _laid(pair for _ in range(250) for pair in history())
    assert wrong == []
    assert min(counts.values()) > 50


def test_the_time_of_arrival_counts_where_only_an_end_of_ours_stood() -> None:
    left = event("A03", "20261123100000", visit(f3="W5^B2^3", f45="20261123095500"))
    back = event("A01", "20261124090000", visit(f3="W5^B2^3", f44="20261121080000"))
    once, twice = only(fold([left, back]), "Encounter"), only(fold([left, back, back]), "Encounter")
    assert [place["period"] for place in once["location"]] == [{"start": "2026-11-24T09:00:00+00:00"}]
    assert twice == once


# ---- what is remembered ----


MESSAGES = [case.message for case in CASES]
REMEMBERED = {"portions._portion", "encounters._of_visit", "identity._of_pid", "people._practitioner"}


def test_a_message_mapped_from_what_is_remembered_is_the_same_after_the_hub_worked_with_the_first() -> None:
    expected = REMEMBERING.alone(MESSAGES)
    given = REMEMBERING.at_work(MESSAGES)
    assert len(given) > 200
    assert [mapped.kind for mapped, words in given if stable(mapped) != words] == []
    before = REMEMBERING.hits()
    assert [REMEMBERING.words(message) for message in MESSAGES] == expected
    assert {name for name, count in REMEMBERING.hits().items() if count > before[name]} >= REMEMBERED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_other_messages_left_behind_changes_nothing(seed: int) -> None:
    assert REMEMBERING.astray(MESSAGES, seed) == []


def test_what_is_remembered_is_handed_out_again_and_not_made_anew() -> None:
    """So the tests above look where a change would show."""
    REMEMBERING.forget()
    admission = next(case.message for case in CASES if case.slug == "a01-admission")
    first, second = ADAPTER.map_message(admission), ADAPTER.map_message(admission)
    shared = {one.ref.type for one, other in zip(first.records, second.records, strict=True) if one is other}
    assert {"Patient", "RelatedPerson", "AllergyIntolerance"} & shared
