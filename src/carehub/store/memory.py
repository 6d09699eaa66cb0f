"""All ports over dictionaries: a real store for tests and trials, safe for threads, gone when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from carehub.feeds.message import Message, Receipt, digest, message_id
from carehub.store.memory_lane import Kept, MemoryLinks, MemoryPlans
from carehub.store.stored import (
    AuditRow,
    Delivery,
    MapOutcome,
    MappingBatch,
    MessageHead,
    StoredRecord,
    Telling,
)
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
                    ids = tuple(message_id(said.id, part) for part in range(len(delivery.parts)))
                    known = Receipt(said.id, said.feed, said.received_at, digest(said.body), ids)
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

    def heads(self, after: int, limit: int) -> list[MessageHead]:
        with self._lock:
            return [MessageHead(m.position, m.id, m.feed) for m in self._order[after : after + limit]]

    def last_position(self) -> int:
        return len(self._order)


class MemoryRecords:
    """Records over dictionaries."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = kept.lock

    def tellings(self, records: Iterable[str]) -> dict[str, list[Telling]]:
        with self._lock:
            told = self._kept.tellings
            return {id: sorted(told[id].values(), key=lambda t: (t.order, t.message)) for id in records if told.get(id)}

    def told_by(self, messages: Iterable[str]) -> dict[str, set[str]]:
        with self._lock:
            wanted = set(messages)
            found: dict[str, set[str]] = {}
            for record, told in self._kept.tellings.items():
                for message in told.keys() & wanted:
                    found.setdefault(message, set()).add(record)
            return found

    def apply(self, batch: MappingBatch) -> None:
        with self._lock:
            kept = self._kept
            for id, stamp in batch.based_on:
                if kept.stamps.get(id, 0) != stamp:
                    raise Overtaken(issue("STORE-004"))
            kept.writes += 1
            for told in kept.tellings.values():
                for message in batch.remapped:
                    told.pop(message, None)
            for id in batch.removed:
                kept.records.pop(id, None)
                kept.stamps.pop(id, None)
            for telling in batch.tellings:
                kept.tellings.setdefault(telling.record, {})[telling.message] = telling
            for record in batch.records:
                kept.records[record.id] = record
                kept.stamps[record.id] = kept.writes
            for outcome in batch.outcomes:
                kept.outcomes[outcome.message] = outcome

    def outcomes(self, messages: Iterable[str]) -> dict[str, MapOutcome]:
        with self._lock:
            return {id: self._kept.outcomes[id] for id in messages if id in self._kept.outcomes}

    def outcomes_of(self, patients: Iterable[str]) -> dict[str, list[MapOutcome]]:
        with self._lock:
            wanted = set(patients) - {""}
            found: dict[str, list[MapOutcome]] = {}
            for outcome in sorted(self._kept.outcomes.values(), key=lambda o: (o.told_at, o.sequence, o.message)):
                if outcome.patient in wanted:
                    found.setdefault(outcome.patient, []).append(outcome)
            return found

    def unsettled(self, verdict: str, after: int, limit: int) -> list[MapOutcome]:
        with self._lock:
            waiting = [o for o in self._kept.outcomes.values() if o.verdict == verdict and o.position > after]
        return sorted(waiting, key=lambda o: o.position)[:limit]

    def counts(self) -> list[tuple[str, str, str, int]]:
        with self._lock:
            counted: dict[tuple[str, str, str], int] = {}
            for o in self._kept.outcomes.values():
                key = (o.feed, o.source.code if o.source else "", o.verdict)
                counted[key] = counted.get(key, 0) + 1
        return sorted((*key, n) for key, n in counted.items())

    def record(self, type: str, id: str) -> StoredRecord | None:
        found = self.current([id]).get(id)
        return found if found and found.type == type else None

    def current(self, ids: Iterable[str]) -> dict[str, StoredRecord]:
        with self._lock:
            return {id: self._kept.stamped(id) for id in ids if id in self._kept.records}

    def of_patients(self, patients: Iterable[str], types: Sequence[str] | None = None) -> list[StoredRecord]:
        with self._lock:
            wanted = set(patients)
            found = [r for r in self._kept.records.values() if r.patient in wanted and (types is None or r.type in types)]
            return [self._kept.stamped(r.id) for r in sorted(found, key=lambda r: (r.type, r.id))]

    def totals(self) -> tuple[int, int]:
        with self._lock:
            return sum(r.type == "Patient" for r in self._kept.records.values()), len(self._kept.records)

    def version_count(self) -> int:
        with self._lock:
            return sum(r.version for r in self._kept.records.values())

    def clear(self) -> None:
        with self._kept.lane, self._lock:
            self._kept.clear()


class MemoryAudit:
    """AuditTrail over a list."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._rows: dict[str, AuditRow] = {}

    def append(self, rows: Sequence[AuditRow]) -> None:
        with self._lock:
            for row in rows:
                self._rows.setdefault(row.id, row)

    def about(self, person: str, limit: int) -> list[AuditRow]:
        with self._lock:
            numbered = [(row.at, n, row) for n, row in enumerate(self._rows.values()) if row.person == person]
        return [row for _, _, row in sorted(numbered, key=lambda r: r[:2], reverse=True)[:limit]]


class MemoryStore:
    """All ports of one store, over dictionaries."""

    def __init__(self) -> None:
        lock = threading.RLock()
        kept = Kept(lock)
        self.log = MemoryLog(lock)
        self.records = MemoryRecords(kept)
        self.links = MemoryLinks(kept)
        self.plans = MemoryPlans(kept)
        self.audit = MemoryAudit(lock)

    def ready(self) -> None:
        """Always: there is nothing outside the process that could be missing."""

    def close(self) -> None:
        """Nothing to let go of."""
