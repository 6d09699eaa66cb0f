"""Which person each class of records gets: the one its unmoved records have, one it brings, or a new one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from carehub.identity.network import LaneReads, Network
from carehub.terms.refs import derived_id


@dataclass(frozen=True, slots=True)
class Placing:
    """person: record → person, for every record of a class that gained or lost one. founders: records that founded a person.

    redirects: (emptied person, person to look at instead).
    """

    person: dict[str, str]
    founders: tuple[str, ...]
    redirects: tuple[tuple[str, str], ...]


def place(net: Network, lane: LaneReads) -> Placing:
    """Give each changed class one person. Records whose class did not change stay, and keep their person.

    Deterministic: the same network gives the same placing. Which person id survives may depend on history; who is together does not.
    """
    moving = {p for p, name in net.after.of.items() if net.before.of.get(p) != name}
    if not moving:
        return Placing({}, (), ())
    classes: dict[str, list[str]] = {}
    for patient, name in sorted(net.after.of.items()):
        classes.setdefault(name, []).append(patient)
    changed = sorted({net.after.of[p] for p in moving})
    left = {net.members[p].person for p in moving if p in net.members}
    residents = _Residents(lane, net)
    residents.load(left)
    claimed = _claims(net, moving, left, residents)
    person: dict[str, str] = {}
    founders: list[str] = []
    for name in changed:
        records = classes[name]
        held = Counter(net.members[p].person for p in records if p not in moving)
        options = [*held, *(p for p, claimant in claimed.items() if claimant == name and p not in held)]
        if not options:
            founder = next(p for p in records if p in moving)
            founders.append(founder)
            home = derived_id("person", founder, str(lane.founded([founder])[founder]))
        elif len(options) == 1:
            home = options[0]
        else:
            home = _best(options, held, records, net)
        person.update(dict.fromkeys(records, home))
    return Placing(person, tuple(founders), _redirects(net, person, residents))


class _Residents:
    """Who lives in a person before the message."""

    def __init__(self, lane: LaneReads, net: Network) -> None:
        self._lane = lane
        self._net = net
        self.of: dict[str, list[str]] = {}

    def load(self, persons: set[str]) -> None:
        missing = persons - self.of.keys()
        if not missing:
            return
        self.of.update({person: [] for person in missing})
        for member in self._lane.of_persons(missing):
            if member.patient not in self._net.gone:
                self.of[member.person].append(member.patient)


def _claims(net: Network, moving: set[str], left: set[str], residents: _Residents) -> dict[str, str]:
    """person → the class that may take it along: none while an unmoved record lives there, else the one most of its records are in."""
    claimed: dict[str, str] = {}
    for person in sorted(left):
        if any(p not in moving for p in residents.of[person]):
            continue
        movers = [p for p in residents.of[person] if p in moving]
        names = Counter(net.after.of[p] for p in movers)
        if names:
            claimed[person] = min(names, key=lambda name: (-names[name], min(p for p in movers if net.after.of[p] == name)))
    return claimed


def _best(options: list[str], held: Counter[str], records: list[str], net: Network) -> str:
    """Where the unmoved are; then where a steward said that another record belongs; then the most; then the id."""
    count = Counter(net.members[p].person for p in records if p in net.members)
    told = {net.members[end].person for _, end, _ in net.after.rulings.ties if end in net.members}
    return min(options, key=lambda person: (person not in held, person not in told, -count[person], person))


def _redirects(net: Network, person: dict[str, str], residents: _Residents) -> tuple[tuple[str, str], ...]:
    gone = {net.members[p].person for p, home in person.items() if p in net.members and net.members[p].person != home}
    residents.load(gone)
    redirects = []
    for old in sorted(gone):
        homes = [person[p] for p in residents.of[old] if p in person]
        if homes and len(homes) == len(residents.of[old]):
            count = Counter(homes)
            redirects.append((old, min(count, key=lambda home: (-count[home], home))))
    return tuple(redirects)
