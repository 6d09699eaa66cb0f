"""The faults of docs/faults.md at the sizes of a release, one row after the other: a table of what was struck, and what was lost, done twice or left undone.

    python tools/faults_release.py [--size large] [R-01 R-02 …]

Each row's line is written to bench-results/faults.md as soon as it is known, so that a run which is ended has told what it did. Ends with 1 when a test
failed. What a machine lacks (PostgreSQL, Redis, network namespaces) is skipped, and the line says so.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from defusedxml.ElementTree import parse

HOME = Path(__file__).resolve().parents[1]
FAULTS = HOME / "docs" / "faults.md"
TABLE = HOME / "bench-results" / "faults.md"
COUNTED = ("kills", "messages", "lost", "duplicated", "unsettled")
HEAD = f"| Day | Row | Size | Tests | Failed | Skipped | {' | '.join(word.capitalize() for word in COUNTED)} | Minutes |\n|{'---|' * 12}\n"
_ROW = re.compile(r"\| (R-\d+) \|.*")
_TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


@dataclass(frozen=True, slots=True)
class Ran:
    """One row's run. figures: sums of what its tests told of themselves; empty when none counts messages."""

    row: str
    tests: int
    failed: int
    skipped: int
    figures: Counter[str]
    minutes: float

    def line(self, size: str, day: str) -> str:
        """The row of the table; a dash where the tests hold something else than counts of messages."""
        counts = [str(self.figures[word]) if self.figures["messages"] else "–" for word in COUNTED]
        return f"| {' | '.join([day, self.row, size, str(self.tests), str(self.failed), str(self.skipped), *counts, f'{self.minutes:.1f}'])} |\n"


def rows(page: str) -> Iterator[tuple[str, list[str]]]:
    """(row, its tests) of docs/faults.md, those that have tests."""
    for line in page.splitlines():
        if (row := _ROW.match(line)) and (tests := _TEST.findall(line)):
            yield row[1], tests


def read(report: Path, row: str, minutes: float) -> Ran:
    """What pytest's report says of a row."""
    figures: Counter[str] = Counter()
    cases = list(parse(report).iter("testcase"))
    for told in (one for case in cases for one in case.iter("property")):
        if told.get("name") in COUNTED:
            figures[told.get("name", "")] += int(told.get("value", "0"))
    failed, skipped = (
        sum(any(case.find(word) is not None for word in words) for case in cases) for words in (("failure", "error"), ("skipped",))
    )
    return Ran(row, len(cases), failed, skipped, figures, minutes)


def run(row: str, tests: list[str], size: str) -> Ran:
    """The tests of a row, of that size, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "junit_family=xunit1",
            f"--junitxml={report}",
            *tests,
        ]
        begun = time.monotonic()
        subprocess.run(command, cwd=HOME, env={**os.environ, "CAREHUB_TEST_FAULTS": size}, check=False)  # noqa: S603
        return read(report, row, (time.monotonic() - begun) / 60)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--size", choices=("large", "release"), default="release")
    parser.add_argument("rows", nargs="*", help="R-01 …; all without one")
    wanted = parser.parse_args(arguments)
    failed = 0
    TABLE.parent.mkdir(exist_ok=True)
    for row, tests in rows(FAULTS.read_text()):
        if wanted.rows and row not in wanted.rows:
            continue
        ran = run(row, tests, wanted.size)
        failed += ran.failed
        with TABLE.open("a") as table:
            table.write(("" if table.tell() else HEAD) + ran.line(wanted.size, datetime.now(UTC).date().isoformat()))
    print(TABLE.read_text() if TABLE.exists() else "no such row")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
