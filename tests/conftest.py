"""What may be skipped, and saying so: the closing lines name every part that did not run and why.

CAREHUB_REQUIRE_ALL=1 (set by .ci/run) turns any skipped test into a failed run. Only two things are left out there: the published sample feeds
when they do not lie beside the project, because they are other people's and cannot be installed; and computers of their own, where the machine
allows no network namespaces, which no installation changes.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / ".." / "shared" / "data"
LEFT_OUT = pytest.StashKey[dict[str, int]]()

# Modules that tests share lie beside them: `from house.tree import Tree`.
sys.path.insert(0, str(HERE))

# The same examples on every run; CAREHUB_TEST_EXPLORE=1 looks for new ones. A slow machine is never a failure.
settings.register_profile("house", deadline=None, derandomize=not os.environ.get("CAREHUB_TEST_EXPLORE"))
settings.load_profile("house")


def _chromium() -> str:
    return os.environ.get("CAREHUB_TEST_CHROMIUM") or shutil.which("chromium") or ""


def _missing() -> Iterator[tuple[str, str]]:
    """(marker, what is missing) for each part this machine cannot run."""
    if not os.environ.get("CAREHUB_TEST_PG_URL"):
        yield "pg", "PostgreSQL: CAREHUB_TEST_PG_URL is not set"
    elif importlib.util.find_spec("psycopg") is None:
        yield "pg", "PostgreSQL: the postgres extra is not installed"
    if not os.environ.get("CAREHUB_TEST_REDIS_URL"):
        yield "redis", "Redis: CAREHUB_TEST_REDIS_URL is not set"
    if importlib.util.find_spec("playwright") is None:
        yield "e2e", "Chromium: the e2e extra is not installed"
    elif not _chromium():
        yield "e2e", "Chromium: no chromium on the path and CAREHUB_TEST_CHROMIUM is not set"
    if not shutil.which("java"):
        yield "java", "Java: no java on the path"
    elif not any((HERE.parent / ".profile-check").glob("*.jar")):
        yield "java", "Java: the validator's libraries are not fetched (make profile-check)"
    if not (HERE.parent / ".profile-check" / "ips").is_dir():
        yield "ips", "International Patient Summary: its definitions are not fetched (make profile-check)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = dict(_missing())
    for item in items:
        for marker in missing.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=missing[marker]))
    config.stash[LEFT_OUT] = {}
    for marker, why in _not_to_be_had():
        out = [item for item in items if item.get_closest_marker(marker)]
        items[:] = [item for item in items if not item.get_closest_marker(marker)]
        config.stash[LEFT_OUT][why] = len(out)
        config.hook.pytest_deselected(items=out)


def _not_to_be_had() -> Iterator[tuple[str, str]]:
    """(marker, what is missing) for each part that nobody can install here."""
    if not SAMPLES.is_dir():
        yield "real_feeds", "Sample feeds: ../shared/data is not beside the project"
    from faults.namespaces import allowed

    if not allowed():
        yield "netns", "Computers of their own: no network namespaces are allowed here"


def _skipped(config: pytest.Config) -> Counter[str]:
    """Reason to number of tests, over all worker processes."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    reasons = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr) for report in reports)
    return Counter(reason.removeprefix("Skipped: ") for reason in reasons)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CAREHUB_REQUIRE_ALL") == "1" and session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = _skipped(config)
    left_out = {why: config.stash.get(LEFT_OUT, {}).get(why, 0) for _, why in _not_to_be_had()}
    if not skipped and not left_out:
        return
    terminalreporter.section("not run here")
    for reason, count in (*sorted(skipped.items()), *sorted(left_out.items())):
        terminalreporter.write_line(f"{count or '':>5}  {reason}")
    if skipped and os.environ.get("CAREHUB_REQUIRE_ALL") == "1":
        terminalreporter.write_line("Nothing may be skipped in this run (CAREHUB_REQUIRE_ALL=1), so it has failed.", red=True, bold=True)
