"""Below floor 4, and in adapters, nothing reads a clock, throws dice, touches a disk, a network or the environment, or writes a log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.imports import imports
from house.tree import REAL, Source, Tree, plant

PURE_ROOMS = ("terms", "fhir", "feeds", "identity", "careplan", "caseload", "governance", "kit")

IMPURE_MODULES = {
    "asyncio", "concurrent", "ctypes", "ftplib", "getpass", "glob", "http", "imaplib", "logging", "mmap", "multiprocessing", "os", "pathlib",
    "platform", "pickle", "poplib", "random", "secrets", "select", "selectors", "shelve", "shutil", "signal", "smtplib", "socket",
    "socketserver", "sqlite3", "ssl", "structlog", "subprocess", "sys", "syslog", "tempfile", "threading", "time", "urllib", "warnings",
    "webbrowser",
}  # fmt: skip
# Names in those modules that are arithmetic on text or values, not a reach outside.
PURE_NAMES = {"urllib.parse", "sys.intern", "sys.maxsize", "os.PathLike"}
# hash() of text differs from process to process.
IMPURE_CALLS = {"hash", "open", "print", "input", "exec", "eval", "breakpoint", "__import__", "compile"}
# Methods by which a clock is read or dice are thrown, whatever they are called on.
IMPURE_METHODS = {"now", "utcnow", "today", "uuid1", "uuid4", "getnode", "import_module", "urlopen"}
DISK_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "unlink", "mkdir"}

# A table that ships beside the code is code: it may be read through importlib.resources, which reaches nothing else.
SHIPPED_TABLES = "importlib.resources"
READS_TABLES = {"read_text", "read_bytes", "open", "iterdir"}
# The kit reads adapter folders and nothing else, in this one file.
KIT_READER = "src/carehub/kit/cases.py"
# fhir.resources takes most of a second to import, so its one importer does that when it is first asked (by name: one call, two releases).
LATE_IMPORTER = "src/carehub/fhir/models.py"
# Writes the __init__ of a frozen class from the names of its fields, as dataclasses does.
INIT_WRITER = "src/carehub/terms/quickly_made.py"


def impure(tree: Tree) -> Iterator[str]:
    """Every reach outside from a pure room or an adapter (a collector may; that is what it is for)."""
    for source in tree.python("src/carehub", "adapters"):
        if source.room in PURE_ROOMS or (source.adapter and source.path.name != "collector.py"):
            yield from _reaches(source)


def _reaches(source: Source) -> Iterator[str]:
    named = list(imports(source))
    kit = str(source.path) == KIT_READER
    tables = any(name.startswith(SHIPPED_TABLES) for _, name in named)
    for line, name in named:
        if name.split(".")[0] in IMPURE_MODULES and not _is_pure(name) and not (kit and name.startswith("pathlib")):
            yield f"{source.path}:{line}: {name}"
    allowed = READS_TABLES | {"glob"} if kit else READS_TABLES if tables else set()
    for node in source.nodes:
        if isinstance(node, ast.Call):
            called = _called(node.func)
            if (called, str(source.path)) in (("import_module", LATE_IMPORTER), ("exec", INIT_WRITER)):
                continue
            bare = isinstance(node.func, ast.Name)
            if (bare and called in IMPURE_CALLS) or called in IMPURE_METHODS or (not bare and called in DISK_METHODS - allowed):
                yield f"{source.path}:{node.lineno}: {called}()"


def _is_pure(name: str) -> bool:
    return any(name == pure or name.startswith(f"{pure}.") for pure in PURE_NAMES)


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def read_environment(tree: Tree) -> Iterator[str]:
    """Every reading of the environment in src outside wiring/settings.py: a setting nobody documented."""
    for source in tree.python("src/carehub"):
        if str(source.path) != "src/carehub/wiring/settings.py":
            for node in source.nodes:
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"}:
                    yield f"{source.path}:{node.lineno}: {node.attr}"


def test_pure_rooms_and_adapters_reach_for_nothing() -> None:
    assert "\n".join(impure(REAL)) == ""


def test_only_the_settings_read_the_environment() -> None:
    assert "\n".join(read_environment(REAL)) == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/carehub/identity/a.py", "from datetime import datetime\ndef f(): return datetime.now()"),
        ("src/carehub/careplan/a.py", "from datetime import date\nwhen = date.today()"),
        ("src/carehub/terms/a.py", "import time"),
        ("src/carehub/terms/a.py", "def f():\n    import random"),
        ("src/carehub/terms/a.py", "from uuid import uuid4\nx = uuid4()"),
        ("src/carehub/fhir/a.py", "x = open('a.json')"),
        ("src/carehub/fhir/a.py", "import os"),
        ("src/carehub/fhir/a.py", "x = path.read_text()"),
        ("src/carehub/governance/a.py", "import logging"),
        ("src/carehub/governance/a.py", "import structlog"),
        ("src/carehub/feeds/a.py", "import socket"),
        ("src/carehub/feeds/a.py", "print('here')"),
        ("src/carehub/identity/a.py", "x = hash('a')"),
        ("src/carehub/kit/checks.py", "from pathlib import Path"),
        ("src/carehub/kit/cases.py", "import subprocess"),
        ("adapters/gp/patient.py", "import urllib.request"),
        ("adapters/gp/patient.py", "import importlib\nx = importlib.import_module('os')"),
    ],
)
def test_a_planted_reach_is_caught(tmp_path: Path, path: str, text: str) -> None:
    assert len(list(impure(plant(tmp_path, {path: text})))) == 1


def test_a_planted_reading_of_the_environment_is_caught(tmp_path: Path) -> None:
    tree = plant(
        tmp_path, {"src/carehub/store/a.py": "import os\nx = os.environ['A']", "src/carehub/wiring/settings.py": "import os\nos.environ"}
    )
    assert list(read_environment(tree)) == ["src/carehub/store/a.py:2: environ"]


def test_doors_collectors_and_shipped_tables_pass(tmp_path: Path) -> None:
    tree = plant(
        tmp_path,
        {
            "src/carehub/wiring/a.py": "import os, time\nprint(open('a'))",
            "adapters/gp/collector.py": "import time",
            "adapters/gp/tables.py": "from importlib.resources import files\nx = files('a').joinpath('b.csv').read_text()",
            "src/carehub/terms/a.py": "from uuid import uuid5\nfrom urllib.parse import quote\nimport re\nx = re.compile('a')",
            "src/carehub/kit/cases.py": "from pathlib import Path\nx = Path('a').read_bytes()",
        },
    )
    assert list(impure(tree)) == []
