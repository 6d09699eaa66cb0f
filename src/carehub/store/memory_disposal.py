"""Disposal over dictionaries; part of the memory store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from carehub.feeds.message import Message, Receipt
from carehub.store.disposing import Order, Tombstone
from carehub.store.memory_lane import Kept
from carehub.store.memory_subscriptions import MemorySubscriptions


class _Log(Protocol):
    def receipt(self, submission: str) -> Receipt | None: ...

    def read(self, messages: Iterable[str]) -> dict[str, Message]: ...

    def dispose(self, message: str, proposal: str) -> None: ...

    def destroy(self, submission: str) -> None: ...


class MemoryDisposal:
    """carehub.store.disposing.Disposal."""

    def __init__(self, log: _Log, kept: Kept, subscriptions: MemorySubscriptions) -> None:
        self._log, self._kept, self._subscriptions = log, kept, subscriptions
        self._tombstones: dict[str, Tombstone] = {}

    def mark(self, messages: Collection[str], order: Order) -> None:
        with self._kept.lock:
            for id in set(messages) - self.marked(messages):
                self._log.dispose(id, order.proposal)

    def marked(self, messages: Iterable[str]) -> set[str]:
        return {id for id, message in self._log.read(messages).items() if message.disposed}

    def destroy(self, submission: str, order: Order) -> None:
        with self._kept.lock:
            receipt = self._log.receipt(submission)
            if receipt is None or submission in self._tombstones:
                return
            self.mark(receipt.messages, order)
            self._log.destroy(submission)
            self._tombstones[submission] = Tombstone(submission, receipt.feed, receipt.received_at, receipt.sha256, order)

    def tombstones(self, submissions: Iterable[str]) -> dict[str, Tombstone]:
        return {id: self._tombstones[id] for id in submissions if id in self._tombstones}

    def forget(self, patients: Collection[str], persons: Collection[str]) -> None:
        kept, gone = self._kept, set(persons)
        with kept.lock:
            for patient in patients:
                kept.history.pop(patient, None)
                kept.neighbours.pop(patient, None)
            kept.known -= gone
            kept.marks = {person: told for person, told in kept.marks.items() if person not in gone}
            kept.redirects = {one: other for one, other in kept.redirects.items() if one not in gone and other not in gone}
        self._subscriptions.forget(gone)

    def scrub(self) -> None:
        """Nothing is deleted that keeps its place."""
