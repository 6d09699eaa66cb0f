"""The port for steps about conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from carehub.careplan.disagreement.steps import Step


class Steps(Protocol):
    """What was done about conflicts, derived from the log. Steps outlive Records.clear: they are read while the log is replayed, which tells the
    same ones again."""

    def put(self, steps: Sequence[Step]) -> None:
        """Keep steps, in whatever order they come; one that is there is replaced."""

    def of_patients(self, patients: Iterable[str]) -> list[Step]:
        """The steps about conflicts in which any of these ("Patient/<id>") spoke, each once, by position and message."""
