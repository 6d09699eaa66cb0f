"""The audit trail as a chain: each row carries a keyed hash of itself and of the row before it, and a sealed head says how many there are.

Whoever can change the database but has not the key can neither change, remove, add nor move a row, nor cut the end off, without its being found. What
it cannot find is the whole trail put back to an earlier state of itself, or done away with: for that the head is noted somewhere else, and asked for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["edited", "removed", "inserted", "moved", "cut off", "unsealed", "rolled back"]
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class ChainedRow:
    """One row as it is stored. place: from 1; None for a row that was kept before there was a chain. at: ISO UTC. event: the AuditEvent's bytes."""

    place: int | None
    link: bytes | None
    id: str
    at: str
    person: str
    event: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How many rows are in the chain, the link of the last one, and both under the key."""

    rows: int
    link: bytes
    seal: bytes

    def __str__(self) -> str:
        return f"{self.rows}:{self.link.hex()}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with which row: its place in the chain and its id, "" where it is not there any more."""

    kind: Kind
    place: int
    id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """rows: in the chain. earlier: rows kept before it, which the first link covers. faults: the first hundred. found: all of them. head: as it is
    stored, to be noted elsewhere."""

    rows: int
    earlier: int
    faults: tuple[Fault, ...]
    found: int
    head: Head | None


def linked(key: bytes, before: bytes, place: int, id: str, at: str, person: str, event: bytes) -> bytes:
    """The link of a row that stands at this place after a row with the link `before`."""
    parts = (before, str(place).encode(), id.encode(), at.encode(), person.encode(), event)
    return hmac.digest(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), hashlib.sha256)


def sealed(key: bytes, rows: int, link: bytes) -> Head:
    """The head of a chain of so many rows."""
    return Head(rows, link, hmac.digest(key, b"head %d " % rows + link, hashlib.sha256))


def footing(earlier: Iterable[ChainedRow]) -> bytes:
    """What the first link stands on: a hash of the rows kept before there was a chain, in order; b"" for none."""
    whole = _Footing()
    for row in earlier:
        whole.add(row)
    return whole.digest()


class _Footing:
    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, row: ChainedRow) -> None:
        self.rows += 1
        self._hash.update(linked(b"", b"", 0, row.id, row.at, row.person, row.event))

    def digest(self) -> bytes:
        return self._hash.digest() if self.rows else b""


def examine(rows: Iterable[ChainedRow], head: Head | None, key: bytes, noted: str = "") -> Verdict:
    """Whether a trail is what was written. rows: all, in stored order, read after the head. noted: a head as text, of an earlier look, or "".
    Raises ValueError for a text that is no head."""
    walk = _Walk(key, head.rows if head else 0, noted)
    told: list[Fault] = []
    found = 0
    for fault in _all(walk, rows, head):
        found += 1
        if len(told) < _MOST_TOLD:
            told.append(fault)
    return Verdict(walk.rows, walk.footing.rows, tuple(told), found, head)


def _all(walk: _Walk, rows: Iterable[ChainedRow], head: Head | None) -> Iterator[Fault]:
    for row in rows:
        yield from walk.row(row)
    yield from walk.ends(head)


class _Walk:
    """How far along the chain we are."""

    def __init__(self, key: bytes, until: int, noted: str) -> None:
        self.key = key
        self.rows = 0
        self.footing = _Footing()
        self.before = b""
        self.expected = 1
        place, _, link = noted.partition(":")
        self.noted = (int(place), bytes.fromhex(link)) if noted else (0, b"")
        self.marks: dict[int, bytes] = dict.fromkeys((until, self.noted[0]), b"")

    def row(self, row: ChainedRow) -> Iterator[Fault]:
        """What is wrong with the next row."""
        if row.place is None or row.link is None:
            if self.rows:
                yield Fault("inserted", self.expected, row.id)
            else:
                self.footing.add(row)
            return
        if not self.rows:
            self.before = self.footing.digest()
        self.rows += 1
        if row.place < self.expected:
            yield Fault("moved", row.place, row.id)
            return
        own = linked(self.key, self.before, row.place, row.id, row.at, row.person, row.event)
        if row.place > self.expected:
            yield Fault("removed", self.expected, "")
        elif not hmac.compare_digest(own, row.link):
            yield Fault("edited", row.place, row.id)
        if row.place in self.marks:
            self.marks[row.place] = row.link
        self.before, self.expected = row.link, row.place + 1

    def ends(self, head: Head | None) -> Iterator[Fault]:
        """What is wrong with where it ends."""
        if head is None:
            if self.rows:
                yield Fault("unsealed", self.rows, "")
        elif not hmac.compare_digest(sealed(self.key, head.rows, head.link).seal, head.seal):
            yield Fault("unsealed", head.rows, "")
        elif self.expected <= head.rows:
            yield Fault("cut off", self.expected, "")
        elif self.marks[head.rows] != head.link:
            yield Fault("edited", head.rows, "")
        place, link = self.noted
        if place and self.marks[place] != link:
            yield Fault("rolled back", place, "")
