"""The port that says whether anything was written since."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol


class SaysEdition(Protocol):
    """A store that may say so."""

    def edition(self) -> Hashable | None:
        """Equal to an earlier one only where nobody, in whichever process, has written meanwhile to what mapping, the identity lane, assembly, reports
        and sessions write (all but the log and the audit trail). None where one small question cannot tell. Never raises."""
