"""The records of patients, as they stand. Those that were read a moment ago and were not written since are not read again: the very same objects
come back, so that what was worked out of them holds too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from carehub.store.sql.coding import stored_record
from carehub.store.sql.naming import Origins
from carehub.store.sql.places import Place
from carehub.store.sql.statements import one_of
from carehub.store.sql.tables import names, records, states
from carehub.store.stored import StoredRecord
from carehub.terms.remembered import Remembered

_MOST = 12_000
_message, _patient = names.alias("message_name"), names.alias("patient_name")


class _Held(NamedTuple):
    """stamps: by record's number, the write that last touched it. in_order: by type and id."""

    stamps: dict[int, int]
    records: dict[int, StoredRecord]
    in_order: list[StoredRecord]


class PersonsRecords:
    """Reads, and what was read, up to 12,000 records in this process. A stamp is never given twice, so a record with the stamp it had is the same."""

    def __init__(self, place: Place, origins: Origins) -> None:
        self._place, self._origins = place, origins
        self._held: Remembered[tuple[tuple[str, ...], tuple[str, ...] | None], _Held] = Remembered(_MOST)
        r, dialect = records, place.dialect
        stamps = select(r.c.id, r.c.stamp).select_from(r).join(_patient, _patient.c.id == r.c.patient)
        numbered = whole_record().add_columns(r.c.id)
        of, of_types = one_of(_patient.c.name, dialect), one_of(r.c.origin, dialect, "origins")
        self._stamps = {False: place.prepare(stamps.where(of)), True: place.prepare(stamps.where(of, of_types))}
        self._whole = {False: place.prepare(numbered.where(of)), True: place.prepare(numbered.where(of, of_types))}
        self._some = place.prepare(numbered.where(one_of(r.c.id, dialect, "numbers")))

    def of(self, patients: Sequence[str], types: Sequence[str] | None) -> list[StoredRecord]:
        """Of these patients, by type and id. types: only these; None: all."""
        key = tuple(patients), None if types is None else tuple(types)
        asked: dict[str, Any] = {"ids": self._place.listed(patients)}
        if types is not None:
            asked["origins"] = self._place.listed(self._origins.of_types(types))
        held = self._held.get(key)
        if held is None or (now := self._now(held, types is not None, asked)) is None:
            found = self._place.rows(self._whole[types is not None], **asked)
            now = self._in_order({row[-1]: self._record(row) for row in found})
        if now is not held:
            self._held.put(key, now, len(now.records))
        return list(now.in_order)

    def forget(self) -> None:
        """Keep nothing that was read in this process."""
        self._held.clear()

    def _now(self, held: _Held, typed: bool, asked: dict[str, Any]) -> _Held | None:
        """What was held with what was written since; None where more than half was, or something is written at this moment."""
        stamps: dict[int, int] = dict(self._place.rows(self._stamps[typed], **asked))
        if stamps == held.stamps:
            return held
        changed = [number for number, stamp in stamps.items() if held.stamps.get(number) != stamp]
        if len(changed) > len(stamps) / 2:
            return None
        read = {row[-1]: self._record(row) for row in self._place.rows(self._some, numbers=self._place.listed(changed))} if changed else {}
        if any(number not in read or read[number].stamp != stamps[number] for number in changed):
            return None
        return self._in_order({number: read.get(number) or held.records[number] for number in stamps})

    def _record(self, row: Sequence[Any]) -> StoredRecord:
        return stored_record(row[:-1], self._origins.of(row[1]))

    def _in_order(self, found: dict[int, StoredRecord]) -> _Held:
        stamps = {number: record.stamp for number, record in found.items()}
        return _Held(stamps, found, sorted(found.values(), key=lambda record: (record.type, record.id)))


def whole_record(wanted: Any = None) -> Select[Any]:
    """Whole records as `coding.stored_record` reads them: those of the names in `wanted` (see each_name), or all."""
    r = records
    facts = (r.c.withdrawn, r.c.last_position, r.c.stamp, r.c.facts)
    body = (r.c.head, r.c.tail, r.c.middle, r.c.short, r.c.state, states.c.body, states.c.sha)
    whole = select(names.c.name, r.c.origin, _patient.c.name, r.c.version, _message.c.name, *facts, *body)
    if wanted is None:
        found = whole.select_from(r).join(names, names.c.id == r.c.id)
    else:
        found = whole.select_from(wanted).join(names, names.c.name == wanted.c.value).join(r, r.c.id == names.c.id)
    return (
        found.join(_patient, _patient.c.id == r.c.patient)
        .join(_message, _message.c.id == r.c.message)
        .outerjoin(states, states.c.id == r.c.state)
    )
