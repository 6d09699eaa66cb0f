"""One table: each row a measure beside its baseline, taken in the same rotated rounds; ratios, quartiles, and whether the floor is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from rich.console import Console
from rich.table import Table

Better = Literal["higher", "lower"]
Limits = tuple[float, float]
"""(floor, aim): what must be reached, and what is hoped for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure.

    ours, baseline: one figure a round, in `unit`; baseline is empty for a measure that stands alone. better: which way is good.
    on_ratio: limits are held against the ratio of the two; otherwise against our own figure. A ratio is ours / baseline of the same round,
    and says how many times as fast, as slow or as large; so "lower" means that a small ratio is good.
    """

    name: str
    unit: str
    ours: Sequence[float]
    baseline_name: str = ""
    baseline: Sequence[float] = ()
    goal: str = ""
    limits: Limits | None = None
    better: Better = "higher"
    on_ratio: bool = True
    remark: str = ""
    skipped: str = ""
    extra: dict[str, float] = field(default_factory=dict)

    def ratios(self) -> list[float]:
        """Round by round; () without a baseline."""
        return [a / b for a, b in zip(self.ours, self.baseline, strict=bool(self.baseline)) if b] if self.baseline else []

    def reached(self) -> float | None:
        """What the limits are held against: the median ratio, or our median."""
        figures = self.ratios() if self.on_ratio else list(self.ours)
        return statistics.median(figures) if figures else None

    def met(self, which: int) -> bool | None:
        """Whether the floor (0) or the aim (1) is met; None where there is none or nothing was measured."""
        reached = self.reached()
        if self.limits is None or reached is None:
            return None
        limit = self.limits[which]
        return reached >= limit if self.better == "higher" else reached <= limit

    def as_object(self) -> dict[str, object]:
        """Everything of the row, for JSON."""
        ratios = self.ratios()
        return {
            **asdict(self),
            "median": statistics.median(self.ours) if self.ours else None,
            "quartiles": quartiles(self.ours),
            "baseline_median": statistics.median(self.baseline) if self.baseline else None,
            "ratio_median": statistics.median(ratios) if ratios else None,
            "ratio_quartiles": quartiles(ratios),
            "floor_met": self.met(0),
            "aim_met": self.met(1),
        }


def quartiles(figures: Sequence[float]) -> tuple[float, float] | None:
    """(lower, upper) by linear interpolation between the figures themselves; None for none."""
    if not figures:
        return None
    if len(figures) == 1:
        return figures[0], figures[0]
    low, _, high = statistics.quantiles(figures, n=4, method="inclusive")
    return low, high


def centile(figures: Sequence[float], percent: float) -> float:
    """The smallest figure that at least `percent` of the figures do not exceed (nearest rank). Raises ValueError for no figures."""
    if not figures:
        raise ValueError("nothing was measured")
    ranked = sorted(figures)
    return ranked[max(0, -(-int(len(ranked) * percent) // 100) - 1)] if percent < 100 else ranked[-1]


def short(figure: float | None) -> str:
    """Three figures that matter."""
    if figure is None:
        return ""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table(
        "Goal",
        "What",
        "Unit",
        "Ours",
        "Quartiles",
        "Baseline",
        "Is",
        "Ratio",
        "Quartiles",
        "Floor",
        "Aim",
        "Floor met",
        title="carehub bench",
    )
    for row in rows:
        if row.skipped:
            table.add_row(row.goal, row.name, "", f"skipped: {row.skipped}")
            continue
        ratios = row.ratios()
        unit = "" if row.on_ratio else f" {row.unit}"
        sign = ("" if row.better == "higher" else "≤ ") + ("x" if row.on_ratio else "")
        floor, aim = (f"{sign}{limit:g}{unit}" for limit in row.limits) if row.limits else ("", "")
        met = {True: "yes", False: "NO", None: ""}[row.met(0)] + (", aim too" if row.met(1) else "")
        table.add_row(
            row.goal,
            row.name,
            row.unit,
            short(statistics.median(row.ours)),
            _range(row.ours),
            row.baseline_name,
            short(statistics.median(row.baseline)) if row.baseline else "",
            f"x{short(statistics.median(ratios))}" if ratios else "",
            _range(ratios),
            floor,
            aim,
            met,
        )
        if row.remark:
            table.add_row("", f"[dim]{row.remark}[/dim]")
    console.print(table)


def _range(figures: Sequence[float]) -> str:
    found = quartiles(figures)
    return f"{short(found[0])}..{short(found[1])}" if found and len(figures) > 1 else ""
