"""Surroundings: which records are to be settled together, before a message and after it, read from the lane as far as they are near one another.

Two records are near when they share a near key that at most near_keys.CAP records bear, and weigh at least Settings.touch without a veto. What is
joined by nearness, by equal match keys, by merges told and by rulings given is one neighbourhood; who is together is decided within it. A
neighbourhood depends only on what the records say and what was told, so it is the same in whatever order that came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Protocol

from carehub.identity import near_keys
from carehub.identity.demographics import Demographics
from carehub.identity.links import Member, StandingMerge
from carehub.identity.rulings import Ruling
from carehub.identity.scales import Scales


class Says(Protocol):
    """A touched record: what it says now, and the keys of that."""

    @property
    def demographics(self) -> Demographics: ...
    @property
    def match_key(self) -> str: ...
    @property
    def near_keys(self) -> tuple[int, ...]: ...


class Reads(Protocol):
    """What is asked of the held lane (see the store's Lane port)."""

    def members(self, patients: Iterable[str]) -> dict[str, Member]: ...
    def sharing(self, keys: Iterable[str]) -> list[Member]: ...
    def bearing(self, keys: Iterable[int], most: int) -> dict[int, list[str]]: ...
    def merges(self, patients: Iterable[str]) -> list[StandingMerge]: ...
    def rulings(self, patients: Iterable[str]) -> list[Ruling]: ...


class Surroundings:
    """after: False for the records as they stood, True for them as the message leaves them. members: all that was read, as they stood."""

    def __init__(
        self,
        scales: Scales,
        lane: Reads,
        told: Mapping[str, Says],
        gone: Collection[str],
        merges: Iterable[StandingMerge],
        rulings: Iterable[Ruling],
    ) -> None:
        self.scales = scales
        self.members: dict[str, Member] = {}
        self._lane, self._told, self._gone = lane, told, frozenset(gone)
        self._changing = {*told, *self._gone}
        self._most = near_keys.CAP + 1 + len(self._changing)
        self._asked: set[str] = set()
        self._fetched: set[str] = set()
        self._bearing: dict[int, list[str]] = {}
        self._mates: dict[str, list[str]] = {}
        # Ties that stood, and with them those the message tells.
        self._tied: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
        self._parts: tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]] = ({}, {})
        for row in merges:
            self._tie((row.surviving, row.subsumed), (True,))
        for ruling in rulings:
            self._tie(ruling.named, (True,))

    def says(self, patient: str, after: bool) -> Demographics | None:
        """What a record says of itself; None where it is not there."""
        if after and patient in self._changing:
            return self._told[patient].demographics if patient in self._told else None
        member = self.members.get(patient)
        return member.demographics if member else None

    def reach(self, seeds: Iterable[str]) -> set[str]:
        """Every record whose neighbourhood, before or after, may be another one because of these. All of each of them is read."""
        reached: set[str] = set()
        ahead = set(seeds)
        self._fetch(self._changing & ahead)
        # A neighbourhood too large to be weighed is not read whole, but what stands beside the records that change may be weighed again, or no more.
        ahead |= {p for patient in self._changing & ahead for after in (False, True) for p in self._beside(patient, after)}
        while ahead:
            reached |= ahead
            self._fetch(ahead)
            ahead = {p for patient in sorted(ahead) for after in (False, True) for p in self.neighbourhood(patient, after)} - reached
        return reached

    def neighbourhood(self, patient: str, after: bool) -> frozenset[str]:
        """All records of the one a record is in. Empty for a record that is not there, and where it would be of more than Settings.most records:
        then nothing in it is weighed."""
        known = self._parts[after]
        if patient in known:
            return known[patient]
        seen, ahead = {patient}, {patient}
        while ahead:
            self._fetch(ahead)
            ahead = {other for one in ahead for other in self._beside(one, after)} - seen
            seen |= ahead
            if any(other in known for other in ahead) or sum(self.says(p, after) is not None for p in seen) > self.scales.settings.most:
                known.update(dict.fromkeys(seen, frozenset()))
                return frozenset()
        found = frozenset(p for p in seen if self.says(p, after) is not None)
        known.update({p: found if p in found else frozenset() for p in seen})
        return known[patient]

    def turned(self) -> set[str]:
        """Records that are near another one, or no longer, only because a key has come to say nothing, or to say something again."""
        self._fetch(self._changing)
        found: set[str] = set()
        for key in {key for p in self._changing for key in set(self._keys(p, False)) ^ set(self._keys(p, True))}:
            before, after = self._bearers(key, False), self._bearers(key, True)
            if (len(before) > near_keys.CAP) is not (len(after) > near_keys.CAP):
                self._read({*before, *after})
                for a, b in combinations(sorted({*before, *after} - self._changing), 2):
                    if a not in found or b not in found:
                        found.update((a, b) if self._near(a, b, False) else ())
        return found

    def _keys(self, patient: str, after: bool) -> tuple[int, ...]:
        if after and patient in self._changing:
            return self._told[patient].near_keys if patient in self._told else ()
        member = self.members.get(patient)
        return member.near_keys if member else ()

    def _match_key(self, patient: str, after: bool) -> str:
        if after and patient in self._changing:
            return self._told[patient].match_key if patient in self._told else ""
        member = self.members.get(patient)
        return member.match_key if member else ""

    def _bearers(self, key: int, after: bool) -> list[str]:
        stood = self._bearing.get(key, [])
        if not after:
            return stood
        return [p for p in stood if p not in self._changing] + [p for p, told in self._told.items() if key in told.near_keys]

    def _beside(self, patient: str, after: bool) -> Iterator[str]:
        yield from self._tied[after].get(patient, ())
        if self.says(patient, after) is None:
            return
        key = self._match_key(patient, after)
        if key:
            yield from (p for p in self._mates.get(key, ()) if not (after and p in self._changing))
            yield from (p for p, told in self._told.items() if after and told.match_key == key)
        seen: set[str] = {patient}
        for near_key in self._keys(patient, after):
            bearers = self._bearers(near_key, after)
            if len(bearers) > near_keys.CAP:
                continue
            for other in bearers:
                if other not in seen:
                    seen.add(other)
                    if self._near(patient, other, after):
                        yield other

    def _near(self, a: str, b: str, after: bool) -> bool:
        said, also = self.says(a, after), self.says(b, after)
        return said is not None and also is not None and self.scales.near(self.scales.read(a, said), self.scales.read(b, also))

    def _fetch(self, patients: Iterable[str]) -> None:
        """Read all that stands beside these records."""
        new = set(patients) - self._fetched
        if not new:
            return
        self._fetched |= new
        self._read(new)
        lane = self._lane
        for row in lane.merges(new):
            self._tie((row.surviving, row.subsumed), (False, True))
        for ruling in lane.rulings(new):
            self._tie(ruling.named, (False, True))
        match_keys = {self._match_key(p, after) for p in new for after in (False, True)} - self._mates.keys() - {""}
        self._mates.update({key: [] for key in match_keys})
        for member in lane.sharing(match_keys) if match_keys else ():
            self.members.setdefault(member.patient, member)
            if member.match_key in match_keys:
                self._mates[member.match_key].append(member.patient)
        keys = {key for p in new for after in (False, True) for key in self._keys(p, after)} - self._bearing.keys()
        if keys:
            self._bearing.update({key: [] for key in keys} | lane.bearing(keys, self._most))
        few = (bearers for key in keys if len(bearers := self._bearing[key]) < self._most)
        self._read({p for bearers in few for p in bearers} | {p for told in self._tied[True].values() for p in told})

    def _read(self, patients: Iterable[str]) -> None:
        unread = set(patients) - self._asked - self.members.keys()
        if unread:
            self._asked |= unread
            self.members.update(self._lane.members(unread))

    def _tie(self, named: Iterable[str], worlds: Iterable[bool]) -> None:
        records = set(named)
        for after in worlds:
            for record in records:
                self._tied[after].setdefault(record, set()).update(records - {record})
