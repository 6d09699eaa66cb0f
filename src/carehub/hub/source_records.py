"""Stored records as assembly reads them: what has not changed is the very same object as the last time, so that what was read of it still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from carehub.careplan.plan import SourceRecord
from carehub.fhir.canonical import loads
from carehub.hub.attributing import attribution_of
from carehub.store.stored import StoredRecord
from carehub.terms.remembered import WORTH, Remembered

# All that a source record is made from, but the time its message was recorded at.
_made_from = attrgetter(
    "body", "withdrawn", "source", "feed", "type", "id", "version", "message", "recorded", "received", "author", "adapter", "mapping_version"
)  # fmt: skip


class _Made(NamedTuple):
    key: object
    recorded: str | None
    record: SourceRecord


RECORDS: Remembered[tuple[str, str], dict[str, _Made]] = Remembered(12_000)
"""Source records of long records, by patient and feed, then by reference."""


def source_records(patient: str, feed: str, stored: Sequence[StoredRecord], recorded: Mapping[str, str]) -> tuple[SourceRecord, ...]:
    """The records of one patient record of a source, in the order given. recorded: see attributing.attribution_of."""
    if len(stored) < WORTH:
        return tuple(_record(one, recorded) for one in stored)
    before = RECORDS.get((patient, feed)) or {}
    made: dict[str, _Made] = {}
    found: list[SourceRecord] = []
    for one in stored:
        name, key, at = f"{one.type}/{one.id}", _made_from(one), recorded.get(one.message)
        known = before.get(name)
        same = known is not None and known.key == key and known.recorded == at
        made[name] = known if known is not None and same else _Made(key, at, _record(one, recorded))
        found.append(made[name].record)
    RECORDS.put((patient, feed), made, len(made))
    return tuple(found)


def _record(stored: StoredRecord, recorded: Mapping[str, str]) -> SourceRecord:
    return SourceRecord(loads(stored.body), attribution_of(stored, recorded), stored.withdrawn)
