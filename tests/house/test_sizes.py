"""No file longer than a reader can hold: 300 lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Tree, plant

CEILING = 300
HELD = ("src", "adapters", "tests", "tools", "bench")


def too_long(tree: Tree) -> Iterator[str]:
    """Every Python file above the ceiling, with its length."""
    for source in tree.python(*HELD):
        lines = len(source.text.splitlines())
        if lines > CEILING:
            yield f"{source.path}: {lines} lines"


def test_no_file_is_longer_than_the_ceiling() -> None:
    assert "\n".join(too_long(REAL)) == ""


def test_a_planted_long_file_is_caught(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"src/carehub/terms/long.py": "x = 1\n" * 301, "adapters/gp/short.py": "x = 1\n" * 300})
    assert list(too_long(tree)) == ["src/carehub/terms/long.py: 301 lines"]
