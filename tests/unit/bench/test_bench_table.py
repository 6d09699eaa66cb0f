"""The table's arithmetic: ratios round by round, quartiles, centiles, and floors held the right way round."""

import io
import json

import pytest
from rich.console import Console
from table import Row, centile, quartiles, short, show


def test_ratios_pair_the_rounds() -> None:
    row = Row("x", "msg/s", [10, 30, 20], "base", [5, 3, 10])
    assert row.ratios() == [2, 10, 2]
    assert row.reached() == 2


def test_a_round_without_a_baseline_figure_has_no_ratio() -> None:
    assert Row("x", "ms", [1, 2], "base", [0, 4]).ratios() == [0.5]


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Row("x", "ms", [1, 2], "base", [4]).ratios()


@pytest.mark.parametrize(
    ("better", "ours", "floor", "aim"),
    [
        ("higher", 8, True, False),
        ("higher", 15, True, True),
        ("higher", 7.9, False, False),
        ("lower", 8, True, True),
        ("lower", 9, True, False),
        ("lower", 15.1, False, False),
    ],
)
def test_limits_are_held_the_right_way_round(better: str, ours: float, floor: bool, aim: bool) -> None:
    limits = (8.0, 15.0) if better == "higher" else (15.0, 8.0)
    row = Row("x", "s", [ours], "base", [1.0], "G1", limits, better)
    assert (row.met(0), row.met(1)) == (floor, aim)


def test_an_absolute_limit_looks_at_our_own_figure() -> None:
    row = Row("x", "ms", [40.0], "base", [1.0], "G13", (50, 15), "lower", on_ratio=False)
    assert (row.reached(), row.met(0), row.met(1)) == (40.0, True, False)


def test_what_was_not_measured_meets_nothing() -> None:
    assert Row("x", "ms", (), goal="G13", limits=(1, 1), skipped="no server").met(0) is None
    assert Row("x", "ms", [1.0]).met(0) is None


def test_quartiles_lie_between_the_figures() -> None:
    assert quartiles([1, 2, 3, 4, 5]) == (2, 4)
    assert quartiles([7]) == (7, 7)
    assert quartiles([]) is None


def test_centile_is_the_nearest_rank() -> None:
    figures = list(range(1, 101))
    assert [centile(figures, p) for p in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert centile([5.0, 1.0, 9.0], 50) == 5.0
    assert centile([5.0, 1.0, 9.0], 99) == 9.0
    with pytest.raises(ValueError, match="nothing"):
        centile([], 50)


@pytest.mark.parametrize(("figure", "text"), [(12345.6, "12,346"), (99.94, "99.9"), (1.234, "1.23"), (None, "")])
def test_figures_are_short(figure: float | None, text: str) -> None:
    assert short(figure) == text


def test_the_table_says_what_is_missed_and_what_was_left_out() -> None:
    out = io.StringIO()
    rows = [
        Row("slow", "s", [9.0], "base", [1.0], "G1", (3, 2), "lower"),
        Row("away", "ms", (), goal="G13", skipped="redis-server is not installed"),
    ]
    show(rows, Console(file=out, width=220))
    assert "NO" in out.getvalue()
    assert "skipped: redis-server is not installed" in out.getvalue()


def test_a_row_is_json() -> None:
    told = json.loads(json.dumps(Row("x", "ms", [1.0, 3.0], "base", [1.0, 1.0], "G1", (2, 1), "lower").as_object()))
    assert (told["median"], told["ratio_median"], told["floor_met"], told["aim_met"]) == (2.0, 2.0, True, False)
