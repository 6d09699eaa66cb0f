"""The matcher: records come one at a time, and each settles anew who is together among the persons it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from carehub.identity import near_keys
from carehub.identity.bearers import Bearing
from carehub.identity.candidates import CandidateIndex
from carehub.identity.decision import CERTAIN, TELLING, TRACED, Zones, certain, guard, veto
from carehub.identity.features import Features
from carehub.identity.outlook import Outlook
from carehub.identity.pairing import Comparer, Pair
from carehub.identity.partition import SHARE, Asked, Evidence, Partition, evidence, fused, gather
from carehub.identity.weights import Model

# Cached pair results; each is a short list of numbers.
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Settings:
    """zones: see decision. touch: bits from which a pair makes a person worth settling with. clear: so many bits from the automatic zone a
    score leaves nothing to settle. share: how much of a cluster score its best pair makes. most: so many records are settled at once at most.
    """

    zones: Zones = field(default_factory=Zones)
    touch: float = -4.0
    clear: float = 6.0
    share: float = SHARE
    most: int = 80


@dataclass(slots=True)
class Tally:
    """What the matcher did: records, pairs compared (cached ones not counted again), candidates met, settlements of more than one record."""

    records: int = 0
    candidates: int = 0
    settled: int = 0
    compared: list[int] = field(default_factory=list)


class Matcher:
    """Records and who is together, in memory. `add` is the whole life of a record."""

    def __init__(self, model: Model, settings: Settings | None = None) -> None:
        self.model = model
        self.settings = settings or Settings()
        self._guard = partial(guard, off=self.settings.zones.off)
        self.comparer = Comparer(model)
        self.outlook = Outlook(self.comparer)
        self.index = CandidateIndex()
        self.records: list[Features] = []
        self.person: list[int] = []
        self.members: dict[int, list[int]] = {}
        self.tally = Tally()
        self.asked: dict[int, dict[int, Asked]] = {}
        # Record → records that weigh `touch` with it.
        self._beside: dict[int, list[int]] = {}
        self._pairs: dict[tuple[int, int], Pair] = {}
        self._watched: dict[int, list[int]] = {}
        # Numbers under which the rule traced-number put somebody together, and the place of each record.
        self._proven: set[str] = set()
        self._place: dict[str, int] = {}

    def add(self, record: Features) -> int:
        """Take the next record in; the number of its person comes back."""
        record.bits = self.model.bits(record)
        number = len(self.records)
        self.records.append(record)
        before = self.comparer.compared
        candidates = self.index.add(record)
        self.tally.records += 1
        self.tally.candidates += len(candidates)
        touched = self._touched(number, candidates)
        self.person.append(number)
        self.members[number] = [number]
        if TRACED not in self.settings.zones.off:
            self._place[record.record] = number
            for key in near_keys.watched(record):
                self._watched.setdefault(key, []).append(number)
        if touched:
            self._settle(number, touched)
        self._doubt(record)
        self.tally.compared.append(self.comparer.compared - before)
        return self.person[number]

    def _touched(self, number: int, candidates: list[int]) -> dict[int, float]:
        """Persons with a member that scores at least `touch` with the record → the best such score."""
        prior, least = self.model.prior, self.settings.touch
        touched: dict[int, float] = {}
        promising = self.outlook.promising(self.records[number], candidates, self.records, least)
        self.comparer.compared += len(candidates) - len(promising)
        beside = []
        for other in promising:
            total = prior
            for weight in self.pair(number, other)[0]:
                if weight is not None:
                    total += weight
            if total >= least:
                beside.append(other)
                person = self.person[other]
                if total > touched.get(person, -1e9):
                    touched[person] = total
        self._stand(number, beside)
        return touched

    def _stand(self, number: int, beside: list[int]) -> None:
        if beside:
            self._beside[number] = beside
            for other in beside:
                self._beside.setdefault(other, []).append(number)

    def _near(self, person: int) -> set[int]:
        """The persons of whom a record is near one of this person's."""
        beside, of = self._beside, self.person
        return {of[other] for at in self.members[person] for other in beside.get(at, ())} - {person}

    def pair(self, a: int, b: int) -> Pair:
        """The comparison of two records by number, from the cache if they are there."""
        key = (a, b) if a < b else (b, a)
        found = self._pairs.get(key)
        if found is None:
            found = self.comparer.pair(self.records[a], self.records[b])
            if len(self._pairs) >= _REMEMBERED:
                for old in list(self._pairs)[: _REMEMBERED // 4]:
                    del self._pairs[old]
            self._pairs[key] = found
        return found

    def total(self, a: int, b: int) -> float:
        """The score of two records in bits."""
        return self.model.prior + sum(weight for weight in self.pair(a, b)[0] if weight is not None)

    def _settle(self, number: int, touched: dict[int, float]) -> None:
        """Who is together among the record and the persons it touches. Clear cases are answered at once: all others are far below the
        threshold, or one person is far above it and nobody else is near the record or the person.
        """
        zones, clear = self.settings.zones, self.settings.clear
        near: dict[int, Evidence | None] = {}
        for person, best in touched.items():
            found = self.evidence(number, self.members[person])
            if (
                best >= zones.review
                or found is None
                or fused(found, self.model.prior, self.settings.share) > min(zones.review, zones.auto - clear)
            ):
                near[person] = found
        if not near:
            return
        if len(touched) == 1 and self._near(next(iter(near))) == {number}:
            ((person, found),) = near.items()
            if found is not None and fused(found, self.model.prior, self.settings.share) >= zones.auto + clear and not self._guard(found):
                self._join(number, person)
                return
        self.tally.settled += 1
        self._renew(self._members([number], self._reached(sorted(near, key=lambda person: (-touched[person], person)), number)))

    def _reached(self, persons: Sequence[int], number: int | None = None) -> list[int]:
        """These persons, those near them, and those near these in turn, nearest first: so that the order of arrival does not show."""
        found, ahead, most = dict.fromkeys(persons), list(persons), self.settings.most
        size = sum(len(self.members[one]) for one in persons)
        while ahead and size < most:
            ahead = sorted({other for person in ahead for other in self._near(person)} - found.keys() - {number})
            found.update(dict.fromkeys(ahead))
            size += sum(len(self.members[one]) for one in ahead)
        return list(found)

    def _members(self, chosen: list[int], persons: Sequence[int]) -> list[int]:
        """These records and those of the persons, as many as may be settled at once, in order of their ids."""
        for person in persons:
            if len(chosen) + len(self.members[person]) <= self.settings.most:
                chosen += self.members[person]
        return sorted(chosen, key=lambda at: self.records[at].record)

    def _doubt(self, record: Features) -> None:
        """Decide anew what a number put together, where the newcomer could be meant by it too."""
        keys = (self._watched.get(key, []) for key in near_keys.watched(record))
        like = {at for places in keys if len(places) <= near_keys.CAP + 1 for at in places}
        for number in sorted({self.records[at].number for at in like} & self._proven):
            one = next(self.records[at] for at in like if self.records[at].number == number)
            borne = self._watched[near_keys.numbers(one)[0]]
            if not self._bearing().pairs([[self.records[at]] for at in borne], self._alike):
                self._proven.discard(number)
                persons = sorted({self.person[at] for at in borne})
                further = [person for person in self._reached(persons) if person not in persons]
                self._renew(self._members([at for person in persons for at in self.members[person]], further))

    def _alike(self, f: Features) -> list[Features] | None:
        """See bearers.Alike."""
        found = [self._watched.get(key, []) for key in near_keys.watched(f)]
        if any(len(places) > near_keys.CAP for places in found):
            return None
        return [self.records[at] for at in sorted({at for places in found for at in places})]

    def _bearing(self) -> Bearing:
        zones, place = self.settings.zones, self._place
        return Bearing(
            lambda a, b: self.pair(place[a.record], place[b.record])[1],
            lambda a, b: bool(veto(a, b, zones.once, zones.off)),
        )

    def _renew(self, chosen: list[int]) -> None:
        """Work out the partition of exactly these records anew."""
        zones, records = self.settings.zones, self.records
        work = Partition(
            len(chosen),
            lambda a, b: self._pair(chosen[a], chosen[b]),
            self._guard,
            prior=self.model.prior,
            telling=TELLING,
            share=self.settings.share,
        )
        for b in range(1, len(chosen)):
            for a in range(b):
                sure = (
                    CERTAIN not in zones.off
                    and a in work.groups
                    and b in work.groups
                    and certain(records[chosen[a]], records[chosen[b]], self.pair(chosen[a], chosen[b])[1])
                )
                if sure and not work.vetoed(a, b):
                    work.join(a, b)
        if TRACED not in zones.off:
            place = {number: at for at, number in enumerate(chosen)}
            for pair in self._bearing().pairs([[records[number]] for number in chosen], self._alike):
                a, b = sorted(work.group(place[self._place[bearer.record]]) for bearer in pair)
                if a != b and not work.vetoed(a, b):
                    work.join(a, b)
                    self._proven.add(pair[0].number)
        work.agglomerate(zones.auto, zones.margin)
        for person in {self.person[at] for at in chosen}:
            del self.members[person]
            for other in self.asked.pop(person, {}):
                self.asked.get(other, {}).pop(person, None)
        named = {}
        for group, places in work.groups.items():
            members = [chosen[at] for at in places]
            named[group] = person = min(members)
            self.members[person] = members
            for at in members:
                self.person[at] = person
        for one in work.asked(zones.review, zones.margin):
            a, b = named[one.a], named[one.b]
            self.asked.setdefault(a, {})[b] = self.asked.setdefault(b, {})[a] = one

    def _pair(self, a: int, b: int) -> Evidence | None:
        zones = self.settings.zones
        return None if veto(self.records[a], self.records[b], zones.once, zones.off) else evidence(self.pair(a, b))

    def evidence(self, number: int, members: Sequence[int]) -> Evidence | None:
        """The evidence of a record against the whole of a person; None for a veto."""
        record, zones = self.records[number], self.settings.zones
        if any(veto(record, self.records[other], zones.once, zones.off) for other in members):
            return None
        found = evidence(self.pair(number, members[0]))
        for other in members[1:]:
            gather(found, self.pair(number, other))
        return found

    def _join(self, number: int, person: int) -> None:
        del self.members[number]
        self.members[person].append(number)
        self.person[number] = person
