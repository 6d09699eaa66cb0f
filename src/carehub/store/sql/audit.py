"""AuditTrail in SQL: a chain that is only ever added to, read newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from carehub.governance.audit_chain import ChainedRow, Head, footing, linked, sealed
from carehub.store.sql.audit_tables import audit_events, audit_head
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument
from carehub.store.sql.writing import Writing
from carehub.store.stored import AuditRow

_PAGE = 1000


class SqlAudit:
    """carehub.store.auditing.AuditTrail. key: what links and seals are made with."""

    def __init__(self, place: Place, key: bytes = b"") -> None:
        t, h = audit_events, audit_head
        self._place = place
        self._key = key
        self._entry = place.prepare(select(t.c.id, t.c.at, t.c.person, t.c.event).where(t.c.id == argument("one")))
        self._insert = place.inserting(t, update=())
        self._set_head = place.inserting(h, update=("rows", "link", "seal"))
        self._head = place.prepare(select(h.c.rows, h.c.link, h.c.seal))
        self._end = place.prepare(select(h.c.rows, h.c.link))
        self._about = place.prepare(
            select(t.c.id, t.c.at, t.c.person, t.c.event)
            .where(t.c.person == argument("person_is"))
            .order_by(t.c.at.desc(), t.c.number.desc())
            .limit(argument("most"))
        )
        self._chain = place.prepare(
            select(t.c.number, t.c.place, t.c.link, t.c.id, t.c.at, t.c.person, t.c.event)
            .where(t.c.number > argument("after"))
            .order_by(t.c.number)
            .limit(argument("most"))
        )

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Durable when it returns. An entry already there stays as it is. One writer at a time, because each row stands on the one before.
        Raises StoreBusy."""
        if not rows:
            return
        with self._place.writing("audit") as writing:
            held = writing.rows(self._end)
            count, link = (held[0][0], bytes(held[0][1])) if held else (0, footing(self._rows(writing)))
            before = count
            for row in rows:
                own = linked(self._key, link, count + 1, row.id, row.at, row.person, row.event)
                if writing.put(self._insert, row.id, row.at, row.person, row.event, count + 1, own):
                    count, link = count + 1, own
            if count > before:
                head = sealed(self._key, count, link)
                writing.put(self._set_head, 1, head.rows, head.link, head.seal)

    def about(self, person: str, limit: int) -> list[AuditRow]:
        return [AuditRow(*row) for row in self._place.rows(self._about, person_is=person, most=limit)]

    def entry(self, id: str) -> AuditRow | None:
        return next((AuditRow(*row) for row in self._place.rows(self._entry, one=id)), None)

    def head(self) -> Head | None:
        held = self._place.rows(self._head)
        return Head(held[0][0], _raw(held[0][1]), _raw(held[0][2])) if held else None

    def chain(self) -> Iterator[ChainedRow]:
        return self._rows(self._place)

    def _rows(self, source: Place | Writing) -> Iterator[ChainedRow]:
        """Every row in order, a page at a time."""
        after = 0
        while found := source.rows(self._chain, after=after, most=_PAGE):
            for _, place, link, id, at, person, event in found:
                yield ChainedRow(place, _raw(link) if link is not None else None, id, at, person, _raw(event))
            after = found[-1][0]


def _raw(stored: Any) -> bytes:
    """SQLite keeps as text what somebody else wrote as text: an edited row is told as one, and does not end the walk."""
    return stored.encode() if isinstance(stored, str) else bytes(stored)
