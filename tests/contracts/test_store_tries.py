"""The store's contract: how often a process ended with a message in hand."""

from __future__ import annotations

from carehub.store.ports import Store
from carehub.store.trying import Tried
from contracts.stores import named

ONE, TWO = named("message", "1"), named("message", "2")


def test_each_time_counts_and_a_new_version_begins_anew(store: Store) -> None:
    assert store.tries.of() == {}
    store.tries.add({ONE: 4, TWO: 4}, alone=False)
    store.tries.add({ONE: 4}, alone=True)
    assert store.tries.of() == {ONE: Tried(4, 2, 1), TWO: Tried(4, 1, 0)}
    assert store.tries.of([TWO, named("message", "3")]) == {TWO: Tried(4, 1, 0)}
    store.tries.add({ONE: 5}, alone=True)
    assert store.tries.of([ONE]) == {ONE: Tried(5, 1, 1)}


def test_what_is_forgotten_is_gone_and_nothing_else(store: Store) -> None:
    store.tries.add({ONE: 1, TWO: 1}, alone=True)
    store.tries.forget([ONE, named("message", "3")])
    assert store.tries.of() == {TWO: Tried(1, 1, 1)}


def test_the_counts_outlive_a_clearing_of_the_projections(store: Store) -> None:
    store.tries.add({ONE: 1}, alone=True)
    store.records.clear()
    assert store.tries.of() == {ONE: Tried(1, 1, 1)}


def test_a_message_is_blamed_at_its_third_time_and_not_before_it_was_twice_alone() -> None:
    assert [Tried(1, times, alone).blamed for times, alone in ((2, 2), (3, 1), (9, 1), (3, 2), (3, 3))] == [False, False, False, True, True]
