"""What a message tells of a record, and how a record stands after it, as the store keeps them."""

from __future__ import annotations

from typing import NamedTuple

from carehub.feeds.mapped import Mapped, MappedRecord
from carehub.feeds.message import Message
from carehub.feeds.revision import State
from carehub.fhir.meta import without_meta, written
from carehub.store.stored import StoredRecord, Telling
from carehub.terms.organisations import SourceOrganisation


class Speaking(NamedTuple):
    """What all records of one message have in common: who says it, over which feed, which code mapped it, when it came."""

    source: SourceOrganisation
    feed: str
    adapter: str
    mapping_version: int
    received: str


def telling_of(record: MappedRecord, message: Message, mapped: Mapped, told_at: str, patient: str) -> Telling:
    """patient: of the record, see patient_of."""
    ref, said = record.ref, record.said
    clears, sequence = record.clears, mapped.sequence
    return Telling(ref.id, ref.type, patient, message.id, message.position, told_at, sequence, record.change, clears, said.sha, said.body)


def only_patient(mapped: Mapped) -> str:
    """The Patient record all records of the message belong to; "" where some may belong to another (see patient_of), or all to nobody."""
    return mapped.patient.id if mapped.patient is not None and not mapped.merges and mapped.moved_from is None else ""


def patient_of(record: MappedRecord, mapped: Mapped) -> str:
    """The Patient record this record belongs to: of the message, of the other side of a merge it reports, or of who it takes it from."""
    sides = (mapped.patient, mapped.moved_from, *(side for merge in mapped.merges for side in (merge.surviving, merge.subsumed)))
    known = (side.id for side in sides if side is not None and side.patient == record.ref.patient)
    return next(known, mapped.patient.id if mapped.patient else "")


def restored(stored: StoredRecord, telling: Telling) -> State:
    """The stored state to go on from. A snapshot replaces all, so the body is parsed only when something builds on it."""
    resource = {} if telling.change == "snapshot" else without_meta(stored.body)
    return State(resource, stored.content, stored.version, stored.message, stored.recorded, stored.withdrawn)


def stands(stored: StoredRecord) -> tuple[str, int, str, bool]:
    return stored.message, stored.version, stored.content, stored.withdrawn


def stored_state(
    state: State,
    telling: Telling,
    before: StoredRecord | None,
    patient: str,
    speaking: Speaking,
    last: tuple[str, str, str] = ("", "", ""),
) -> StoredRecord:
    """last: the order of the newest telling or withdrawal, where it may be newer than `telling`."""
    feed, received = speaking.feed, speaking.received
    same_telling = before is not None and before.message == state.message
    unchanged = before is not None and same_telling and before.version == state.version and before.content == state.content
    if before is not None and same_telling:
        received = before.received
    body = before.body if before is not None and unchanged and before.withdrawn == state.withdrawn else None
    text = state.text or written(state.resource)
    return StoredRecord(
        id=telling.record,
        type=telling.type,
        patient=patient,
        source=speaking.source,
        feed=feed,
        version=state.version,
        message=state.message,
        recorded=state.told_at,
        received=received,
        author="",
        adapter=speaking.adapter,
        mapping_version=speaking.mapping_version,
        withdrawn=state.withdrawn,
        content=state.content,
        body=body or text.served(version=state.version, last_updated=received, source=f"urn:carehub:{feed}#{state.message}"),
        last_told=max(last, telling.order) if before is None else max(before.last_told, last, telling.order),
        last_position=telling.position if before is None else max(before.last_position, telling.position),
        kept=before.kept if before is not None and body else None,
    )
