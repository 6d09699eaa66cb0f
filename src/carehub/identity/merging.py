"""Record merges: the sources' words that one of their patient records is part of another, and what follows from all of them together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from carehub.identity.links import StandingMerge


@dataclass(frozen=True, slots=True)
class Roots:
    """Where merges lead. of: patient record → the record its merges lead to, itself when there are none. cycles: records merged in a ring."""

    of: dict[str, str]
    cycles: tuple[tuple[str, ...], ...]


def in_force(merges: Iterable[StandingMerge]) -> dict[str, StandingMerge]:
    """subsumed → the merge that stands. For one pair the latest word counts, for one subsumed record the latest pair that stands.

    "Latest" is the source's own time, then taking back before saying, then message id: never arrival, so the order of delivery does not show.
    """
    word: dict[tuple[str, str], StandingMerge] = {}
    for merge in sorted(merges, key=lambda m: (m.told_at, m.undone, m.message)):
        if merge.surviving != merge.subsumed:
            word[merge.surviving, merge.subsumed] = merge
    standing: dict[str, StandingMerge] = {}
    for merge in sorted(word.values(), key=lambda m: (m.told_at, m.message, m.surviving)):
        if not merge.undone:
            standing[merge.subsumed] = merge
    return standing


def roots(patients: Iterable[str], merges: Iterable[StandingMerge], known: Collection[str], fixed: Collection[str] = ()) -> Roots:
    """The root of each patient record under the merges in force.

    fixed: records a steward took out; no merge moves them, so a chain ends there. known: the patient records that exist. A merge may
    name a record the hub has never received: a chain leads through it, but never ends at it. Records merged in a ring are each
    their own root, since no order among them can be believed.
    """
    into = {subsumed: merge.surviving for subsumed, merge in in_force(merges).items() if subsumed not in fixed}
    rings = _rings(into)
    in_ring = {record for ring in rings for record in ring}
    of: dict[str, str] = {}
    for patient in patients:
        end = at = patient
        while at not in in_ring and at in into:
            at = into[at]
            if at in known:
                end = at
        of[patient] = end
    cycles = tuple(sorted(tuple(sorted(r for r in ring if r in known)) for ring in rings))
    return Roots(of, tuple(ring for ring in cycles if len(ring) > 1))


def _rings(into: dict[str, str]) -> list[list[str]]:
    done: set[str] = set()
    rings: list[list[str]] = []
    for start in into:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in done:
            done.add(at)
            path.append(at)
            at = into.get(at)
        if at is not None and at in path:
            rings.append(path[path.index(at) :])
    return rings
