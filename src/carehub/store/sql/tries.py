"""Tries in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import case, delete, select

from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of, upserting
from carehub.store.sql.try_table import tries
from carehub.store.trying import Tried


class SqlTries:
    """carehub.store.trying.Tries."""

    def __init__(self, place: Place) -> None:
        t = tries.c
        self._place = place
        whole = select(t.message, t.version, t.times, t.alone)
        self._of = place.prepare(whole.where(one_of(t.message, place.dialect)))
        self._all = place.prepare(whole)
        self._forget = place.prepare(delete(tries).where(one_of(t.message, place.dialect)))
        fresh = upserting(tries, place.dialect).values(
            {"message": argument("named"), "version": argument("now"), "times": 1, "alone": argument("by_itself")}
        )
        same = t.version == fresh.excluded.version
        self._add = place.prepare(
            fresh.on_conflict_do_update(
                index_elements=[t.message],
                set_={
                    "version": fresh.excluded.version,
                    "times": case((same, t.times + 1), else_=1),
                    "alone": case((same, t.alone), else_=0) + fresh.excluded.alone,
                },
            )
        )

    def of(self, messages: Iterable[str] | None = None) -> dict[str, Tried]:
        rows = self._place.rows(self._all) if messages is None else self._place.rows(self._of, ids=self._place.listed(messages))
        return {message: Tried(version, times, alone) for message, version, times, alone in rows}

    def add(self, versions: Mapping[str, int], *, alone: bool) -> None:
        with self._place.writing() as writing:
            for message in sorted(versions):
                writing.run(self._add, named=message, now=versions[message], by_itself=int(alone))

    def forget(self, messages: Sequence[str]) -> None:
        with self._place.writing() as writing:
            writing.run(self._forget, ids=self._place.listed(messages))
