"""Every error class has a recovery for the worker and a status for the caller."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Tree, plant

ERRORS = "src/carehub/terms/errors.py"
TABLES = {"src/carehub/workers/retrying.py": "RECOVERY", "src/carehub/api/outcomes.py": "STATUS"}
BASE = "CarehubError"


def error_classes(tree: Tree) -> set[str]:
    """Names of the classes below the base of the error tree."""
    source = tree.source(ERRORS)
    return {node.name for node in source.syntax.body if isinstance(node, ast.ClassDef)} - {BASE} if source else set()


def untranslated(tree: Tree) -> Iterator[str]:
    """Error classes a table does not translate, and tables that are not there. A room not yet written is passed over."""
    for path, name in TABLES.items():
        source = tree.source(path)
        if source:
            table = next(_tables(source.syntax, name), None)
            if table is None:
                yield f"{path} has no table {name}"
            else:
                yield from (f"{path}: {name} does not translate {missing}" for missing in sorted(error_classes(tree) - _keys(table)))


def _tables(module: ast.Module, name: str) -> Iterator[ast.Dict]:
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets) and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
            yield node.value  # type: ignore[attr-defined]


def _keys(table: ast.Dict) -> set[str]:
    return {key.attr if isinstance(key, ast.Attribute) else getattr(key, "id", "") for key in table.keys}


def test_every_error_is_translated_at_both_rims() -> None:
    assert len(error_classes(REAL)) >= 10
    assert "\n".join(untranslated(REAL)) == ""


def test_a_planted_gap_is_caught(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            ERRORS: "class CarehubError(Exception): ...\nclass Rejected(CarehubError): ...\nclass Missing(CarehubError): ...",
            "src/carehub/workers/retrying.py": "RECOVERY: dict[type, str] = {errors.Rejected: 'dead-letter'}",
            "src/carehub/api/outcomes.py": "OTHER = {Rejected: 422, Missing: 404}",
        },
    )
    assert list(untranslated(tree)) == [
        "src/carehub/workers/retrying.py: RECOVERY does not translate Missing",
        "src/carehub/api/outcomes.py has no table STATUS",
    ]
