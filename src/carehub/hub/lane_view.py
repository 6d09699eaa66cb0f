"""The identity lane as one batch sees it: what the store holds, with what this batch has decided so far laid over."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from carehub.hub.lane_reads import LaneReads
from carehub.identity import ruled
from carehub.identity.linking import Settlement
from carehub.identity.links import Link, Member, Review, StandingMerge
from carehub.identity.network import Touched
from carehub.identity.proposals import RULE, Proposal, asked
from carehub.identity.rulings import Ruling
from carehub.identity.scales import Scales
from carehub.store.ports import Lane, Links
from carehub.store.stored import LaneBatch, Revisit
from carehub.terms.refs import derived_id


class LaneView:
    """The read methods of Lane over pending settlements, so that a batch of messages is decided one by one and written once."""

    def __init__(self, lane: Lane) -> None:
        self._stored = LaneReads(lane)
        self._members: dict[str, Member] = {}
        self._living: dict[str, set[str]] = {}
        self._bearing: dict[str | int, set[str]] = {}
        self._neighbours: dict[str, tuple[str, ...]] = {}
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
        self._proposals: dict[tuple[str, str], Proposal] = {}

    def foresee(self, touched: Collection[Touched], scales: Scales | None) -> None:
        """Read at once what will be asked when these records are told one by one."""
        self._stored.foresee(touched, scales)

    def members(self, patients: Iterable[str]) -> dict[str, Member]:
        wanted = set(patients)
        pending = wanted & self._members.keys()
        return self._stored.members(wanted - pending - self._gone) | {patient: self._members[patient] for patient in pending}

    def sharing(self, keys: Iterable[str]) -> list[Member]:
        wanted = set(keys)
        stored = self._stored.sharing(wanted)
        found = {m.patient: m for rows in stored.values() for m in rows if m.patient not in self._members and m.patient not in self._gone}
        for patient in {patient for key in wanted & self._bearing.keys() for patient in self._bearing[key]}:
            member = self._members.get(patient)
            if member and (member.match_key in wanted or not wanted.isdisjoint(member.blocking_keys)):
                found[patient] = member
        return [found[patient] for patient in sorted(found)]

    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]:
        wanted = set(keys)
        self._stored.bearing([key for key in wanted if key not in self._stored.near], most + len(self._members) + len(self._gone))
        found = {key: self._bearers(key, most) for key in wanted}
        return {key: bearers[:most] for key, bearers in found.items() if bearers}

    def _bearers(self, key: int, most: int) -> list[str]:
        stored, limit = self._stored.near[key]
        kept = [patient for patient in stored if patient not in self._members and patient not in self._gone]
        pending = self._bearing.get(key, ())
        found = sorted([*kept, *(p for p in pending if p in self._members and key in self._members[p].near_keys)])
        if len(stored) == limit and len(found) < most:  # there are more, and those read have changed since
            self._stored.bearing({key}, limit + most + len(self._members) + len(self._gone))
            return self._bearers(key, most)
        return found

    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]:
        wanted = set(patients)
        pending = wanted & self._neighbours.keys()
        found = {patient: near for patient in pending if (near := self._neighbours[patient])}
        return self._stored.neighbours(wanted - pending) | found

    def of_persons(self, persons: Iterable[str]) -> list[Member]:
        wanted = set(persons)
        stored = self._stored.residents(wanted)
        found = {m.patient: m for rows in stored.values() for m in rows if m.patient not in self._members and m.patient not in self._gone}
        for patient in {patient for person in wanted & self._living.keys() for patient in self._living[person]}:
            member = self._members.get(patient)
            if member and member.person in wanted:
                found[patient] = member
        return [found[patient] for patient in sorted(found)]

    def links(self, patients: Iterable[str]) -> dict[str, Link]:
        wanted = set(patients) - self._gone
        pending = wanted & self._links.keys()
        return self._stored.links(wanted - pending) | {patient: self._links[patient] for patient in pending}

    def merges(self, patients: Iterable[str]) -> list[StandingMerge]:
        wanted = set(patients)
        found = {_key(m): m for rows in self._stored.merges(wanted).values() for m in rows}
        if self._merges:
            found.update({k: m for k, m in self._merges.items() if m.subsumed in wanted or m.surviving in wanted})
        return [found[key] for key in sorted(found)]

    def founded(self, patients: Iterable[str]) -> dict[str, int]:
        return {patient: number + self._founded.get(patient, 0) for patient, number in self._stored.founded(patients).items()}

    def rulings(self, patients: Iterable[str]) -> list[Ruling]:
        wanted = set(patients)
        held = [r for rows in self._stored.rulings(wanted).values() for r in rows]
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
            self._living.setdefault(member.person, set()).add(member.patient)
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
        self._neighbours.update(settlement.neighbours)
        again = set(settlement.reviewed)
        self._reviewed |= again
        if self._reviews:
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

    def ask_proposed(self, told: Collection[Proposal], links: Links, scales: Scales | None) -> None:
        """Ask about what was proposed of every record whose pairs were worked out anew, and about what is proposed now; once all else is decided.

        A pair that rules ask about themselves is asked about as they do. links: the store's, for the reviews that stand.
        """
        new = {(one.a, one.b): one for one in sorted(told, key=lambda one: one.position)}
        held = self._stored.proposals(self._reviewed | {record for pair in new for record in pair})
        standing = {(one.a, one.b): one for one in held if not self._reviewed.isdisjoint((one.a, one.b))}
        self._proposals.update(new)
        due = standing | new
        if not due:
            return
        asking = links.reviews([a for a, _ in new]) if new else ()
        kept = {(r.a, r.b) for r in asking if r.rule != RULE and self._reviewed.isdisjoint((r.a, r.b))}
        members = self.members({record for pair in due for record in pair})
        for pair, one in sorted(due.items()):
            if pair in kept or pair in self._reviews:
                continue
            bound = ruled.standing(ruled.reachable(pair, self.rulings))
            answered = bound.settled(*pair) or bound.parted(*pair)
            found = asked(one, members.get(pair[0]), members.get(pair[1]), answered, scales)
            if found:
                self._reviews[pair] = found
            self.touch(members[record].person for record in pair if record in members)

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
            proposals=tuple(self._proposals.values()),
            neighbours=tuple(sorted(self._neighbours.items())),
        )


def _key(merge: StandingMerge) -> tuple[str, str, str]:
    return (merge.surviving, merge.subsumed, merge.message)
