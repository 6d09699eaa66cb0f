"""Whoever is left out before names are compared weighs less than was asked for: held against the whole comparison, of records that half agree."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from carehub.identity import features
from carehub.identity.features import Features
from carehub.identity.outlook import Outlook
from carehub.identity.pairing import Comparer
from carehub.identity.weights import Model
from carehub.wiring.matching_rules import load_rules

_VALUES = {
    "number": ("", "", "9990000018", "9990000026", "9990000107", "9990000170"),
    "number_status": ("01", "02"),
    "given": ("", "Ada", "Ada", "Adah", "A", "Okafor", "Baby", "Tariq", "Mohammed", "Mohammed Ali", "Ian", "John", "Zbigniew"),
    "middle": ("", "", "Tariq", "T", "Ruth"),
    "family": ("", "Okafor", "Okafor", "Okafor-Reed", "Okaфor", "Smith", "Smyth", "Ada", "Quillfeather"),
    "born": ("", "1944-11-03", "1944-11-03", "1944-03-11", "1944-11-04", "1944", "1944-01-01", "1971-06-20", "1984-01-01", "1944-11"),
    "sex": ("", "F", "F", "M"),
    "postcode": ("", "ZX1 1AA", "ZX1 1AB", "ZX1 2BB", "ZY9 9ZZ"),
    "address": ("", "3 Alder Road", "3 Alder Rd", "Flat 1, 3 Alder Road", "7 Beech Lane", "Alder Road"),
    "phone": ("", "", "07700900123", "07700900124", "02079460999"),
    "email": ("", "", "ada@example.org", "ada@example.com", "tariq@example.org"),
    "source": ("A", "B"),
}


def _one(dice: random.Random, model: Model, name: str) -> Features:
    found = features.read(name, {field: dice.choice(values) for field, values in _VALUES.items()})
    found.bits = model.bits(found)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_whoever_is_left_out_weighs_less(seed: int) -> None:
    dice = random.Random(seed)
    model = load_rules().model
    comparer = Comparer(model)
    outlook = Outlook(comparer)
    held = {str(at): _one(dice, model, str(at)) for at in range(150)}
    left_out = 0
    for name, record in held.items():
        for least in (-12.0, -4.0, 3.0):
            promising = outlook.promising(record, held, held, least)
            for other in held.keys() - promising:
                weights, _ = comparer.pair(record, held[other])
                assert model.prior + sum(weight for weight in weights if weight is not None) < least
                assert not record.number or record.number != held[other].number
                left_out += other != name
    assert left_out > 10_000


def test_a_source_known_to_be_wrong_leaves_nobody_out() -> None:
    """Its weights are not those of the tables."""
    plain = load_rules().model
    model = replace(plain, wrong={"A": {"born": 0.2}})
    dice = random.Random(1)
    held = {str(at): _one(dice, model, str(at)) for at in range(40)}
    assert Outlook(Comparer(model)).promising(held["0"], held, held, 3.0) == list(held)
    assert len(Outlook(Comparer(plain)).promising(held["0"], held, held, 3.0)) < len(held)
