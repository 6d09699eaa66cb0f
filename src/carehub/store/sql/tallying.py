"""What each feed brought, added up while outcomes are written, so that nobody need count a million messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import case, func, select

from carehub.store.sql.coding import feed_text, map_outcome
from carehub.store.sql.naming import Origins
from carehub.store.sql.places import Place
from carehub.store.sql.statements import Statement, argument, compiled, one_of, upserting
from carehub.store.sql.tables import outcomes, tallies
from carehub.store.sql.writing import Writing
from carehub.store.stored import MapOutcome
from carehub.store.tally import Tally
from carehub.store.tallying import added, tallied

_COUNTS = ("messages", "partly", "rejected", "untranslated", "not_mapped")
_HIGHEST = ("last", "last_good", "good_position", "dead_position")


class Tallying:
    """Adding to the tallies, and reading them."""

    def __init__(self, place: Place, origins: Origins) -> None:
        o, t, dialect = outcomes, tallies, place.dialect
        self._place = place
        self._origins = origins
        self._before = place.prepare(select(o.c.position, o.c.verdict, o.c.origin, o.c.facts).where(one_of(o.c.message, dialect)))
        self._add = self._adding()
        self._days = place.prepare(select(t).where(t.c.day >= argument("since"), t.c.day != ""))
        self._marks = place.prepare(select(t).where(t.c.day == ""))
        self._dead = place.prepare(
            select(func.count()).where(o.c.verdict == "rejected", o.c.position > argument("after"), one_of(o.c.origin, dialect, "origins"))
        )

    def _adding(self) -> Statement:
        insert = upserting(tallies, self._place.dialect)
        sums = {name: tallies.c[name] + insert.excluded[name] for name in _COUNTS}
        highest = {name: case((insert.excluded[name] > tallies.c[name], insert.excluded[name]), else_=tallies.c[name]) for name in _HIGHEST}
        whole: Any = insert.on_conflict_do_update(index_elements=["day", "origin"], set_={**sums, **highest})
        return compiled(whole, self._place.dialect, [c.name for c in tallies.columns])

    def add(self, writing: Writing, told: Sequence[MapOutcome], known: Sequence[int]) -> None:
        """Add outcomes before they are written. known: the numbers of their messages that may have an outcome already."""
        before = []
        if known:
            for position, verdict, origin, facts in writing.rows(self._before, ids=self._place.listed(known)):
                before.append(map_outcome("", position, verdict, "", self._origins.of(origin), facts))
        sources = {(o.feed, o.source.code if o.source else ""): o.source for o in (*before, *told)}
        texts = {key: feed_text(key[0], source) for key, source in sources.items()}
        numbers = self._origins.numbers(writing, texts.values())
        rows = []
        for (feed, source, day), tally in sorted(tallied(told, before).items()):
            values = [getattr(tally, name) for name in (*_COUNTS, *_HIGHEST)]
            rows.append((day, numbers[texts[feed, source]], *values))
        writing.many(self._add, rows)

    def days(self, since: str) -> list[Tally]:
        return self._read(self._place.rows(self._days, since=since))

    def marks(self) -> list[Tally]:
        return self._read(self._place.rows(self._marks))

    def dead_after(self, feed: str, position: int) -> int:
        origins = self._place.listed(self._origins.of_feed(feed))
        return int(self._place.rows(self._dead, after=position, origins=origins)[0][0])

    def _read(self, rows: Iterable[Any]) -> list[Tally]:
        found: dict[tuple[str, str, str], Tally] = {}
        for day, origin, *values in rows:
            feed, source, *_ = self._origins.of(origin)
            key = (feed, source.code if source else "", day)
            told = Tally(*key, *values)
            found[key] = added(found[key], told) if key in found else told
        return [found[key] for key in sorted(found)]
