"""By which rules the store was decided, as numbers beside the lane's position, and the members in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select

from carehub.store.rules_standing import RulesStanding
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument, one_of
from carehub.store.sql.tables import counters, members

RULES_NAMES = ("rules position", "rules version", "rules content", "rules reached")


class RulesStatements:
    """Compiled once for a database."""

    def __init__(self, place: Place) -> None:
        m = members
        self.standing = place.prepare(select(counters.c.name, counters.c.value).where(one_of(counters.c.name, place.dialect)))
        ordered = select(m.c.member, m.c.person).order_by(m.c.patient)
        self.in_order = place.prepare(ordered.limit(argument("most")).offset(argument("after")))


def standing_of(rows: Iterable[Any]) -> RulesStanding | None:
    """The rows of `standing`."""
    told = {name: int(value) for name, value in rows}
    return RulesStanding(*(told[name] for name in RULES_NAMES)) if told.keys() == set(RULES_NAMES) else None


def write(standing: RulesStanding | None, move: Callable[[str, int], object]) -> None:
    """move: writes a number under a name."""
    if standing:
        for name, value in zip(RULES_NAMES, (standing.position, standing.version, standing.content, standing.reached), strict=True):
            move(name, value)
