"""The code tables beside this file (codes/*.csv), read once. Every table has a header row; its first column is what the sender writes."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of codes/<name>.csv, in order."""
    text = (files(__package__) / "codes" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def table(name: str) -> dict[str, dict[str, str]]:
    """codes/<name>.csv by its first column. A code listed twice would hide a row, so that is refused with ValueError."""
    found: dict[str, dict[str, str]] = {}
    for row in rows(name):
        key = next(iter(row.values()))
        if key in found:
            raise ValueError(f"codes/{name}.csv lists {key!r} twice")
        found[key] = row
    return found
