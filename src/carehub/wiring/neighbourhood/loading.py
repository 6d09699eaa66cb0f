"""A generated town through the real intake, a month at a time, with what each month cost."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.identity_bench.run import write as write_json
from carehub.wiring.ingesting import ingest_files
from carehub.wiring.settings import Settings, UnsafeSettings

Figures = dict[str, object]
_MB = 1_000_000


def load(folder: Path, *, as_json: bool, write: Path | None) -> None:
    """Hand over every month, say what became of it. Raises UnsafeSettings where the settings are production's: nobody here is real."""
    settings = Settings()
    refuse_production(settings)
    hub = build_hub(settings)
    months, began = [], time.perf_counter()
    for month in months_of(folder):
        months.append(load_month(hub, month, settings))
        if not as_json:
            told = months[-1]
            print(f"{told['month']}: {told['messages']:,} messages, {told['ms_per_message']} ms each", file=sys.stderr, flush=True)
    figures: Figures = {"months": months, **_total(months), "seconds": round(time.perf_counter() - began, 1), "peak_mb": _peak()}
    if write:
        write_json(write, figures)
    if as_json:
        print(json.dumps(figures))
    else:
        _print(figures)


def refuse_production(settings: Settings) -> None:
    """Raises UnsafeSettings where CAREHUB_ENV is production."""
    if settings.env == "production":
        raise UnsafeSettings("an invented neighbourhood does not go where CAREHUB_ENV is production")


def months_of(folder: Path) -> list[Path]:
    """The months' folders in order. Raises UnsafeSettings when there are none."""
    found = sorted(path for path in (folder / "feeds").glob("*") if path.is_dir())
    if not found:
        raise UnsafeSettings(f"{folder} holds no neighbourhood")
    return found


def load_month(hub: Hub, month: Path, settings: Settings | None = None) -> Figures:
    """One month's files, each feed's in turn, then all the work that follows. settings: of the hub, for mapping side by side."""
    began, processor = time.perf_counter(), _cpu_seconds()
    done = ingest_files(hub, list(_files(month)), quiet=not sys.stderr.isatty(), settings=settings)
    seconds = time.perf_counter() - began
    return {
        "month": month.name,
        "files": done.files,
        "repeated": done.repeated,
        "messages": done.messages,
        **{verdict: done.verdicts[verdict] for verdict in ("accepted", "partly_quarantined", "rejected", "unaccounted")},
        "refused_files": sum(done.refused.values()),
        "plan_failures": done.plan_failures,
        "seconds": round(seconds, 2),
        "processor_seconds": round(_cpu_seconds() - processor, 2),
        "ms_per_message": round(1000 * seconds / max(done.messages, 1), 2),
    }


def _files(month: Path) -> Iterator[tuple[str, Path, str]]:
    """(feed, file, no delivery key): gp.structured-record/0001/x.json is for gp/structured-record."""
    for folder in sorted(month.iterdir()):
        feed = folder.name.replace(".", "/", 1)
        yield from ((feed, path, "") for path in sorted(folder.rglob("*")) if path.is_file())


def _total(months: list[Figures]) -> Figures:
    named = ("files", "repeated", "messages", "accepted", "partly_quarantined", "rejected", "unaccounted", "refused_files", "plan_failures")
    told: Figures = {name: sum(int(str(month[name])) for month in months) for name in named}
    messages = max(int(str(told["messages"])), 1)
    for name, spent in (("ms_per_message", "seconds"), ("processor_ms_per_message", "processor_seconds")):
        told[name] = round(1000 * sum(float(str(month[spent])) for month in months) / messages, 2)
    return told


def _cpu_seconds() -> float:
    """Seconds of processor so far, of this process and of those it started and waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _peak() -> int:
    """The most memory this process had, in MB; ru_maxrss is in kB on Linux and in bytes on macOS."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / _MB if sys.platform == "darwin" else most * 1024 / _MB)


def _print(figures: Figures) -> None:
    table = Table("What", "Number", title="Loaded")
    for name, value in figures.items():
        if name != "months":
            table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int | float) else str(value))
    Console().print(table)
