"""How often two sources agree on a field about one person: what shows a source whose field is poor, before a model is trusted with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carehub.identity.candidates import bearing
from carehub.identity.features import Features
from carehub.identity.pairing import MISSING, Comparer, levels
from carehub.identity.weights import Model


def by_sources(records: Sequence[Features], model: Model, *, sure: float) -> Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]:
    """Two sources → field → (pairs that agree, pairs that both say it), over candidate pairs that score at least `sure` bits."""
    comparer, index = Comparer(model), bearing(records)
    for record in records:
        record.bits = model.bits(record)
    found: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for at, one in enumerate(records):
        for place in index.candidates(at):
            other = records[place]
            if place > at and model.prior + sum(weight or 0.0 for weight in comparer.pair(one, other)[0]) >= sure:
                sources = (min(one.source, other.source), max(one.source, other.source))
                told = found.setdefault(sources, {})
                for name, level in zip(model.fields(), levels(one, other)[1:], strict=True):
                    if level != MISSING and name != "source":
                        agree, both = told.get(name, (0, 0))
                        told[name] = (agree + (level == 0), both + 1)
    return found
