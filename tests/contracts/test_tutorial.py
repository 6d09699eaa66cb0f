"""docs/adapters.md is followed to the letter: its blocks are written and run in an empty folder, and the core stays as it was."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from carehub.kit.grading import clauses, grade_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "adapters.md"

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CAREHUB = [sys.executable, "-c", "from carehub.wiring.cli import main; main()"]


def _blocks() -> Iterator[tuple[str, str, str]]:
    """(language, file name or "", text) of each block, in order."""
    return ((found[1], found[2] or "", found[3]) for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")))


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """(command, lines that must be in what it prints)."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        command, *said = part.strip().splitlines()
        yield command, said


def _run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    settings = dict(word.split("=", 1) for word in words if "=" in word and word.startswith("CAREHUB_"))
    words = words[len(settings) :]
    if words[0] == "carehub":
        words = [*_CAREHUB, *words[1:]]
    elif words[0] == "python":
        words[0] = sys.executable
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAREHUB_")}
    ran = subprocess.run(words, cwd=folder, env={**kept, **settings}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _core() -> str:
    """A digest of every file of the core and of the shipped adapters."""
    digest = hashlib.sha256()
    for folder in ("src", "adapters"):
        for path in sorted(path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def test_the_tutorial_is_followed_literally_to_silver_and_the_core_does_not_change(tmp_path: Path) -> None:
    before = _core()
    said: list[str] = []
    for language, name, text in _blocks():
        if language == "sh":
            for command, expected in _commands(text):
                out = _run(command, tmp_path)
                assert [line for line in expected if line not in out] == [], f"{command}\n{out}"
                said.extend(expected)
        else:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    assert "hospice reaches silver; 0 findings" in said
    assert _core() == before


def test_every_block_of_the_tutorial_is_a_file_or_is_run() -> None:
    blocks = list(_blocks())
    assert len(blocks) >= 20
    assert [text for language, name, text in blocks if not name and language != "sh"] == []


def test_the_page_lists_every_clause_at_its_grade() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in clauses() if f"| `{name}` | {grade_of(name)} |" not in page]
    assert missing == []
