"""Records over dictionaries; a part of the memory store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from carehub.store.memory_lane import Kept
from carehub.store.stored import (
    Brief,
    Closing,
    LastTelling,
    MapOutcome,
    MappingBatch,
    ScopedTelling,
    ScopeStamp,
    StoredRecord,
    Telling,
)
from carehub.store.tally import Tally
from carehub.store.tallying import added, tallied
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue


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
                if (kept.records[id].stamp if id in kept.records else 0) != stamp:
                    raise Overtaken(issue("STORE-004"))
            for scope, read in batch.scopes:
                if not read.fits(kept.scopes.get(scope, ScopeStamp())):
                    raise Overtaken(issue("STORE-004"))
            kept.writes += 1
            for message in batch.remapped:
                for told in kept.tellings.values():
                    told.pop(message, None)
                for under in kept.scoped.values():
                    under.pop(message, None)
            self._scope(batch)
            for revisit in batch.revisits:
                kept.revisits[revisit.message, revisit.patient] = replace(revisit, stamp=kept.writes)
            for id in batch.removed:
                kept.records.pop(id, None)
            for telling in batch.tellings:
                kept.tellings.setdefault(telling.record, {})[telling.message] = telling
            for record in batch.records:
                kept.records[record.id] = replace(record, stamp=kept.writes)
            for told_again in batch.retold:
                held = kept.records[told_again.record]
                last_told, last_position = told_again.last_told, told_again.last_position
                kept.records[held.id] = replace(held, last_told=last_told, last_position=last_position, stamp=kept.writes)
            before = [kept.outcomes[o.message] for o in batch.outcomes if o.message in kept.outcomes]
            for key, more in tallied(batch.outcomes, before).items():
                kept.tallies[key] = added(kept.tallies[key], more) if key in kept.tallies else more
            for outcome in batch.outcomes:
                kept.outcomes[outcome.message] = outcome

    def _scope(self, batch: MappingBatch) -> None:
        kept = self._kept
        gone = set(batch.remapped)
        kept.closings = {key: c for key, c in kept.closings.items() if c.message not in gone}
        for told in batch.scoped:
            kept.scoped.setdefault(told.record, {})[told.message] = told
        for closing in batch.closings:
            kept.closings[closing.message, closing.scope] = closing
        for scope in {told.scope for told in batch.scoped}:
            kept.scopes[scope] = replace(kept.scopes.get(scope, ScopeStamp()), told=kept.writes)
        for scope in {closing.scope for closing in batch.closings if closing.patient is None}:
            kept.scopes[scope] = replace(kept.scopes.get(scope, ScopeStamp()), closed=kept.writes)

    def scoped(self, records: Iterable[str]) -> dict[str, list[ScopedTelling]]:
        with self._lock:
            return {id: list(self._kept.scoped[id].values()) for id in records if self._kept.scoped.get(id)}

    def scoped_by(self, messages: Iterable[str]) -> set[str]:
        with self._lock:
            wanted = set(messages)
            return {id for id, told in self._kept.scoped.items() if not wanted.isdisjoint(told)}

    def closings(self, scopes: Iterable[str], patients: Iterable[str], since: str = "") -> list[Closing]:
        with self._lock:
            wanted, of = set(scopes), {None, *patients}
            return [c for c in self._kept.closings.values() if c.scope in wanted and c.patient in of and c.told_at >= since]

    def closings_of(self, messages: Iterable[str]) -> list[Closing]:
        with self._lock:
            wanted = set(messages)
            return [c for c in self._kept.closings.values() if c.message in wanted]

    def scope_stamps(self, scopes: Iterable[str]) -> dict[str, ScopeStamp]:
        with self._lock:
            return {scope: self._kept.scopes[scope] for scope in scopes if scope in self._kept.scopes}

    def untold(self, closings: Sequence[Closing], *, settled: bool = False) -> set[str]:
        with self._lock:
            scopes = {c.scope for c in closings}
            return (
                {id for id, told in self._kept.scoped.items() if self._is_untold(id, told, closings[0], scopes, settled)}
                if closings
                else set()
            )

    def _is_untold(self, id: str, told: dict[str, ScopedTelling], by: Closing, scopes: set[str], settled: bool) -> bool:
        kept = self._kept
        record = kept.records.get(id)
        if record is None or (by.patient is not None and record.patient != by.patient) or scopes.isdisjoint(t.scope for t in told.values()):
            return False
        if by.message in told if by.patient is not None else any(t.unit == by.unit for t in told.values()):
            return False
        earlier = record.withdrawn and any(c.message == record.message and c.told_at < by.told_at for c in kept.closings.values())
        return settled or not earlier

    def outcomes(self, messages: Iterable[str]) -> dict[str, MapOutcome]:
        with self._lock:
            return {id: self._kept.outcomes[id] for id in messages if id in self._kept.outcomes}

    def verdicts(self, messages: Iterable[str]) -> dict[str, str]:
        with self._lock:
            return {id: self._kept.outcomes[id].verdict for id in messages if id in self._kept.outcomes}

    def outcomes_of(self, patients: Iterable[str]) -> dict[str, list[MapOutcome]]:
        with self._lock:
            wanted = set(patients) - {""}
            found: dict[str, list[MapOutcome]] = {}
            about = [outcome for outcome in self._kept.outcomes.values() if outcome.patient in wanted]
            for outcome in sorted(about, key=lambda o: (o.told_at, o.sequence, o.message)):
                found.setdefault(outcome.patient, []).append(outcome)
            return found

    def unsettled(self, verdict: str, after: int, limit: int, feed: str = "") -> list[MapOutcome]:
        with self._lock:
            waiting = [
                o for o in self._kept.outcomes.values() if o.verdict == verdict and o.position > after and o.feed in (feed or o.feed,)
            ]
        return sorted(waiting, key=lambda o: o.position)[:limit]

    def how_many(self, verdict: str, first: int, last: int) -> int:
        with self._lock:
            return sum(o.verdict == verdict and first <= o.position <= last for o in self._kept.outcomes.values())

    def tallies(self, since: str) -> list[Tally]:
        with self._lock:
            return [tally for key, tally in sorted(self._kept.tallies.items()) if key[2] and key[2] >= since]

    def marks(self) -> list[Tally]:
        with self._lock:
            return [tally for key, tally in sorted(self._kept.tallies.items()) if not key[2]]

    def dead_after(self, feed: str, position: int) -> int:
        with self._lock:
            return sum(o.feed == feed and o.verdict == "rejected" and o.position > position for o in self._kept.outcomes.values())

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
            return {id: self._kept.records[id] for id in ids if id in self._kept.records}

    def in_brief(self, ids: Iterable[str]) -> dict[str, Brief]:
        return {id: Brief(held.source, held.feed, held.content, held.last_position) for id, held in self.current(ids).items()}

    def writes(self) -> int:
        with self._lock:
            return self._kept.writes

    def last_tellings(self, ids: Iterable[str]) -> dict[str, LastTelling]:
        return {
            id: LastTelling(id, held.last_told, held.last_position, held.withdrawn, held.stamp) for id, held in self.current(ids).items()
        }

    def of_patients(self, patients: Iterable[str], types: Sequence[str] | None = None) -> list[StoredRecord]:
        with self._lock:
            wanted = set(patients)
            found = [r for r in self._kept.records.values() if r.patient in wanted and (types is None or r.type in types)]
            return sorted(found, key=lambda r: (r.type, r.id))

    def totals(self) -> tuple[int, int]:
        with self._lock:
            return sum(r.type == "Patient" for r in self._kept.records.values()), len(self._kept.records)

    def version_count(self) -> int:
        with self._lock:
            return sum(r.version for r in self._kept.records.values())

    def clear(self) -> None:
        with self._kept.lane, self._lock:
            self._kept.clear()
