"""docs/safety/hazard-log.md has one row for every hazard of both lists, docs/faults.md one for every fault, and every row names tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from house.tree import REAL, Tree, plant

PAGE = PurePosixPath("docs/safety/hazard-log.md")
FAULTS = PurePosixPath("docs/faults.md")
EXPECTED = (*(f"H-{n:02}" for n in range(1, 33)), *(f"S-H{n:02}" for n in range(1, 34)))
NOT_SHOWN = {"R-15"}
_ROW = re.compile(r"\| ((?:H-|S-H|R-)\d+[a-z]?) \|")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def faults(tree: Tree, expected: tuple[str, ...] = EXPECTED, page: PurePosixPath = PAGE) -> Iterator[str]:
    """Hazards, or faults, without a row or with two, rows that name no test, and named tests that are not where they are said to be."""
    seen: list[str] = []
    for line in tree.text(page).splitlines():
        if row := _ROW.match(line):
            seen.append(row[1])
            named = _NAMED.findall(line)
            if not named and row[1] not in NOT_SHOWN:
                yield f"{row[1]} names no test"
            for path, name in named:
                source = tree.source(path)
                if not source or not re.search(rf"(?m)^(?:async )?def {name}\(", source.text):
                    yield f"{row[1]} names {path}::{name}, which does not exist"
    yield from (f"{hazard} has {seen.count(hazard)} rows" for hazard in expected if seen.count(hazard) != 1)


def test_every_hazard_of_both_lists_has_a_row_and_every_row_its_tests() -> None:
    assert "\n".join(faults(REAL)) == ""


def test_every_fault_has_a_row_and_every_row_its_tests() -> None:
    assert "\n".join(faults(REAL, tuple(f"R-{n:02}" for n in range(1, 23)), FAULTS)) == ""


def test_planted_gaps_in_the_log_are_caught(tmp_path: Path) -> None:
    twice = "| H-02 | c | `tests/a/test_b.py::test_d` |\n" * 2
    rows = f"| H-01 | a | `tests/a/test_b.py::test_c` |\n| S-H01 | b | none |\n{twice}"
    tree = plant(tmp_path, {str(PAGE): rows, "tests/a/test_b.py": "def test_d() -> None: ...\n"})
    assert list(faults(tree, ("H-01", "H-02", "S-H01", "S-H02"))) == [
        "H-01 names tests/a/test_b.py::test_c, which does not exist",
        "S-H01 names no test",
        "H-02 has 2 rows",
        "S-H02 has 0 rows",
    ]
