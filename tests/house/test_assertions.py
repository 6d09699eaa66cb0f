"""No test that cannot fail: each one asserts something, or expects an error or a warning."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Tree, plant

_EXPECTING = {"raises", "warns", "fail", "run_state_machine_as_test"}


def without_assertion(tree: Tree) -> Iterator[str]:
    """Every test function that neither asserts, nor expects, nor calls something of its own file that does."""
    for source in tree.python("tests"):
        functions = {node.name: node for node in source.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        asserting = {name for name, node in functions.items() if _asserts(node)}
        for name, node in functions.items():
            if name.startswith("test_") and name not in asserting and not (_called(node) & asserting):
                yield f"{source.path}:{node.lineno}: {name} asserts nothing"


def _asserts(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or bool(_called(function) & _EXPECTING)


def _called(function: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}


def test_every_test_can_fail() -> None:
    assert "\n".join(without_assertion(REAL)) == ""


def test_a_planted_idle_test_is_caught(tmp_path: Path) -> None:
    text = """
def _same(a, b):
    assert a == b

def test_idle():
    f()

def test_asserts():
    assert f()

def test_expects():
    with pytest.raises(ValueError):
        f()

def test_calls():
    _same(1, 2)
"""
    assert list(without_assertion(plant(tmp_path, {"tests/unit/test_a.py": text}))) == ["tests/unit/test_a.py:5: test_idle asserts nothing"]
