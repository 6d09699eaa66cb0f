"""Passes in SQL."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from carehub.store.sql.pass_table import passes
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, upserting


class SqlPasses:
    """carehub.store.passing.Passes."""

    def __init__(self, place: Place) -> None:
        p = passes.c
        self._place = place
        this = (p.kind == argument("one"), p.key == argument("named"))
        fresh = upserting(passes, place.dialect).on_conflict_do_nothing().returning(passes.c.key)
        values = {
            "kind": argument("one"),
            "key": argument("named"),
            "until": argument("ends"),
            "owner": argument("whose"),
            "said": argument("body"),
        }
        self._keep = place.prepare(fresh.values(values))
        self._old = place.prepare(delete(passes).where(p.until <= argument("now")))
        self._find = place.prepare(select(p.said, p.until).where(*this, p.until > argument("now")))
        self._take = place.prepare(delete(passes).where(*this).returning(p.said, p.until))
        self._renew = place.prepare(update(passes).where(*this).values(until=argument("ends")))
        self._end_one = place.prepare(delete(passes).where(p.key == argument("named")))
        self._end_owned = place.prepare(delete(passes).where(p.owner == argument("whose")))

    def keep(self, kind: str, key: str, said: bytes, until: str, owner: str, now: str) -> bool:
        with self._place.writing() as writing:
            writing.run(self._old, now=now)
            return bool(writing.rows(self._keep, one=kind, named=key, ends=until, whose=owner, body=said))

    def find(self, kind: str, key: str, now: str) -> tuple[bytes, str] | None:
        return next(((bytes(said), until) for said, until in self._place.rows(self._find, one=kind, named=key, now=now)), None)

    def take(self, kind: str, key: str, now: str) -> bytes | None:
        with self._place.writing() as writing:
            return next((bytes(said) for said, until in writing.rows(self._take, one=kind, named=key) if until > now), None)

    def renew(self, kind: str, key: str, until: str) -> None:
        with self._place.writing() as writing:
            writing.run(self._renew, one=kind, named=key, ends=until)

    def end(self, *, key: str = "", owner: str = "") -> None:
        with self._place.writing() as writing:
            if key:
                writing.run(self._end_one, named=key)
            if owner:
                writing.run(self._end_owned, whose=owner)
