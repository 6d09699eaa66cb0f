"""Surroundings: which records are to be settled together, before a message and after it, read from the lane as far as they are near one another.

Two records are near when they share a near key that at most near_keys.CAP records bear, and weigh at least Settings.touch without a veto. The lane
keeps who is near whom, so a message compares the records it changes and no others. What is joined by nearness, by equal match keys, by merges told
and by rulings given is one neighbourhood; who is together is decided within it. A neighbourhood depends only on what the records say and what was
told, so it is the same in whatever order that came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Protocol

from carehub.identity import near_keys
from carehub.identity.bearers import doubted
from carehub.identity.demographics import Demographics
from carehub.identity.features import Features
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
    def neighbours(self, patients: Iterable[str]) -> dict[str, tuple[str, ...]]: ...
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
        self._asked: set[str] = set()
        self._fetched: set[str] = set()
        self._mates: dict[str, list[str]] = {}
        # Ties that stood, and with them those the message tells.
        self._tied: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
        self._parts: tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]] = ({}, {})
        for row in merges:
            self._tie((row.surviving, row.subsumed), (True,))
        for ruling in rulings:
            self._tie(ruling.named, (True,))
        self._near: dict[str, tuple[str, ...]] = {}
        self._otherwise: dict[str, set[str]] = {}
        self.turned: set[str] = set()
        self._bearing = _Bearing(lane, told, self._changing)
        self._compare()

    @property
    def neighbours(self) -> dict[str, tuple[str, ...]]:
        """Who is near whom now, of every record of which that changed; () for those that leave."""
        return {p: tuple(sorted(now)) for p, now in sorted(self._otherwise.items()) if now != set(self._near.get(p, ()))}

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

    def _compare(self) -> None:
        """Who is near the records that change, as they leave the message; and near each other, or no longer, only because a key has come to say
        nothing, or to say something again (`turned`)."""
        self._read(self._changing)
        stood, now = ({p: frozenset(self._keys(p, after)) for p in self._changing} for after in (False, True))
        bearing = self._bearing
        bearing.read({key for world in (stood, now) for mine in world.values() for key in mine})
        self._learn(self._changing)
        near: dict[str, set[str]] = {p: set() for p in self._changing}
        for patient in sorted(self._told):
            candidates = {other for key in now[patient] for other in bearing.usable(key, True)} - {patient}
            self._read(candidates)
            near[patient] = self._near_of(patient, candidates)
        before = {other for p in self._changing for other in self._near[p]}
        affected = (before | {other for found in near.values() for other in found}) - self._changing
        self._learn(affected)
        self._otherwise = {p: {q for q in self._near[p] if q not in self._changing} for p in affected} | near
        for patient, found in near.items():
            for other in found:
                self._otherwise[other].add(patient)
        changed = {key for p in self._changing for key in stood[p] ^ now[p]}
        for key in sorted(key for key in changed if bearing.silent(key, False) is not bearing.silent(key, True)):
            self._turn([p for p in bearing.all(key) if p not in self._changing], bearing)
        if self.scales.watching:
            self.turned |= self._doubted()

    def _turn(self, bearers: list[str], bearing: _Bearing) -> None:
        self._read(bearers)
        self._learn(bearers)
        sharing = {(a, b): set(self._keys(a, True)) & set(self._keys(b, True)) for a, b in combinations(bearers, 2)}
        bearing.read({key for keys in sharing.values() for key in keys})
        for (a, b), keys in sharing.items():
            share = any(not bearing.silent(key, True) for key in keys)
            near = self._otherwise.get(a, self._near[a])
            if (b in near) is not share and (b in near or self._near_of(a, {b})):
                self.turned |= {a, b}
                for one, other in ((a, b), (b, a)):
                    beside = self._otherwise.setdefault(one, set(self._near[one]))
                    (beside.add if share else beside.discard)(other)

    def alike(self, f: Features, after: bool) -> list[Features] | None:
        """Every record, near or far, that shares a watched key with this one (see bearers.Alike)."""
        keys = near_keys.watched(f)
        self._bearing.read(keys)
        if any(self._bearing.silent(key, after) for key in keys):
            return None
        found = sorted({p for key in keys for p in self._bearing.usable(key, after)})
        self._read(found)
        return [self.scales.read(p, told) for p in found if (told := self.says(p, after)) is not None]

    def _doubted(self) -> set[str]:
        read = self.scales.read
        told = [read(p, said) for p in self._changing for after in (False, True) if (said := self.says(p, after)) is not None]
        return doubted(told, self._staying)

    def _staying(self, keys: Collection[int]) -> list[Features]:
        """Records that do not change and bear one of the keys, of those that say something before or after."""
        bearing = self._bearing
        bearing.read(keys)
        found = {
            p for key in keys if not (bearing.silent(key, False) and bearing.silent(key, True)) for p in bearing.all(key)
        } - self._changing
        self._read(found)
        return [self.scales.read(p, said) for p in sorted(found) if (said := self.says(p, False)) is not None]

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

    def _beside(self, patient: str, after: bool) -> Iterator[str]:
        yield from self._tied[after].get(patient, ())
        if self.says(patient, after) is None:
            return
        key = self._match_key(patient, after)
        if key:
            yield from (p for p in self._mates.get(key, ()) if not (after and p in self._changing))
            yield from (p for p, told in self._told.items() if after and told.match_key == key)
        yield from self._otherwise[patient] if after and patient in self._otherwise else self._near[patient]

    def _near_of(self, patient: str, candidates: Iterable[str]) -> set[str]:
        """Those of the candidates that are near the record, as the message leaves them."""
        read = self.scales.read
        said = self.says(patient, True)
        others = {p: read(p, told) for p in candidates if (told := self.says(p, True)) is not None}
        return self.scales.near(read(patient, said), others) if said is not None else set()

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
        self._learn(new)
        self._read({p for one in new for p in self._near[one]} | {p for told in self._tied[True].values() for p in told})

    def _learn(self, patients: Iterable[str]) -> None:
        unread = set(patients) - self._near.keys()
        if unread:
            self._near.update(dict.fromkeys(unread, ()) | self._lane.neighbours(unread))

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


class _Bearing:
    """Who bears a near key, before and after."""

    def __init__(self, lane: Reads, told: Mapping[str, Says], changing: Collection[str]) -> None:
        self._lane, self._changing = lane, changing
        self._most = near_keys.CAP + 1 + len(changing)
        self._stood: dict[int, list[str]] = {}
        self._telling: dict[int, list[str]] = {}
        for patient, says in told.items():
            for key in says.near_keys:
                self._telling.setdefault(key, []).append(patient)

    def read(self, keys: Collection[int]) -> None:
        unread = [key for key in keys if key not in self._stood]
        if unread:
            found = self._lane.bearing(unread, self._most)
            self._stood.update({key: found.get(key, []) for key in unread})

    def all(self, key: int) -> list[str]:
        return self._stood[key]

    def usable(self, key: int, after: bool) -> list[str]:
        """Nobody where the key says nothing."""
        stood = self._stood[key]
        if after:
            stood = [p for p in stood if p not in self._changing] + self._telling.get(key, [])
        return stood if len(stood) <= near_keys.CAP else []

    def silent(self, key: int, after: bool) -> bool:
        stood = len(self._stood[key])
        if after:
            stood += len(self._telling.get(key, ())) - sum(p in self._changing for p in self._stood[key])
        return stood > near_keys.CAP
