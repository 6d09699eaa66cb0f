"""Do the tests notice a wrong change to the policy? `python tools/mutants.py [--sample N] [FILE ...]`.

Each mutant (tools/mutating.py) of each file is put in the place of the code that runs, in a fork of a process that has collected the tests once; the first
test that fails has killed it. Prints how many were killed, and every one that survived and is not told in tools/mutants_alike.csv to be no change.
Exits 1 when one survived, or when a line of that table names no mutant any more.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import inspect
import os
import signal
import sys
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from mutating import Mutant, mutants

HOME = Path(__file__).resolve().parents[1]
ALIKE = Path(__file__).resolve().with_name("mutants_alike.csv")
GOVERNANCE = HOME / "src" / "carehub" / "governance"
FILES = ("policy", "decision", "relationship", "redaction", "compartment", "agreements", "clauses")
_OF = (
    "decision",
    "relationship",
    "redaction",
    "agreements",
    "clauses_and_matrix",
    "what_agreements_keep_back",
    "retention",
    "policy_matrix",
)
TESTS = tuple(f"tests/unit/governance/test_{name}.py" for name in _OF)
_SECONDS = 60


def alike() -> dict[str, dict[str, str]]:
    """By file: the mutants that change nothing, with why."""
    found: dict[str, dict[str, str]] = {}
    if ALIKE.exists():
        for line in csv.DictReader(ALIKE.read_text(encoding="utf-8").splitlines()):
            found.setdefault(line["file"], {})[line["mutant"]] = line["why"]
    return found


class Mutation:
    """A plugin of pytest that runs no test itself: each mutant has its fork, and the tests until one fails."""

    def __init__(self, wanted: Sequence[tuple[str, Mutant]]) -> None:
        self.wanted = wanted
        self.survived: list[tuple[str, Mutant]] = []
        self.failed = False
        self.unchanged = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed
        if report.failed and self.unchanged:
            print(f"{report.nodeid} fails without any mutant: {report.longreprtext[-1000:]}", flush=True)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # What has many parameters comes last: the tests that say one thing kill most.
        size = Counter(item.nodeid.partition("[")[0] for item in session.items)
        session.items.sort(key=lambda item: size[item.nodeid.partition("[")[0]])
        if not self._dies(session, None):
            for n, (file, mutant) in enumerate(self.wanted):
                if not self._dies(session, (file, mutant)):
                    self.survived.append((file, mutant))
                    print(f"SURVIVED {n + 1}/{len(self.wanted)} {file}.py:{mutant.line} {mutant.name}", flush=True)
        else:
            raise pytest.UsageError("the tests fail without any mutant, or do not end")
        return True

    def _dies(self, session: pytest.Session, change: tuple[str, Mutant] | None) -> bool:
        child = os.fork()
        if child == 0:
            self._in_child(session, change)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0

    def _in_child(self, session: pytest.Session, change: tuple[str, Mutant] | None) -> None:
        session.config.pluginmanager.unregister(name="terminalreporter")
        # Of processor time: on a busy machine a change that is noticed by nobody must not pass for one that hangs.
        signal.setitimer(signal.ITIMER_PROF, _SECONDS if change else 0)
        try:
            if change:
                self.unchanged = False
                install(sys.modules[f"carehub.governance.{change[0]}"], change[1])
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.failed:
                    os._exit(1)
        except BaseException:
            os._exit(2)
        os._exit(0)


def install(module: types.ModuleType, mutant: Mutant) -> None:
    """Make a loaded module what the mutant is: the code and defaults of its functions, and its values wherever they were imported to."""
    fresh = types.ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    sys.modules[module.__name__] = fresh
    try:
        exec(compile(mutant.tree, str(module.__file__), "exec"), fresh.__dict__)  # noqa: S102 - our own code
    finally:
        sys.modules[module.__name__] = module
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        if isinstance(old, types.FunctionType) and old.__module__ == module.__name__:
            _become(old, new)
        elif isinstance(old, type) and old.__module__ == module.__name__:
            for attribute, method in _functions(new):
                _become(dict(_functions(old))[attribute], method)
        elif not name.startswith("__") and not isinstance(old, type | types.FunctionType | types.ModuleType):
            _everywhere(name, old, _of_old_classes(new, module))


def _become(old: types.FunctionType, new: types.FunctionType) -> None:
    if old.__closure__ is None and new.__closure__ is None:
        old.__code__ = new.__code__
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


def _functions(kind: type) -> Iterator[tuple[str, types.FunctionType]]:
    for name, held in vars(kind).items():
        held = inspect.unwrap(held.fget if isinstance(held, property) else held)
        if isinstance(held, types.FunctionType):
            yield name, held


def _of_old_classes(value: Any, module: types.ModuleType) -> Any:
    """The same value, its members made of the classes that everybody else knows."""
    if isinstance(value, dict):
        return {key: _of_old_classes(one, module) for key, one in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_of_old_classes(one, module) for one in value)
    known = getattr(module, type(value).__name__, None)
    if isinstance(known, type) and known is not type(value) and known.__module__ == type(value).__module__:
        return known(**{name: getattr(value, name) for name in known.__dataclass_fields__})
    return value


def _everywhere(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is old and (module.__name__.startswith("carehub") or "test" in module.__name__):
            setattr(module, name, new)


def chosen(files: Sequence[str], sample: int) -> list[tuple[str, Mutant]]:
    """All mutants of the files, or so many of them: the same for as long as the code is the same."""
    every = [(file, mutant) for file in files for mutant in mutants((GOVERNANCE / f"{file}.py").read_text(encoding="utf-8"))]
    if not sample:
        return every
    return sorted(every, key=lambda one: hashlib.sha256(f"{one[0]} {one[1].name}".encode()).digest())[:sample]


def main() -> int:
    """Exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("files", nargs="*", default=list(FILES))
    asked.add_argument("--sample", type=int, default=0, help="only so many mutants")
    told = asked.parse_args()
    known = alike()
    every = chosen(told.files, 0)
    names = {(file, mutant.name) for file, mutant in every}
    stale = [f"{file}: {name}" for file, held in known.items() if file in told.files for name in held if (file, name) not in names]
    wanted = [(file, one) for file, one in chosen(told.files, told.sample) if one.name not in known.get(file, {})]
    mutation = Mutation(wanted)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and they take longer to load than the tests to run
    os.chdir(HOME)
    code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", *TESTS], plugins=[mutation])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return 2
    spared = len(every) - len([one for file, one in every if one.name not in known.get(file, {})])
    print(
        f"{len(every)} mutants, {spared} no change, {len(wanted)} run, {len(wanted) - len(mutation.survived)} killed, {len(mutation.survived)} survived"
    )
    for line in stale:
        print(f"NO SUCH MUTANT {line}")
    return 1 if mutation.survived or stale else 0


if __name__ == "__main__":
    sys.exit(main())
