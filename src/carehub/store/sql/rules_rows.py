"""By which rules the store was decided, as numbers beside the lane's position; the members in order; and the reviews that other rules ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Table, select

from carehub.store.rules_standing import ClosedReview, RulesStanding
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.tables import Name, Number, counters, members, record
from carehub.store.sql.writing import Writing
from carehub.store.stored import LaneBatch

RULES_NAMES = ("rules position", "rules version", "rules content", "rules reached")

closed_reviews = Table(
    "closed_reviews",
    record,
    Column("review", Name, primary_key=True),
    Column("a", Name, nullable=False),
    Column("b", Name, nullable=False),
    Column("position", Number, nullable=False),
)


class RulesStatements:
    """Compiled once for a database."""

    def __init__(self, place: Place) -> None:
        m = members
        self.standing = place.prepare(select(counters.c.name, counters.c.value).where(one_of(counters.c.name, place.dialect)))
        ordered = select(m.c.member, m.c.person).order_by(m.c.patient)
        self.in_order = place.prepare(ordered.limit(argument("most")).offset(argument("after")))
        self.move = place.inserting(counters, update=("value",))
        self.closed = place.prepare(select(closed_reviews).where(closed_reviews.c.review == argument("review_is")))
        self.put_closed = place.inserting(closed_reviews, update=("a", "b", "position"))

    def write(self, batch: LaneBatch, writing: Writing) -> None:
        """What a batch says of them."""
        if told := batch.rules:
            for name, value in zip(RULES_NAMES, (told.position, told.version, told.content, told.reached), strict=True):
                writing.run(self.move, name=name, value=value)
        writing.many(self.put_closed, [(one.id, one.a, one.b, one.position) for one in batch.closed])


def standing_of(rows: Iterable[Any]) -> RulesStanding | None:
    """The rows of `standing`."""
    told = {name: int(value) for name, value in rows}
    return RulesStanding(*(told[name] for name in RULES_NAMES)) if told.keys() == set(RULES_NAMES) else None


def closed_of(rows: Iterable[Any]) -> ClosedReview | None:
    """The rows of `closed`."""
    return next((ClosedReview(*row) for row in rows), None)
