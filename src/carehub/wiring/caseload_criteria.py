"""The site's criteria of the caseload from disk."""

from __future__ import annotations

from pathlib import Path

from carehub.caseload.criteria import BadCriteria, Criteria, read, shipped


def load_criteria(path: Path | None) -> Criteria:
    """What the file says; None means those that ship. Raises BadCriteria, which stops the process at start."""
    if path is None:
        return shipped()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCriteria(f"{path}: cannot be read: {type(error).__name__}") from error
    return read(text, where=str(path))
