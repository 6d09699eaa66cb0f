"""How many persons a patient record has founded, read off the persons themselves."""

from __future__ import annotations

from collections.abc import Callable

from carehub.terms.refs import derived_id

_AT_ONCE = 4


def first_free(patient: str, known: Callable[[list[str]], set[str]]) -> int:
    """The smallest n for which no person `derived_id("person", patient, n)` was ever seen. `known` tells which of the persons given were.

    A person's id is derived from its founding record and this number (identity.linking), so a number that is free can never name a person
    that somebody else's records belong to.
    """
    n = 0
    while True:
        persons = [derived_id("person", patient, str(k)) for k in range(n, n + _AT_ONCE)]
        seen = known(persons)
        for k, person in enumerate(persons):
            if person not in seen:
                return n + k
        n += _AT_ONCE
