"""What the held lane answered, so that one batch asks for each thing once. The lane is held, so no answer goes out of date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Generic, TypeVar

from carehub.identity.links import Link, Member, StandingMerge
from carehub.identity.near_keys import CAP
from carehub.identity.network import Touched
from carehub.identity.rulings import Ruling
from carehub.identity.scales import Scales
from carehub.store.ports import Lane

T = TypeVar("T")
Row = TypeVar("Row")


class Once(Generic[T]):
    """Answers by name. ask: names → answer of each that has one."""

    def __init__(self, ask: Callable[[Collection[str]], Mapping[str, T]]) -> None:
        self._ask = ask
        self._known: dict[str, T | None] = {}

    def __call__(self, names: Iterable[str]) -> dict[str, T]:
        """The answers of those that have one."""
        known = self._known
        wanted = names if isinstance(names, Collection) else tuple(names)
        unread = [name for name in wanted if name not in known]
        if unread:
            found = self._ask(unread)
            for name in unread:
                known[name] = found.get(name)
        return {name: answer for name in wanted if (answer := known[name]) is not None}


def _by(ask: Callable[[Collection[str]], Iterable[Row]], names_of: Callable[[Row], Iterable[str]]) -> Once[list[Row]]:
    """Rows, each an answer to every name it bears."""

    def answers(names: Collection[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        wanted = set(names)
        for row in ask(names):
            for name in wanted.intersection(names_of(row)):
                found.setdefault(name, []).append(row)
        return found

    return Once(answers)


class LaneReads:
    """Each of the lane's reads, by patient record, person or key; near: near key → its first bearers, and how many were asked for."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.members: Once[Member] = Once(lane.members)
        self.links: Once[Link] = Once(lane.links)
        self.founded: Once[int] = Once(lane.founded)
        self.neighbours: Once[tuple[str, ...]] = Once(lane.neighbours)
        self.merges: Once[list[StandingMerge]] = _by(lane.merges, lambda m: (m.surviving, m.subsumed))
        self.rulings: Once[list[Ruling]] = _by(lane.rulings, lambda r: r.named)
        self.sharing: Once[list[Member]] = _by(lane.sharing, lambda m: (m.match_key, *m.blocking_keys))
        self.residents: Once[list[Member]] = _by(lane.of_persons, lambda m: (m.person,))
        self.proposals = lane.proposals
        self.near: dict[int, tuple[list[str], int]] = {}

    def bearing(self, keys: Collection[int], most: int) -> None:
        """Read who bears these near keys."""
        if keys:
            read = self._lane.bearing(keys, most)
            self.near.update({key: (read.get(key, []), most) for key in keys})

    def foresee(self, touched: Collection[Touched], scales: Scales | None) -> None:
        """Read at once what will be asked, message by message, when these records are told."""
        patients = [one.patient for one in touched]
        around = {m.patient for found in self.sharing({key for one in touched for key in _keys(one)}).values() for m in found}
        if scales:
            self.bearing({key for one in touched for key in one.near_keys}, CAP + 1 + len(patients))
            around.update(self._near(touched, scales))
        self.founded(patients)
        around.update(patients)
        while more := {other for found in self.neighbours(around).values() for other in found} - around:
            around |= more
        members = self.members(around).values()
        self.residents({m.person for m in members})
        self.sharing({m.match_key for m in members if m.match_key})
        for further in (self.links, self.merges, self.rulings):
            further(around)

    def _near(self, touched: Collection[Touched], scales: Scales) -> set[str]:
        candidates = {one.patient: {p for key in one.near_keys for p in self.near[key][0]} for one in touched}
        members = self.members({p for found in candidates.values() for p in found})
        read = {p: scales.read(p, m.demographics) for p, m in members.items()}
        found: set[str] = set()
        for one in touched:
            others = {p: read[p] for p in candidates[one.patient] if p != one.patient and p in read}
            found |= scales.near(scales.read(one.patient, one.demographics), others)
        return found


def _keys(one: Touched) -> list[str]:
    return [key for key in (one.match_key, *one.blocking_keys) if key]
