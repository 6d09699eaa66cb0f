"""A file tree as the house rules see it: text and syntax trees, of the real repository or of one planted by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).resolve().parents[2]

# Made by tools, never part of the project; the folders of .gitignore are left out as well.
_NOT_OURS = {".git", "__pycache__", "node_modules"}


@dataclass(frozen=True)
class Source:
    """One file. path is relative to the root, with forward slashes: "src/carehub/terms/refs.py"."""

    path: PurePosixPath
    text: str

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.syntax))

    @property
    def room(self) -> str:
        """ "terms" for src/carehub/terms/refs.py; "" for a file that lies in no room."""
        parts = self.path.parts
        return parts[2] if parts[:2] == ("src", "carehub") and len(parts) > 3 else ""

    @property
    def adapter(self) -> str:
        """ "gp" for adapters/gp/patient.py, "" for anything else."""
        return self.path.parts[1] if self.path.parts[0] == "adapters" and len(self.path.parts) > 2 else ""

    def module(self) -> str:
        """The dotted name below carehub, "fhir.models", or below adapters."""
        return ".".join(self.path.with_suffix("").parts[2 if self.room else 0 :])


class Tree:
    """All files under a root that belong to the project, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> tuple[PurePosixPath, ...]:
        """Every file, sorted, without what .gitignore names as a folder."""
        return tuple(sorted(self._walk(self.root, self._ignored())))

    def _ignored(self) -> set[str]:
        listed = self.root / ".gitignore"
        lines = listed.read_text().splitlines() if listed.exists() else []
        return _NOT_OURS | {line.strip().strip("/") for line in lines if line.strip().endswith("/")}

    def _walk(self, folder: Path, ignored: set[str]) -> Iterator[PurePosixPath]:
        for path in folder.iterdir():
            inside = PurePosixPath(path.relative_to(self.root).as_posix())
            if path.is_symlink() or path.name in ignored or str(inside) in ignored or path.name.endswith(".egg-info"):
                continue
            if path.is_dir():
                yield from self._walk(path, ignored)
            else:
                yield inside

    def under(self, *folders: str) -> Iterator[PurePosixPath]:
        """Files below any of the folders."""
        return (path for path in self.files if any(path.is_relative_to(folder) for folder in folders))

    @cached_property
    def _python(self) -> dict[PurePosixPath, Source]:
        return {path: Source(path, (self.root / path).read_text()) for path in self.files if path.suffix == ".py"}

    def python(self, *folders: str) -> Iterator[Source]:
        """Python files below any of the folders."""
        return (self._python[path] for path in self.under(*folders) if path.suffix == ".py")

    def text(self, path: str | PurePosixPath) -> str:
        """The text of a file, "" where there is none or it is not text."""
        try:
            return (self.root / path).read_text()
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return ""

    def source(self, path: str) -> Source | None:
        """One Python file, or None where it has not been written."""
        return self._python.get(PurePosixPath(path))


def plant(root: Path, files: Mapping[str, str]) -> Tree:
    """Write files below an empty folder and give the tree: how each rule is shown to catch what it is for."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)


REAL = Tree(REPOSITORY)
