"""Names that say nothing are not used: split by noun instead. docs/glossary.md has one word per thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.tree import REAL, Source, Tree, plant

# Nowhere, not even as part of a name.
NEVER = {"util", "utils", "helper", "helpers", "misc", "manager", "managers", "processor", "processors"}
# Not as the whole name; as part of one they can be exact (HealthcareService is a FHIR type).
NOT_ALONE = NEVER | {"common", "service", "services", "data", "info"}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def empty_names(tree: Tree) -> Iterator[str]:
    """Every folder, file, class and function with a banned name."""
    for path in tree.under("src", "adapters", "tests", "tools", "bench"):
        if path.suffix in {".py", ".sh", ".html", ".css", ".js", ".csv", ".md"}:
            yield from (f"{path}: {part}" for part in (*path.parts[:-1], path.stem) if _says_nothing(part))
    for source in tree.python("src", "adapters", "tests", "tools", "bench"):
        yield from _definitions(source)


def _definitions(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _says_nothing(node.name):
            yield f"{source.path}:{node.lineno}: {node.name}"


def _says_nothing(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return bool(NEVER & set(words)) or (len(words) == 1 and words[0] in NOT_ALONE)


def test_every_name_says_something() -> None:
    assert "\n".join(empty_names(REAL)) == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/carehub/terms/utils.py", ""),
        ("src/carehub/careplan/assembly_utils.py", ""),
        ("adapters/gp/common/codes.csv", ""),
        ("src/carehub/hub/a.py", "class MessageProcessor: ..."),
        ("src/carehub/hub/a.py", "class Service: ..."),
        ("src/carehub/hub/a.py", "def get_helper(): ..."),
        ("tests/hub/test_a.py", "async def data(): ..."),
    ],
)
def test_a_planted_name_is_caught(tmp_path: Path, path: str, text: str) -> None:
    assert len(list(empty_names(plant(tmp_path, {path: text})))) == 1


def test_words_inside_an_exact_name_pass(tmp_path: Path) -> None:
    text = "class HealthcareService: ...\ndef service_requests(): ...\ndef database_url(): ..."
    assert list(empty_names(plant(tmp_path, {"src/carehub/hub/a.py": text}))) == []
