"""The project's text speaks of the project: no place on somebody's machine, no registry host, nothing on how the work was organised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from house.tree import REAL, Tree, plant

REFUSED = {
    "a place on somebody's machine": r"/work/|/tmp/v/|(?<![\w.])/root\b|(?<![\w.])/(?:home|Users)/\w",
    "a registry host": r"registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|pythonhosted\.org|proxy\.golang\.org|/simple/?\b",
    "how the work was organised": (
        r"(?i)language model|ai[- ](?:generated|assistant|agent)|co-authored-by|\bchat ?bot|\bsub-?agent|\bissue #?\d+\b"
        r"|\bstep \d of \d|\bcolleague|\banother engineer|\bmy (?:brief|task)\b|\bthis (?:session|brief)\b"
    ),
    "something left undone": r"\bTODO\b|\bFIXME\b|(?<!['\x22])\bXXX\b|NotImplementedError|(?i:not implemented)",
}
_REFUSED = {meaning: re.compile(pattern) for meaning, pattern in REFUSED.items()}
# This file names what it refuses.
EXEMPT = {PurePosixPath("tests/house/test_words.py")}


def refused_words(tree: Tree) -> Iterator[str]:
    """Each line of any text file that says something refused, by place and meaning."""
    for path in tree.files:
        if path in EXEMPT:
            continue
        text = tree.text(path)
        for meaning, pattern in _REFUSED.items():
            for match in pattern.finditer(text):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {meaning}: {match[0]}"


def test_the_text_speaks_of_the_project_only() -> None:
    assert "\n".join(refused_words(REAL)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "see /work/main/docs",
        "cp a /home/jo/b",
        '"resolved": "https://registry.npmjs.org/a/-/a-1.tgz"',
        "--index-url https://pypi.org/",
        "Written by a language model.",
        "Co-authored-by: someone",
        "as issue 2 asks",
        "# TODO later",
        "XXX: odd",
        "raise NotImplementedError",
    ],
)
def test_planted_words_are_caught(tmp_path: Path, text: str) -> None:
    assert list(refused_words(plant(tmp_path, {"docs/a.md": text})))


def test_plain_words_pass(tmp_path: Path) -> None:
    text = (
        'A session of SQLAlchemy, a FHIR Task, an issue of the catalogue, network/home/x, the nhs.uk prefix /metadata, the currency "XXX".'
    )
    assert list(refused_words(plant(tmp_path, {"docs/a.md": text, "src/a.bin": "\x00"}))) == []
