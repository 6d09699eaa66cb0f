"""Scopes in SQL: which records were told under them, and which messages told them completely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, exists, literal_column, or_, select

from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement, argument, one_of
from carehub.store.sql.tables import closings, names, records, revisits, scoped, scopes
from carehub.store.sql.writing import Writing
from carehub.store.stored import Closing, MappingBatch, ScopedTelling, ScopeStamp
from carehub.terms.errors import Overtaken
from carehub.terms.issue_catalogue import issue

_message = names.alias("message_name")
_patient = names.alias("patient_name")
_scope = names.alias("scope_name")
_unit = names.alias("unit_name")


class ScopeReading:
    """The read half of Records that speaks of scopes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        s, c, dialect = scoped, closings, place.dialect
        self._scoped = place.prepare(
            select(names.c.name, _message.c.name, _scope.c.name, _unit.c.name)
            .select_from(names)
            .join(s, s.c.record == names.c.id)
            .join(_message, _message.c.id == s.c.message)
            .join(_scope, _scope.c.id == s.c.scope)
            .join(_unit, _unit.c.id == s.c.unit)
            .where(one_of(names.c.name, dialect))
        )
        self._scoped_by = place.prepare(
            select(names.c.name)
            .select_from(_message)
            .join(s, s.c.message == _message.c.id)
            .join(names, names.c.id == s.c.record)
            .where(one_of(_message.c.name, dialect))
        )
        # One list, not "none or any of these": with an OR the database reads the closings of everybody under these scopes.
        of: Any = select(literal_column("0")).union_all(select(names.c.id).where(one_of(names.c.name, dialect, "patients")))
        self._closings = place.prepare(
            _whole().where(one_of(_scope.c.name, dialect), c.c.patient.in_(of), c.c.told_at >= argument("since"))
        )
        self._closings_of = place.prepare(_whole().where(one_of(_message.c.name, dialect)))
        self._stamps = place.prepare(
            select(names.c.name, scopes.c.told, scopes.c.closed)
            .join(scopes, scopes.c.scope == names.c.id)
            .where(one_of(names.c.name, dialect))
        )
        self._untold = {(one, settled): self._prepared(one, settled) for one in (True, False) for settled in (True, False)}

    def _prepared(self, one_patient: bool, settled: bool) -> Statement:
        r, s, here, dialect = records, scoped.alias("told"), scoped.alias("here"), self._place.dialect
        number = select(names.c.id).where(names.c.name == argument("here_is")).scalar_subquery()
        wanted = select(names.c.id).where(one_of(names.c.name, dialect))
        if one_patient:
            whose = select(names.c.id).where(names.c.name == argument("patient_is")).scalar_subquery()
            told_under = exists().where(and_(s.c.record == r.c.id, s.c.scope.in_(wanted)))
            told_here = exists().where(and_(here.c.record == r.c.id, here.c.message == number))
            found = select(names.c.name).join(r, r.c.id == names.c.id).where(r.c.patient == whose, told_under, ~told_here)
        else:
            under = select(s.c.record).where(s.c.scope.in_(wanted)).distinct().subquery()
            told_here = exists().where(and_(here.c.record == r.c.id, here.c.unit == number))
            found = (
                select(names.c.name)
                .select_from(under)
                .join(r, r.c.id == under.c.record)
                .join(names, names.c.id == r.c.id)
                .where(~told_here)
            )
        if not settled:
            by = closings
            earlier = exists().where(and_(by.c.message == r.c.message, by.c.told_at < argument("told_at")))
            found = found.where(or_(r.c.withdrawn == 0, ~earlier))
        return self._place.prepare(found)

    def scoped(self, records: Iterable[str]) -> dict[str, list[ScopedTelling]]:
        found: dict[str, list[ScopedTelling]] = {}
        for row in self._place.rows(self._scoped, ids=self._place.listed(records)):
            found.setdefault(row[0], []).append(ScopedTelling(*row))
        return found

    def scoped_by(self, messages: Iterable[str]) -> set[str]:
        return {record for (record,) in self._place.rows(self._scoped_by, ids=self._place.listed(messages))}

    def closings(self, scopes: Iterable[str], patients: Iterable[str], since: str = "") -> list[Closing]:
        listed = self._place.listed
        return [_closing(row) for row in self._place.rows(self._closings, ids=listed(scopes), patients=listed(patients), since=since)]

    def closings_of(self, messages: Iterable[str]) -> list[Closing]:
        return [_closing(row) for row in self._place.rows(self._closings_of, ids=self._place.listed(messages))]

    def scope_stamps(self, scopes: Iterable[str]) -> dict[str, ScopeStamp]:
        rows = self._place.rows(self._stamps, ids=self._place.listed(scopes))
        return {scope: ScopeStamp(told, closed) for scope, told, closed in rows}

    def untold(self, closings: Sequence[Closing], *, settled: bool = False) -> set[str]:
        if not closings:
            return set()
        by = closings[0]
        named: dict[str, Any] = {"ids": self._place.listed(c.scope for c in closings)}
        if by.patient is not None:
            named |= {"patient_is": by.patient, "here_is": by.message}
        else:
            named["here_is"] = by.unit
        if not settled:
            named["told_at"] = by.told_at
        return {record for (record,) in self._place.rows(self._untold[by.patient is not None, settled], **named)}


class ScopeWriting:
    """The part of Records.apply that speaks of scopes, and of what the identity lane must look at again."""

    def __init__(self, place: Place) -> None:
        self._place = place
        s, c, dialect = scoped, closings, place.dialect
        self._drop_scoped = place.prepare(delete(s).where(one_of(s.c.message, dialect)))
        self._drop_closings = place.prepare(delete(c).where(one_of(c.c.message, dialect)))
        self._put_scoped = place.inserting(s, update=("scope", "unit"))
        self._put_closings = place.inserting(c, update=("patient", "unit", "told_at", "sequence", "position"))
        self._stamps = place.prepare(
            select(names.c.name, scopes.c.told, scopes.c.closed)
            .join(scopes, scopes.c.scope == names.c.id)
            .where(one_of(names.c.name, dialect))
        )
        self._told = place.inserting(scopes, update=("told",))
        self._closed = place.inserting(scopes, update=("closed",))
        self._put_revisits = place.inserting(revisits, update=("position", "stamp"))

    def check(self, writing: Writing, batch: MappingBatch) -> None:
        """Raise Overtaken when a scope was written since it was read."""
        if batch.scopes:
            held = {
                n: ScopeStamp(told, closed) for n, told, closed in writing.rows(self._stamps, ids=self._place.listed(dict(batch.scopes)))
            }
            if not all(read.fits(held.get(scope, ScopeStamp())) for scope, read in batch.scopes):
                raise Overtaken(issue("STORE-004"))

    def drop(self, writing: Writing, messages: Any) -> None:
        """Drop what re-mapped messages said of scopes. messages: their numbers, as `one_of` wants them."""
        writing.run(self._drop_scoped, ids=messages)
        writing.run(self._drop_closings, ids=messages)

    def write(self, writing: Writing, batch: MappingBatch, numbers: dict[str, int], stamp: int) -> None:
        """What the batch says of scopes, and its revisits."""
        if batch.scoped:
            rows = {(numbers[s.record], numbers[s.message]): (numbers[s.scope], numbers[s.unit]) for s in batch.scoped}
            writing.many(self._put_scoped, [(*key, *rest) for key, rest in rows.items()])
            writing.many(self._told, [(scope, stamp, 0) for scope in sorted({numbers[s.scope] for s in batch.scoped})])
        if batch.closings:
            writing.many(self._put_closings, [_row(c, numbers) for c in batch.closings])
            closed = {numbers[c.scope] for c in batch.closings if c.patient is None}
            writing.many(self._closed, [(scope, 0, stamp) for scope in sorted(closed)])
        if batch.revisits:
            rows_of = {(r.message, r.patient): r.position for r in batch.revisits}
            writing.many(self._put_revisits, [(*key, position, stamp) for key, position in rows_of.items()])


def scope_names(batch: MappingBatch) -> list[str]:
    """The ids that need numbers before `write`."""
    ids: list[str] = []
    for told in batch.scoped:
        ids += (told.record, told.message, told.scope, told.unit)
    for closing in batch.closings:
        ids += (closing.message, closing.scope, closing.unit, *(() if closing.patient is None else (closing.patient,)))
    return ids


def _row(closing: Closing, numbers: dict[str, int]) -> tuple[Any, ...]:
    patient = 0 if closing.patient is None else numbers[closing.patient]
    said = (closing.told_at, closing.sequence.encode(), closing.position)
    return (numbers[closing.message], numbers[closing.scope], patient, numbers[closing.unit], *said)


def _whole() -> Select[Any]:
    c = closings
    return (
        select(_message.c.name, _scope.c.name, _patient.c.name, _unit.c.name, c.c.told_at, c.c.sequence, c.c.position)
        .select_from(c)
        .join(_message, _message.c.id == c.c.message)
        .join(_scope, _scope.c.id == c.c.scope)
        .join(_unit, _unit.c.id == c.c.unit)
        .outerjoin(_patient, _patient.c.id == c.c.patient)
    )


def _closing(row: Any) -> Closing:
    message, scope, patient, unit, told_at, sequence, position = row
    return Closing(message, scope, patient, unit, told_at, bytes(sequence).decode(), position)
