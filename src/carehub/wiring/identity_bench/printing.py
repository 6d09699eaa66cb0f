"""The figures as lines a person reads; the JSON has more."""

from __future__ import annotations

from collections.abc import Iterator

from carehub.wiring.identity_bench.feeding import Figures

HEADING = (
    f"{'set':<26}{'records':>9}{'P':>9}{'R':>8}{'F1':>8}{'B3 P':>8}{'B3 R':>8}{'B3 F1':>8}{'false':>6}{'/10k':>6}{'splits':>7}"
    f"{'asked%':>8}{'R+rev':>7}{'rec/s':>8}{'wall/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'cmp':>6}{'p99':>5}{'peak MB':>8}{'B/rec':>7}"
)
LEGEND = (
    "P, R, F1: pairs of records inside clusters. B3: B-cubed. false: clusters of more than one person, and for 10,000 clusters. splits: persons in\n"
    "more than one cluster. asked%: records in a question of 100. R+rev: R once every question is answered rightly. rec/s: records a second of\n"
    "processor time, standardising included; wall/s: by the clock. p50, p99: processor time of one record. cmp: comparisons of a record."
)
# A group of fewer persons than this is printed and not judged.
FEW = 300


def line(name: str, told: Figures) -> str:
    """One set."""
    pairs, bcubed, review = told["pairs"], told["bcubed"], told["review"]
    rate, each, compared = told["records_per_second"], told["ms_per_record"], told["comparisons"]
    return (
        f"{name:<26}{told['records']:>9,}{pairs['precision']:>9.5f}{pairs['recall']:>8.4f}{pairs['f1']:>8.4f}"
        f"{bcubed['precision']:>8.4f}{bcubed['recall']:>8.4f}{bcubed['f1']:>8.4f}{told['false_merges']:>6,}{told['false_merges_per_10000']:>6.1f}"
        f"{told['splits']:>7,}{review['records_per_100']:>8.2f}{review['recall']:>7.4f}{rate['processor']:>8,.0f}{rate['wall']:>8,.0f}"
        f"{each['p50']:>8.3f}{each['p99']:>8.3f}{compared['mean']:>6.1f}{compared['p99']:>5.0f}"
        f"{told['peak_bytes'] / 2**20:>8,.0f}{told['bytes_per_record']:>7,.0f}"
    )


def swept(told: Figures) -> Iterator[str]:
    """The threshold sweep of one set."""
    yield "    thresholds, chosen with the truth:"
    for name, one in (("best F1", told["best"]), *((f"R at P>={least}", one) for least, one in told["at_precision"].items())):
        yield f"      {name:<14} " + (_point(one) if one else "not reached")


def _point(one: Figures) -> str:
    weight = one.get("auto", one.get("weight", 0.0))
    return f"{weight:>6.1f} bits: P {one['precision']:.5f} R {one['recall']:.4f} F1 {one['f1']:.4f}"


def reordered(told: Figures) -> str:
    """What another order of arrival changes."""
    return (
        f"    shuffled (seed {told['seed']}): P {told['pairs']['precision']:.5f} R {told['pairs']['recall']:.4f}"
        f" B3 F1 {told['bcubed']['f1']:.5f}, differs by {told['bcubed_f1_differs']:.5f}"
    )


def splink(ours: Figures, theirs: Figures) -> Iterator[str]:
    """Splink's run beside ours."""
    yield f"    Splink {theirs['versions']['splink']}, {theirs['model']}, its thresholds chosen with the truth:"
    rows = [("best F1", theirs["best"]), *((f"R at P>={least}", one) for least, one in theirs["at_precision"].items())]
    for name, one in [*rows, ("at probability 0.95", theirs["documented"])]:
        yield f"      {name:<20} " + (_point(one) if one else "not reached")
    pairs = ours["pairs"]
    yield f"      {'carehub, as shipped':<20} {ours['auto']:>6.1f} bits: P {pairs['precision']:.5f} R {pairs['recall']:.4f} F1 {pairs['f1']:.4f}"
    a, b = ours["seconds"], theirs["seconds"]
    yield (
        f"      seconds, wall (processor): Splink {b['wall']:.1f} ({b['processor']:.1f}) with training, "
        f"carehub {a['wall'] + ours['training']['wall']:.1f} ({a['processor'] + ours['training']['processor']:.1f}) with training, "
        f"{a['wall']:.1f} ({a['processor']:.1f}) without; peak MB {theirs['peak_bytes'] / 2**20:,.0f} and {ours['peak_bytes'] / 2**20:,.0f}"
    )


def fair(told: Figures) -> Iterator[str]:
    """Recall by group, and how far the worst is from the best."""
    for kind, groups in told.items():
        judged = [one["recall"] for one in groups.values() if one["persons"] >= FEW]
        if len(judged) < 2:
            continue
        gap = f"worst {100 * (max(judged) - min(judged)):.1f} points below the best"
        yield f"    recall by {kind}: {gap}" + ("" if len(judged) == len(groups) else f" (groups under {FEW} persons not judged)")
        for name, one in sorted(groups.items(), key=lambda group: (len(group[0].split("-")[0]), group[0])):
            yield f"      {name:<22}{one['persons']:>8,} persons   R {one['recall']:.4f}   with review {one['with_review']:.4f}"


def hazard(name: str, told: Figures) -> str:
    """One set of people easily taken for each other."""
    return (
        f"    {name:<16}{told['persons']:>6,} persons {told['records']:>7,} records   automatic false merges {told['false_merges']:>3}"
        f"   R {told['pairs']['recall']:.4f}   asked {told['review']['records_per_100']:.1f} of 100"
    )
