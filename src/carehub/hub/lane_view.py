"""The identity lane as one batch sees it: what the store holds, with what this batch has decided so far laid over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, TypeVar

from carehub.identity.linking import Settlement
from carehub.identity.links import Link, Member, Review, StandingMerge
from carehub.identity.near_keys import CAP
from carehub.identity.rulings import Ruling
from carehub.store.ports import Lane
from carehub.store.stored import LaneBatch, Revisit
from carehub.terms.refs import derived_id

T = TypeVar("T")


class _Held(NamedTuple):
    """What the lane answered about these patient records, and about these keys."""

    patients: frozenset[str]
    links: dict[str, Link]
    merges: list[StandingMerge]
    keys: frozenset[str]
    sharing: list[Member]
    founded: dict[str, int]
    rulings: list[Ruling]


class LaneView:
    """The read methods of Lane over pending settlements, so that a batch of messages is decided one by one and written once."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._members: dict[str, Member] = {}
        self._bearing: dict[str | int, set[str]] = {}
        self._links: dict[str, Link] = {}
        self._told: list[tuple[int, str, Link]] = []
        self._merges: dict[tuple[str, str, str], StandingMerge] = {}
        self._reviewed: set[str] = set()
        self._reviews: dict[tuple[str, str], Review] = {}
        self._redirects: dict[str, str] = {}
        self._dirty: dict[str, None] = {}
        self._founded: dict[str, int] = {}
        self._gone: set[str] = set()
        self._rulings: dict[str, Ruling] = {}
        # Members as the store has them, None for no member; and who bears a near key there, with how many were asked for.
        self._stored: dict[str, Member | None] = {}
        self._near: dict[int, tuple[list[str], int]] = {}
        self._held = _Held(frozenset(), {}, [], frozenset(), [], {}, [])

    def foresee(self, patients: Collection[str], keys: Collection[str], near_keys: Collection[int] = ()) -> None:
        """Read at once what will be asked of these patient records, and under these keys, one by one. The lane is held, so it cannot go out of
        date."""
        lane = self._lane
        links, merges, founded, rulings = lane.links(patients), lane.merges(patients), lane.founded(patients), lane.rulings(patients)
        shared = lane.sharing(keys) if keys else []
        self._held = _Held(frozenset(patients), links, merges, frozenset(keys), shared, founded, rulings)
        if near_keys:
            most = CAP + 1 + len(patients)
            self._read_near(near_keys, most)
            self._read({p for key in near_keys for p in self._near[key][0] if len(self._near[key][0]) < most})

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        wanted = set(patients)
        asked = wanted - self._members.keys() - self._gone
        self._read(asked)
        found = {patient: member for patient in asked if (member := self._stored[patient]) is not None}
        return {**found, **{patient: self._members[patient] for patient in wanted & self._members.keys()}}

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        wanted = set(keys)
        if wanted <= self._held.keys:
            shared = [m for m in self._held.sharing if m.match_key in wanted or not wanted.isdisjoint(m.blocking_keys)]
        else:
            shared = self._lane.sharing(wanted)
        found = {m.patient: m for m in shared if m.patient not in self._members and m.patient not in self._gone}
        for patient in {patient for key in wanted & self._bearing.keys() for patient in self._bearing[key]}:
            member = self._members.get(patient)
            if member and (member.match_key in wanted or not wanted.isdisjoint(member.blocking_keys)):
                found[patient] = member
        return [found[patient] for patient in sorted(found)]

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        wanted = set(keys)
        self._read_near({key for key in wanted if key not in self._near}, most + len(self._members) + len(self._gone))
        found = {key: self._bearers(key, most) for key in wanted}
        return {key: bearers[:most] for key, bearers in found.items() if bearers}

    def _bearers(self, key: int, most: int) -> list[str]:
        stored, limit = self._near[key]
        kept = [patient for patient in stored if patient not in self._members and patient not in self._gone]
        pending = self._bearing.get(key, ())
        found = sorted([*kept, *(p for p in pending if p in self._members and key in self._members[p].near_keys)])
        if len(stored) == limit and len(found) < most:  # there are more, and those read have changed since
            self._read_near({key}, limit + most + len(self._members) + len(self._gone))
            return self._bearers(key, most)
        return found

    def _read_near(self, keys: Collection[int], most: int) -> None:
        if keys:
            read = self._lane.bearing(keys, most)
            self._near.update({key: (read.get(key, []), most) for key in keys})

    def _read(self, patients: Iterable[str]) -> None:
        unread = set(patients) - self._stored.keys()
        if unread:
            read = self._lane.members(unread)
            self._stored.update({patient: read.get(patient) for patient in unread})

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        wanted = set(persons)
        found = {m.patient: m for m in self._lane.of_persons(wanted) if m.patient not in self._members and m.patient not in self._gone}
        found.update({m.patient: m for m in self._members.values() if m.person in wanted})
        return [found[patient] for patient in sorted(found)]

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        wanted = set(patients)
        asked = wanted - self._links.keys()
        found = _of(self._held.links, asked) if asked <= self._held.patients else self._lane.links(asked)
        found.update({patient: self._links[patient] for patient in wanted & self._links.keys()})
        return {patient: link for patient, link in found.items() if patient not in self._gone}

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        wanted = set(patients)
        held = self._held.merges if wanted <= self._held.patients else self._lane.merges(wanted)
        found = {_key(m): m for m in held if m.subsumed in wanted or m.surviving in wanted}
        found.update({k: m for k, m in self._merges.items() if m.subsumed in wanted or m.surviving in wanted})
        return [found[key] for key in sorted(found)]

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        wanted = set(patients)
        found = _of(self._held.founded, wanted) if wanted <= self._held.patients else self._lane.founded(wanted)
        return {patient: number + self._founded.get(patient, 0) for patient, number in found.items()}

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        wanted = set(patients)
        held = self._held.rulings if wanted <= self._held.patients else self._lane.rulings(wanted)
        found = {r.id: r for r in (*held, *self._rulings.values()) if not wanted.isdisjoint(r.named)}
        return sorted(found.values(), key=lambda r: (r.position, r.id))

    def take(self, settlement: Settlement, position: int, at: str) -> None:
        """Lay one message's settlement over the view. position, at: the message's place in the log and when it was received."""
        self._redirects.update(settlement.redirects)
        self._follow(settlement.links)
        for patient in settlement.gone:
            self._members.pop(patient, None)
            self._gone.add(patient)
        for member in settlement.members:
            self._members[member.patient] = member
            self._gone.discard(member.patient)
            keys: tuple[str | int, ...] = (member.match_key, *member.blocking_keys, *member.near_keys)
            for key in keys:
                self._bearing.setdefault(key, set()).add(member.patient)
        for link in settlement.links:
            self._links[link.patient] = link
            self._told.append((position, at, link))
        for merge in settlement.merges:
            self._merges[_key(merge)] = merge
        self._rulings.update({ruling.id: ruling for ruling in settlement.rulings})
        for patient in settlement.founders:
            self._founded[patient] = self._founded.get(patient, 0) + 1
        again = set(settlement.reviewed)
        self._reviewed |= again
        self._reviews = {pair: review for pair, review in self._reviews.items() if again.isdisjoint(pair)}
        self._reviews.update({(review.a, review.b): review for review in settlement.reviews})
        self._dirty.update(dict.fromkeys(settlement.dirty))

    def _follow(self, links: Iterable[Link]) -> None:
        """The empty persons a record founded lead to wherever that record is now, also after a merge was taken back."""
        for link in links:
            before = self.members([link.patient]).get(link.patient)
            if before is None or before.person == link.person:
                continue
            for n in range(self.founded([link.patient])[link.patient]):
                person = derived_id("person", link.patient, str(n))
                if person != link.person and not any(m.patient != link.patient for m in self.of_persons([person])):
                    self._redirects[person] = link.person

    def touch(self, persons: Iterable[str]) -> None:
        """Persons whose records changed without any change of identity."""
        self._dirty.update(dict.fromkeys(persons))

    def batch(self, position: int, at: str, revisited: Iterable[Revisit] = ()) -> LaneBatch:
        """Everything to write."""
        return LaneBatch(
            position=position,
            members=tuple(self._members.values()),
            links=tuple(link for _, _, link in self._told),
            moments=tuple((place, received) for place, received, _ in self._told),
            reviewed=tuple(sorted(self._reviewed)),
            reviews=tuple(sorted(self._reviews.values())),
            merges=tuple(self._merges.values()),
            redirects=tuple(self._redirects.items()),
            dirty=tuple(self._dirty),
            at=at,
            left=tuple(sorted(self._gone)),
            revisited=tuple(revisited),
            rulings=tuple(self._rulings.values()),
        )


def _of(held: dict[str, T], patients: set[str]) -> dict[str, T]:
    return {patient: held[patient] for patient in patients if patient in held}


def _key(merge: StandingMerge) -> tuple[str, str, str]:
    return (merge.surviving, merge.subsumed, merge.message)
