"""Long records are kept by the process that read them: what another process writes is seen at once, and what nobody wrote is the very same object."""

from __future__ import annotations

import random
from typing import Any

import pytest

from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement
from carehub.store.sql.store import SqlStore
from carehub.store.stored import StoredRecord
from carehub.terms.remembered import WORTH
from contracts.stores import mapping, named, opened, stored

PATIENT, OTHER = named("patient"), named("patient", "other")
TYPES = ("Condition", "Goal")
BODIES = [b'{"note":"' + b"n" * n + b'","resourceType":"Condition"}' for n in (10, 90, 300)]


def some_record(dice: random.Random, n: int, patient: str = PATIENT) -> StoredRecord:
    version, withdrawn = dice.randint(1, 5), dice.random() < 0.1
    return stored(named("record", str(n)), dice.choice(BODIES), type=TYPES[n % 2], patient=patient, version=version, withdrawn=withdrawn)


def test_whatever_is_written_elsewhere_is_read_and_the_rest_is_the_same_object(store_url: str) -> None:
    dice = random.Random(5)
    with opened(store_url) as writer:
        reader = SqlStore(store_url)
        try:
            writer.records.apply(mapping(*(some_record(dice, n) for n in range(2 * WORTH))))
            before = {one.id: one for one in reader.records.of_patients([PATIENT])}
            for _ in range(60):
                written = [some_record(dice, n) for n in dice.sample(range(3 * WORTH), dice.choice([0, 1, 3, WORTH, 2 * WORTH]))]
                moved = [some_record(dice, n, OTHER) for n in dice.sample(range(3 * WORTH), dice.choice([0, 0, 2]))]
                told = {one.id: one for one in (*written, *moved)}
                removed = tuple(named("record", str(n)) for n in dice.sample(range(3 * WORTH), dice.choice([0, 0, 2])))
                gone = tuple(id for id in removed if id not in told)
                writer.records.apply(mapping(*told.values(), removed=gone))
                found = reader.records.of_patients([PATIENT])
                fresh = SqlStore(store_url)
                try:
                    assert found == fresh.records.of_patients([PATIENT])
                    for types in (["Goal"], ["Condition", "Goal"], []):
                        assert reader.records.of_patients([PATIENT], types) == fresh.records.of_patients([PATIENT], types)
                    assert reader.records.of_patients([OTHER, PATIENT]) == fresh.records.of_patients([OTHER, PATIENT])
                finally:
                    fresh.close()
                if len(told) < WORTH / 2:
                    assert all(one is before[one.id] for one in found if one.id in before and one.id not in told)
                before = {one.id: one for one in found}
            found.clear()  # whoever has the list may change it
            assert len(reader.records.of_patients([PATIENT])) == len(before)
            writer.records.clear()
            assert reader.records.of_patients([PATIENT]) == []
        finally:
            reader.close()


def test_what_is_read_is_of_one_moment_though_something_is_written_meanwhile(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records that one message changes are both as they were, or both as they are."""
    first, second = named("record", "0"), named("record", "1")
    with opened(store_url) as writer:
        reader = SqlStore(store_url)
        try:
            writer.records.apply(mapping(*(stored(named("record", str(n)), version=1, patient=PATIENT) for n in range(2 * WORTH))))
            reader.records.of_patients([PATIENT])
            writer.records.apply(mapping(stored(first, version=2, patient=PATIENT)))
            real, asked = Place.rows, list[str]()

            def rows(place: Place, statement: Statement, **named_values: Any) -> list[Any]:
                found = real(place, statement, **named_values)
                asked.append(statement.sql)
                if len(asked) == 1:
                    monkeypatch.setattr(Place, "rows", real)
                    writer.records.apply(mapping(*(stored(one, version=3, patient=PATIENT) for one in (first, second))))
                    monkeypatch.setattr(Place, "rows", rows)
                return found

            monkeypatch.setattr(Place, "rows", rows)
            found = {one.id: one.version for one in reader.records.of_patients([PATIENT])}
            monkeypatch.setattr(Place, "rows", real)
            assert (found[first], found[second]) in ((2, 1), (3, 3))
            assert len(asked) == 3
        finally:
            reader.close()
