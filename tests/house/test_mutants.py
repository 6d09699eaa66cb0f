"""A sample of wrong changes to the policy is noticed by its tests, and the table of those that change nothing names only changes that there are."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "tools"))
from mutating import mutants  # noqa: E402


def test_a_sample_of_the_mutants_of_the_policy_is_killed() -> None:
    command = [sys.executable, str(HOME / "tools" / "mutants.py"), "--sample", "30"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HOME)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("a = 1 < b", {"a = 1 <= b", "a = 2 < b"}),
        ("a = b and c", {"a = b or c", "a = b", "a = c"}),
        ("a = not b", {"a = b"}),
        ("a = b | c", {"a = b & c"}),
        ("a = any(b)", {"a = all(b)"}),
        ("a = [b for b in c if d]", {"a = [b for b in c]"}),
        ("a = b if c else d", {"a = b if True else d", "a = b if False else d"}),
        ("a = True", {"a = False"}),
        ("a = 'b'", {"a = 'b~'"}),
        ("def a():\n    return b", {"def a():\n    return None"}),
        ("raise a('b', not c)", set()),
        ("a: b[True]", set()),
        ("'b'", set()),
    ],
)
def test_what_is_changed_of_a_line(line: str, changes: set[str]) -> None:
    assert {ast.unparse(one.tree) for one in mutants(line)} == changes
