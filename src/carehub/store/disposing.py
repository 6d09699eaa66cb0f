"""The port by which messages are disposed of: the only change that the log knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """By what something is disposed of. proposal: its id. version: of the retention schedule. at: ISO UTC."""

    proposal: str
    version: str
    at: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a submission whose bytes were destroyed; its messages keep their ids and places. sha256: of the bytes that were."""

    submission: str
    feed: str
    received_at: str
    sha256: str
    order: Order


class Disposal(Protocol):
    """Each call is one transaction, and the same call again changes nothing. Any may raise StoreBusy; then nothing was written."""

    def mark(self, messages: Collection[str], order: Order) -> None:
        """From now on the log gives these messages without their bytes, and mapping makes nothing of them. The bytes are still there."""

    def marked(self, messages: Iterable[str]) -> set[str]:
        """Those of the messages that are marked."""

    def destroy(self, submission: str, order: Order) -> None:
        """Destroy every copy of a submission's bytes that the log has, and its delivery key, which may name somebody; mark all its messages. Its id, feed,
        place, time of receipt and digest stay, so that the same delivery again gets its first receipt and adds nothing."""

    def tombstones(self, submissions: Iterable[str]) -> dict[str, Tombstone]:
        """Of those that were destroyed."""

    def forget(self, patients: Collection[str], persons: Collection[str]) -> None:
        """Drop what is kept of patient records that no message tells any more beside their records: their links that were, what is near them; and of
        persons that are no more their ids, and what waits to be told or was told to subscribers. What this store remembers of records is forgotten;
        what other processes read stays in their memory until they are restarted (docs/governance.md)."""

    def scrub(self) -> None:
        """Give up the room of what was deleted, so that its bytes are gone from the database's own files: see docs/governance.md for what each kind of
        database does. Takes long, and on SQLite as much room again. Not one transaction with anything."""
