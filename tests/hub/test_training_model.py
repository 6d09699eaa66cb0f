"""A model of a site's own records: read from the store, held against the one in force, refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carehub.identity import agreement, features
from carehub.identity.demographics import Demographics
from carehub.identity.links import Member
from carehub.identity.scales import Scales
from carehub.store.memory import MemoryStore
from carehub.wiring.matching_rules import load_gate, load_rules
from carehub.wiring.training_model import every, refusals
from carehub.wiring.trying_rules import settle_together

_RULES = load_rules()


def test_the_model_in_force_may_take_its_own_place() -> None:
    assert refusals(_RULES.model, _RULES, load_gate()) == []


def test_a_model_that_fails_a_safeguard_is_refused_by_its_name() -> None:
    m = json.loads(json.dumps(_RULES.model.m))
    m["given"] = [[0.3, *m["given"][0][1:-1], 0.7 - sum(m["given"][0][1:-1])]]
    assert any("safeguard: given" in said for said in refusals(replace(_RULES.model, m=m), _RULES, load_gate()))


def test_a_model_that_fails_the_gate_where_the_one_in_force_does_not_is_refused() -> None:
    least = replace(_RULES.model, prior=-59.0)
    # Nothing links by evidence any more, and nobody is asked.
    assert any(said.startswith("gate, given-name-differs") for said in refusals(least, _RULES, load_gate()))


@pytest.mark.parametrize(("most", "found"), [(100, 30), (10, 10)])
def test_records_are_read_from_the_store_whole_or_spread(most: int, found: int) -> None:
    store = MemoryStore()
    said = [
        Demographics(given="Ada", given_key="ada", family=f"Okafor{n}", family_key=f"okafor{n}", birth_date=f"19{n + 10}-11-03")
        for n in range(10)
        for _ in range(3)  # records of a person
    ]
    members = [[Member(f"r{n}", one, f"match{n // 3}", (), "")] for n, one in enumerate(said)]
    settle_together(store.links, Scales(_RULES.model, _RULES.settings), "2026-11-22T09:00:00Z", members)
    assert len({record.record for record in every(store.links, most)}) == found


def test_agreement_of_two_sources_is_counted_where_both_say_a_field() -> None:
    ada = {"given": "Ada", "family": "Okafor", "born": "1944-11-03", "address": "3 Alder Road", "postcode": "ZX1 1AA"}
    records = [features.read("a", ada | {"source": "X26", "sex": "F"}), features.read("b", ada | {"source": "X27", "born": "1944-11-08"})]
    told = agreement.by_sources(records, _RULES.model, sure=_RULES.settings.zones.auto)["X26", "X27"]
    assert told["given"] == (1, 1)
    assert told["born"] == (0, 1)
    assert "sex" not in told
