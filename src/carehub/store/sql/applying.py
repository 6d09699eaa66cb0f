"""Writing one mapping step: tellings, the records as they now stand, and outcomes, in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update

from carehub.fhir.canonical import dumps
from carehub.store.sql.coding import (
    CHANGE_NUMBERS,
    Kept,
    kept_columns,
    origin_text,
    outcome_facts,
    pack_sha,
    record_facts,
    retold_facts,
    standing,
    type_text,
    unpack_sha,
)
from carehub.store.sql.naming import Names, Origins
from carehub.store.sql.of_this_version import OfThisVersion
from carehub.store.sql.places import Place
from carehub.store.sql.scoping import ScopeWriting, scope_names
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.tables import counters, names, outcomes, records, states, tellings
from carehub.store.sql.tallying import Tallying
from carehub.store.sql.writing import Writing
from carehub.store.stored import MappingBatch, StoredRecord, Telling
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue

_TELLING_COLUMNS = ("state", "position", "patient", "type", "change", "facts")
_OUTCOME_COLUMNS = ("position", "verdict", "patient", "origin", "facts")


class Applying:
    """The statements of Records.apply, compiled once."""

    def __init__(self, place: Place, origins: Origins) -> None:
        dialect = place.dialect
        self._place = place
        self._names = Names(place)
        self._origins = origins
        s, t, r = states, tellings, records
        self._writes = place.prepare(select(counters.c.value).where(counters.c.name == argument("counter")))
        self._count = place.inserting(counters, update=("value",))
        self._stamps = place.prepare(select(names.c.name, r.c.stamp).join(r, r.c.id == names.c.id).where(one_of(names.c.name, dialect)))
        self._known_states = place.prepare(select(s.c.id, s.c.record, s.c.sha, s.c.size).where(one_of(s.c.record, dialect)))
        self._highest_state = place.prepare(select(func.coalesce(func.max(s.c.id), 0)))
        self._replaced = place.prepare(
            select(t.c.state).where(one_of(t.c.record, dialect), one_of(t.c.message, dialect, "messages")).distinct()
        )
        self._states_of_messages = place.prepare(select(t.c.state).where(one_of(t.c.message, dialect)).distinct())
        self._drop_tellings = place.prepare(delete(t).where(one_of(t.c.message, dialect)))
        self._states_of_records = place.prepare(select(r.c.state).where(one_of(r.c.id, dialect), r.c.state.is_not(None)))
        self._drop_records = place.prepare(delete(r).where(one_of(r.c.id, dialect)))
        told = exists().where(and_(t.c.record == s.c.record, t.c.state == s.c.id))
        served = exists().where(and_(r.c.id == s.c.record, r.c.state == s.c.id))
        self._drop_states = place.prepare(delete(s).where(one_of(s.c.id, dialect), ~told, ~served))
        self._insert_states = place.inserting(s)
        self._insert_tellings = place.inserting(t, update=_TELLING_COLUMNS)
        self._insert_records = place.inserting(r, update=[c.name for c in r.columns if c.name != "id"])
        moved = {"last_position": argument("position_is"), "stamp": argument("stamp_is"), "facts": argument("facts_are")}
        self._move = place.prepare(update(r).where(r.c.id == argument("record_is")).values(moved))
        self._insert_outcomes = place.inserting(outcomes, update=_OUTCOME_COLUMNS)
        self._scoping = ScopeWriting(place)
        self._tallying = Tallying(place, origins)
        self._tables = OfThisVersion(place, "record")

    def apply(self, batch: MappingBatch) -> None:
        """See Records.apply. On PostgreSQL one worker at a time, so that numbers and stamps need no retries."""
        with self._place.writing("records") as writing:
            self._tables.check(writing)
            rows = writing.rows(self._writes, counter="writes")
            written = rows[0][0] if rows else 0
            if written != batch.as_of:
                self._check(writing, batch)
                self._scoping.check(writing, batch)
            stamp = written + 1
            writing.run(self._count, name="writes", value=stamp)
            known = {again.record: standing(again)[0] for again in batch.retold}
            numbers, highest = self._names.numbers(writing, _ids(batch), known)
            record_origins = [_record_origin(record) for record in batch.records]
            outcome_origins = [origin_text(o.feed, o.source, "", o.mapping_version) for o in batch.outcomes]
            types = {type: type_text(type) for type in {telling.type for telling in batch.tellings}}
            came_from = self._origins.numbers(writing, [*record_origins, *outcome_origins, *types.values()])
            loose = self._drop(writing, batch, numbers)
            told, replaced = self._tell(writing, batch, numbers, highest, {type: came_from[text] for type, text in types.items()})
            rows = [
                _record_row(record, told.get(record.id), numbers, came_from[text], stamp)
                for record, text in zip(batch.records, record_origins, strict=True)
            ]
            before = [row[0] for row in rows if row[0] <= highest] if loose or replaced else []
            if before:
                loose += [state for (state,) in writing.rows(self._states_of_records, ids=self._place.listed(before))]
            writing.many(self._insert_records, rows)
            writing.many(self._move, [(r.last_position, stamp, retold_facts(r), known[r.record]) for r in batch.retold])
            self._scoping.write(writing, batch, numbers, stamp)
            messages = [numbers[o.message] for o in batch.outcomes]
            self._tallying.add(writing, batch.outcomes, [number for number in messages if number <= highest])
            outcome_rows = [
                (number, o.position, o.verdict, numbers[o.patient] if o.patient else 0, came_from[text], outcome_facts(o))
                for o, number, text in zip(batch.outcomes, messages, outcome_origins, strict=True)
            ]
            writing.many(self._insert_outcomes, outcome_rows)
            if loose or replaced:
                writing.run(self._drop_states, ids=self._place.listed(loose + replaced))

    def _check(self, writing: Writing, batch: MappingBatch) -> None:
        if batch.based_on:
            held = dict(writing.rows(self._stamps, ids=self._place.listed(id for id, _ in batch.based_on)))
            if any(held.get(id, 0) != stamp for id, stamp in batch.based_on):
                raise Overtaken(issue("STORE-004"))

    def _drop(self, writing: Writing, batch: MappingBatch, numbers: dict[str, int]) -> list[int]:
        """Drop what is re-mapped and removed; returns the states that may now belong to nothing."""
        loose: list[int] = []
        if batch.remapped:
            messages = self._place.listed(numbers[id] for id in batch.remapped)
            loose += [state for (state,) in writing.rows(self._states_of_messages, ids=messages)]
            writing.run(self._drop_tellings, ids=messages)
            self._scoping.drop(writing, messages)
        if batch.removed:
            gone = self._place.listed(numbers[id] for id in batch.removed)
            loose += [state for (state,) in writing.rows(self._states_of_records, ids=gone)]
            writing.run(self._drop_records, ids=gone)
        return loose

    def _tell(
        self, writing: Writing, batch: MappingBatch, numbers: dict[str, int], highest: int, types: dict[str, int]
    ) -> tuple[dict[str, tuple[int, Telling]], list[int]]:
        """Write tellings. Returns for each record a state and who told it, and the states of tellings that were replaced."""
        keys = [(numbers[telling.record], telling.sha, len(telling.body)) for telling in batch.tellings]
        known = {(number, sha, size): state for number, state, sha, size, *_ in map(standing, batch.retold) if state is not None}
        unread = {key[0] for key in keys if key[0] <= highest and key not in known}
        if unread:
            for state, record, packed, size in writing.rows(self._known_states, ids=self._place.listed(unread)):
                known[record, unpack_sha(packed), size] = state
        replaced: list[int] = []
        messages = [numbers[id] for id in {telling.message for telling in batch.tellings} if numbers[id] <= highest]
        seen = {key[0] for key in keys if key[0] <= highest} if messages else ()
        if seen:
            found = writing.rows(self._replaced, ids=self._place.listed(seen), messages=self._place.listed(messages))
            replaced = [state for (state,) in found]
        [(highest_state,)] = writing.rows(self._highest_state)
        state_rows: list[tuple[Any, ...]] = []
        telling_rows: list[tuple[Any, ...]] = []
        told: dict[str, tuple[int, Telling]] = {}
        facts: dict[tuple[str, str, tuple[str, ...]], bytes] = {}
        for telling, key in zip(batch.tellings, keys, strict=True):
            id, type, patient, message, position, told_at, sequence, change, clears, sha, body = telling
            state = known.get(key)
            if state is None:
                state = known[key] = highest_state + len(state_rows) + 1
                state_rows.append((state, key[0], pack_sha(sha), key[2], body))
            if body:
                told[id] = (state, telling)
            said = (told_at, sequence, clears)
            if said not in facts:
                facts[said] = dumps(said)
            who = (numbers[patient], types[type])
            telling_rows.append((key[0], numbers[message], state, position, *who, CHANGE_NUMBERS[change], facts[said]))
        writing.many(self._insert_states, state_rows)
        writing.many(self._insert_tellings, telling_rows)
        return told, replaced


def _ids(batch: MappingBatch) -> list[str]:
    tellings, records, outcomes = batch.tellings, batch.records, batch.outcomes
    told = dict.fromkeys([telling.record for telling in tellings])
    about = dict.fromkeys([telling.patient for telling in tellings])
    messages = dict.fromkeys([telling.message for telling in tellings])
    standing = [id for record in records for id in (record.id, record.patient, record.message)]
    ended = [id for outcome in outcomes for id in (outcome.message, outcome.patient) if id]
    return [*told, *about, *messages, *standing, *ended, *batch.remapped, *batch.removed, *scope_names(batch)]


def _record_origin(record: StoredRecord) -> str:
    return origin_text(record.feed, record.source, record.adapter, record.mapping_version, record.type)


def _record_row(
    record: StoredRecord, told: tuple[int, Telling] | None, numbers: dict[str, int], came_from: int, stamp: int
) -> tuple[Any, ...]:
    """A row of `records`: how its body is kept as it is where the body is the one that was read, and worked out where it is another."""
    state: int | None
    sha: str | None
    if isinstance(record.kept, Kept) and record.kept.body is record.body:
        _, state, sha, *columns = record.kept
    elif told and (made := kept_columns(record, told[1].body)):
        state, sha, columns = told[0], told[1].sha, [*made]
    else:
        state, sha, columns = None, None, [0, 0, record.body, 0]
    return (
        numbers[record.id],
        came_from,
        numbers[record.patient],
        record.version,
        numbers[record.message],
        int(record.withdrawn),
        record.last_position,
        stamp,
        record_facts(record, sha),
        state,
        *columns,
    )
