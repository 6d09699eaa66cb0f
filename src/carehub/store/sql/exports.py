"""Exports in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from carehub.fhir.canonical import dumps, known, restore
from carehub.governance.export import Export, ExportStanding, Progress, State
from carehub.store.sql.export_tables import export_patients, export_persons, exports
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.writing import Writing

_TABLES = (exports, export_persons, export_patients)


class SqlExports:
    """carehub.store.exporting.Exports."""

    def __init__(self, place: Place) -> None:
        e, p, w = exports.c, export_persons.c, export_patients.c
        self._place = place
        self._keep = place.inserting(exports)
        self._counts = place.prepare(select(e.asker, func.count()).group_by(e.asker))
        standing = select(e.asked, e.state, e.until, e.progress)
        self._of = place.prepare(standing.where(e.export == argument("one")))
        self._all = place.prepare(standing.order_by(e.at, e.export))
        waits = (e.export == argument("one"), e.state == argument("was"))
        self._move = place.prepare(update(exports).where(*waits).values(progress=argument("told")).returning(e.export))
        ended = {"progress": argument("told"), "state": argument("new"), "until": argument("ends")}
        self._end = place.prepare(update(exports).where(*waits).values(ended).returning(e.export))
        self._drop = [place.prepare(delete(table).where(table.c.export == argument("one"))) for table in _TABLES]
        self._put_persons = place.inserting(export_persons)
        self._put_patients = place.inserting(export_patients, update=())
        self._persons = place.prepare(
            select(p.person).where(p.export == argument("one"), p.number >= argument("first")).order_by(p.number).limit(argument("most"))
        )
        self._written = place.prepare(select(w.patient).where(w.export == argument("one"), one_of(w.patient, place.dialect)))

    def keep(self, asked: Export, until: str, most_of_one: int, most: int) -> bool:
        asker = dumps(asked.asker).decode()
        with self._place.writing("exports") as writing:
            counted = dict(writing.rows(self._counts))
            if counted.get(asker, 0) >= most_of_one or sum(counted.values()) >= most:
                return False
            writing.many(self._keep, [(asked.id, asker, "waiting", asked.at, until, dumps(asked), dumps(Progress()))])
        return True

    def of(self, export: str) -> ExportStanding | None:
        return next(map(_standing, self._place.rows(self._of, one=export)), None)

    def all(self) -> list[ExportStanding]:
        return [_standing(row) for row in self._place.rows(self._all)]

    def begin(self, export: str, progress: Progress, persons: Sequence[str]) -> bool:
        with self._place.writing() as writing:
            if not self._moved(writing, export, progress):
                return False
            for drop in self._drop[1:]:
                writing.run(drop, one=export)
            writing.many(self._put_persons, [(export, number, person) for number, person in enumerate(persons)])
        return True

    def persons(self, export: str, after: int, limit: int) -> list[str]:
        return [person for (person,) in self._place.rows(self._persons, one=export, first=after, most=limit)]

    def written(self, export: str, patients: Collection[str]) -> set[str]:
        return {patient for (patient,) in self._place.rows(self._written, one=export, ids=self._place.listed(patients))}

    def advance(self, export: str, progress: Progress, patients: Collection[str]) -> bool:
        with self._place.writing() as writing:
            if not self._moved(writing, export, progress):
                return False
            writing.many(self._put_patients, [(export, patient) for patient in patients])
        return True

    def end(self, export: str, state: State, until: str, progress: Progress) -> bool:
        with self._place.writing() as writing:
            return bool(writing.rows(self._end, one=export, was="waiting", told=dumps(progress), new=state, ends=until))

    def forget(self, export: str) -> None:
        with self._place.writing() as writing:
            for drop in self._drop:
                writing.run(drop, one=export)

    def _moved(self, writing: Writing, export: str, progress: Progress) -> bool:
        return bool(writing.rows(self._move, one=export, was="waiting", told=dumps(progress)))


def _standing(row: Any) -> ExportStanding:
    asked, state, until, progress = row
    return ExportStanding(restore(asked, Export), state, until, restore(progress, Progress))


known(Export)
known(Progress)
