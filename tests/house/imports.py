"""Every import of a Python file, wherever it stands, as absolute dotted names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house.tree import Source


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of each import; `from a import b` gives "a.b". A relative import is resolved against the file's own folder.

    A relative import that climbs out of the repository gives a name that starts with "..".
    """
    package = list(source.path.parts[:-1])
    if package[:1] == ["src"]:
        package = package[1:]
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                kept = len(package) - (node.level - 1)
                base = ".".join([*package[:kept], *([node.module] if node.module else [])]) if kept > 0 else f"..{base}"
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
