"""The site's retention schedule from disk."""

from __future__ import annotations

from pathlib import Path

from carehub.governance.retention import BadSchedule, Schedule, read, shipped


def load_schedule(path: Path | None) -> Schedule:
    """What the file says; None means the one that ships. Raises BadSchedule."""
    if path is None:
        return shipped()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSchedule(f"{path}: cannot be read: {type(error).__name__}") from error
    return read(text, where=str(path))
