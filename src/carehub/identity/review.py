"""Pairs of records in different persons that a steward should look at: found through shared blocking keys, and through rings of merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carehub.identity import blocking, comparison, merging, ruled, rules
from carehub.identity.contradictions import contradictions
from carehub.identity.decision import SENTENCES
from carehub.identity.links import MatchResult, Member, Review
from carehub.identity.network import LaneReads, Network, obeyed, tied
from carehub.identity.rulings import Ruling
from carehub.identity.scales import Doubt, Scales, by_field


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


def review(
    net: Network,
    after: Mapping[str, Member],
    moved: Iterable[str],
    person: Mapping[str, str],
    lane: LaneReads,
    rulings: Sequence[Ruling],
    scales: Scales | None = None,
) -> Reviewing:
    """Work out the pairs of every record whose pairs may have changed. after: records that are new, altered or moved, as they will stand;
    person: record → person, of every record of the network; rulings: those the message tells.

    The pairs are a function of all records as they stand: when a key passes the limit, either way, everyone who bears it is worked out anew.
    """
    pool = dict(net.pool)
    reviewed = {*net.altered, *net.gone, *moved, *(p for ring in (*net.before.rings, *net.after.rings) for p in ring)}
    # Besides those it tells, one that counts now or no more: the last of two blind answers may have seen more records than this message names.
    words = {*rulings, *(set(net.before.rulings.answered) ^ set(net.after.rulings.answered))}
    reviewed |= {p for ruling in words for p in ruling.named if p in net.members}
    reviewed |= net.turned | {p for doubt in _otherwise(net) for p in (doubt.a, doubt.b) if p in net.after.of or p in net.gone}
    reviewed |= _at_odds_now(net, reviewed)
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
    bound_old, bound_new = net.before.rulings, net.after.rulings
    whose = {p: home for p, home in person.items() if p in net.after.of}
    if outside:
        rows = tied(outside, (), lane)
        sides = {side for row in rows for side in (row.surviving, row.subsumed)}
        # Of two blind answers to a pair perhaps only one speaks of these records, and it counts only beside the other.
        heard = ruled.reachable({*outside, *sides}, lane.rulings)
        if rows:
            pool.update({p: m for p, m in lane.members(sides).items() if p not in pool})
            bound = ruled.standing(heard)
            more = merging.roots((), obeyed(rows, bound), {p for p in sides if p in pool}, bound.detached).cycles
            rings_old, rings_new = (*rings_old, *more), (*rings_new, *more)
        if heard:
            bound_old, bound_new = bound_old.also(heard), bound_new.also({r.id: r for r in (*heard, *rulings)}.values())
    near = {net.after.of[p] for p in net.core if p in net.after.of}
    if far := outside | {p for p in reviewed if p in net.after.of and net.after.of[p] not in near}:
        housed = [m for m in lane.of_persons({person.get(p, pool[p].person) for p in far}) if m.patient not in net.gone]
        pool.update({m.patient: m for m in housed if m.patient not in pool})
        whose.update({m.patient: m.person for m in housed if m.patient not in whose})
    skipped: set[str] = set()
    state = {**_without(pool, net.gone), **after}
    was = _pairs(reviewed, pool, old, rings_old, bound_old, set())
    now = _pairs(reviewed, state, new, rings_new, bound_new, skipped)
    changed = {pair for pair in was.keys() | now.keys() if was.get(pair) != now.get(pair)}
    changed |= {(doubt.a, doubt.b) for doubt in _otherwise(net)}
    persons = {state[p].person for pair in changed for p in pair for state in (pool, after) if p in state}
    now.update(_within(reviewed, state, whose, bound_new))
    if scales:
        here = (doubt for doubt in net.after.doubts if doubt.a in reviewed or doubt.b in reviewed)
        now.update({(doubt.a, doubt.b): _weighed(doubt, net, scales) for doubt in here})
    standing = tuple(now[pair] for pair in sorted(now))
    return Reviewing(tuple(sorted(reviewed)), standing, frozenset(changed), tuple(sorted(skipped)), frozenset(persons))


def _otherwise(net: Network) -> set[Doubt]:
    """Doubts that came or went, and those in which a record takes part that says something else now."""
    altered = {*net.altered, *net.gone}
    before, after = set(net.before.doubts), set(net.after.doubts)
    return (before ^ after) | {doubt for doubt in before & after if not altered.isdisjoint((*doubt.one, *doubt.other))}


def _weighed(doubt: Doubt, net: Network, scales: Scales) -> Review:
    one, other = ([scales.read(p, net.demographics(p)) for p in side] for side in (doubt.one, doubt.other))
    told = by_field(scales.weigh_persons(one, other))
    return Review(doubt.a, doubt.b, MatchResult.POSSIBLE_MATCH, doubt.rule, SENTENCES[doubt.rule], told, doubt.total)


def _at_odds_now(net: Network, reviewed: set[str]) -> set[str]:
    """The records of every class a reviewed or named record is in or was in, where they contradict each other."""
    found: set[str] = set()
    concerned = reviewed | net.core
    for standing, says in ((net.before, lambda p: net.members[p].demographics), (net.after, net.demographics)):
        names = {standing.of[p] for p in concerned if p in standing.of}
        rooms: dict[str, list[str]] = {}
        for p, name in standing.of.items():
            if name in names:
                rooms.setdefault(name, []).append(p)
        found |= {p for records in rooms.values() if contradictions(records, says) for p in records}
    return found


def _within(
    reviewed: Iterable[str], state: Mapping[str, Member], whose: Mapping[str, str], rulings: ruled.Standing
) -> dict[tuple[str, str], Review]:
    """Reviews of two records of one person that contradict each other."""
    homes = {whose[p] for p in reviewed if p in whose}
    rooms: dict[str, list[str]] = {}
    for p, home in whose.items():
        if home in homes and p in state:
            rooms.setdefault(home, []).append(p)
    found: dict[tuple[str, str], Review] = {}
    for records in rooms.values():
        for a, b, rule in contradictions(records, lambda p: state[p].demographics, rulings.settled):
            told = comparison.compare(state[a].demographics, state[b].demographics)
            found.setdefault((a, b), Review(a, b, MatchResult.POSSIBLE_DUPLICATE, rule, rules.RULES[rule], told))
    return found


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
    rulings: ruled.Standing,
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
                if rulings.settled(a, b):
                    continue
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
                seen = None if rulings.settled(*pair) else rules.worth_review(*(state[p].demographics for p in pair))
                if seen:
                    found[pair] = Review(*pair, seen.result, seen.rule, seen.because, seen.evidence)
    return found
