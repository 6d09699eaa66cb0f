"""The site overlay from its file: read at start, checked against the loaded adapters, and compared with another."""

from __future__ import annotations

from pathlib import Path

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.overlay import NONE, Overlay, differences
from carehub.feeds.overlay_file import BadOverlay, read_overlay


def load_overlay(path: Path | None, catalogue: Catalogue | None) -> Overlay:
    """The overlay in a file; the empty one without a file. Raises BadOverlay, which stops the process at start."""
    if path is None:
        return NONE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadOverlay(f"{path}: cannot be read: {type(error).__name__}") from error
    return read_overlay(text, where=str(path), catalogue=catalogue)


def diff_overlays(old: Path, new: Path) -> bool:
    """Print what changes from one overlay to the other; True when something does."""
    before, after = load_overlay(old, None), load_overlay(new, None)
    lines = differences(before, after)
    print(f"version {before.version} → {after.version}")
    print("\n".join(lines) if lines else "Nothing changes.")
    if lines and before.version == after.version:
        print("The version is the same, so nobody can tell which of the two was in force.")
    return bool(lines)
