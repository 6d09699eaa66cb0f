"""The port for the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from carehub.governance.audit_chain import ChainedRow, Head
from carehub.store.stored import AuditRow


class AuditTrail(Protocol):
    """Who looked. Written once, never derived; a chain (governance.audit_chain)."""

    def append(self, rows: Sequence[AuditRow]) -> None: ...

    def about(self, person: str, limit: int) -> list[AuditRow]:
        """Newest first."""

    def entry(self, id: str) -> AuditRow | None:
        """One entry by the id of its event."""

    def chain(self) -> Iterator[ChainedRow]:
        """Every row as it is stored, oldest first."""

    def head(self) -> Head | None:
        """How far the chain goes; None before its first row."""
