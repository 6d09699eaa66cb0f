"""Rulings laid over the classes that rules and merges give: ties no rule undoes, and sides that nothing joins. A function of what stands.

`standing` says which rulings bind: a later one over an earlier one that it contradicts. `classes` then joins, keeps apart and holds. Taking a
ruling back is working it out without it, so nothing is left of it whatever came since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from carehub.identity.rulings import APART, DETACHING, Answer, Ruling, counting


class Ties:
    """Disjoint sets of names. The set's name is that of the side it was last joined to."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def find(self, name: str) -> str:
        while name in self._up:
            name = self._up[name]
        return name

    def join(self, name: str, to: str) -> None:
        a, b = self.find(name), self.find(to)
        if a != b:
            self._up[a] = b


@dataclass(frozen=True, slots=True)
class Standing:
    """detached: record → the ruling that took it out of what rules and merges say of it. ties: (record, record, ruling) that are one person's,
    oldest first. apart: rulings whose sides stay apart. answered: every ruling that counts; nobody is asked about its pairs. held: records tied together.
    """

    detached: Mapping[str, Ruling] = field(default_factory=dict)
    ties: tuple[tuple[str, str, Ruling], ...] = ()
    apart: tuple[Ruling, ...] = ()
    answered: tuple[Ruling, ...] = ()
    held: Ties = field(default_factory=Ties)

    def parted(self, a: str, b: str) -> bool:
        """Whether a ruling's two sides hold these records apart."""
        return any({self.side(r, a), self.side(r, b)} == {"a", "b"} for r in self.apart)

    def also(self, rulings: Iterable[Ruling]) -> Standing:
        """With the pairs that these rulings have answered, of records that are nothing to do with the others."""
        known = {ruling.id for ruling in self.answered}
        return replace(self, answered=(*self.answered, *(r for r in counting(rulings) if r.id not in known)))

    def settled(self, a: str, b: str) -> bool:
        """Whether a ruling has answered this pair, so that nobody need be asked."""
        return any(answered(ruling, a, b) for ruling in self.answered)

    def side(self, ruling: Ruling, record: str) -> str:
        """ "a" or "b" when the record, or one that a steward tied to it, is on that side of the ruling; else ""."""
        held = self.held.find(record)
        a, b = (any(self.held.find(r) == held for r in side[:1]) for side in (ruling.records, ruling.others))
        if a == b:
            a, b = (any(self.held.find(r) == held for r in side) for side in (ruling.records, ruling.others))
        return "" if a == b else "a" if a else "b"


NOTHING = Standing()


def standing(rulings: Collection[Ruling]) -> Standing:
    """What these rulings bind. They must be all that can touch one another: every ruling of every record that one of them names."""
    if not rulings:
        return NOTHING
    words = counting(rulings)
    detached = {r.records[0]: r for r in words if r.answer in DETACHING}
    held, apart, ties = Ties(), list[Ruling](), list[tuple[str, str, Ruling]]()
    for ruling in reversed(words):
        if ruling.answer in APART:
            a, b = ruling.records[0], ruling.others[0]
            if held.find(a) != held.find(b):
                apart.append(ruling)
            continue
        tie = _tie(ruling, detached)
        if tie is None:
            continue
        ends = {held.find(end) for end in tie}
        if not any({held.find(r.records[0]), held.find(r.others[0])} == ends for r in apart):
            held.join(*tie)
            ties.append((*tie, ruling))
    return Standing(detached, tuple(reversed(ties)), tuple(reversed(apart)), tuple(words), held)


def reachable(patients: Iterable[str], rulings_of: Callable[[Iterable[str]], list[Ruling]]) -> list[Ruling]:
    """Every ruling that can touch one on these records, as `standing` wants them; oldest first. rulings_of: reads those that name a record."""
    found: dict[str, Ruling] = {}
    seen: set[str] = set()
    ahead = set(patients)
    while ahead:
        seen |= ahead
        found.update({ruling.id: ruling for ruling in rulings_of(ahead)})
        ahead = {patient for ruling in found.values() for patient in ruling.named} - seen
    return sorted(found.values(), key=lambda ruling: (ruling.position, ruling.id))


def classes(
    base: Mapping[str, str],
    root: Mapping[str, str],
    rulings: Standing,
    at_odds: Callable[[Collection[str]], bool],
) -> dict[str, str]:
    """The class of each record. base: record → class that rules and merges give it; root: record → the record its merges lead to.

    Tied records are in one class, and so is whoever rules put with either; the sides of a ruling are in different classes, and who agrees
    with both is with neither. Records tied by words (merges, rulings) that are at odds draw nobody by rule: with them stay only those that a
    steward saw there.
    """
    joined = Ties()
    for record, other, _ in rulings.ties:
        joined.join(base.get(record, f"alone|{record}"), base.get(other, f"alone|{other}"))
    of = {record: joined.find(name) for record, name in base.items()}
    marks = _marks(of, root, rulings) if rulings.apart else {}
    of.update({record: of[record] + mark for record, mark in marks.items()})
    for worded in _worded(of, root, rulings):
        if at_odds(worded):
            name = of[worded[0]]
            stay = {*worded, *(r for a, _, ruling in rulings.ties if a in worded for r in (*ruling.records, *ruling.others))}
            for record in [record for record, own in of.items() if own == name]:
                of[record] = f"held|{worded[0]}" if record in stay else base[record] + marks.get(record, "")
    return of


def _tie(ruling: Ruling, detached: Mapping[str, Ruling]) -> tuple[str, str] | None:
    """The two records a ruling ties, unless a later one took the record out again. A record linked to a person goes with the first of that
    person's records that is still there."""

    def out(record: str) -> bool:
        return record in detached and detached[record].position > ruling.position

    if ruling.answer not in (Answer.SAME, Answer.LINK) or out(ruling.records[0]):
        return None
    ends = ruling.others[:1] if ruling.answer is Answer.SAME else ruling.others
    return next(((ruling.records[0], end) for end in ends if not out(end)), None)


def answered(ruling: Ruling, a: str, b: str) -> bool:
    """Whether a ruling speaks of these two: they were on its two sides when it was given."""
    others = (*ruling.others, *ruling.left)
    return (a in ruling.records and b in others) or (b in ruling.records and a in others)


def _marks(of: Mapping[str, str], root: Mapping[str, str], rulings: Standing) -> dict[str, str]:
    """For each record of a class that holds both sides of a ruling, the side it is on; a record goes with the one it was merged into."""
    marks: dict[str, str] = {}
    together: dict[str, list[str]] = {}
    for record, name in of.items():
        together.setdefault(name, []).append(record)
    for records in together.values():
        for ruling in rulings.apart if len(records) > 1 else ():
            side = _sides(ruling, records, root, rulings)
            if {"a", "b"} <= set(side.values()):
                marks.update({record: f"{marks.get(record, '')}|{ruling.id}:{side[record]}" for record in records})
    return marks


def _sides(ruling: Ruling, records: Sequence[str], root: Mapping[str, str], rulings: Standing) -> dict[str, str]:
    """The side of each record: its own, else that of the record it was merged into, else that of those a steward tied it to; "" for neither."""
    side = {record: rulings.side(ruling, record) or rulings.side(ruling, root.get(record, record)) for record in records}
    sets: dict[str, list[str]] = {}
    for record in records:
        sets.setdefault(rulings.held.find(record), []).append(record)
    while True:
        mates = {name: {side[record] for record in tied} - {""} for name, tied in sets.items()}
        found = {}
        for record in (record for record, own in side.items() if not own):
            near = {side.get(root.get(record, record), "")} - {""} or mates[rulings.held.find(record)]
            if len(near) == 1:
                found[record] = min(near)
        if not found:
            return side
        side.update(found)


def _worded(of: Mapping[str, str], root: Mapping[str, str], rulings: Standing) -> list[list[str]]:
    """The sets of two records or more that merges and rulings tie together within one class, sorted."""
    words = Ties()
    tied: set[str] = set()
    pairs: Iterable[tuple[str, str]] = chain(((r, up) for r, up in root.items() if r != up), ((a, b) for a, b, _ in rulings.ties))
    for a, b in pairs:
        if a in of and b in of and of[a] == of[b]:
            words.join(a, b)
            tied.update((a, b))
    sets: dict[str, list[str]] = {}
    for record in sorted(tied):
        sets.setdefault(words.find(record), []).append(record)
    return sorted(sets.values())
