"""What other rules would change: the pairs of records that are linked, asked about or apart in one world and otherwise in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, product
from typing import Protocol


class State(StrEnum):
    """Of two records: of one person; of two about which a steward is asked; of two."""

    LINKED = "linked"
    ASKED = "asked"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Change:
    """Two patient records, a < b, and how they stand in either world."""

    a: str
    b: str
    before: State
    after: State


class World(Protocol):
    """Who is who under one set of rules."""

    def people(self) -> Iterator[Mapping[str, Sequence[str]]]:
        """Person → its records, some persons at a time."""

    def records_of(self, persons: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Person → its records."""

    def person_of(self, records: Iterable[str]) -> Mapping[str, str]:
        """Record → person."""

    def asked(self) -> frozenset[tuple[str, str]]:
        """Pairs of persons (a < b) about whom a steward is asked."""


def changes(before: World, after: World) -> Iterator[Change]:
    """Every pair of records that both worlds know and that stands otherwise in the second, once."""
    asked_before, asked_after = before.asked(), after.asked()
    for a, b in _linked_only(before, after):
        yield Change(a, b, State.LINKED, _state(after, asked_after, a, b))
    for a, b in _linked_only(after, before):
        yield Change(a, b, _state(before, asked_before, a, b), State.LINKED)
    for a, b, state in _asked_only(before, asked_before, after, asked_after):
        yield Change(a, b, State.ASKED, state)
    for a, b, state in _asked_only(after, asked_after, before, asked_before):
        yield Change(a, b, state, State.ASKED)


def _linked_only(world: World, other: World) -> Iterator[tuple[str, str]]:
    for people in world.people():
        there = other.person_of({record for records in people.values() for record in records})
        for records in people.values():
            for a, b in combinations(sorted(record for record in records if record in there), 2):
                if there[a] != there[b]:
                    yield a, b


def _asked_only(
    world: World, asked: frozenset[tuple[str, str]], other: World, asked_there: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, str, State]]:
    """Pairs asked about in the one world that are apart in the other. Linked ones have been told."""
    for one, another in sorted(asked):
        records = world.records_of((one, another))
        there = other.person_of({*records.get(one, ()), *records.get(another, ())})
        for a, b in product(records.get(one, ()), records.get(another, ())):
            if a in there and b in there and there[a] != there[b] and _pair(there[a], there[b]) not in asked_there:
                yield *_pair(a, b), State.APART


def _state(world: World, asked: frozenset[tuple[str, str]], a: str, b: str) -> State:
    persons = world.person_of((a, b))
    return State.ASKED if _pair(persons[a], persons[b]) in asked else State.APART


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


@dataclass(slots=True)
class ChangeCounts:
    """Counts of changes, by rule and by the two sources, and the first few of each kind. rule: what the new rules say of the two records alone."""

    most: int = 20
    counts: Counter[tuple[State, State]] = field(default_factory=Counter)
    by_rule: Counter[tuple[State, State, str]] = field(default_factory=Counter)
    by_sources: Counter[tuple[State, State, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[State, State], list[tuple[Change, str]]] = field(default_factory=dict)

    def add(self, change: Change, rule: str, sources: tuple[str, str]) -> None:
        """One more change."""
        kind = (change.before, change.after)
        self.counts[kind] += 1
        self.by_rule[*kind, rule] += 1
        self.by_sources[*kind, min(sources), max(sources)] += 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < self.most:
            shown.append((change, rule))

    @property
    def gained(self) -> int:
        """Pairs that would be linked and are not."""
        return sum(count for (_, after), count in self.counts.items() if after is State.LINKED)

    @property
    def lost(self) -> int:
        """Pairs that are linked and would not be."""
        return sum(count for (before, _), count in self.counts.items() if before is State.LINKED)
