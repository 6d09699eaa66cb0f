"""Steps about conflicts in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from carehub.careplan.disagreement.steps import Step
from carehub.fhir.canonical import dumps, restore
from carehub.store.sql.places import Place
from carehub.store.sql.ruling_tables import conflict_steps
from carehub.store.sql.statements import one_of


class SqlSteps:
    """carehub.store.stepping.Steps."""

    def __init__(self, place: Place) -> None:
        c = conflict_steps.c
        self._place = place
        self._put = place.inserting(conflict_steps, update=("position", "said"))
        self._of = place.prepare(select(c.message, c.said).where(one_of(c.patient, place.dialect)).order_by(c.position, c.message))

    def put(self, steps: Sequence[Step]) -> None:
        rows = sorted((patient, step.message, step.position, dumps(step)) for step in steps for patient in step.conflict.patients)
        with self._place.writing() as writing:
            writing.many(self._put, rows)

    def of_patients(self, patients: Iterable[str]) -> list[Step]:
        held = dict(self._place.rows(self._of, ids=self._place.listed(patients)))
        return [restore(said, Step) for said in held.values()]
