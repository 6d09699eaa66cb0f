"""Splink 5 on the same records: trained without labels, all pairs scored, clustered. Needs the extra `linkage`."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from carehub.identity import closeness, features
from carehub.wiring.identity_bench import splink_settings
from carehub.wiring.identity_bench.feeding import Figures
from carehub.wiring.identity_bench.labelled import Labelled, Wanted

MODELS = ("tuned", "household")
# What Splink's documentation takes as a first threshold for clusters, as a match weight: probability 0.95.
DOCUMENTED = 4.2479
# Pairs below are not fetched: no threshold down there is anybody's best, except on small sets of few fields.
_LEAST, _LEAST_OF_FEW = -5.0, -15.0
_FEW = 20_000
_FIELDS = ("number", "given", "family", "middle", "born", "sex", "postcode", "address", "phone", "email")


def absent() -> str:
    """Why Splink cannot run here, or ""."""
    missing = [name for name in ("splink", "duckdb", "pyarrow") if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed: pip install 'carehub[linkage]'" if missing else ""


def linked(wanted: Wanted, model: str = "tuned") -> Figures:
    """Figures of one run. Thresholds of "best" and "at_precision" are chosen with the truth; "documented" is what a user would take.

    ValueError when the set lacks the fields that the household model compares.
    """
    told = wanted.load()
    wall, processor = time.perf_counter(), time.process_time()
    table, extras = _table(told)
    prepared = time.perf_counter() - wall
    present = [name for name in (*_FIELDS, *extras) if any(table[name])]
    household = model == "household"
    if household and not {"family", "address", "postcode"} <= set(present):
        raise ValueError(f"{wanted.name} has no family name, address and postcode to make a household of")
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    splink: Any = importlib.import_module("splink")
    backend: Any = importlib.import_module("splink.backends.duckdb").DuckDBAPI
    api = backend()
    api.duckdb_con.execute("SET enable_progress_bar = false")
    api.duckdb_con.execute(f"SET threads = {os.cpu_count() or 1}")
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "comparisons": splink_settings.compared(present, extras, household),
        "blocking_rules_to_generate_predictions": splink_settings.blocked(present, extras, len(told.ids)),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    linker = splink.Linker(api.register(table), settings, log_level=logging.ERROR)
    _train(linker, present, household)
    began = time.perf_counter()
    scored = linker.inference.predict(threshold_match_weight=_LEAST if len(told.ids) >= _FEW else _LEAST_OF_FEW)
    rows = api.duckdb_con.execute(
        f"select unique_id_l, unique_id_r, match_weight from {scored.physical_name} order by match_weight desc"  # noqa: S608  its own table
    ).fetchall()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        "model": model,
        "records": len(told.ids),
        "scored_pairs": len(rows),
        **chosen(rows, told.persons),
        "seconds": {"wall": wall, "processor": processor, "standardise": prepared, "predict": time.perf_counter() - began},
        "records_per_second": {"wall": len(told.ids) / wall, "processor": len(told.ids) / processor},
        "versions": {name: importlib.import_module(name).__version__ for name in ("splink", "duckdb")},
    }


def _train(linker: Any, present: Sequence[str], household: bool) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(splink_settings.certain(present), recall=0.6)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in splink_settings.taught(present, household):
        training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True, max_pairs=5e6)


def _table(told: Labelled) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """One column for each field, None where nothing is said: standardised as carehub does, so that the two differ in linking only."""
    records = [features.read(name, one, told.extras) for name, one in zip(told.ids, told.told, strict=True)]
    extras = tuple(f"x_{name}" for name in told.extras)
    table: dict[str, list[Any]] = {"unique_id": list(range(len(records)))}
    for name in _FIELDS:
        table[name] = [(f.others[0] if f.others else None) if name == "middle" else getattr(f, name) or None for f in records]
    for at, extra in enumerate(extras):
        table[extra] = [f.extras[at] or None for f in records]
    for name in ("given", "family"):
        table[f"sound_{name}"] = [closeness.sound(value) or None if value else None for value in table[name]]
        table[f"first_{name}"] = [value[0] if value else None for value in table[name]]
    for part, start, end in (("year", 0, 4), ("month", 0, 7), ("day", 5, 10)):
        table[part] = [value[start:end] if value and len(value) == 10 else None for value in table["born"]]
    return table, extras


def chosen(rows: Iterable[tuple[int, int, float]], persons: Sequence[str]) -> Figures:
    """What thresholds give on clusters (joined along every pair that passes). rows: pairs by falling weight."""
    curve = list(_falling(rows, persons))
    best = max(curve, key=lambda one: one["f1"], default=None)
    at = {
        str(least): max((one for one in curve if one["precision"] >= least), key=lambda one: one["recall"], default=None)
        for least in (0.99, 0.999)
    }
    documented = next((one for one in reversed(curve) if one["weight"] >= DOCUMENTED), None)
    return {"best": best, "at_precision": at, "documented": documented}


def _falling(rows: Iterable[tuple[int, int, float]], persons: Sequence[str]) -> Iterable[dict[str, float]]:
    """precision, recall and F1 of pairs inside clusters at every weight, each computed from the one before."""
    leads = list(range(len(persons)))
    inside = [Counter([person]) for person in persons]
    true = sum(n * (n - 1) // 2 for n in Counter(persons).values())
    found = claimed = 0
    weight = None

    def lead(at: int) -> int:
        while leads[at] != at:
            leads[at] = leads[leads[at]]
            at = leads[at]
        return at

    def told(weight: float) -> dict[str, float]:
        precision, recall = found / claimed if claimed else 1.0, found / true if true else 1.0
        return {"weight": weight, "precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall or 1.0)}

    for a, b, weighs in rows:
        if weight is not None and weighs < weight:
            yield told(weight)
        weight = weighs
        a, b = lead(a), lead(b)
        if a != b:
            small, big = sorted((a, b), key=lambda at: inside[at].total())
            claimed += inside[small].total() * inside[big].total()
            found += sum(n * inside[big][person] for person, n in inside[small].items())
            inside[big].update(inside[small])
            leads[small] = big
    if weight is not None:
        yield told(weight)
