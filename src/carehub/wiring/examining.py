"""An adapter's folder through its contract: loaded by path, the network shut, its lines counted on request."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from carehub.feeds.adapter import Adapter
from carehub.kit.cases import AdapterFolder, read_folder
from carehub.kit.golden import outcome
from carehub.kit.grading import Checked, Report, check, clauses, examine
from carehub.terms.errors import Rejected
from carehub.wiring.loading import load_adapter


class OpenedSocket(AssertionError):
    """An adapter opened a connection while the contract ran."""


def examine_folder(folder: Path, *, measure: bool = False) -> Report:
    """The whole contract over one folder. measure: also count which of the adapter's lines run. Raises BadManifest, BadCase, BadFields."""
    adapter, read = load_adapter(folder), read_folder(folder)
    with no_sockets():
        return examine(adapter, read, exercised=lines_exercised(folder, read) if measure else None)


def check_folder(folder: Path, name: str) -> Checked:
    """One clause over one folder, by the clause's name. Raises KeyError for a clause there is not."""
    adapter, read = load_adapter(folder), read_folder(folder)
    with no_sockets():
        return check(name, clauses()[name], adapter, read)


@contextmanager
def no_sockets() -> Iterator[None]:
    """While this holds, opening a socket fails."""

    def refuse(*_: object, **__: object) -> None:
        raise OpenedSocket

    kept = socket.socket
    socket.socket = refuse  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        socket.socket = kept  # type: ignore[misc]


def lines_exercised(folder: Path, read: AdapterFolder) -> float:
    """The part of the lines in the adapter's functions that run while it is loaded, its cases mapped and counted and its updates laid over."""
    modules = {str(folder.resolve() / path): text for path, text in read.modules if path != "collector.py"}
    wanted = {(path, line) for path, text in modules.items() for line in _function_lines(compile(text, path, "exec"))}
    ran: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        if path not in modules:
            return None
        if event == "line":
            ran.add((path, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _run(load_adapter(folder), read)
    finally:
        sys.settrace(before)
    return len(ran & wanted) / len(wanted) if wanted else 1.0


def _run(adapter: Adapter, read: AdapterFolder) -> None:
    for case in read.cases:
        result = outcome(adapter, case.message)
        if adapter.counts and not isinstance(result, Rejected):
            adapter.counts(case.message)
        for record in getattr(result, "records", ()):
            if record.change == "update":
                adapter.revise(adapter.revise({}, record.resource, record.clears), record.resource, record.clears)
        try:
            list(adapter.split(case.message.body))
        except Exception:  # noqa: S112  the clause about splitting says what is wrong; here only lines are counted
            continue


def _function_lines(code: CodeType) -> Iterator[int]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_name.isidentifier() and not _is_class_body(inner):
                yield from (line for _, _, line in inner.co_lines() if line is not None and line != inner.co_firstlineno)
            yield from _function_lines(inner)


def _is_class_body(code: CodeType) -> bool:
    return "__qualname__" in code.co_names and "__module__" in code.co_names
