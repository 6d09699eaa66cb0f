"""The records one message concerns, read from the lane: those it touched, those tied to them by merges, and those that share their keys.

Each record belongs to a class, before the message and after it. Two records are one person exactly when they are in one class, and a class
depends only on what the records say now and on the merges in force. That is why the persons do not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from carehub.identity import blocking, merging, ruled, rules
from carehub.identity.anew import as_stored
from carehub.identity.contradictions import contradictions
from carehub.identity.demographics import Demographics
from carehub.identity.links import Link, Member, StandingMerge
from carehub.identity.rulings import Ruling
from carehub.identity.scales import Doubt
from carehub.identity.surroundings import Surroundings


class LaneReads(Protocol):
    """What a settlement may ask of the held lane (the read methods of the store's Lane port)."""

    def members(self, patients: Iterable[str]) -> dict[str, Member]: ...

    def sharing(self, keys: Iterable[str]) -> list[Member]: ...

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]: ...

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]: ...

    def of_persons(self, persons: Iterable[str]) -> list[Member]: ...

    def links(self, patients: Iterable[str]) -> dict[str, Link]: ...

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]: ...

    def founded(self, patients: Iterable[str]) -> dict[str, int]: ...

    def rulings(self, patients: Iterable[str]) -> list[Ruling]: ...


@dataclass(slots=True)
class Touched:
    """A patient record (id of the source's Patient) that a message told something about, with what it says of itself now, and the keys of that.
    near_keys: filled where the lane weighs evidence."""

    patient: str
    demographics: Demographics
    near_keys: tuple[int, ...] = ()
    match_key: str = field(init=False)
    blocking_keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.match_key = rules.match_key(self.demographics)
        self.blocking_keys = blocking.keys(self.demographics)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the records of the network are grouped at one moment. root: record → root. of: record → class; base: the class that rules and
    merges alone would give it; atom: the one that rulings give it besides. rulings: what stewards' words bind among these records. doubts: pairs
    that evidence neither joins nor parts; traced: pairs that the rule traced-number puts together."""

    root: dict[str, str]
    of: dict[str, str]
    base: dict[str, str]
    rings: tuple[tuple[str, ...], ...]
    rulings: ruled.Standing
    atom: dict[str, str]
    doubts: tuple[Doubt, ...] = ()
    traced: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Network:
    """members: records of the network as they stood. told: what touched records say now. pool: members, and records that share a blocking key.

    core: records tied by merges to what was touched or ruled on. links: standing links of the network.
    gone: records that nobody tells any more; they stand before and not after. turned: records whose pairs a key that passed its limit changes;
    known where the lane weighs evidence.
    """

    told: dict[str, Touched]
    members: dict[str, Member]
    pool: dict[str, Member]
    core: frozenset[str]
    links: dict[str, Link]
    before: Standing
    after: Standing
    gone: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()

    @property
    def altered(self) -> list[str]:
        """Records that are new, or that say something new about who they are; sorted."""
        return sorted(p for p, t in self.told.items() if p not in self.members or self.members[p].demographics != t.demographics)

    def demographics(self, patient: str) -> Demographics:
        """What a record says now."""
        return (self.told if patient in self.told else self.pool)[patient].demographics


class Near(NamedTuple):
    """What stands around the records that were touched: merges that tie records to them, those records and the touched ones as `core`, members
    among these, their match keys now and before, members that share a key with them, and rulings on any of the core."""

    merges: list[StandingMerge]
    core: set[str]
    members: dict[str, Member]
    keys: set[str]
    sharing: list[Member]
    rulings: list[Ruling]


def reach(
    told: dict[str, Touched],
    merges: Sequence[StandingMerge],
    lane: LaneReads,
    gone: Collection[str] = (),
    rulings: Sequence[Ruling] = (),
) -> Near:
    """Read what is nearest to the records that a settlement is about: four reads, each by key, in the usual case."""
    seeds = {*told, *gone, *_sides(merges), *(record for ruling in rulings for record in ruling.named)}
    standing = tied(seeds, merges, lane)
    core = seeds | _sides(standing)
    members = lane.members(core)
    keys = {member.match_key for member in members.values()} | {t.match_key for t in told.values()}
    wanted = set(keys)
    for patient, said in told.items():
        known = members.get(patient)
        if known is None or known.demographics != said.demographics:
            wanted.update(said.blocking_keys, known.blocking_keys if known else ())
    wanted.update(*(members[p].blocking_keys for p in gone if p in members))
    wanted.discard("")
    return Near(standing, core, members, keys, lane.sharing(wanted) if wanted else [], lane.rulings(core))


def load(
    near: Near,
    told: dict[str, Touched],
    merges: Sequence[StandingMerge],
    lane: LaneReads,
    gone: Collection[str] = (),
    rulings: Sequence[Ruling] = (),
    around: Surroundings | None = None,
    afresh: bool = False,
) -> Network:
    """Read everything else a settlement needs about its records. In the usual case: three reads more. around: where the lane weighs evidence.
    afresh: the store was decided by other rules."""
    standing, core, members, keys = near.merges, near.core, near.members, near.keys
    left = frozenset(p for p in gone if p in members)
    shared = {member.patient: member for member in near.sharing}
    companions = {p for p, member in shared.items() if member.match_key and member.match_key in keys} - core
    words = list(near.rulings)
    if companions:
        standing = _joined(standing, tied(companions, (), lane))
        members.update({p: shared[p] for p in companions})
        members.update(lane.members((companions | _sides(standing)) - members.keys()))
        # Of records that are gone as well: one that a steward took out still ends the chains of merges through it.
        words += lane.rulings((members.keys() | _sides(standing)) - core)
    turned = _turned(told, left, {**shared, **members}) if around else set()
    reached = around.reach({*members, *core, *turned, *around.turned}) if around else set()
    while words or rulings or around:
        members.update({p: around.members[p] for p in reached if p in around.members} if around else {})
        standing, words = _widen(members, {*core, *told}, {t.match_key for t in told.values()}, standing, words, lane)
        more = around.reach(members.keys() - reached) if around else set()
        if not more - members.keys():
            break
        reached |= more
    own = {p: member.match_key for p, member in members.items()}
    new = {p: key for p, key in own.items() if p not in left} | {p: t.match_key for p, t in told.items()}
    heard = {ruling.id: ruling for ruling in (*words, *rulings)}
    before = _stand(own, standing, words, lambda p: members[p].demographics, around, after=False)
    saying: Mapping[str, Member | Touched] = {**members, **told}
    after = _stand(new, _joined(standing, merges), list(heard.values()), lambda p: saying[p].demographics, around, after=True)
    if afresh:
        before = replace(before, of=as_stored(members, after.of), doubts=after.doubts)
    return Network(
        told=told,
        members=members,
        pool={**shared, **members},
        core=frozenset(p for p in core if p in new or p in left),
        links=lane.links(members),
        before=before,
        after=after,
        gone=left,
        turned=frozenset({*turned, *told} if afresh else turned),
    )


def _turned(told: Mapping[str, Touched], gone: Collection[str], stood: Mapping[str, Member]) -> set[str]:
    """Records that bear a blocking key which passes the limit, either way: their reviews are worked out anew."""
    bearers: dict[str, tuple[set[str], set[str]]] = {}
    for p, member in stood.items():
        for key in member.blocking_keys:
            before, after = bearers.setdefault(key, (set(), set()))
            before.add(p)
            if p not in told and p not in gone:
                after.add(p)
    for p, said in told.items():
        for key in said.blocking_keys:
            bearers.setdefault(key, (set(), set()))[1].add(p)
    passing = [both for both in bearers.values() if (len(both[0]) > blocking.LIMIT) is not (len(both[1]) > blocking.LIMIT)]
    return {p for before, after in passing for p in before | after}


def _widen(
    members: dict[str, Member], seen: set[str], keys: set[str], merges: list[StandingMerge], words: Sequence[Ruling], lane: LaneReads
) -> tuple[list[StandingMerge], list[Ruling]]:
    """Where stewards ruled, a class spans match keys: read on until nothing more is tied to these records, and add it to members."""
    found = {ruling.id: ruling for ruling in words}
    seen = seen | members.keys()
    ahead = set(seen)
    asked = set[str]()
    while ahead:
        found.update({ruling.id: ruling for ruling in lane.rulings(ahead)})
        merges = _joined(merges, tied(ahead, (), lane))
        keys = (keys | {members[p].match_key for p in ahead if p in members}) - asked - {""}
        asked |= keys
        agreeing = {m.patient: m for m in lane.sharing(keys) if m.match_key in keys} if keys else {}
        members.update({p: m for p, m in agreeing.items() if p not in members})
        named = {record for ruling in found.values() for record in ruling.named} | _sides(merges)
        members.update(lane.members(named - members.keys() - seen))
        ahead = (named | members.keys()) - seen
        seen |= ahead
        keys = set()
    return merges, list(found.values())


def tied(patients: Iterable[str], merges: Iterable[StandingMerge], lane: LaneReads) -> list[StandingMerge]:
    """Every stored merge reachable from these records, through `merges` as well."""
    found: dict[tuple[str, str, str], StandingMerge] = {}
    seen: set[str] = set()
    ahead = {*patients, *_sides(merges)}
    while ahead:
        seen |= ahead
        rows = lane.merges(ahead)
        found.update({row.key: row for row in rows})
        ahead = _sides(rows) - seen
    return list(found.values())


def _sides(merges: Iterable[StandingMerge]) -> set[str]:
    return {side for merge in merges for side in (merge.surviving, merge.subsumed)}


def _joined(stored: Sequence[StandingMerge], told: Sequence[StandingMerge]) -> list[StandingMerge]:
    """Both; of two rows with one key what is told."""
    return list({row.key: row for row in (*stored, *told)}.values())


def obeyed(merges: Sequence[StandingMerge], rulings: ruled.Standing) -> Sequence[StandingMerge]:
    """The merges of two records that no ruling holds apart."""
    return [merge for merge in merges if not rulings.parted(merge.surviving, merge.subsumed)] if rulings.apart else merges


def _stand(
    keys: dict[str, str],
    merges: Sequence[StandingMerge],
    words: Sequence[Ruling],
    says: Callable[[str], Demographics],
    around: Surroundings | None,
    *,
    after: bool,
) -> Standing:
    rulings = ruled.standing(words)
    found = merging.roots(keys, obeyed(merges, rulings), keys, rulings.detached)
    base = {p: f"ruled|{root}" if root in rulings.detached else keys[root] or f"alone|{root}" for p, root in found.of.items()}
    atom = ruled.classes(base, found.of, rulings, lambda records: bool(contradictions(records, says)))
    standing = Standing(found.of, atom, base, found.cycles, rulings, atom)
    return by_evidence(standing, says, around, after=after) if around else standing


def by_evidence(standing: Standing, says: Callable[[str], Demographics], around: Surroundings, *, after: bool) -> Standing:
    """The same with what evidence joins, neighbourhood by neighbourhood. Who was taken out, or is held for a contradiction, draws nobody."""
    rulings, root, scales = standing.rulings, standing.root, around.scales

    def parted(a: str, b: str) -> bool:
        return rulings.parted(a, b) or rulings.parted(root[a], root[b]) or rulings.parted(a, root[b]) or rulings.parted(root[a], b)

    whole: dict[str, str] = {}
    doubts: list[Doubt] = []
    traced: set[tuple[str, str]] = set()
    for records in {around.neighbourhood(p, after) for p in standing.of}:
        atoms: dict[str, list[str]] = {}
        for p in records:
            if p not in rulings.detached and not standing.atom[p].startswith("held|"):
                atoms.setdefault(standing.atom[p], []).append(p)
        if len(atoms) > 1:
            read = {name: [scales.read(p, says(p)) for p in members] for name, members in atoms.items()}
            idle = records.difference(*atoms.values())
            found = scales.settle(read, parted, rulings.settled, lambda f: around.alike(f, after), idle)
            whole.update(found.of)
            doubts += found.doubts
            traced |= found.traced
    whole = {p: whole.get(name, name) for p, name in standing.atom.items()}
    return replace(standing, of=whole, doubts=tuple(sorted(doubts)), traced=frozenset(traced))
