"""The records one message concerns, read from the lane: those it touched, those tied to them by merges, and those that share their keys.

Each record belongs to a class, before the message and after it. Two records are one person exactly when they are in one class, and a class
depends only on what the records say now and on the merges in force. That is why the persons do not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from carehub.identity import blocking, merging, rules
from carehub.identity.demographics import Demographics
from carehub.identity.links import Link, LinkSource, Member, StandingMerge


class LaneReads(Protocol):
    """What a settlement may ask of the held lane (the read methods of the store's Lane port)."""

    def members(self, patients: Iterable[str]) -> dict[str, Member]: ...

    def sharing(self, keys: Iterable[str]) -> list[Member]: ...

    def of_persons(self, persons: Iterable[str]) -> list[Member]: ...

    def links(self, patients: Iterable[str]) -> dict[str, Link]: ...

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]: ...

    def founded(self, patients: Iterable[str]) -> dict[str, int]: ...


@dataclass(slots=True)
class Touched:
    """A patient record (id of the source's Patient) that a message told something about, with what it says of itself now, and the keys of that."""

    patient: str
    demographics: Demographics
    match_key: str = field(init=False)
    blocking_keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.match_key = rules.match_key(self.demographics)
        self.blocking_keys = blocking.keys(self.demographics)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the records of the network are grouped at one moment. root: record → root. of: record → class, for records no steward placed."""

    root: dict[str, str]
    of: dict[str, str]
    rings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Network:
    """members: records of the network as they stood. told: what touched records say now. pool: members, and records that share a blocking key.

    core: records tied by merges to what was touched. links: standing links of the network. placed: record → person, where a steward ruled.
    gone: records that nobody tells any more; they stand before and not after.
    """

    told: dict[str, Touched]
    members: dict[str, Member]
    pool: dict[str, Member]
    core: frozenset[str]
    links: dict[str, Link]
    placed: dict[str, str]
    before: Standing
    after: Standing
    gone: frozenset[str] = frozenset()

    @property
    def altered(self) -> list[str]:
        """Records that are new, or that say something new about who they are; sorted."""
        return sorted(p for p, t in self.told.items() if p not in self.members or self.members[p].demographics != t.demographics)

    def demographics(self, patient: str) -> Demographics:
        """What a record says now."""
        return (self.told if patient in self.told else self.pool)[patient].demographics


class Near(NamedTuple):
    """What stands around the records that were touched: merges that tie records to them, those records and the touched ones as `core`, members
    among these, their match keys now and before, and members that share a key with them."""

    merges: list[StandingMerge]
    core: set[str]
    members: dict[str, Member]
    keys: set[str]
    sharing: list[Member]


def reach(told: dict[str, Touched], merges: Sequence[StandingMerge], lane: LaneReads, gone: Collection[str] = ()) -> Near:
    """Read what is nearest to the records that a settlement is about: three reads, each by key, in the usual case."""
    seeds = {*told, *gone, *_sides(merges)}
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
    return Near(standing, core, members, keys, lane.sharing(wanted) if wanted else [])


def load(near: Near, told: dict[str, Touched], merges: Sequence[StandingMerge], lane: LaneReads, gone: Collection[str] = ()) -> Network:
    """Read everything else a settlement needs about its records. In the usual case: two reads more."""
    standing, core, members, keys = near.merges, near.core, near.members, near.keys
    left = frozenset(p for p in gone if p in members)
    shared = {member.patient: member for member in near.sharing}
    companions = {p for p, member in shared.items() if member.match_key and member.match_key in keys} - core
    if companions:
        standing = _joined(standing, tied(companions, (), lane))
        members.update({p: shared[p] for p in companions})
        members.update(lane.members((companions | _sides(standing)) - members.keys()))
    links = lane.links(members)
    placed = {p: link.person for p, link in links.items() if link.source is LinkSource.MANUAL}
    own = {p: member.match_key for p, member in members.items()}
    new = {p: key for p, key in own.items() if p not in left} | {p: t.match_key for p, t in told.items()}
    return Network(
        told=told,
        members=members,
        pool={**shared, **members},
        core=frozenset(p for p in core if p in new or p in left),
        links=links,
        placed=placed,
        before=_stand(own, standing, placed),
        after=_stand(new, _joined(standing, merges), placed),
        gone=left,
    )


def tied(patients: Iterable[str], merges: Sequence[StandingMerge], lane: LaneReads) -> list[StandingMerge]:
    """Every stored merge reachable from these records, through `merges` as well."""
    found: dict[tuple[str, str, str], StandingMerge] = {}
    seen: set[str] = set()
    ahead = {*patients, *_sides(merges)}
    while ahead:
        seen |= ahead
        rows = lane.merges(ahead)
        found.update({(row.message, row.surviving, row.subsumed): row for row in rows})
        ahead = _sides(rows) - seen
    return list(found.values())


def _sides(merges: Iterable[StandingMerge]) -> set[str]:
    return {side for merge in merges for side in (merge.surviving, merge.subsumed)}


def _joined(stored: Sequence[StandingMerge], told: Sequence[StandingMerge]) -> list[StandingMerge]:
    """Both, one row for each message and pair: a message mapped again replaces what it said before."""
    return list({(row.message, row.surviving, row.subsumed): row for row in (*stored, *told)}.values())


def _stand(keys: dict[str, str], merges: Sequence[StandingMerge], placed: dict[str, str]) -> Standing:
    found = merging.roots(keys, merges, keys, placed)
    of: dict[str, str] = {}
    for patient, root in found.of.items():
        if patient in placed:
            continue
        of[patient] = f"placed|{placed[root]}" if root in placed else keys[root] or f"alone|{root}"
    return Standing(found.of, of, found.cycles)
