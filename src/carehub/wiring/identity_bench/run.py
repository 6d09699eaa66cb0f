"""The whole bench: each set trained and fed in processes of their own, printed as it comes, and written as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from carehub import __version__
from carehub.wiring.identity_bench import printing, splink_batch
from carehub.wiring.identity_bench.apart import apart
from carehub.wiring.identity_bench.columns import BadColumns
from carehub.wiring.identity_bench.feeding import Figures, fed, shipped_model, trained
from carehub.wiring.identity_bench.labelled import HAZARDS, Wanted

THRESHOLDS = (-2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0)
CASES = 500
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run measures beside the sets. shuffled: the seed of another order, None for none. clusters: where the clusters are written."""

    sweep: bool = False
    shuffled: int | None = None
    splink: bool = False
    clusters: Path | None = None
    thresholds: tuple[float, ...] = THRESHOLDS


def measured(sets: Iterable[Wanted], asked: Asked, say: Say) -> Figures:
    """Set → figures, or {"skipped": why}."""
    found: Figures = {}
    say(printing.LEGEND)
    say(printing.HEADING)
    for wanted in sets:
        try:
            why = wanted.missing()
            found[wanted.name] = {"skipped": why} if why else _one(wanted, asked, say)
        except BadColumns as error:
            found[wanted.name] = {"skipped": str(error)}
        if "skipped" in found[wanted.name]:
            say(f"{wanted.name:<26}  skipped: {found[wanted.name]['skipped']}")
    return found


def _one(wanted: Wanted, asked: Asked, say: Say) -> Figures:
    learnt = apart(trained, wanted)
    model, wall, processor = learnt.answer
    run = apart(fed, wanted, model, None, None, asked.clusters)
    told: Figures = {
        **run.answer,
        "training": {"wall": wall, "processor": processor, "peak_bytes": learnt.peak},
        "peak_bytes": max(run.peak, learnt.peak),
    }
    say(printing.line(wanted.name, told))
    if asked.shuffled is not None:
        other = apart(fed, wanted, model, None, asked.shuffled).answer
        differs = abs(other["bcubed"]["f1"] - told["bcubed"]["f1"])
        told["shuffled"] = {**other, "seed": asked.shuffled, "bcubed_f1_differs": differs}
        say(printing.reordered(told["shuffled"]))
    if asked.sweep:
        told["sweep"] = _swept(wanted, model, asked.thresholds)
        _each(say, printing.swept(told["sweep"]))
    if told["groups"]:
        _each(say, printing.fair(told["groups"]))
    if asked.splink:
        told["splink"] = {}
        for name in splink_batch.MODELS:
            _splink(wanted, name, told, say)
    return told


def _splink(wanted: Wanted, model: str, told: Figures, say: Say) -> None:
    try:
        run = apart(splink_batch.linked, wanted, model)
    except ValueError as error:
        told["splink"][model] = {"skipped": str(error)}
        return
    theirs = {**run.answer, "peak_bytes": run.peak}
    told["splink"][model] = theirs
    _each(say, printing.splink(told, theirs))


def _swept(wanted: Wanted, model: str, thresholds: Iterable[float]) -> Figures:
    points = []
    for auto in thresholds:
        told = apart(fed, wanted, model, auto).answer
        points.append({"auto": auto, **told["pairs"], "bcubed_f1": told["bcubed"]["f1"], "false_merges": told["false_merges"]})
    at = {
        str(least): max((one for one in points if one["precision"] >= least), key=lambda one: one["recall"], default=None)
        for least in (0.99, 0.999)
    }
    return {"chosen": "with the truth", "best": max(points, key=lambda one: one["f1"]), "at_precision": at, "points": points}


def hazards(say: Say, cases: int = CASES) -> Figures:
    """The six sets of people easily taken for each other, under the shipped model: an automatic link between two of them is a false merge."""
    found: Figures = {}
    sets = [Wanted(name, size=cases, hazard=name) for name in HAZARDS]
    if why := sets[0].missing():
        return {"skipped": why}
    model = shipped_model()
    say(f"people easily taken for each other, {cases} cases each, shipped model:")
    for wanted in sets:
        found[wanted.name] = apart(fed, wanted, model).answer
        say(printing.hazard(wanted.name, found[wanted.name]))
    return found


def about() -> Figures:
    """Where and when."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "carehub": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else [],
    }


def write(path: Path, told: Figures) -> None:
    """Everything as one JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _each(say: Say, lines: Iterable[str]) -> None:
    for one in lines:
        say(one)
