"""The issue catalogue, its page and the code that raises it agree, both ways."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Tree, plant

CATALOGUE = "src/carehub/terms/issue_catalogue.py"
ROWS = "src/carehub/terms/issue_rows.py"
PAGE = "docs/issues.md"
_NUMBER = re.compile(r"[A-Z]+-\d{3}")


def rows(tree: Tree) -> dict[str, tuple[str, str, str]]:
    """Number to (severity, code, text), read from the calls of row."""
    sources = [source for path in (CATALOGUE, ROWS) if (source := tree.source(path))]
    found: dict[str, tuple[str, str, str]] = {}
    for node in (node for source in sources for node in source.nodes):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_row", "row"):
            number, severity, code, text = (str(ast.literal_eval(argument)) for argument in node.args)
            found[number] = (severity, code, text)
    return found


def numbers_in_code(tree: Tree) -> dict[str, str]:
    """Every catalogue-like number in a string of src and adapters, and the first file it is in. The catalogue itself is left out."""
    prefixes = {number.partition("-")[0] for number in rows(tree)}
    found: dict[str, str] = {}
    for source in tree.python("src", "adapters"):
        for node in source.nodes if str(source.path) not in (CATALOGUE, ROWS) else ():
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if _NUMBER.fullmatch(text) and text.partition("-")[0] in prefixes:
                found.setdefault(text, str(source.path))
    return found


def unknown_numbers(tree: Tree) -> Iterator[str]:
    """Numbers that code uses and the catalogue does not hold."""
    known = rows(tree)
    yield from (f"{path}: {number} is not in the catalogue" for number, path in numbers_in_code(tree).items() if number not in known)


def idle_numbers(tree: Tree) -> Iterator[str]:
    """Numbers of the catalogue that no code can raise."""
    used = numbers_in_code(tree)
    yield from (f"{number} is never raised" for number in rows(tree) if number not in used)


def page_differs(tree: Tree) -> Iterator[str]:
    """Rows of docs/issues.md that are not the catalogue's, either way."""
    cells = (tuple(cell.strip() for cell in line.strip("|").split("|")) for line in tree.text(PAGE).splitlines() if line.startswith("|"))
    page = {row[0].strip("`"): row[1:] for row in cells if len(row) == 4 and _NUMBER.fullmatch(row[0].strip("`"))}
    known = rows(tree)
    for number in sorted(page.keys() | known.keys()):
        if page.get(number) != known.get(number):
            yield f"{PAGE} and the catalogue differ on {number}: make docs"


def test_code_uses_only_numbers_of_the_catalogue() -> None:
    assert rows(REAL)
    assert "\n".join(unknown_numbers(REAL)) == ""


def test_every_number_can_be_raised() -> None:
    assert "\n".join(idle_numbers(REAL)) == ""


def test_the_page_is_the_catalogue() -> None:
    assert "\n".join(page_differs(REAL)) == ""


def test_planted_differences_are_caught(tmp_path: Path) -> None:
    catalogue = '_row("MAP-001", "fatal", "structure", "Not readable.")\n_row("MAP-002", "error", "required", "No patient.")'
    tree = plant(
        tmp_path,
        {
            CATALOGUE: catalogue,
            PAGE: "| `MAP-001` | fatal | structure | Readable. |\n| `MAP-003` | fatal | structure | Gone. |",
            "adapters/gp/adapter.py": 'x = issue("MAP-001"), issue("MAP-099"), "ISO-639"',
        },
    )
    assert list(unknown_numbers(tree)) == ["adapters/gp/adapter.py: MAP-099 is not in the catalogue"]
    assert list(idle_numbers(tree)) == ["MAP-002 is never raised"]
    assert [line.split()[-3].rstrip(":") for line in page_differs(tree)] == ["MAP-001", "MAP-002", "MAP-003"]
