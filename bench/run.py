"""`make bench`: everything side by side in one run, one table, and the same as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent))

import adapters
import adt
import beside_hapi
import bundles
import doorways
import identity
import kills
import pages
import plans
import reads
import single_reads
import starting
import storage
import visible
from table import Row, show

from carehub import __version__
from carehub.wiring.heap import seldom_collected

Section = Callable[[int, bool], list[Row]]

SECTIONS: dict[str, Section] = {
    "adt": lambda rounds, quick: adt.adt_rows(rounds, 256 if quick else 768),
    "adapters": lambda rounds, quick: adapters.adapter_rows(rounds, quick),
    "gp": lambda rounds, quick: bundles.gp_rows(rounds, 4 if quick else 16),
    "doors": lambda rounds, quick: doorways.door_rows(rounds, quick),
    "plans": lambda rounds, quick: plans.plan_rows(rounds, (10, 100) if quick else (10, 100, 1000, 5000)),
    "backlog": lambda rounds, quick: adt.backlog_rows(2, 64 if quick else 128),
    "storage": lambda rounds, quick: storage.storage_rows(4 if quick else 12),
    "reads": lambda rounds, quick: reads.read_rows(rounds, 10 if quick else 25),
    "single": lambda rounds, quick: single_reads.single_rows(rounds, 80 if quick else 400),
    "pages": lambda rounds, quick: pages.page_rows(rounds, 10 if quick else 25),
    "hapi": lambda rounds, quick: beside_hapi.hapi_rows(rounds, 40 if quick else 120),
    "starting": lambda rounds, quick: starting.start_rows(1 if quick else min(rounds, 3)),
    "memory": lambda rounds, quick: starting.ingest_memory_rows(400 if quick else 2000),
    "visible": lambda rounds, quick: visible.visible_rows(4 if quick else 20),
    "identity": lambda rounds, quick: identity.identity_rows(5_000 if quick else 25_000),
    "kills": lambda rounds, quick: kills.kill_rows(2 if quick else 6),
}


def main() -> int:
    """Measure, print, write; 1 when a floor is not met and --strict was given."""
    parser = argparse.ArgumentParser(description="carehub's bench: each figure beside its baseline in the same run.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; none means all")
    parser.add_argument("--rounds", type=int, default=5, help="rotated rounds of each comparison (default 5)")
    parser.add_argument("--quick", action="store_true", help="small and rough, in about a minute")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--json", type=Path, default=None, help="where to write the figures (default bench-results/<time>.json)")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    seldom_collected()  # as every carehub process does; the baselines profit too
    console = Console(width=None if sys.stdout.isatty() else 200)
    started = time.perf_counter()
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    rows: list[Row] = []
    rounds = min(options.rounds, 2) if options.quick else options.rounds
    for name in options.sections or SECTIONS:
        console.print(f"[dim]{name} …[/dim]", end=" ")
        began = time.perf_counter()
        rows += SECTIONS[name](rounds, options.quick)
        console.print(f"[dim]{time.perf_counter() - began:.0f} s[/dim]")
    show(rows, console)
    path = options.json or Path("bench-results") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    _write(path, rows, rounds, options.quick, time.perf_counter() - started, load)
    missed = [row.name for row in rows if row.met(0) is False]
    console.print(f"{path}: {len(rows)} rows, {len(missed)} floors missed" + "".join(f"\n  missed: {name}" for name in missed))
    return 1 if missed and options.strict else 0


def _write(path: Path, rows: list[Row], rounds: int, quick: bool, took: float, load: Sequence[float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "carehub": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load_before": list(load),
        "rounds": rounds,
        "quick": quick,
        "seconds": round(took, 1),
    }
    path.write_text(json.dumps({**about, "rows": [row.as_object() for row in rows]}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
