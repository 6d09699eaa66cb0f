"""Which of these records are one person's: best-first agglomeration on the evidence of whole clusters.

Two clusters are compared field by field: SHARE x the best weight + (1 - SHARE) x the mean over the pairs of records that both have the field
(IDENTITY 5, "fused"). The two clusters with the highest total join, until none passes the threshold. The answer is a function of the records
given, whatever their order; ties are settled by record id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from carehub.identity.pairing import EQUAL_BORN, FIRM_GIVEN, Pair
from carehub.identity.weights import CORE, NUMBER, OTHERS, PLACE, SOURCE

# How much of the score the best pair makes, the rest being the mean of all.
SHARE = 0.5

# For each field: best weight, sum, number of pairs; None where no pair has the field. Of the source it is the worst weight that counts. The last
# entry weighs nothing and carries the flags of all pairs in its third place.
Evidence = list[tuple[float, float, int] | None]


def evidence(pair: Pair) -> Evidence:
    """The evidence of one pair of records."""
    weights, flags = pair
    found: Evidence = [None if weight is None else (weight, weight, 1) for weight in weights]
    found.append((0.0, 0.0, flags))
    return found


def add(a: Evidence, b: Evidence) -> Evidence:
    """The evidence of both together."""
    found: Evidence = [
        y if x is None else x if y is None else (x[0] if x[0] > y[0] else y[0], x[1] + y[1], x[2] + y[2]) for x, y in zip(a, b, strict=True)
    ]
    x, y = a[SOURCE], b[SOURCE]
    if x is not None and y is not None:
        found[SOURCE] = x if x[0] < y[0] else y
    found[-1] = (0.0, 0.0, flags(a) | flags(b))
    return found


def flags(found: Evidence) -> int:
    """The flags (see pairing) that some pair has."""
    told = found[-1]
    return told[2] if told is not None else 0


def agrees(found: Evidence, field: int) -> bool:
    """True when some pair agrees on the field more than two people would."""
    told = found[field]
    return told is not None and told[0] > 0


def own(found: Evidence) -> bool:
    """True when something agrees that one home does not share by itself: number, further given name, a further field of the site."""
    return agrees(found, NUMBER) or agrees(found, OTHERS) or any(agrees(found, field) for field in range(len(CORE), len(found) - 1))


def gather(found: Evidence, pair: Pair) -> None:
    """Add the evidence of one more pair, in place."""
    weights, told_flags = pair
    for at, weight in enumerate(weights):
        if weight is not None:
            told = found[at]
            if told is None:
                found[at] = (weight, weight, 1)
            else:
                best = told[0]
                if (weight < best) if at == SOURCE else (weight > best):
                    best = weight
                found[at] = (best, told[1] + weight, told[2] + 1)
    found[-1] = (0.0, 0.0, flags(found) | told_flags)


def fused(found: Evidence, prior: float, share: float) -> float:
    """The total of two clusters in bits."""
    rest = 1.0 - share
    total = prior
    for told in found[:-1]:
        if told is not None:
            total += told[0] * share + told[1] / told[2] * rest
    source = found[SOURCE]
    return total if source is None else total + (source[0] - source[1] / source[2]) * rest


def _key(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


@dataclass(frozen=True, slots=True)
class Asked:
    """Two groups (by their place in the answer) that were not joined without asking: score in bits and the name of the rule."""

    a: int
    b: int
    score: float
    rule: str


class Partition:
    """The working out of one partition. pair: the evidence of two records, None for a veto. guard: why evidence links nobody without asking;
    telling: the guards that say two people."""

    def __init__(
        self,
        count: int,
        pair: Callable[[int, int], Evidence | None],
        guard: Callable[[Evidence], str],
        *,
        prior: float,
        telling: frozenset[str] = frozenset(),
        share: float = SHARE,
    ) -> None:
        self._prior, self._share, self._guard, self._telling = prior, share, guard, telling
        self.groups: dict[int, list[int]] = {at: [at] for at in range(count)}
        self._between: dict[tuple[int, int], Evidence | None] = {(a, b): pair(a, b) for b in range(count) for a in range(b)}
        self._totals = {key: fused(found, prior, share) for key, found in self._between.items() if found is not None}

    def join(self, a: int, b: int) -> list[tuple[int, int]]:
        """Make two groups one, a < b; the pairs of groups whose score changed come back. A veto between the two is a ValueError."""
        if self._between.pop((a, b)) is None:
            raise ValueError("two groups with a veto between them cannot be joined")
        self._totals.pop((a, b))
        self.groups[a] = sorted(self.groups[a] + self.groups.pop(b))
        changed = []
        for other in self.groups:
            if other != a:
                mine, theirs = _key(a, other), _key(b, other)
                x, y = self._between[mine], self._between.pop(theirs)
                self._totals.pop(theirs, None)
                if x is None or y is None:
                    self._between[mine] = None
                    self._totals.pop(mine, None)
                else:
                    self._between[mine] = joined = add(x, y)
                    self._totals[mine] = fused(joined, self._prior, self._share)
                    changed.append(mine)
        return changed

    def agglomerate(self, auto: float, margin: float) -> None:
        """Join the best pair of groups until none passes `auto`, is free of guards, and leads every other choice by `margin`."""
        waiting = [(-total, *key) for key, total in self._totals.items() if total >= auto]
        heapify(waiting)
        while waiting:
            total, a, b = heappop(waiting)
            if self._totals.get((a, b)) == -total and not self.refusal(a, b, margin):
                for key in self.join(a, b):
                    if self._totals[key] >= auto:
                        heappush(waiting, (-self._totals[key], *key))

    def group(self, at: int) -> int:
        """The group that one of the first records is in now."""
        return next(name for name, places in self.groups.items() if at in places)

    def vetoed(self, a: int, b: int) -> bool:
        """True when some pair between the two groups can never be one person."""
        return self._between[a, b] is None

    def refusal(self, a: int, b: int, margin: float) -> str:
        """Why these two groups may not join without asking, or ""."""
        found = self._between[a, b]
        if found is None:
            return "veto"
        rule = self._guard(found)
        if rule:
            return rule
        # A twin whose home is not said is ahead of who is known to live with the other: being ahead is not enough there.
        twin = found[PLACE] is None and flags(found) & EQUAL_BORN and not (flags(found) & FIRM_GIVEN or own(found))
        least = 0.0 if twin else max(self._totals[a, b] - margin, 0.0)
        for other in self.groups:
            if other not in (a, b):
                for one, another in ((a, b), (b, a)):
                    # Another choice as good, which nothing speaks against and which is clearly not the same person as this one.
                    choice = _key(one, other)
                    if self._totals.get(choice, -1e9) > least and self._distinct(_key(another, other)) and not self._tells(choice):
                        return "two-candidates"
        return ""

    def _distinct(self, key: tuple[int, int]) -> bool:
        found = self._between[key]
        # Clearly two people: a veto, more that speaks against one person than for it, or a guard that says so.
        return found is None or self._totals[key] < self._prior or self._tells(key)

    def _tells(self, key: tuple[int, int]) -> bool:
        found = self._between[key]
        return found is not None and self._guard(found) in self._telling

    def asked(self, review: float, margin: float) -> list[Asked]:
        """The pairs of groups in the review zone."""
        return [
            Asked(a, b, total, self.refusal(a, b, margin) or "below-automatic") for (a, b), total in self._totals.items() if total >= review
        ]
