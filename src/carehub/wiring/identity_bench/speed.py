"""One new record against many: latency, throughput, comparisons, memory, and how they grow. In memory; and over a store, by lane.py."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence

from carehub.identity import features, weights
from carehub.identity.matching import Matcher
from carehub.wiring.identity_bench import lane
from carehub.wiring.identity_bench.apart import apart, resident
from carehub.wiring.identity_bench.feeding import Figures, shipped_model, shipped_settings, spread
from carehub.wiring.identity_bench.labelled import Wanted

_NEW = 5_000


def speeds(sizes: Sequence[int], seed: int, say: Callable[[str], None], url: str = "") -> Figures:
    """Size of the index → figures. url: an empty store for the durable rows of the first size; "" for SQLite in a folder of its own."""
    model = shipped_model()
    found: Figures = {}
    say(f"the last {_NEW:,} of the records one at a time, after the others (processor time unless said; goals of the design in brackets):")
    for size in sizes:
        run = apart(grown, size, seed, model)
        found[str(size)] = told = {**run.answer, "peak_bytes": run.peak}
        say(f"  index of {size:,} in memory")
        for name, value, goal in _rows(told):
            say(f"    {name:<58}{value:>12}   {goal}")
    for kind, place in {"SQLite": "", url.partition(":")[0]: url}.items() if url else [("SQLite", "")]:
        run = apart(lane.loaded, sizes[0], seed, place)
        found[f"durable {kind}"] = {**run.answer, "peak_bytes": run.peak}
        say(f"  the identity lane over {kind}, {sizes[0]:,} records, every commit durable; messages mapped beforehand")
        for name, value, goal in lane.rows(run.answer):
            say(f"    {name:<58}{value:>12}   {goal}")
    if len(sizes) > 1:
        first, last = found[str(sizes[0])], found[str(sizes[-1])]
        found["growth_p99"] = grown_by = last["link_ms"]["p99"] / first["link_ms"]["p99"]
        say(f"  p99 at {sizes[-1]:,} is {grown_by:.2f} times the p99 at {sizes[0]:,}   [S6: at most 2]")
    return found


def grown(size: int, seed: int, model: str) -> Figures:
    """Figures of the neighbourhood's last records when `size` are there."""
    told = Wanted("generated", size=size + _NEW, seed=seed).load()
    read = weights.read(model)
    matcher = Matcher(read, shipped_settings())
    cpu, clock = time.process_time, time.perf_counter
    held, wall, processor = resident(), clock(), cpu()
    linking = 0.0
    for at in range(size):
        record = features.read(told.ids[at], told.told[at], read.extras)
        began = cpu()
        matcher.add(record)
        linking += cpu() - began
    wall, processor = clock() - wall, cpu() - processor
    held = max(resident() - held, 0)
    whole, link, by_clock = array("d"), array("d"), array("d")
    for at in range(size, size + _NEW):
        start, began = clock(), cpu()
        record = features.read(told.ids[at], told.told[at], read.extras)
        between = cpu()
        matcher.add(record)
        now = cpu()
        whole.append(1000 * (now - began))
        link.append(1000 * (now - between))
        by_clock.append(1000 * (clock() - start))
    return {
        "records": size,
        "load_seconds": {"wall": wall, "processor": processor},
        "records_per_second": {"wall": size / wall, "processor": size / processor, "linking_only": size / linking},
        "record_ms": spread(whole),
        "record_wall_ms": spread(by_clock),
        "link_ms": spread(link),
        "comparisons": spread(matcher.tally.compared[size:]),
        "bytes_per_record": held / size,
    }


def _rows(told: Figures) -> list[tuple[str, str, str]]:
    one, link, by_clock, rate, compared = (
        told[name] for name in ("record_ms", "link_ms", "record_wall_ms", "records_per_second", "comparisons")
    )
    return [
        ("one new record, p50 / p99 ms", f"{one['p50']:.2f} / {one['p99']:.2f}", "[S1, durable: 3 / 25]"),
        ("the same by the clock", f"{by_clock['p50']:.2f} / {by_clock['p99']:.2f}", ""),
        ("linking without standardising, p50 / p99 / p99.9 ms", f"{link['p50']:.2f} / {link['p99']:.2f} / {link['p999']:.2f}", ""),
        ("records a second, linking only", f"{rate['linking_only']:,.0f}", "[S3: 8,000 at 250,000; 5,000 at 1,000,000]"),
        ("records a second, standardising included", f"{rate['processor']:,.0f}", ""),
        (
            "first load, wall (processor) seconds",
            f"{told['load_seconds']['wall']:.0f} ({told['load_seconds']['processor']:.0f})",
            "[S4, durable: 60 at 250,000]",
        ),
        ("comparisons a record, mean / p99", f"{compared['mean']:.1f} / {compared['p99']:.0f}", "[S6: 15 / 200]"),
        ("bytes a record", f"{told['bytes_per_record']:,.0f}", "[2,048]"),
        ("peak memory, MB", f"{told['peak_bytes'] / 2**20:,.0f}", "[S5: 2,048 at 1,000,000]"),
    ]
