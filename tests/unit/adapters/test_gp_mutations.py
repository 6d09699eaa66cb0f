"""The GP adapter against broken messages: it maps or it is Rejected, its output stays valid, and it never tells what it read."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from carehub.fhir.canonical import dumps, loads
from carehub.fhir.references import find
from carehub.kit.cases import message, read_folder
from carehub.kit.golden import outcome
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter

FOLDER = Path(__file__).resolve().parents[3] / "adapters" / "gp"
ADAPTER = load_adapter(FOLDER)
BODIES = [case.message.body for case in read_folder(FOLDER).cases if not case.rejected]

ROUNDS = 2000
CHECKED_BY_MODELS = 10
SECRET = "Zebediah Secret 1944-03-09"
JUNK = [
    *(None, True, False, 0, -1, 1.5, 10**30, "", "  ", "x", [], {}, [1], {"a": 1}, ["x"], [None], [[]], [{}]),
    *("2010-02-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "24:00", "ÿ\u2028", "urn:uuid:1", "Patient/other", "#"),
    *(SECRET, [SECRET], {SECRET: SECRET}, {"reference": SECRET}, {"url": SECRET, "valueString": SECRET}),
]
KEYS = ("modifierExtension", "implicitRules", "_status", "extension", "contained", SECRET)

Path_ = tuple[str | int, ...]


def test_two_thousand_broken_messages_are_mapped_or_rejected() -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(ROUNDS):
        chance = random.Random(seed)
        body = broken(chance)
        result = outcome(ADAPTER, message(ADAPTER.manifest, body))
        said = " ".join(f"{i.at} {i.about}" for i in result.issues)
        assert "Secret" not in said
        assert "Zebediah" not in said
        if isinstance(result, Rejected):
            verdicts["rejected"] += 1
            continue
        verdicts["mapped"] += 1
        known = {record.ref.reference for record in result.records}
        assert len(known) == len(result.records)
        for record in result.records:
            assert {reference for _, reference in find(record.resource)} <= known
            if seed % CHECKED_BY_MODELS == 0:
                get_fhir_model_class(record.ref.type).model_validate_json(dumps(record.resource))
    assert verdicts["mapped"] > ROUNDS // 2
    assert verdicts["rejected"] > ROUNDS // 20


def broken(chance: random.Random) -> bytes:
    """A case's message with one to three faults, or cut short."""
    body = chance.choice(BODIES)
    if chance.random() < 0.08:
        return body[: chance.randrange(len(body))]
    value = loads(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        _break(value, chance)
    return dumps(value)


def _break(value: Any, chance: random.Random) -> None:
    path = chance.choice(list(_places(value, ())))
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    kind = chance.random()
    if kind < 0.35:
        del parent[path[-1]]
    elif kind < 0.9 or not isinstance(parent, dict):
        parent[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    else:
        parent[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))


def _places(value: Any, path: Path_) -> Iterator[Path_]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from _places(inner, (*path, step))
