"""Which person each class of records gets: the one its unmoved records have, one it brings, or a new one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from carehub.identity.links import LinkSource
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
    """Give each changed class one person. Records whose class did not change stay, and keep their person, unless a steward's ruling draws them.

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
        if name.startswith("placed|"):
            home = name.partition("|")[2]
        else:
            held = Counter(net.members[p].person for p in records if p not in moving)
            options = [*held, *(p for p, claimant in claimed.items() if claimant == name and p not in held)]
            if not options:
                founder = next(p for p in records if p in moving)
                founders.append(founder)
                home = derived_id("person", founder, str(lane.founded([founder])[founder]))
            elif len(options) == 1:
                home = options[0]
            else:
                home = _best(options, held, records, net, residents)
        person.update(dict.fromkeys(records, home))
    return Placing(person, tuple(founders), _redirects(net, person, residents))


class _Residents:
    """Who lives in a person before the message, and which of them a steward placed there."""

    def __init__(self, lane: LaneReads, net: Network) -> None:
        self._lane = lane
        self._net = net
        self.of: dict[str, list[str]] = {}
        self.placed: set[str] = set(net.placed)

    def load(self, persons: set[str]) -> None:
        missing = persons - self.of.keys()
        if not missing:
            return
        self.of.update({person: [] for person in missing})
        found = self._lane.of_persons(missing)
        for member in found:
            if member.patient not in self._net.gone:
                self.of[member.person].append(member.patient)
        unread = [member.patient for member in found if member.patient not in self._net.links]
        links = self._lane.links(unread) if unread else {}
        self.placed |= {p for p, link in links.items() if link.source is LinkSource.MANUAL}

    def ruled(self, person: str) -> bool:
        """True when a steward placed a record in this person."""
        return any(p in self.placed for p in self.of[person])


def _claims(net: Network, moving: set[str], left: set[str], residents: _Residents) -> dict[str, str]:
    """person → the class that may take it along: none while an unmoved record lives there, else the one most of its records are in."""
    claimed: dict[str, str] = {}
    for person in sorted(left):
        if any(p not in moving and p not in residents.placed for p in residents.of[person]):
            continue
        movers = [p for p in residents.of[person] if p in moving and not net.after.of[p].startswith("placed|")]
        names = Counter(net.after.of[p] for p in movers)
        if names:
            claimed[person] = min(names, key=lambda name: (-names[name], min(p for p in movers if net.after.of[p] == name)))
    return claimed


def _best(options: list[str], held: Counter[str], records: list[str], net: Network, residents: _Residents) -> str:
    """Where a steward placed a record first, so that the ruling keeps its person; then where the unmoved are; then the most; then the id."""
    residents.load(set(options))
    count = Counter(net.members[p].person for p in records if p in net.members)
    return min(options, key=lambda person: (not residents.ruled(person), person not in held, -count[person], person))


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
