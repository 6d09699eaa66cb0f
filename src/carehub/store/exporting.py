"""The ports for exports: who asked for one and how far it has come, and the files that it writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from carehub.governance.export import Export, ExportStanding, Progress, Size, State


class Exports(Protocol):
    """Good for a short time, like passes: losing them loses copies that can be asked for again. They outlive Records.clear."""

    def keep(self, asked: Export, until: str, most_of_one: int, most: int) -> bool:
        """Keep one as waiting. False, and nothing is kept, when its asker has so many already, or all askers together have."""

    def of(self, export: str) -> ExportStanding | None: ...

    def all(self) -> list[ExportStanding]:
        """The oldest first."""

    def begin(self, export: str, progress: Progress, persons: Sequence[str]) -> bool:
        """Whose records it is to hold, in this order, none of them written yet, whatever was before. False when it does not wait any more."""

    def persons(self, export: str, after: int, limit: int) -> list[str]:
        """So many of its persons, from the one with this number on (the first is 0)."""

    def written(self, export: str, patients: Collection[str]) -> set[str]:
        """Those of these patient records that are in it."""

    def advance(self, export: str, progress: Progress, patients: Collection[str]) -> bool:
        """How far it has come, and the patient records that are now in it, in one transaction. False when it does not wait any more."""

    def end(self, export: str, state: State, until: str, progress: Progress) -> bool:
        """It is done, or failed; its files stay until then. False when it did not wait any more."""

    def forget(self, export: str) -> None:
        """There is no such export."""


class ExportFiles(Protocol):
    """Files of exports, for their owner only, in a folder of their own. Any method that writes may raise StoreBusy (STORE-007)."""

    def alone(self, export: str) -> AbstractContextManager[bool]:
        """Whether nobody else writes its files while this lasts; also when the other is killed they are free at once."""

    def clear(self, export: str) -> None:
        """Nothing is written of it."""

    def resume(self, export: str, sizes: Mapping[str, Size]) -> bool:
        """Take away what was written beyond these sizes, and every other file. False when less is there than that: it must be begun anew."""

    def add(self, export: str, lines: Mapping[str, Sequence[bytes]]) -> None:
        """Write lines at the end of files by name, durable when the call returns."""

    def publish(self, export: str) -> None:
        """All of them can be opened from now on, at once; nothing where they can already."""

    def published(self, export: str) -> bool: ...

    def open(self, export: str, name: str) -> BinaryIO:
        """One of its published files. Raises Missing."""

    def remove(self, export: str) -> None:
        """None of them is there."""

    def held(self) -> list[str]:
        """Exports of which there are files."""
