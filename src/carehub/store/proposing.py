"""The store's port for what a batch linkage proposed: one proposal of a pair, the latest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from carehub.identity.proposals import Proposal


class SaysProposals(Protocol):
    """The part of a store's ports that says what was proposed."""

    def proposals(self, patients: Iterable[str] | None = None) -> list[Proposal]:
        """Those that name any of these patient records, or all, sorted by pair."""
