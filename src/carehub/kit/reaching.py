"""Clauses about an adapter's code as text: what it may import, and that it reaches for no network, disk, clock or dice."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from carehub.feeds.adapter import Adapter
from carehub.kit.cases import AdapterFolder
from carehub.kit.results import FolderClause

_GIVEN = ("carehub.terms", "carehub.fhir", "carehub.feeds")
_NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "select", "selectors", "smtplib", "socket",
    "socketserver", "ssl", "urllib.request", "urllib3", "webbrowser",
}  # fmt: skip
_OUTSIDE = {
    "ctypes", "getpass", "glob", "logging", "multiprocessing", "os", "pathlib", "pickle", "random", "secrets", "shelve", "shutil", "signal",
    "sqlite3", "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip
_CALLS = {"open", "input", "eval", "exec", "compile", "__import__", "breakpoint", "print", "hash"}
_METHODS = {"now", "utcnow", "today", "uuid1", "uuid4", "getenv", "import_module", "urlopen"}
# The one file that may know a network: it collects, it does not map.
_COLLECTOR = "collector.py"


def no_network(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """No module but collector.py imports anything that opens a connection."""
    for path, name, line in _imports(folder):
        if path != _COLLECTOR and _of(name, _NETWORK):
            yield f"{path}:{line}: {name} opens connections"


def no_clock_dice_or_disk(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """No module but collector.py reads a clock, throws dice, touches a disk or runs text as code; its own tables come by importlib.resources."""
    for path, name, line in _imports(folder):
        if path != _COLLECTOR and _of(name, _OUTSIDE):
            yield f"{path}:{line}: {name} reaches outside"
    for path, tree in _trees(folder):
        for node in ast.walk(tree) if path != _COLLECTOR else ():
            if isinstance(node, ast.Call):
                bare, called = isinstance(node.func, ast.Name), getattr(node.func, "id", getattr(node.func, "attr", ""))
                if (bare and called in _CALLS) or called in _METHODS:
                    yield f"{path}:{node.lineno}: {called}()"


def given_imports(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """Of carehub, only terms, fhir and feeds: an adapter that knows the store, the hub or another adapter is part of the core."""
    for path, name, line in _imports(folder):
        ours = name == "carehub" or name.startswith("carehub.")
        if (ours and not name.startswith(_GIVEN)) or name.split(".")[0] in ("adapters", "carehub_adapters") or name.startswith(".."):
            yield f"{path}:{line}: {name} is not given to adapters"


def code_is_readable(adapter: Adapter, folder: AdapterFolder) -> Iterator[str]:
    """adapter.py is there, and every module is Python."""
    if folder.modules and "adapter.py" not in {path for path, _ in folder.modules}:
        yield "there is no adapter.py"
    readable = {path for path, _ in _trees(folder)}
    yield from (f"{path} is not Python" for path, _ in folder.modules if path not in readable)


def _of(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _trees(folder: AdapterFolder) -> Iterator[tuple[str, ast.Module]]:
    for path, text in folder.modules:
        try:
            yield path, ast.parse(text)
        except (SyntaxError, ValueError):
            continue


def _imports(folder: AdapterFolder) -> Iterator[tuple[str, str, int]]:
    """(file, dotted name, line) of each import. A relative one that stays in the folder is left out; one that climbs out starts with ".."."""
    for path, tree in _trees(folder):
        depth = path.count("/") + 1
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                if node.level > depth:
                    yield path, f"..{node.module or ''}", node.lineno
                elif not node.level:
                    yield from ((path, f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


FOLDER_CLAUSES: tuple[FolderClause, ...] = (no_network, no_clock_dice_or_disk, given_imports, code_is_readable)
