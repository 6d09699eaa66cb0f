"""Plans in SQL, and the dirt that says which are out of date."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select

from carehub.store.sql.of_this_version import OfThisVersion
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.tables import dirt, marks, plans
from carehub.store.stored import StoredPlan

# What tells a plan that is in hand from the one that stands: lane position, when it was made, hash of its content, length.
_MARKS = 4
_MOST_KEPT = 16


class SqlPlans:
    """carehub.store.ports.Plans."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._tables = OfThisVersion(place, "record")
        p, d = plans, dirt
        self._dirty = place.prepare(select(d.c.person, d.c.position).order_by(d.c.since, d.c.person).limit(argument("most")))
        self._stale = place.prepare(select(func.count()).select_from(d))
        rest = [c.name for c in p.columns if c.name != "person"]
        self._put = place.inserting(p, update=rest, where="position")
        self._empty = place.prepare(delete(p).where(p.c.person == argument("person_is"), p.c.position <= argument("upto")))
        self._clean = place.prepare(delete(d).where(d.c.person == argument("person_is"), d.c.position <= argument("upto")))
        m = marks
        self._mark_put = place.inserting(m, update=("position", "marks"), where="position")
        self._unmark = place.prepare(delete(m).where(m.c.person == argument("person_is"), m.c.position <= argument("upto")))
        self._marked = place.prepare(select(m.c.person, m.c.marks).order_by(m.c.person))
        mark = (p.c.position, p.c.at, p.c.content_hash, func.length(p.c.plan))
        whole = (p.c.person, p.c.content_hash, p.c.conflicts, p.c.gaps, p.c.position, p.c.plan, p.c.at)
        self._mark = place.prepare(select(*mark).where(p.c.person == argument("person_is")))
        self._get = place.prepare(select(*mark, *whole).where(p.c.person == argument("person_is")))
        each = one_of(p.c.person, place.dialect)
        self._marks_of = place.prepare(select(p.c.person, *mark).where(each))
        self._get_each = place.prepare(select(*mark, *whole).where(each))
        self._kept: OrderedDict[str, tuple[tuple[Any, ...], StoredPlan]] = OrderedDict()
        self._hashes = place.prepare(select(p.c.content_hash).order_by(p.c.content_hash))
        sums = (func.coalesce(func.sum(p.c.conflicts), 0), func.coalesce(func.sum(p.c.gaps), 0))
        self._totals = place.prepare(select(func.count(p.c.person), *sums))

    def dirty(self, limit: int) -> list[tuple[str, int]]:
        return [(person, position) for person, position in self._place.rows(self._dirty, most=limit)]

    def stale(self) -> int:
        [(waiting,)] = self._place.rows(self._stale)
        return int(waiting)

    def put(self, plans: Sequence[StoredPlan], emptied: Sequence[tuple[str, int]]) -> None:
        # In the order of persons, so that two workers on PostgreSQL take row locks in the same order.
        made = sorted(plans, key=lambda plan: plan.person)
        rows = [(p.person, p.content_hash, p.conflicts, p.gaps, p.position, p.at, p.plan) for p in made]
        done = sorted([(p.person, p.position) for p in made] + list(emptied))
        speaking = [(p.person, p.position, p.marks) for p in made if p.marks]
        silent = sorted([(p.person, p.position) for p in made if not p.marks] + list(emptied))
        with self._place.writing() as writing:
            self._tables.check(writing)
            writing.many(self._put, rows)
            writing.many(self._mark_put, speaking)
            writing.many(self._unmark, [self._unmark.arguments({"person_is": person, "upto": upto}) for person, upto in silent])
            gone = [{"person_is": person, "upto": position} for person, position in sorted(emptied)]
            writing.many(self._empty, [self._empty.arguments(one) for one in gone])
            writing.many(self._clean, [self._clean.arguments({"person_is": person, "upto": upto}) for person, upto in done])

    def get(self, person: str) -> StoredPlan | None:
        # A plan is long and asked for again and again: whether the one in hand still stands is read each time, a plan only where it does not.
        kept = self._kept.get(person)
        if kept is not None and self._place.rows(self._mark, person_is=person) == [kept[0]]:
            return kept[1]
        rows = self._place.rows(self._get, person_is=person)
        return self._keep(rows[0]) if rows else None

    def get_each(self, persons: Sequence[str]) -> dict[str, StoredPlan]:
        kept = {person: held for person in persons if (held := self._kept.get(person)) is not None}
        standing = self._place.rows(self._marks_of, ids=self._place.listed(kept)) if kept else []
        found = {person: kept[person][1] for person, *mark in standing if tuple(mark) == kept[person][0]}
        unread = [person for person in persons if person not in found]
        read = self._place.rows(self._get_each, ids=self._place.listed(unread)) if unread else []
        return found | {plan.person: plan for plan in map(self._keep, read)}

    def _keep(self, row: Any) -> StoredPlan:
        mark, plan = tuple(row[:_MARKS]), StoredPlan(*row[_MARKS:])
        self._kept[plan.person] = mark, plan
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return plan

    def marked(self) -> list[tuple[str, str]]:
        return [(person, told) for person, told in self._place.rows(self._marked)]

    def hashes(self) -> list[str]:
        return [hash for (hash,) in self._place.rows(self._hashes)]

    def totals(self) -> tuple[int, int, int]:
        [(held, conflicts, gaps)] = self._place.rows(self._totals)
        return int(held), int(conflicts), int(gaps)
