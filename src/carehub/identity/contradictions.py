"""What the records of one person contradict each other in: two verified NHS numbers, two dates of birth, two dates of death."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import NamedTuple

from carehub.identity import comparison
from carehub.identity.demographics import Demographics

_KINDS = (("nhs_number", "two-numbers-in-one"), ("birth_date", "two-birth-dates-in-one"), ("deceased", "two-deaths-in-one"))


class Contradiction(NamedTuple):
    """Two records of one person, in order of id, and the rule under which a steward is asked about them."""

    a: str
    b: str
    rule: str


def contradictions(
    records: Iterable[str], says: Callable[[str], Demographics], settled: Callable[[str, str], bool] = lambda a, b: False
) -> list[Contradiction]:
    """The first pair of records for each kind of contradiction among them. says: record → what it says of itself; settled: pairs that a
    steward has seen and ruled on, which are passed over."""
    told = {record: says(record) for record in sorted(records)}
    if len(told) < 2:
        return []
    values = {
        "nhs_number": {d.nhs_number for d in told.values() if d.trusted},
        "birth_date": {d.birth_date for d in told.values()},
        "deceased": {d.deceased for d in told.values()},
    }
    possible = [(field, rule) for field, rule in _KINDS if len(values[field] - {""}) > 1]
    found: dict[str, Contradiction] = {}
    for a, b in combinations(told, 2) if possible else ():
        if settled(a, b):
            continue
        levels = comparison.levels(told[a], told[b])
        for field, rule in possible:
            if levels[field] == "differ":
                found.setdefault(rule, Contradiction(a, b, rule))
    return [found[rule] for _, rule in _KINDS if rule in found]
