"""The shipped rules and model: they read, they satisfy every safeguard, they fit this release; and weakening any one rule fails the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import unit.generators.making  # noqa: F401  opens fixtures/, which lies outside the package
from carehub.identity import features, gate, measures, rule_file, safeguards, shipping, weights
from carehub.identity.matching import Matcher, Settings
from carehub.identity.rule_file import BadRules
from carehub.wiring.matching_rules import SHIPPED, load_gate, load_rules

_RULES = load_rules()
_CASES = load_gate()
_ZONES = _RULES.settings.zones

# What weakening means for each threshold of the file.
_WEAKER: dict[str, Settings] = {
    "auto": replace(_RULES.settings, zones=replace(_ZONES, auto=_ZONES.review)),
    "review": replace(_RULES.settings, zones=replace(_ZONES, review=_ZONES.auto)),
    "margin": replace(_RULES.settings, zones=replace(_ZONES, margin=0.0)),
    "touch": replace(_RULES.settings, touch=_ZONES.auto),
    "clear": replace(_RULES.settings, clear=0.0),
    "share": replace(_RULES.settings, share=1.0),
    "most": replace(_RULES.settings, most=2),
}


def test_the_gate_is_open_to_the_shipped_rules() -> None:
    assert gate.failures(_CASES, _RULES.model, _RULES.settings) == []


@pytest.mark.parametrize("rule", rule_file.RULES)
def test_the_gate_catches_each_rule_that_is_switched_off(rule: str) -> None:
    settings = replace(_RULES.settings, zones=replace(_ZONES, off=frozenset({rule})))
    assert rule in {failure.rule for failure in gate.failures(_CASES, _RULES.model, settings)}


@pytest.mark.parametrize("threshold", _WEAKER)
def test_the_gate_catches_each_threshold_that_is_weakened(threshold: str) -> None:
    assert gate.failures(_CASES, _RULES.model, _WEAKER[threshold])


def test_every_threshold_is_tried() -> None:
    text = (SHIPPED / "rules.toml").read_text(encoding="utf-8")
    keys = {line.split("=")[0].strip() for line in text.split("[zones]")[1].split("[rules]")[0].splitlines() if "=" in line}
    assert keys == _WEAKER.keys()


def test_the_gate_tells_a_merge_from_a_missed_link() -> None:
    far = replace(_RULES.settings, zones=replace(_ZONES, auto=200.0))
    assert not any(failure.merged for failure in gate.failures(_CASES, _RULES.model, far))
    near = replace(_RULES.settings, zones=replace(_ZONES, off=frozenset(rule_file.RULES)))
    assert any(failure.merged for failure in gate.failures(_CASES, _RULES.model, near))


def test_the_shipped_model_satisfies_every_safeguard() -> None:
    assert safeguards.failures(_RULES.model) == []
    assert _RULES.model.m["given"][0][0] > 0.5


def test_the_shipped_model_says_where_it_is_from_and_is_small() -> None:
    text = (SHIPPED / f"{_RULES.model.name}.json").read_text(encoding="utf-8")
    assert len(text.encode()) < 300_000
    assert {"made_from", "method", "records"} <= _RULES.model.provenance.keys()
    assert {name for name, values in _RULES.model.shares.items() if values} == shipping.EVERYWHERE


def _spoiled() -> Iterator[tuple[str, weights.Model]]:
    model = _RULES.model
    m, u = json.loads(json.dumps(model.m)), json.loads(json.dumps(model.u))
    given = [0.4, *m["given"][0][1:-1], 0.6 - sum(m["given"][0][1:-1])]
    yield "more than half is wanted", replace(model, m={**m, "given": [given]})
    turned = [list(reversed(row)) for row in u["number"]]
    yield "number, apart: equal weighs", replace(model, u={**u, "number": turned})
    yield "a level has no u", replace(model, u={**u, "email": [[0.0, *u["email"][0][1:]]]})
    yield "sum to", replace(model, m={**m, "email": [[x / 2 for x in m["email"][0]]]})
    yield "The prior is", replace(model, prior=3.0)


@pytest.mark.parametrize(("complaint", "model"), list(_spoiled()))
def test_a_model_that_fails_a_safeguard_is_told_which(complaint: str, model: weights.Model) -> None:
    assert any(complaint in said for said in safeguards.failures(model))


def test_a_model_made_fit_weighs_agreement_no_less_than_disagreement() -> None:
    model = _RULES.model
    m = json.loads(json.dumps(model.m))
    m["place"][0][-1], m["place"][0][0] = m["place"][0][0], m["place"][0][-1]
    m["born"][0][0], m["born"][0][2] = m["born"][0][2], m["born"][0][0]
    spoiled = replace(model, m=m)
    assert safeguards.failures(spoiled)
    fitted = shipping.fit(spoiled)
    assert safeguards.failures(fitted) == []
    for name, rows in shipping.fit(fitted).m.items():
        for again, once in zip(rows, fitted.m[name], strict=True):
            assert again == pytest.approx(once, rel=1e-4)  # the last digit kept is a rounding


def test_a_level_nobody_saw_takes_the_weight_of_what_was_seen_and_does_not_drag_it_down() -> None:
    model = _RULES.model
    m, u = json.loads(json.dumps(model.m)), json.loads(json.dumps(model.u))
    # A set without addresses: what is stated for equal ones is less than what equal postcodes were seen to weigh.
    u["place"][0][0], m["place"][0][2], u["place"][0][2] = 1e-2, 0.6, 1e-6
    unseen = replace(model, m=m, u=u, provenance={**model.provenance, "stated": {"place": [["same-address"]]}})
    fitted = shipping.fit(unseen)
    weight = [x / y for x, y in zip(fitted.m["place"][0], fitted.u["place"][0], strict=True)]
    assert weight[2] == pytest.approx(0.6 / 1e-6, rel=0.05)
    assert weight[0] == pytest.approx(weight[2], rel=1e-3)


def test_what_is_made_fit_for_elsewhere_keeps_only_what_is_so_everywhere() -> None:
    shares = {**{name: {"x": 0.5} for name in _RULES.model.shares}, "given": {"ada": 0.01, "zebedee": 0.00005}}
    kept = shipping.fit(replace(_RULES.model, shares=shares), elsewhere=True).shares
    assert {name for name, values in kept.items() if values} == shipping.EVERYWHERE
    assert kept["given"] == {"ada": 0.01}
    assert shipping.fit(replace(_RULES.model, shares=shares)).shares["phone"] == {"x": 0.5}


def test_nobody_of_the_invented_neighbourhood_is_merged_with_another_under_the_shipped_rules() -> None:
    made = import_module("fixtures.generators.neighbourhood")
    columns = import_module("tools.identity_model").FIELDS
    rows, truths = made.neighbourhood(*made.GATE)
    matcher = Matcher(_RULES.model, _RULES.settings)
    for row in rows:
        matcher.add(features.read(row["record_id"], {columns.get(name, name): value for name, value in row.items()}))
    told = measures.measure(matcher.person, [truth.person_id for truth in truths])
    assert told.false_merges == 0
    assert told.recall >= 0.9


def test_the_same_code_trains_the_same_model() -> None:
    """On a sixth of the records; tools/identity_model.py says how the shipped one is made."""
    tool = import_module("tools.identity_model")
    first = tool.train(8_000)
    assert first == tool.train(8_000)
    assert weights.read(first).fields() == _RULES.model.fields()


def test_a_site_s_file_is_read_with_a_model_beside_it_or_a_shipped_one(tmp_path: Path) -> None:
    text = (SHIPPED / "rules.toml").read_text(encoding="utf-8").replace(f"version = {_RULES.version}", "version = 30")
    own = tmp_path / "rules.toml"
    own.write_text(text, encoding="utf-8")
    assert load_rules(own).version == 30
    (tmp_path / f"{_RULES.model.name}.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadRules, match="content hash"):
        load_rules(own)
    with pytest.raises(BadRules, match="cannot be read: FileNotFoundError"):
        load_rules(tmp_path / "none.toml")
