"""Small wrong changes to a module's decisions: each a mutant, a copy of its syntax tree with one thing changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}
_CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}
_TOLD = (ast.Raise, ast.Assert, ast.JoinedStr)  # words to people, not decisions


@dataclass(frozen=True, slots=True)
class Mutant:
    """line, where: of the original, `where` the function or class. before, after: the code that changed. tree: of the whole changed module."""

    line: int
    where: str
    before: str
    after: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The same for as long as the code is the same, wherever it stands in its file."""
        return " ".join(f"{self.where}: {self.before} -> {self.after}".split())


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines. Annotations, docstrings and the words of complaints stay as they are."""
    tree = ast.parse(source)
    for path, where in _places(tree, (), ""):
        original = _at(tree, path)
        for changed in _changed(original):
            whole = copy.deepcopy(tree)
            _put(whole, path, ast.copy_location(changed, original))
            ast.fix_missing_locations(whole)
            yield Mutant(getattr(original, "lineno", 0), where or "module", ast.unparse(original), ast.unparse(changed), whole)


_Path = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, path: _Path, where: str) -> Iterator[tuple[_Path, str]]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list") or isinstance(node, _TOLD):
            continue
        for at, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _is_words(child) or _is_type(child):
                continue
            inside = f"{where}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
            here = (*path, (name, at))
            yield here, inside
            yield from _places(child, here, inside)


def _is_words(child: ast.AST) -> bool:
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def _is_type(child: ast.AST) -> bool:
    made = child.value if isinstance(child, ast.Assign) else child
    if isinstance(made, ast.Subscript):
        return isinstance(made.value, ast.Name) and made.value.id in ("Literal", "Generic", "Callable")
    return isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in ("TypeVar", "dataclass")


def _at(tree: ast.AST, path: _Path) -> ast.AST:
    found = tree
    for name, at in path:
        value = getattr(found, name)
        found = value if at is None else value[at]
    return found


def _put(tree: ast.AST, path: _Path, node: ast.AST) -> None:
    *above, (name, at) = path
    parent = _at(tree, tuple(above))
    if at is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[at] = node


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What might stand in the place of a node."""
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            yield ast.Compare(node.left, [*node.ops[:n], _COMPARED[type(op)](), *node.ops[n + 1 :]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        for n in range(len(node.values)):
            left = [*node.values[:n], *node.values[n + 1 :]]
            yield ast.BoolOp(node.op, left) if len(left) > 1 else left[0]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.If | ast.IfExp):
        for always in (True, False):
            yield type(node)(**{**dict(ast.iter_fields(node)), "test": ast.Constant(always)})
    elif isinstance(node, ast.comprehension):
        for n in range(len(node.ifs)):
            yield ast.comprehension(node.target, node.iter, [*node.ifs[:n], *node.ifs[n + 1 :]], node.is_async)
    elif (
        isinstance(node, ast.Return) and node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None)
    ):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.BinOp) and type(node.op) in _COUNTED:
        yield ast.BinOp(node.left, _COUNTED[type(node.op)](), node.right)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield ast.Call(ast.Name(_CALLED[node.func.id], ast.Load()), node.args, node.keywords)
    elif isinstance(node, ast.Continue):
        yield ast.Pass()
    elif isinstance(node, ast.Constant):
        yield from _constant(node.value)


def _constant(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str):
        yield ast.Constant(f"{value}~" if value else "~")
    elif value is None:
        yield ast.Constant(True)
