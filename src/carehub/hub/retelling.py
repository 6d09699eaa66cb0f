"""The records one mapping step touches, as they change: states folded in the source's order, ready to be written at once."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from operator import attrgetter

from carehub.feeds.adapter import Adapter
from carehub.feeds.catalogue import Catalogue
from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.feeds.revision import Revise, State, fold, step
from carehub.fhir.canonical import content_hash, stable
from carehub.fhir.meta import with_meta, without_meta
from carehub.fhir.resource import Resource
from carehub.hub.conform import faults, without_references_to
from carehub.store.ports import Records
from carehub.store.stored import MapOutcome, MappingBatch, QuarantinedPart, StoredRecord, Telling
from carehub.terms.issue import Issue
from carehub.terms.issue_catalogue import issue

# Two messages that tell the same at the same instant come in order of their ids, so that arrival never shows.
_in_order = attrgetter("order", "message")


class Retelling:
    """Working state of one mapping step. remapped: messages told before, whose earlier tellings no longer count."""

    def __init__(self, records: Records, catalogue: Catalogue, remapped: Sequence[str]) -> None:
        self._records = records
        self._catalogue = catalogue
        self._remapped = tuple(remapped)
        self._stored: dict[str, StoredRecord] = {}
        self._tellings: dict[str, list[Telling]] = {}
        self._fresh: dict[tuple[str, str], Telling] = {}
        self._changed: dict[str, StoredRecord] = {}
        self._dropped: set[str] = set()
        if remapped:
            self._dropped = set().union(*records.told_by(remapped).values())
            for record, tellings in records.tellings(self._dropped).items():
                self._tellings[record] = [t for t in tellings if t.message not in self._remapped]

    def load(self, ids: Iterable[str]) -> None:
        """Fetch the records that will be told about."""
        self._stored = self._records.current(set(ids) | self._dropped)

    def tell(self, message: Message, adapter: Adapter, mapped: Mapped, told_at: str) -> tuple[int, tuple[QuarantinedPart, ...]]:
        """Take in one mapped message: how many records were kept, and the parts that were not.

        When the patient of the message is neither readable here nor known from before, nothing of it is kept.
        """
        kept: dict[str, tuple[MappedRecord, Telling]] = {}
        quarantined: list[QuarantinedPart] = []
        lost: set[str] = set()
        for record in mapped.records:
            telling = _telling(record, record.resource, message, mapped, told_at)
            found = self._faults(record, telling, adapter, kept)
            if found:
                quarantined.append(QuarantinedPart(record.at, record.ref.type, found))
                lost.add(record.ref.reference)
            else:
                kept.setdefault(record.ref.id, (record, telling))
        lost -= {record.ref.reference for record, _ in kept.values()}
        if mapped.patient is not None and mapped.patient.reference in lost and not self._knows(mapped.patient.id):
            return 0, tuple(quarantined)
        for record, telling in kept.values():
            resource = record.resource
            if lost:
                resource = without_references_to(resource, lost)
                telling = _telling(record, resource, message, mapped, told_at)
            self._apply(telling, resource, message, adapter, mapped)
        return len(kept), tuple(quarantined)

    def batch(self, outcomes: Iterable[MapOutcome]) -> MappingBatch:
        """Everything to write. A record that only re-mapped messages told is removed; one that others tell too is folded anew without them."""
        removed = []
        for record in sorted(self._dropped - self._changed.keys()):
            tellings, stored = self._tellings.get(record, []), self._stored.get(record)
            state = fold(tellings, self._catalogue.adapter(stored.feed).revise) if stored else None
            if stored is None or state is None:
                removed.append(record)
            else:
                self._changed[record] = _stored(state, tellings[-1], stored, stored.feed, stored.received, stored)
        return MappingBatch(
            tellings=tuple(self._fresh.values()),
            records=tuple(self._changed.values()),
            outcomes=tuple(outcomes),
            remapped=self._remapped,
            removed=tuple(removed),
            based_on=tuple((id, self._stored[id].stamp if id in self._stored else 0) for id in (*self._changed, *removed)),
        )

    def _knows(self, record: str) -> bool:
        return record in self._changed or (record in self._stored and bool(self._tellings.get(record, True)))

    def _faults(
        self, record: MappedRecord, telling: Telling, adapter: Adapter, kept: dict[str, tuple[MappedRecord, Telling]]
    ) -> tuple[Issue, ...]:
        if record.ref.id in kept:
            same = kept[record.ref.id][1].sha == telling.sha
            return () if same else (issue("MAP-015", at=record.at, about=record.ref.type),)
        if record.change == "withdrawn":
            return ()
        if record.change == "snapshot":
            return faults(record.resource)
        return faults(self._state_with(telling, record.resource, adapter.revise).resource)

    def _state_with(self, telling: Telling, resource: Resource, revise: Revise) -> State:
        """The record's state once this telling has found its place in the source's order."""
        stored = self._changed.get(telling.record) or self._stored.get(telling.record)
        if telling.record not in self._tellings and (stored is None or telling.order > stored.last_told):
            return step(_restored(stored, telling) if stored else None, telling, resource, revise)
        state = fold(self._placed(telling), revise)
        if state is None:
            raise AssertionError("a telling was placed, so there is a state")
        return state

    def _placed(self, telling: Telling) -> list[Telling]:
        """All tellings of the record in order, this one among them."""
        record = telling.record
        if record not in self._tellings:
            known = {t.message: t for t in self._records.tellings([record]).get(record, [])}
            known.update({t.message: t for (told, _), t in self._fresh.items() if told == record})
            self._tellings[record] = sorted(known.values(), key=_in_order)
        others = [t for t in self._tellings[record] if t.message != telling.message]
        insort(others, telling, key=_in_order)
        return others

    def _apply(self, telling: Telling, resource: Resource, message: Message, adapter: Adapter, mapped: Mapped) -> None:
        state = self._state_with(telling, resource, adapter.revise)
        if telling.record in self._tellings:
            self._tellings[telling.record] = self._placed(telling)
        before = self._changed.get(telling.record) or self._stored.get(telling.record)
        self._fresh[telling.record, telling.message] = telling
        told = _told_of(telling, message, adapter, mapped)
        self._changed[telling.record] = _stored(state, telling, before, message.feed, message.received_at, told)


def _telling(record: MappedRecord, resource: Resource, message: Message, mapped: Mapped, told_at: str) -> Telling:
    body = b"" if record.change == "withdrawn" else stable(resource)
    sha = content_hash(body)
    return Telling(
        record=record.ref.id,
        type=record.ref.type,
        patient=_patient_of(record, mapped),
        message=message.id,
        position=message.position,
        told_at=told_at,
        sequence=mapped.sequence,
        change=record.change,
        clears=record.clears,
        sha=content_hash([sha, record.change, record.clears]) if record.change != "snapshot" else sha,
        body=body,
    )


def _patient_of(record: MappedRecord, mapped: Mapped) -> str:
    """The Patient record this record belongs to: of the message, or of the other side of a merge it reports."""
    sides = (mapped.patient, *(side for merge in mapped.merges for side in (merge.surviving, merge.subsumed)))
    known = (side.id for side in sides if side is not None and side.patient == record.ref.patient)
    return next(known, mapped.patient.id if mapped.patient else "")


def _restored(stored: StoredRecord, telling: Telling) -> State:
    """The stored state to go on from. A snapshot replaces all, so the body is parsed only when something builds on it."""
    resource = {} if telling.change == "snapshot" else without_meta(stored.body)
    return State(resource, stored.content, stored.version, stored.message, stored.recorded, stored.withdrawn)


def _told_of(telling: Telling, message: Message, adapter: Adapter, mapped: Mapped) -> StoredRecord:
    """A record's standing facts as this message gives them: where it belongs and which code mapped it."""
    return StoredRecord(
        id=telling.record,
        type=telling.type,
        patient=telling.patient,
        source=mapped.source,
        feed=message.feed,
        version=0,
        message=message.id,
        recorded="",
        received=message.received_at,
        author="",
        adapter=adapter.manifest.name,
        mapping_version=adapter.manifest.mapping_version,
        withdrawn=False,
        content="",
        body=b"",
        last_told=telling.order,
        last_position=message.position,
    )


def _stored(state: State, telling: Telling, before: StoredRecord | None, feed: str, received: str, told: StoredRecord) -> StoredRecord:
    same_telling = before is not None and before.message == state.message
    unchanged = before is not None and same_telling and before.version == state.version and before.content == state.content
    if before is not None and same_telling:
        received = before.received
    body = before.body if before is not None and unchanged and before.withdrawn == state.withdrawn else None
    return StoredRecord(
        id=telling.record,
        type=telling.type,
        patient=told.patient,
        source=told.source,
        feed=feed,
        version=state.version,
        message=state.message,
        recorded=state.told_at,
        received=received,
        author="",
        adapter=told.adapter,
        mapping_version=told.mapping_version,
        withdrawn=state.withdrawn,
        content=state.content,
        body=body or with_meta(state.resource, version=state.version, last_updated=received, source=f"urn:carehub:{feed}#{state.message}"),
        last_told=telling.order if before is None else max(before.last_told, telling.order),
        last_position=telling.position if before is None else max(before.last_position, telling.position),
    )
