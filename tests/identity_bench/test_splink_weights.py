"""One model, two scorers: carehub's weights and Splink's are the same, pair by pair. And parts sum to totals in every explanation."""

from __future__ import annotations

import importlib
import logging
import warnings
from itertools import pairwise
from typing import Any

import pytest

from carehub.identity import features, training, weighing
from carehub.identity.candidates import CandidateIndex
from carehub.identity.features import Features
from carehub.identity.matching import Matcher
from carehub.identity.pairing import Comparer
from carehub.identity.weights import Model
from carehub.wiring.identity_bench import splink_batch, splink_model
from carehub.wiring.identity_bench.labelled import Wanted

_PAIRS, _RECORDS = 100_000, 6_000
_EXTRAS = ("ward",)
People = tuple[Model, list[Features]]


@pytest.fixture(scope="module")
def people() -> People:
    """A model and the records it was trained on, with a further field, so that every kind of level and frequency occurs."""
    told = Wanted("neighbourhood", size=_RECORDS, seed=11).load()
    for one in told.told:
        one["ward"] = f"ward of {one['address'].split(',')[0][-12:]}" if one["address"] else ""
    records = [features.read(name, one, _EXTRAS) for name, one in zip(told.ids, told.told, strict=True)]
    return training.train(records, name="weights", extras=_EXTRAS), records


def _pairs(records: list[Features], count: int) -> list[tuple[Features, Features]]:
    """Pairs that blocking finds, and pairs of anybody with anybody for the rest."""
    index = CandidateIndex()
    found = [(records[other], record) for record in records for other in index.add(record)]
    drawn = [(records[a], records[b]) for a, b in training.steps(len(records), count)]
    return (found + drawn)[:count]


def test_weights_equal_splinks_on_100_000_pairs_of_one_model(people: People) -> None:
    if why := splink_batch.absent():
        pytest.skip(why)
    model, records = people
    pairs = _pairs(records, _PAIRS)
    assert len(pairs) == _PAIRS
    comparer = Comparer(model)
    ours = [model.prior + sum(weight for weight in comparer.pair(a, b)[0] if weight is not None) for a, b in pairs]
    theirs = _splinks(model, pairs)
    assert len(theirs) == _PAIRS
    worst = max(range(_PAIRS), key=lambda at: abs(ours[at] - theirs[at]))
    assert abs(ours[worst] - theirs[worst]) <= 1e-5, (pairs[worst], ours[worst], theirs[worst])
    assert max(ours) > 20 > -20 > min(ours)


def _splinks(model: Model, pairs: list[tuple[Features, Features]]) -> dict[int, float]:
    splink: Any = importlib.import_module("splink")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = importlib.import_module("splink.backends.duckdb").DuckDBAPI()
        left, right = splink_model.tables(model, pairs)
        registered = [api.register(left, table_name="ones"), api.register(right, table_name="others")]
        linker = splink.Linker(registered, splink_model.settings_of(model), log_level=logging.ERROR)
        scored = linker.inference.predict()
        return dict(api.duckdb_con.execute(f"select unique_id_l, match_weight from {scored.physical_name}").fetchall())


def test_every_explanations_parts_sum_to_its_total(people: People) -> None:
    model, records = people
    matcher = Matcher(model)
    for record in records[:2_000]:
        matcher.add(record)
    persons = [members for members in matcher.members.values() if len(members) > 1]
    sides = [([a], [b]) for a, b in training.steps(2_000, 500)]
    sides += [(members[:1], members[1:]) for members in persons]
    sides += [(one, other) for one, other in pairwise(persons)]
    for one, other in sides:
        told = weighing.weigh(matcher.comparer, [records[at] for at in one], [records[at] for at in other])
        assert abs(told.prior + sum(part.bits for part in told.fields) - told.total) <= 1e-9
    assert len(sides) > 1_000
