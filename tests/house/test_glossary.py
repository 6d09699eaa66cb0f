"""One word per thing: docs/glossary.md and the class names say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from house.tree import REAL, Tree, plant

GLOSSARY = "docs/glossary.md"
# The modules whose values pass from room to room: their classes are words of the field.
SPEAKING = (
    "terms.",
    "feeds.adapter.",
    "feeds.catalogue.",
    "feeds.manifest.",
    "feeds.mapped.",
    "feeds.message.",
    "identity.demographics.",
    "identity.links.",
    "careplan.plan.",
    "careplan.sections.",
    "governance.",
    "kit.",
)

_CODE = re.compile(r"`([a-z_]+(?:\.[a-z0-9_]+)*\.[A-Z]\w*)`")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def classes(tree: Tree) -> set[str]:
    """Public classes of src/carehub as "room.module.Class"."""
    return {
        f"{source.module()}.{node.name}"
        for source in tree.python("src/carehub")
        for node in source.syntax.body
        if source.room and isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def out_of_step(tree: Tree) -> Iterator[str]:
    """Classes the glossary names that do not exist, and classes of the speaking modules that it does not name."""
    named = set(_CODE.findall(tree.text(GLOSSARY)))
    written = classes(tree)
    yield from (f"{GLOSSARY} names {name}, which does not exist" for name in sorted(named - written))
    speaking = {name for name in written if name.startswith(SPEAKING)}
    yield from (f"{GLOSSARY} does not name {name}" for name in sorted(speaking - named))


def not_said(tree: Tree) -> set[str]:
    """The words of the last column: what we do not say."""
    rows = (line.strip().strip("|").split("|") for line in tree.text(GLOSSARY).splitlines() if line.startswith("|"))
    cells = (row[4] for row in rows if len(row) == 5)
    words = (word.strip() for cell in cells for word in cell.split(","))
    return {word.casefold() for word in words if re.fullmatch(r"[A-Za-z]+", word)}


def says_otherwise(tree: Tree) -> Iterator[str]:
    """Classes that are called by a word we do not say, alone. Pages have words of their own ("failure", to somebody reading one)."""
    refused = not_said(tree)
    for name in sorted(name for name in classes(tree) if not name.startswith("web.")):
        words = _WORDS.findall(name.rpartition(".")[2])
        if len(words) == 1 and words[0].casefold() in refused:
            yield f"{name}: {words[0]} is a word we do not say"


def test_glossary_and_classes_are_in_step() -> None:
    assert "\n".join(out_of_step(REAL)) == ""


def test_no_class_is_called_by_a_word_we_do_not_say() -> None:
    assert not_said(REAL) >= {"upload", "vendor", "dashboard"}
    assert "\n".join(says_otherwise(REAL)) == ""


def test_planted_differences_are_caught(tmp_path: Path) -> None:
    row = "| submission | one hand-over | – | `feeds.message.Submission` `feeds.message.Gone` | upload, payload |"
    code = "class Submission: ...\nclass Unnamed: ...\nclass _Inner: ...\nclass Upload: ...\nclass UploadDoor: ..."
    tree = plant(tmp_path, {GLOSSARY: row, "src/carehub/feeds/message.py": code})
    assert list(out_of_step(tree)) == [
        "docs/glossary.md names feeds.message.Gone, which does not exist",
        "docs/glossary.md does not name feeds.message.Unnamed",
        "docs/glossary.md does not name feeds.message.Upload",
        "docs/glossary.md does not name feeds.message.UploadDoor",
    ]
    assert list(says_otherwise(tree)) == ["feeds.message.Upload: Upload is a word we do not say"]
