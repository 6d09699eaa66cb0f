"""Pairs of records in different persons that a steward should look at: found through shared blocking keys, and through rings of merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from carehub.identity import blocking, comparison, merging, rules
from carehub.identity.links import LinkSource, MatchResult, Member, Review
from carehub.identity.network import LaneReads, Network, tied


@dataclass(frozen=True, slots=True)
class Reviewing:
    """reviewed: records whose pairs were worked out anew; standing: all their pairs now; changed: pairs that came, went or read differently.

    skipped: kinds of blocking keys that more than blocking.LIMIT records bear, so that no pair was looked for under them.
    """

    reviewed: tuple[str, ...]
    standing: tuple[Review, ...]
    changed: frozenset[tuple[str, str]]
    skipped: tuple[str, ...]
    persons: frozenset[str]


def review(net: Network, after: Mapping[str, Member], moved: Iterable[str], lane: LaneReads) -> Reviewing:
    """Work out the pairs of every record whose pairs may have changed. after: records that are new, altered or moved, as they will stand.

    The pairs are a function of all records as they stand: when a key passes the limit, either way, everyone who bears it is worked out anew.
    """
    pool = dict(net.pool)
    reviewed = {*net.altered, *net.gone, *moved, *(p for ring in (*net.before.rings, *net.after.rings) for p in ring)}
    if not reviewed:
        return Reviewing((), (), frozenset(), (), frozenset())
    altered = {*net.altered, *net.gone}
    old, new = _bearers(pool, {}), _bearers(_without(pool, net.gone), after)
    turned = {k for p in altered for m in (pool.get(p), after.get(p)) if m for k in m.blocking_keys if _over(old, k) != _over(new, k)}
    reviewed |= {p for k in turned for p in (*old.get(k, ()), *new.get(k, ()))}
    known = {k for p in altered for m in (pool.get(p), after.get(p)) if m for k in m.blocking_keys}
    further = {k for p in reviewed - altered for k in pool[p].blocking_keys} - known
    if further:
        pool.update({m.patient: m for m in lane.sharing(further) if m.patient not in pool})
        old, new = _bearers(pool, {}), _bearers(_without(pool, net.gone), after)
    outside = reviewed - net.members.keys() - net.told.keys()
    rings_old, rings_new = net.before.rings, net.after.rings
    if outside:
        rows = tied(outside, (), lane)
        sides = {side for row in rows for side in (row.surviving, row.subsumed)}
        if rows:
            ruled = {p for p, link in lane.links(sides).items() if link.source is LinkSource.MANUAL}
            pool.update({p: m for p, m in lane.members(sides).items() if p not in pool})
            more = merging.roots((), rows, {p for p in sides if p in pool}, ruled).cycles
            rings_old, rings_new = (*rings_old, *more), (*rings_new, *more)
    skipped: set[str] = set()
    was = _pairs(reviewed, pool, old, rings_old, set())
    now = _pairs(reviewed, {**_without(pool, net.gone), **after}, new, rings_new, skipped)
    changed = frozenset(pair for pair in was.keys() | now.keys() if was.get(pair) != now.get(pair))
    persons = {state[p].person for pair in changed for p in pair for state in (pool, after) if p in state}
    return Reviewing(tuple(sorted(reviewed)), tuple(sorted(now.values())), changed, tuple(sorted(skipped)), frozenset(persons))


def _without(pool: Mapping[str, Member], gone: frozenset[str]) -> Mapping[str, Member]:
    return {p: m for p, m in pool.items() if p not in gone} if gone else pool


def _bearers(pool: Mapping[str, Member], after: Mapping[str, Member]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for patient, member in {**pool, **after}.items():
        for key in member.blocking_keys:
            index.setdefault(key, []).append(patient)
    return index


def _over(index: Mapping[str, list[str]], key: str) -> bool:
    return len(index.get(key, ())) > blocking.LIMIT


def _pairs(
    reviewed: Iterable[str],
    state: Mapping[str, Member],
    index: Mapping[str, list[str]],
    rings: Iterable[tuple[str, ...]],
    skipped: set[str],
) -> dict[tuple[str, str], Review]:
    found: dict[tuple[str, str], Review] = {}
    wanted = set(reviewed)
    judged: set[tuple[str, str]] = set()
    for ring in rings:
        # Neighbours in order of id, not all against all: enough to bring every record of the ring before a steward.
        for a, b in pairwise(ring):
            if a in state and b in state and state[a].person != state[b].person and (a in wanted or b in wanted):
                judged.add((a, b))
                told = comparison.compare(state[a].demographics, state[b].demographics)
                found[a, b] = Review(a, b, MatchResult.POSSIBLE_MATCH, "merge-cycle", rules.RULES["merge-cycle"], told)
    for patient in wanted:
        mine = state.get(patient)
        for key in mine.blocking_keys if mine else ():
            if _over(index, key):
                skipped.add(blocking.kind(key))
                continue
            for other in index.get(key, ()):
                pair = (patient, other) if patient < other else (other, patient)
                if other == patient or pair in judged or mine is None or state[other].person == mine.person:
                    continue
                judged.add(pair)
                seen = rules.worth_review(*(state[p].demographics for p in pair))
                if seen:
                    found[pair] = Review(*pair, seen.result, seen.rule, seen.because, seen.evidence)
    return found
