"""Numbers for long ids, and for what many records have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select

from carehub.store.sql.coding import Origin, origin
from carehub.store.sql.places import Place
from carehub.store.sql.statements import each_name
from carehub.store.sql.tables import names, origins
from carehub.store.sql.writing import Writing


class Names:
    """id text → number. Numbers are given under the write lock, so two workers never give one twice."""

    def __init__(self, place: Place) -> None:
        self._place = place
        wanted = each_name(place.dialect)
        self._known = place.prepare(select(names.c.name, names.c.id).select_from(wanted).join(names, names.c.name == wanted.c.value))
        self._highest = place.prepare(select(func.coalesce(func.max(names.c.id), 0)))
        self._insert = place.inserting(names)

    def numbers(self, writing: Writing, wanted: Iterable[str], known: dict[str, int]) -> tuple[dict[str, int], int]:
        """Numbers of all the ids, and the highest number that was in use before: what is above it is new. known: numbers read before."""
        unread = [id for id in dict.fromkeys(wanted) if id not in known]
        numbers: dict[str, int] = {**known, **dict(writing.rows(self._known, ids=self._place.listed(unread)))}
        [(highest,)] = writing.rows(self._highest)
        fresh = {id: highest + n for n, id in enumerate([id for id in unread if id not in numbers], 1)}
        writing.many(self._insert, [(number, id) for id, number in fresh.items()])
        numbers.update(fresh)
        return numbers, highest


class Origins:
    """Origins are few, and never dropped while the store lives; those committed are kept in memory."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._all = place.prepare(select(origins.c.id, origins.c.origin))
        self._insert = place.inserting(origins)
        self._by_number: dict[int, Origin] = {}
        self._by_text: dict[str, int] = {}

    def of(self, number: int) -> Origin:
        if number not in self._by_number:
            self._keep(self._place.rows(self._all))
        return self._by_number[number]

    def of_types(self, types: Collection[str]) -> list[int]:
        """The numbers of all origins of these resource types, freshly read: another process may have added some."""
        self._keep(self._place.rows(self._all))
        return [number for number, known in self._by_number.items() if known[4] in types]

    def of_feed(self, feed: str) -> list[int]:
        """The numbers of all origins of a feed, freshly read."""
        self._keep(self._place.rows(self._all))
        return [number for number, known in self._by_number.items() if known[0] == feed]

    def numbers(self, writing: Writing, wanted: Iterable[str]) -> dict[str, int]:
        texts = dict.fromkeys(wanted)
        if any(text not in self._by_text for text in texts):
            held = writing.rows(self._all)
            numbers = {text: number for number, text in held}
            highest = max(numbers.values(), default=0)
            fresh = {text: highest + n for n, text in enumerate((text for text in texts if text not in numbers), 1)}
            writing.many(self._insert, [(number, text) for text, number in fresh.items()])
            if not fresh:
                self._keep(held)
            # Fresh ones are not kept until another read finds them committed.
            return {**numbers, **fresh}
        return self._by_text

    def _keep(self, rows: Iterable[tuple[int, str]]) -> None:
        for number, text in rows:
            if number not in self._by_number:
                self._by_number[number] = origin(text)
                self._by_text[text] = number
