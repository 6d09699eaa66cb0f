"""docs/interface-requirements.md names tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from house.tree import REAL, Tree, plant

PAGE = PurePosixPath("docs/interface-requirements.md")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def missing_tests(tree: Tree) -> Iterator[str]:
    """Each named test that is not in the file it is said to be in, and each row that names none."""
    for line in tree.text(PAGE).splitlines():
        named = _NAMED.findall(line)
        if line.startswith("| UI-") and not named:
            yield f"no test: {line[:40]}"
        for path, name in named:
            if PurePosixPath(path) not in tree.files or f"def {name}(" not in tree.text(PurePosixPath(path)):
                yield f"{path} has no {name}"


def test_every_requirement_of_the_record_pages_has_a_test_that_exists() -> None:
    assert list(missing_tests(REAL)) == []
    assert len(_NAMED.findall(REAL.text(PAGE))) > 50


def test_a_planted_requirement_without_its_test_is_caught(tmp_path: Path) -> None:
    table = "| UI-01 | a | `tests/a/test_b.py::test_c` |\n| UI-02 | b | none |\n"
    tree = plant(tmp_path, {str(PAGE): table, "tests/a/test_b.py": "def test_d() -> None: ...\n"})
    assert list(missing_tests(tree)) == ["tests/a/test_b.py has no test_c", "no test: | UI-02 | b | none |"]
