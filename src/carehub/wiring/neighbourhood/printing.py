"""The figures of a check as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table


def show(figures: dict[str, Any]) -> None:
    """Print them."""
    table = Table("What", "Number", "Of", title=f"A neighbourhood of {figures['people']:,} people held against its truth")
    for what, number, of in _rows(figures):
        table.add_row(what, number, of)
    Console().print(table)


def _rows(figures: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    told, said, case = figures["identity"], figures["messages"], figures["caseload"]
    yield "messages lost", f"{said['lost']:,}", f"{said['sent']:,} sent"
    yield "rejected as planted", f"{said['rejected_as_planted']:,}", f"{sum(said['planted_not_rejected'].values()):,} planted were not"
    for reason, times in sorted(said["rejected_not_planted"].items()):
        yield f"rejected, not planted: {reason}", f"{times:,}", ""
    yield "records the hub does not know", f"{told['records_missing']:,}", f"{told['records']:,}"
    yield "precision of links", f"{told['pairs']['precision']:.4f}", "pairs of records"
    yield "recall of links", f"{told['pairs']['recall']:.4f}", "pairs of records"
    yield "recall, every open question answered", f"{told['when_answered']['recall']:.4f}", f"{told['questions']['open']:,} questions"
    yield "records of different people in one", f"{told['false_merges']:,}", f"{told['clusters']:,} people in the hub"
    yield "  of these with a twin", f"{told['twins_in_one']:,}", ""
    for feed, found in told["by_feed"].items():
        yield (
            f"joined with another record: {feed}",
            f"{found.get('joined', 0):,}",
            f"{found.get('could_join', 0):,} of {found['records']:,}",
        )
    yield "merges told by a source and followed", f"{figures['merges']['joined']:,}", f"{figures['merges']['told']:,}"
    for kind, found in figures["conflicts"].items():
        yield f"conflicts found: {kind}", f"{found['found']:,}", f"{found['planted']:,} planted, {found['apart']:,} in records not joined"
        yield "  missed, not planted", f"{found['missed']:,}, {found['not_planted']:,}", ""
    yield from _caseload(case)


def _caseload(case: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if not case["measured"]:
        yield "caseload", "not measured", case["why"]
        return
    for what, found in (("all", case), *case["by_reason"].items()):
        yield f"on the caseload: {what}", f"{found['found']:,}", f"{found['should']:,} should be"
        yield "  missed: records not joined, not known, else", _numbers(found["missed"]), ""
        yield "  too many: records of several people, told dead, else", _numbers(found["too_many"]), ""


def _numbers(counted: dict[str, int]) -> str:
    return ", ".join(f"{number:,}" for number in counted.values())
