"""The records one message concerns, read from the lane: those it touched, those tied to them by merges, and those that share their keys.

Each record belongs to a class, before the message and after it. Two records are one person exactly when they are in one class, and a class
depends only on what the records say now and on the merges in force. That is why the persons do not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

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

    def founded(self, patient: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How the records of the network are grouped at one moment. root: record → root. of: record → class, for records no steward placed."""

    root: dict[str, str]
    of: dict[str, str]
    rings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Network:
    """members: records of the network as they stood. told: new Demographics. pool: members, and records that share a blocking key.

    core: records tied by merges to what was touched. links: standing links of the network. placed: record → person, where a steward ruled.
    gone: records that nobody tells any more; they stand before and not after.
    """

    told: dict[str, Demographics]
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
        return sorted(p for p, d in self.told.items() if p not in self.members or self.members[p].demographics != d)

    def demographics(self, patient: str) -> Demographics:
        """What a record says now."""
        return self.told[patient] if patient in self.told else self.pool[patient].demographics


def load(told: dict[str, Demographics], merges: Sequence[StandingMerge], lane: LaneReads, gone: Collection[str] = ()) -> Network:
    """Read everything a settlement needs about its records. In the usual case: five reads, each by key."""
    seeds = {*told, *gone, *(side for merge in merges for side in (merge.surviving, merge.subsumed))}
    standing = tied(seeds, merges, lane)
    core = seeds | _sides(standing)
    members = lane.members(core)
    keys = {member.match_key for member in members.values()} | {rules.match_key(d) for d in told.values()}
    wanted = set(keys)
    for patient, demographics in told.items():
        known = members.get(patient)
        if known is None or known.demographics != demographics:
            wanted.update(blocking.keys(demographics), known.blocking_keys if known else ())
    left = frozenset(p for p in gone if p in members)
    wanted.update(*(members[p].blocking_keys for p in left))
    shared = {member.patient: member for member in lane.sharing(wanted - {""})} if wanted - {""} else {}
    companions = {p for p, member in shared.items() if member.match_key and member.match_key in keys} - core
    if companions:
        standing = _joined(standing, tied(companions, (), lane))
        members.update({p: shared[p] for p in companions})
        members.update(lane.members((companions | _sides(standing)) - members.keys()))
    links = lane.links(members)
    placed = {p: link.person for p, link in links.items() if link.source is LinkSource.MANUAL}
    own = {p: member.match_key for p, member in members.items()}
    new = {p: key for p, key in own.items() if p not in left} | {p: rules.match_key(d) for p, d in told.items()}
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
