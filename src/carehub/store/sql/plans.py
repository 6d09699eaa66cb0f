"""Plans in SQL, and the dirt that says which are out of date."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument
from carehub.store.sql.tables import dirt, plans
from carehub.store.stored import StoredPlan


class SqlPlans:
    """carehub.store.ports.Plans."""

    def __init__(self, place: Place) -> None:
        self._place = place
        p, d = plans, dirt
        self._dirty = place.prepare(select(d.c.person, d.c.position).order_by(d.c.since, d.c.person).limit(argument("most")))
        rest = [c.name for c in p.columns if c.name != "person"]
        self._put = place.inserting(p, update=rest, where="position")
        self._empty = place.prepare(delete(p).where(p.c.person == argument("person_is"), p.c.position <= argument("upto")))
        self._clean = place.prepare(delete(d).where(d.c.person == argument("person_is"), d.c.position <= argument("upto")))
        whole = (p.c.person, p.c.content_hash, p.c.conflicts, p.c.gaps, p.c.position, p.c.plan, p.c.at)
        self._get = place.prepare(select(*whole).where(p.c.person == argument("person_is")))
        self._hashes = place.prepare(select(p.c.content_hash).order_by(p.c.content_hash))
        sums = (func.coalesce(func.sum(p.c.conflicts), 0), func.coalesce(func.sum(p.c.gaps), 0))
        self._totals = place.prepare(select(func.count(p.c.person), *sums))

    def dirty(self, limit: int) -> list[tuple[str, int]]:
        return [(person, position) for person, position in self._place.rows(self._dirty, most=limit)]

    def put(self, plans: Sequence[StoredPlan], emptied: Sequence[tuple[str, int]]) -> None:
        # In the order of persons, so that two workers on PostgreSQL take row locks in the same order.
        made = sorted(plans, key=lambda plan: plan.person)
        rows = [(p.person, p.content_hash, p.conflicts, p.gaps, p.position, p.at, p.plan) for p in made]
        done = sorted([(p.person, p.position) for p in made] + list(emptied))
        with self._place.writing() as writing:
            writing.many(self._put, rows)
            gone = [{"person_is": person, "upto": position} for person, position in sorted(emptied)]
            writing.many(self._empty, [self._empty.arguments(one) for one in gone])
            writing.many(self._clean, [self._clean.arguments({"person_is": person, "upto": upto}) for person, upto in done])

    def get(self, person: str) -> StoredPlan | None:
        rows = self._place.rows(self._get, person_is=person)
        return StoredPlan(*rows[0]) if rows else None

    def hashes(self) -> list[str]:
        return [hash for (hash,) in self._place.rows(self._hashes)]

    def totals(self) -> tuple[int, int, int]:
        [(held, conflicts, gaps)] = self._place.rows(self._totals)
        return int(held), int(conflicts), int(gaps)
