"""The port for the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from carehub.store.stored import AuditRow


class AuditTrail(Protocol):
    """Who looked. Written once, never derived."""

    def append(self, rows: Sequence[AuditRow]) -> None: ...

    def about(self, person: str, limit: int) -> list[AuditRow]:
        """Newest first."""
