"""How many persons patient records have founded, read off the persons themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from carehub.terms.refs import derived_id


def first_free(patients: Iterable[str], known: Callable[[list[str]], set[str]]) -> dict[str, int]:
    """For each patient the smallest n for which no person `derived_id("person", patient, n)` was ever seen. `known` tells which of the persons
    given were.

    A person's id is derived from its founding record and this number (identity.linking), so a number that is free can never name a person
    that somebody else's records belong to.
    """
    found: dict[str, int] = {}
    waiting = list(dict.fromkeys(patients))
    n = 0
    while waiting:
        persons = {patient: derived_id("person", patient, str(n)) for patient in waiting}
        seen = known(list(persons.values()))
        found.update({patient: n for patient, person in persons.items() if person not in seen})
        waiting = [patient for patient, person in persons.items() if person in seen]
        n += 1
    return found
