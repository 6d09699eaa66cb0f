"""Bearers: whether a verified number says by itself whose a record without a first name is, by all who bear it and all who could be meant instead.

The number of a twin is the mistake to fear: the twin has the birth date, the postcode and the family name as well. So the number counts only where
everybody who bears it could be one person, and where nobody is known, near or far and however he came to be known, who was born on that day and lives
at that postcode or has that family name and is not shown to be this very person. A function of what all records say now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from carehub.identity import decision, near_keys
from carehub.identity.features import Features
from carehub.identity.pairing import FIRM_GIVEN

Alike = Callable[[Features], Sequence[Features] | None]
"""A record → all records, itself too, that share one of its watched keys (near_keys.watched); None where one of the keys says nothing."""
Pairs = list[tuple[Features, Features]]


Borne = Callable[[Collection[int]], Sequence[Features]]
"""Near keys → the records that bear one of them, but for those that change or go."""


def doubted(told: Sequence[Features], borne: Borne) -> set[str]:
    """Records without a first name whose number may be another person's now, or no more, when these records change or go: somebody who bears it is like
    one of them. told: what they say before and after."""
    like = borne({key for f in told for key in near_keys.watched(f)})
    return {f.record for f in borne({key for f in like for key in near_keys.numbers(f)}) if f.traced and not f.first}


def nobody_looked(_: Features) -> None:
    """The Alike of those who see only some of the records."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What is asked of two records, by whoever weighs them. flags: see pairing. apart: they can never be one person, or a steward says so. idle:
    records that draw nobody, because a steward took them out or because they contradict each other."""

    flags: Callable[[Features, Features], int]
    apart: Callable[[Features, Features], bool]
    idle: Collection[str] = frozenset()

    def pairs(self, people: Sequence[Sequence[Features]], alike: Alike) -> Pairs:
        """Two records of two of these people, who are one by the rule traced-number. people: records that are together whatever the rule says."""
        bearing: dict[str, list[tuple[int, Features]]] = {}
        for at, records in enumerate(people):
            for record in records:
                if record.traced:
                    bearing.setdefault(record.number, []).append((at, record))
        found: Pairs = []
        for _, borne in sorted(bearing.items()):
            if len({at for at, _ in borne}) > 1 and not all(record.first for _, record in borne):
                agreeing = [(a, b) for (i, a), (j, b) in combinations(borne, 2) if i != j and decision.traced(a, b)]
                if agreeing and self._clear(agreeing[0][0], [f for at in {at for at, _ in borne} for f in people[at]], alike):
                    found += agreeing
        return found

    def _clear(self, one: Features, together: Sequence[Features], alike: Alike) -> bool:
        """True where nobody but one person can be meant by the number and birth date of this record. together: the records of those who bear it."""
        others = alike(one)
        if others is None:
            return False
        bearers = [f for f in others if one.number == f.number or one.number in f.former]
        seen = {f.record: f for f in others}
        for bearer in bearers:
            found = alike(bearer)
            if found is None:
                return False
            seen.update((f.record, f) for f in found)
        if not self._one_person(one, bearers):
            return False
        borne, own = {f.record for f in bearers}, {f.record for f in together}
        return all(self._shown(f, bearers, own) for f in seen.values() if f.born == one.born and f.record not in borne)

    def _one_person(self, one: Features, bearers: Sequence[Features]) -> bool:
        """Whether all who bear the number, verified or not, now or once, may be one person, and are called by no other name."""
        return (
            all(one.born.startswith(f.born) for f in bearers)
            and len({f.sex for f in bearers} - {""}) < 2
            and not any(one.number in f.former or f.unnamed or f.order or f.record in self.idle for f in bearers)
            and not any(self.apart(a, b) or self._otherwise_called(a, b) for a, b in combinations(bearers, 2))
        )

    def _otherwise_called(self, a: Features, b: Features) -> bool:
        return bool(a.first and b.first) and not self.flags(a, b) & FIRM_GIVEN

    def _shown(self, other: Features, bearers: Sequence[Features], own: Collection[str]) -> bool:
        """Whether somebody born on that day, of that postcode or family name, is shown to be the person who bears the number: by first name, or by
        the word of a source or a steward (own). Whoever has another verified number, gender or place in a birth is not."""
        if other.record in self.idle or any(self.apart(other, f) or (other.sex and f.sex and other.sex != f.sex) for f in bearers):
            return False
        named = [f for f in bearers if f.first]
        called = other.first and not other.order and named and not any(self._otherwise_called(other, f) for f in named)
        return bool(called) or other.record in own
