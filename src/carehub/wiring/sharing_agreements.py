"""The site's sharing agreements from disk."""

from __future__ import annotations

from pathlib import Path

from carehub.governance.agreements import read
from carehub.governance.clauses import BadAgreements
from carehub.hub.sharing import EVERYTHING, Sharing


def load_sharing(path: Path | None) -> Sharing:
    """What the file says; None means that every source that sends is shown. Raises BadAgreements, which stops the process at start."""
    if path is None:
        return EVERYTHING
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadAgreements(f"{path}: cannot be read: {type(error).__name__}") from error
    return Sharing(read(text, where=str(path)))
