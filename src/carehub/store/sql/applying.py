"""Writing one mapping step: tellings, the records as they now stand, and outcomes, in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update

from carehub.store.sql.coding import (
    Kept,
    feed_text,
    origin_text,
    outcome_facts,
    pack_sha,
    record_facts,
    retold_facts,
    shared,
    shorten,
    telling_columns,
    type_text,
)
from carehub.store.sql.naming import Names, Origins
from carehub.store.sql.places import Place, Writing
from carehub.store.sql.scoping import ScopeWriting, scope_names
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.tables import counters, names, outcomes, records, states, tellings
from carehub.store.sql.tallying import Tallying
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

    def apply(self, batch: MappingBatch) -> None:
        """See Records.apply. On PostgreSQL one worker at a time, so that numbers and stamps need no retries."""
        with self._place.writing("records") as writing:
            rows = writing.rows(self._writes, counter="writes")
            written = rows[0][0] if rows else 0
            if written != batch.as_of:
                self._check(writing, batch)
                self._scoping.check(writing, batch)
            stamp = written + 1
            writing.run(self._count, name="writes", value=stamp)
            numbers, highest = self._names.numbers(writing, _ids(batch))
            record_origins = [_record_origin(record) for record in batch.records]
            came_from = self._origins.numbers(writing, record_origins + _other_origins(batch))
            loose = self._drop(writing, batch, numbers)
            kept, replaced = self._tell(writing, batch, numbers, highest, came_from)
            rows = [
                _record_row(record, kept.get(numbers[record.id]), numbers, came_from[text], stamp)
                for record, text in zip(batch.records, record_origins, strict=True)
            ]
            before = [numbers[record.id] for record in batch.records if numbers[record.id] <= highest] if loose or replaced else []
            if before:
                loose += [state for (state,) in writing.rows(self._states_of_records, ids=self._place.listed(before))]
            writing.many(self._insert_records, rows)
            writing.many(self._move, [(r.last_position, stamp, retold_facts(r), numbers[r.record]) for r in batch.retold])
            self._scoping.write(writing, batch, numbers, stamp)
            self._tallying.add(
                writing, batch.outcomes, [numbers[o.message] for o in batch.outcomes if numbers[o.message] <= highest], came_from
            )
            writing.many(
                self._insert_outcomes,
                [
                    (
                        numbers[o.message],
                        o.position,
                        o.verdict,
                        numbers[o.patient] if o.patient else 0,
                        came_from[origin_text(o.feed, o.source, "", o.mapping_version)],
                        outcome_facts(o),
                    )
                    for o in batch.outcomes
                ],
            )
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
        self, writing: Writing, batch: MappingBatch, numbers: dict[str, int], highest: int, came_from: dict[str, int]
    ) -> tuple[dict[int, tuple[int, Telling]], list[int]]:
        """Write tellings. Returns for each record a state and who told it, and the states of tellings that were replaced."""
        seen = {numbers[telling.record] for telling in batch.tellings if numbers[telling.record] <= highest}
        known: dict[tuple[int, bytes, int], int] = {}
        replaced: list[int] = []
        if seen:
            listed = self._place.listed(seen)
            known = {(record, bytes(sha), size): id for id, record, sha, size in writing.rows(self._known_states, ids=listed)}
            messages = {numbers[telling.message] for telling in batch.tellings if numbers[telling.message] <= highest}
            if known and messages:
                found = writing.rows(self._replaced, ids=listed, messages=self._place.listed(messages))
                replaced = [state for (state,) in found]
        [(state,)] = writing.rows(self._highest_state)
        state_rows, telling_rows = [], []
        kept: dict[int, tuple[int, Telling]] = {}
        for telling in batch.tellings:
            record = numbers[telling.record]
            key = (record, pack_sha(telling.sha), len(telling.body))
            if key not in known:
                state += 1
                known[key] = state
                state_rows.append((state, *key, telling.body))
            if telling.body:
                kept[record] = (known[key], telling)
            position, change, facts = telling_columns(telling)
            who = (numbers[telling.patient], came_from[type_text(telling.type)])
            telling_rows.append((record, numbers[telling.message], known[key], position, *who, change, facts))
        writing.many(self._insert_states, state_rows)
        writing.many(self._insert_tellings, telling_rows)
        return kept, replaced


def _ids(batch: MappingBatch) -> list[str]:
    ids: list[str] = []
    for telling in batch.tellings:
        ids += (telling.record, telling.patient, telling.message)
    for record in batch.records:
        ids += (record.id, record.patient, record.message)
    for outcome in batch.outcomes:
        ids.append(outcome.message)
        if outcome.patient:
            ids.append(outcome.patient)
    return [*ids, *batch.remapped, *batch.removed, *scope_names(batch)]


def _other_origins(batch: MappingBatch) -> list[str]:
    said = [origin_text(o.feed, o.source, "", o.mapping_version) for o in batch.outcomes]
    types = [type_text(type) for type in {telling.type for telling in batch.tellings}]
    return said + types + [feed_text(o.feed, o.source) for o in batch.outcomes]


def _record_origin(record: StoredRecord) -> str:
    return origin_text(record.feed, record.source, record.adapter, record.mapping_version, record.type)


def _record_row(
    record: StoredRecord, told: tuple[int, Telling] | None, numbers: dict[str, int], came_from: int, stamp: int
) -> tuple[Any, ...]:
    state, sha, head, tail, middle, short = _body_columns(record, told)
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
        head,
        tail,
        middle,
        short,
    )


def _body_columns(record: StoredRecord, told: tuple[int, Telling] | None) -> tuple[int | None, str | None, int, int, bytes, int]:
    """state, its hash, head, tail, middle, short: as they are where the body is the one that was read, and worked out where it is another."""
    kept = record.kept
    if isinstance(kept, Kept) and kept.body is record.body:
        return kept[1:]
    same = shared(record.body, told[1].body) if told else None
    if told is None or same is None:
        return None, None, 0, 0, record.body, 0
    head, tail, middle = same
    return told[0], told[1].sha, head, tail, *shorten(middle, record)
