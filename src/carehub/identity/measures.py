"""How good a partition is against the truth: pairs, B-cubed, false merges, splits. From the table cluster x person; no pair is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measures:
    """precision, recall, f1: over pairs of records. bcubed_*: every record weighs alike. false_merges: clusters that hold more than one person.
    splits: persons spread over more than one cluster. overlaid: records in a cluster where they are not of its biggest person.
    """

    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    false_merges: int
    splits: int
    overlaid: int
    clusters: int
    persons: int


def harmonic(a: float, b: float) -> float:
    """F1 of a precision and a recall; 0 when both are."""
    return 2 * a * b / (a + b) if a + b else 0.0


def measure(clusters: Sequence[Hashable], truth: Sequence[Hashable]) -> Measures:
    """clusters and truth: for each record, in one order, which cluster and which person it belongs to."""
    cells = Counter(zip(clusters, truth, strict=True))
    cluster_size, person_size = Counter(clusters), Counter(truth)
    records = len(clusters)
    found = sum(n * (n - 1) for n in cells.values())
    claimed = sum(n * (n - 1) for n in cluster_size.values())
    true = sum(n * (n - 1) for n in person_size.values())
    precision, recall = found / claimed if claimed else 1.0, found / true if true else 1.0
    by_cluster = sum(n * n / cluster_size[c] for (c, _), n in cells.items()) / max(records, 1)
    by_person = sum(n * n / person_size[p] for (_, p), n in cells.items()) / max(records, 1)
    persons_in, clusters_of = Counter(c for c, _ in cells), Counter(p for _, p in cells)
    biggest: dict[Hashable, int] = {}
    for (cluster, _), n in cells.items():
        biggest[cluster] = max(biggest.get(cluster, 0), n)
    return Measures(
        precision,
        recall,
        harmonic(precision, recall),
        by_cluster,
        by_person,
        harmonic(by_cluster, by_person),
        sum(n > 1 for n in persons_in.values()),
        sum(n > 1 for n in clusters_of.values()),
        records - sum(biggest.values()),
        len(cluster_size),
        len(person_size),
    )
