"""AuditTrail in SQL: written once, read newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument
from carehub.store.sql.tables import audit_events
from carehub.store.stored import AuditRow


class SqlAudit:
    """carehub.store.auditing.AuditTrail."""

    def __init__(self, place: Place) -> None:
        self._place = place
        t = audit_events
        self._insert = place.inserting(t, update=())
        self._about = place.prepare(
            select(t.c.id, t.c.at, t.c.person, t.c.event)
            .where(t.c.person == argument("person_is"))
            .order_by(t.c.at.desc(), t.c.number.desc())
            .limit(argument("most"))
        )

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Durable when it returns. An entry already there stays as it is. Raises StoreBusy."""
        with self._place.writing() as writing:
            writing.many(self._insert, [(row.id, row.at, row.person, row.event) for row in rows])

    def about(self, person: str, limit: int) -> list[AuditRow]:
        return [AuditRow(*row) for row in self._place.rows(self._about, person_is=person, most=limit)]
