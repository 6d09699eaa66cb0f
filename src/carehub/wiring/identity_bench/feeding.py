"""Train on a set without its truth, feed it to the matcher one record at a time, and hold the answer against the truth."""

from __future__ import annotations

import csv
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from carehub.identity import features, training, weights
from carehub.identity.matching import Matcher, Settings
from carehub.identity.measures import Measures, measure
from carehub.identity.shipping import fit
from carehub.wiring.identity_bench.apart import resident
from carehub.wiring.identity_bench.labelled import Labelled, Wanted
from carehub.wiring.matching_rules import load_rules

Figures = dict[str, Any]


def trained(wanted: Wanted) -> tuple[str, float, float]:
    """(the model's JSON, wall seconds, processor seconds) of training on the set; nobody's truth is looked at."""
    told = wanted.load()
    wall, processor = time.perf_counter(), time.process_time()
    records = [features.read(name, one, told.extras) for name, one in zip(told.ids, told.told, strict=True)]
    model = fit(training.train(records, name=wanted.name, extras=told.extras)).to_json()
    return model, time.perf_counter() - wall, time.process_time() - processor


def fed(wanted: Wanted, model: str, auto: float | None = None, shuffle: int | None = None, clusters: Path | None = None) -> Figures:
    """Figures of one run. auto: another threshold than the shipped one. shuffle: the seed of another order than that of the file.
    clusters: a folder to write SET.csv to, in the form that eval_match reads, with SET-truth.csv beside it.
    """
    told = wanted.load()
    read = weights.read(model)
    settings = shipped_settings()
    if auto is not None:
        settings = replace(settings, zones=replace(settings.zones, auto=auto))
    order = list(range(len(told.ids)))
    if shuffle is not None:
        Random(shuffle).shuffle(order)  # noqa: S311  an order, not a secret
    matcher = Matcher(read, settings)
    standardise, link = array("d"), array("d")
    held, clock = resident(), time.process_time
    wall, start = time.perf_counter(), clock()
    for at in order:
        began = clock()
        record = features.read(told.ids[at], told.told[at], read.extras)
        between = clock()
        matcher.add(record)
        standardise.append(between - began)
        link.append(clock() - between)
    processor, wall = clock() - start, time.perf_counter() - wall
    held = max(resident() - held, 0)
    person = [0] * len(order)
    for number, at in enumerate(order):
        person[at] = matcher.person[number]
    if clusters:
        _write(clusters, told, person)
    rate = {
        "seconds": {"wall": wall, "processor": processor},
        "records_per_second": {
            "wall": len(order) / wall,
            "processor": len(order) / processor,
            "linking_only": len(order) / max(sum(link), 1e-9),
        },
        "ms_per_record": {
            "p50": 1000 * at_share([a + b for a, b in zip(standardise, link, strict=True)], 0.5),
            "p99": 1000 * at_share([a + b for a, b in zip(standardise, link, strict=True)], 0.99),
        },
        "comparisons": {"mean": sum(matcher.tally.compared) / len(order), "p99": at_share(matcher.tally.compared, 0.99)},
        "bytes_per_record": held / len(order),
    }
    asked = {(min(a, b), max(a, b)) for a, others in matcher.asked.items() for b in others}
    return {
        "records": len(order),
        "auto": settings.zones.auto,
        **judged(person, told.persons),
        "review": reviewed(person, told.persons, asked),
        "groups": by_group(told.groups, person, told.persons, asked),
        **rate,
    }


def shipped_model() -> str:
    """The JSON of the model that carehub ships."""
    return load_rules().model.to_json()


def shipped_settings() -> Settings:
    """The thresholds that carehub ships."""
    return load_rules().settings


def judged(clusters: Sequence[Any], persons: Sequence[str]) -> Figures:
    """The measures by name; see identity.measures."""
    found: Measures = measure(clusters, persons)
    return {
        "pairs": {"precision": found.precision, "recall": found.recall, "f1": found.f1},
        "bcubed": {"precision": found.bcubed_precision, "recall": found.bcubed_recall, "f1": found.bcubed_f1},
        "false_merges": found.false_merges,
        "false_merges_per_10000": 10_000 * found.false_merges / max(found.clusters, 1),
        "splits": found.splits,
        "clusters": found.clusters,
        "persons": found.persons,
    }


def answered(clusters: Sequence[int], persons: Sequence[str], asked: Iterable[tuple[int, int]]) -> list[int]:
    """The clusters as they would be had a person answered every question rightly: two are one where most records of both are one person's."""
    counts: dict[int, Counter[str]] = {}
    for cluster, person in zip(clusters, persons, strict=True):
        counts.setdefault(cluster, Counter())[person] += 1
    most = {cluster: max(found, key=lambda person: (found[person], person)) for cluster, found in counts.items()}
    leads = {cluster: cluster for cluster in most}

    def lead(cluster: int) -> int:
        while leads[cluster] != cluster:
            cluster = leads[cluster]
        return cluster

    for a, b in asked:
        if most[a] == most[b]:
            a, b = lead(a), lead(b)
            leads[max(a, b)] = min(a, b)
    return [lead(cluster) for cluster in clusters]


def reviewed(clusters: Sequence[int], persons: Sequence[str], asked: set[tuple[int, int]]) -> Figures:
    """Questions that wait at the end: two persons each. records: those of the smaller of the two, whose place is asked about, counted once.

    recall: of pairs, once every question is answered rightly. true: the share of questions whose answer is yes.
    """
    size = Counter(clusters)
    small = {min((size[a], a), (size[b], b))[1] for a, b in asked}
    after = measure(answered(clusters, persons, asked), persons)
    before = Counter(clusters)
    after_clusters = len(set(answered(clusters, persons, asked)))
    return {
        "questions": len(asked),
        "questions_per_100_records": 100 * len(asked) / len(clusters),
        "records_per_100": 100 * sum(size[one] for one in small) / len(clusters),
        "joined_when_answered": len(before) - after_clusters,
        "recall": after.recall,
    }


def by_group(groups: Mapping[str, Sequence[str]], clusters: Sequence[int], persons: Sequence[str], asked: set[tuple[int, int]]) -> Figures:
    """Recall of pairs for each group of each kind, automatic and with every question answered rightly, with the number of persons."""
    after = answered(clusters, persons, asked)
    told: Figures = {}
    for kind, group in groups.items():
        places: dict[str, list[int]] = {}
        for at, name in enumerate(group):
            if name:
                places.setdefault(name, []).append(at)
        told[kind] = {
            name: {
                "persons": len({persons[at] for at in found}),
                "recall": measure([clusters[at] for at in found], [persons[at] for at in found]).recall,
                "with_review": measure([after[at] for at in found], [persons[at] for at in found]).recall,
            }
            for name, found in sorted(places.items())
        }
    return told


def at_share(values: Iterable[float], share: float) -> float:
    """The value that this share of the values does not pass; 0 of none."""
    ranked = sorted(values)
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)] if ranked else 0.0


def spread(values: Sequence[float]) -> Figures:
    """Mean and percentiles of the values."""
    return {"mean": sum(values) / len(values), "p50": at_share(values, 0.5), "p99": at_share(values, 0.99), "p999": at_share(values, 0.999)}


def _write(folder: Path, told: Labelled, clusters: Sequence[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = told.name.replace(" ", "-")
    for path, heading, values in (
        (folder / f"{name}.csv", "cluster_id", clusters),
        (folder / f"{name}-truth.csv", "person_id", told.persons),
    ):
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("record_id", heading))
            rows.writerows(zip(told.ids, values, strict=True))
