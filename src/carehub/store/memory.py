"""All ports over dictionaries: a real store for tests and trials, safe for threads, gone when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from carehub.feeds.message import Message, Receipt, digest, message_ids
from carehub.governance.audit_chain import ChainedRow, Head, linked, sealed
from carehub.store.memory_disposal import MemoryDisposal
from carehub.store.memory_exports import MemoryExports
from carehub.store.memory_lane import Kept, MemoryLinks
from carehub.store.memory_passes import MemoryPasses
from carehub.store.memory_plans import MemoryPlans
from carehub.store.memory_records import MemoryRecords
from carehub.store.memory_steps import MemorySteps
from carehub.store.memory_streams import MemoryStreams
from carehub.store.memory_subscriptions import MemorySubscriptions
from carehub.store.memory_tries import MemoryTries
from carehub.store.stored import AuditRow, Delivery, MessageHead
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue


class MemoryLog:
    """MessageLog over a list."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._bodies: dict[str, bytes] = {}
        self._receipts: dict[str, Receipt] = {}
        self._messages: dict[str, Message] = {}
        self._order: list[Message] = []

    def append(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        with self._lock:
            fresh: dict[str, tuple[Receipt, Delivery]] = {}
            receipts = []
            for delivery in deliveries:
                said = delivery.submission
                known = self._receipts.get(said.id) or (fresh[said.id][0] if said.id in fresh else None)
                if known is None:
                    known = Receipt(said.id, said.feed, said.received_at, digest(said.body), message_ids(said.id, len(delivery.parts)))
                    fresh[said.id] = (known, delivery)
                elif known.sha256 != digest(said.body):
                    raise Overtaken(issue("FEED-003"))
                receipts.append(known)
            for receipt, delivery in fresh.values():
                self._keep(receipt, delivery)
            return receipts

    def _keep(self, receipt: Receipt, delivery: Delivery) -> None:
        self._receipts[receipt.submission] = receipt
        self._bodies[receipt.submission] = delivery.submission.body
        for part, (id, body) in enumerate(zip(receipt.messages, delivery.parts, strict=True)):
            message = Message(id, len(self._order) + 1, receipt.submission, part, receipt.feed, receipt.received_at, body)
            self._messages[id] = message
            self._order.append(message)

    def receipt(self, submission: str) -> Receipt | None:
        return self._receipts.get(submission)

    def submission_body(self, submission: str) -> bytes | None:
        return self._bodies.get(submission)

    def read(self, messages: Iterable[str]) -> dict[str, Message]:
        with self._lock:
            return {id: self._messages[id] for id in messages if id in self._messages}

    def dispose(self, message: str, proposal: str) -> None:
        """From now on the message is given without its bytes."""
        with self._lock:
            if message in self._messages:
                gone = replace(self._messages[message], body=b"", disposed=proposal)
                self._messages[message] = self._order[gone.position - 1] = gone

    def destroy(self, submission: str) -> None:
        """The bytes of a submission are gone."""
        with self._lock:
            self._bodies[submission] = b""

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        with self._lock:
            return [MessageHead(m.position, m.id, m.feed) for m in self._order[after : after + limit]]

    def position(self, message: str) -> int:
        with self._lock:
            return self._messages[message].position if message in self._messages else 0

    def last_position(self) -> int:
        return len(self._order)


class MemoryAudit:
    """AuditTrail over a list."""

    def __init__(self, lock: threading.RLock, key: bytes = b"") -> None:
        self._lock = lock
        self._key = key
        self._rows: dict[str, AuditRow] = {}
        self._links: list[bytes] = []

    def append(self, rows: Sequence[AuditRow]) -> None:
        with self._lock:
            for row in rows:
                if row.id not in self._rows:
                    self._rows[row.id] = row
                    before = self._links[-1] if self._links else b""
                    self._links.append(linked(self._key, before, len(self._rows), row.id, row.at, row.person, row.event))

    def about(self, person: str, limit: int) -> list[AuditRow]:
        with self._lock:
            numbered = [(row.at, n, row) for n, row in enumerate(self._rows.values()) if row.person == person]
        return [row for _, _, row in sorted(numbered, key=lambda r: r[:2], reverse=True)[:limit]]

    def entry(self, id: str) -> AuditRow | None:
        with self._lock:
            return self._rows.get(id)

    def chain(self) -> Iterator[ChainedRow]:
        with self._lock:
            held = list(zip(self._rows.values(), self._links, strict=True))
        return (ChainedRow(n, link, row.id, row.at, row.person, row.event) for n, (row, link) in enumerate(held, 1))

    def head(self) -> Head | None:
        with self._lock:
            return sealed(self._key, len(self._links), self._links[-1]) if self._links else None


class MemoryStore:
    """All ports of one store, over dictionaries."""

    def __init__(self) -> None:
        lock = threading.RLock()
        kept = Kept(lock)
        self.log = MemoryLog(lock)
        self.streams = MemoryStreams(lock, self.log)
        self.records = MemoryRecords(kept)
        self.links = MemoryLinks(kept)
        self.plans = MemoryPlans(kept)
        self.steps = MemorySteps(lock)
        self.subscriptions = MemorySubscriptions(lock)
        self.passes = MemoryPasses(lock)
        self.tries = MemoryTries(lock)
        self.exports = MemoryExports(lock)
        self.disposal = MemoryDisposal(self.log, kept, self.subscriptions)
        self.audit = MemoryAudit(lock)

    def ready(self) -> None:
        """Always: there is nothing outside the process that could be missing."""

    def try_writing(self) -> None:
        """Always: as `ready`."""

    def edition(self) -> None:
        """Nobody counts: a dictionary is asked as quickly."""

    def close(self) -> None:
        """Nothing to let go of."""
