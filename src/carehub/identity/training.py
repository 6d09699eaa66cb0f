"""Expectation-maximisation: a model estimated from records without labels, in streams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log2
from typing import Any

from carehub.identity import weights
from carehub.identity.candidates import bearing
from carehub.identity.features import Features
from carehub.identity.lookalikes import alone
from carehub.identity.pairing import Levels, levels
from carehub.identity.weights import FAMILY, GIVEN, HOME, RARE, SETTING_M, SETTING_U, SEX, Model

Patterns = dict[Levels, float]
Fields = dict[str, tuple[str, ...]]
Rows = dict[str, list[list[float]]]

# Where estimating starts, and what it is drawn to where little is seen: shares of the levels among records of one person, closest first.
STARTING_M: dict[str, tuple[float, ...]] = {
    "number": (0.90, 0.04, 0.02, 0.04),
    "given": (0.77, 0.04, 0.06, 0.02, 0.03, 0.01, 0.03, 0.01, 0.005, 0.005, 0.01, 0.01, 0.005),
    "others": (0.70, 0.06, 0.14, 0.10),
    "family": (0.82, 0.03, 0.06, 0.02, 0.01, 0.05, 0.01),
    "born": (0.86, 0.02, 0.04, 0.025, 0.015, 0.015, 0.01, 0.01, 0.005),
    "sex": (0.97, 0.03),
    "place": (0.55, 0.08, 0.10, 0.07, 0.06, 0.04, 0.10),
    "phone": (0.70, 0.06, 0.02, 0.22),
    "email": (0.75, 0.08, 0.04, 0.13),
    "source": (0.2, 0.8),
}
STARTING_EXTRA = (0.75, 0.08, 0.17)
# The same among records of two people: what a level counts as where fewer than ENOUGH pairs of two people show it.
STATED_U: dict[str, tuple[float, ...]] = {
    "number": (1e-6, 1e-6, 1e-5, 0.99),
    "given": (5e-3, 2e-3, 3e-3, 5e-3, 5e-3, 2e-2, 0.96, 2e-3, 5e-3, 2e-5, 2e-3, 3e-3, 5e-3),
    "others": (0.02, 0.01, 0.05, 0.92),
    "family": (2e-3, 5e-4, 1e-3, 4e-3, 1e-2, 0.98, 5e-4),
    "born": (4e-5, 3e-5, 1e-3, 1e-3, 1.5e-2, 1.2e-3, 1e-2, 0.97, 1e-3),
    "sex": (0.5, 0.5),
    "place": (1e-4, 1e-4, 3e-4, 2e-3, 1e-2, 5e-2, 0.93),
    "phone": (1e-4, 1e-6, 1e-5, 0.99),
    "email": (1e-5, 1e-4, 1e-4, 0.99),
    "source": (0.5, 0.5),
}
# Of one home: twins, a father and son of one name, one surname, one telephone, now and then the wrong person's number.
STATED_U_HOME = {
    "number": (1e-4, 1e-5, 1e-5, 0.99),
    "given": (1e-2, 3e-3, 3e-3, 5e-3, 5e-3, 2e-2, 0.95, 3e-3, 1e-2, 1e-3, 1e-2, 3e-3, 5e-3),
    "family": (0.5, 1e-2, 2e-2, 1e-2, 1e-2, 0.45, 1e-3),
    "born": (5e-3, 1e-4, 1e-3, 1e-3, 1.5e-2, 1.2e-3, 1e-2, 0.97, 1e-3),
    "phone": (0.3, 1e-3, 1e-3, 0.7),
}
STATED_U_EXTRA = (0.05, 0.02, 0.93)
ENOUGH = 100.0
# So much of every estimate of m is the starting one: what a set never shows may still happen.
DRAWN_M = 0.02
STRENGTH_M = 50.0
ROUNDS = 25


def shares(records: Iterable[Features], extras: Sequence[str]) -> dict[str, dict[str, float]]:
    """Term frequencies: field → value → share of the records that have the field. Values seen once are left out: the floor is above them."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*RARE, *extras)}
    for f in records:
        for name, value in zip(counts, weights.rare_values(f), strict=True):
            if value:
                counts[name][value] += 1
    found = {}
    for name, counted in counts.items():
        total = counted.total()
        found[name] = {value: count / total for value, count in counted.items() if count > 1}
    return found


def steps(count: int, wanted: int) -> Iterator[tuple[int, int]]:
    """`wanted` pairs of different numbers below count, spread evenly and the same every time (a linear congruential sequence)."""
    state = 12345
    for _ in range(wanted if count > 1 else 0):
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        a = (state >> 33) % count
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        b = (state >> 33) % count
        if a != b:
            yield a, b


def patterns(records: Sequence[Features], *, left: int = 30_000, apart: int = 100_000) -> tuple[Patterns, Patterns, float]:
    """(patterns of the pairs blocking finds, patterns of the others, how many pairs one of the others stands for).

    left: of so many records all candidates are compared. apart: so many pairs are drawn for the others.
    """
    index = bearing(records)
    every = max(1, len(records) // left)
    blocked: Counter[Levels] = Counter()
    for at in range(0, len(records), every):
        for other in index.candidates(at):
            blocked[levels(records[at], records[other])] += 1
    # each pair is met from both of its records
    known = {pattern: count * every / 2 for pattern, count in blocked.items()}
    drawn: Counter[Levels] = Counter()
    tried = 0
    for a, b in steps(len(records), apart):
        tried += 1
        pattern = levels(records[a], records[b])
        if pattern not in known or not index.shared(a, b):
            drawn[pattern] += 1
    total = len(records) * (len(records) - 1) / 2
    return known, {pattern: count * total / tried for pattern, count in drawn.items()}, total / max(tried, 1)


def train(records: Sequence[Features], *, name: str, extras: tuple[str, ...] = (), provenance: dict[str, Any] | None = None) -> Model:
    """A model of these records, thousands of them: of a handful there is nothing to estimate. Fills their bits."""
    rarity = shares(records, extras)
    for record in records:
        record.bits = weights.rarity(record, rarity, extras)
    blocked, others, scale = patterns(records)
    fields = weights.levels_of(extras)
    m = {field: [list(STARTING_M.get(field, STARTING_EXTRA)) for _ in range(3 if field in SETTING_M else 1)] for field in fields}
    pairs = len(records) * (len(records) - 1) / 2
    u = _first_u(fields, blocked, others, scale)
    matched = max(1.0, len(records) / 4)
    for _ in range(ROUNDS):
        prior = matched / pairs
        likely = _expect(blocked, fields, m, u, prior)
        matched = max(1.0, sum(likely[p] * n for p, n in blocked.items()))
        m = _maximise_m(fields, blocked, likely)
        u = _maximise_u(fields, blocked, likely, others, scale)
    return Model(
        name,
        extras,
        m,
        u,
        rarity,
        log2(matched / (pairs - matched)),
        {
            "records": len(records),
            "pairs": sum(blocked.values()),
            "matched": matched,
            "stated": _hardly_seen(fields, (blocked, others)),
            **(provenance or {}),
        },
        alone=alone(len(records), blocked),
    )


def _hardly_seen(fields: Fields, told: Sequence[Patterns]) -> dict[str, list[list[str]]]:
    """Field → setting → the levels that fewer than ENOUGH pairs show, so that what is stated for them counts more than what was seen."""
    found = {}
    for at, (field, names) in enumerate(fields.items()):
        rows = [[0.0] * len(names) for _ in range(3 if field in SETTING_U or field in SETTING_M else 1)]
        for patterns_told in told:
            for pattern, count in patterns_told.items():
                if pattern[at + 1] >= 0:
                    rows[pattern[0] if len(rows) > 1 else 0][pattern[at + 1]] += count
        found[field] = [[name for name, count in zip(names, row, strict=True) if count < ENOUGH] for row in rows]
    return found


def _expect(blocked: Patterns, fields: Fields, m: Rows, u: Rows, prior: float) -> Patterns:
    ratios = []
    for setting in range(3):
        ratios.append(
            [
                [x / y for x, y in zip(m[f][setting if f in SETTING_M else 0], u[f][setting if f in SETTING_U else 0], strict=True)]
                for f in fields
            ]
        )
    for rows in ratios:
        rows[SEX][0] = min(rows[SEX][0], 1.0)
        # As in scoring: swapped counts with the given name, and a word such as baby says nothing.
        rows[FAMILY][-1] = rows[GIVEN][-1] = 1.0
    odds = prior / (1 - prior)
    likely = {}
    for pattern in blocked:
        table = ratios[pattern[0]]
        ratio = odds
        for at, level in enumerate(pattern[1:]):
            if level >= 0:
                ratio *= table[at][level]
        likely[pattern] = ratio / (1 + ratio)
    return likely


def _maximise_m(fields: Fields, blocked: Patterns, likely: Patterns) -> Rows:
    found = {}
    for at, field in enumerate(fields):
        start = STARTING_M.get(field, STARTING_EXTRA)
        rows = [[0.0] * len(start) for _ in range(3 if field in SETTING_M else 1)]
        for pattern, count in blocked.items():
            level = pattern[at + 1]
            if level >= 0:
                rows[pattern[0] if field in SETTING_M else 0][level] += count * likely[pattern]
        found[field] = [_drawn(row, start) for row in rows]
    return found


def _drawn(row: list[float], start: Sequence[float]) -> list[float]:
    pull = STRENGTH_M + DRAWN_M * sum(row)
    return [(x + pull * s) / (sum(row) + pull) for x, s in zip(row, start, strict=True)]


def _maximise_u(fields: Fields, blocked: Patterns, likely: Patterns, others: Patterns, scale: float) -> Rows:
    found = {}
    for at, (field, names) in enumerate(fields.items()):
        rows = [[0.0] * len(names) for _ in range(3 if field in SETTING_U else 1)]
        seen = [[0.0] * len(names) for _ in rows]
        for table, weight in ((blocked, 1.0), (others, scale)):
            for pattern, count in table.items():
                level = pattern[at + 1]
                if level >= 0:
                    setting = pattern[0] if field in SETTING_U else 0
                    chance = likely.get(pattern, 0.0)
                    # What is likelier one person's says nothing of two people: else a home of one person's records, doubled, teaches that
                    # relatives share their names, dates and numbers.
                    share = count * (1 - chance) if chance < 0.5 else 0.0
                    rows[setting][level] += share
                    seen[setting][level] += share / weight
        found[field] = [_stated(field, setting, row, counts) for setting, (row, counts) in enumerate(zip(rows, seen, strict=True))]
    return found


def _stated(field: str, setting: int, row: list[float], seen: list[float]) -> list[float]:
    """u of a row; a level that fewer than ENOUGH pairs show counts as at least what is stated for it, in the measure it was not seen."""
    stated = STATED_U.get(field, STATED_U_EXTRA)
    if setting == HOME and field in STATED_U_HOME:
        stated = STATED_U_HOME[field]
    total = sum(row)
    found = []
    for x, count, told in zip(row, seen, stated, strict=True):
        trusted = min(1.0, count / ENOUGH)
        found.append(trusted * x / total + (1 - trusted) * told if total else told)
    return [x / sum(found) for x in found]


def _first_u(fields: Fields, blocked: Patterns, others: Patterns, scale: float) -> Rows:
    """u from the drawn pairs, and for what they never show from the blocked ones as if a tenth of those were two people."""
    return _maximise_u(fields, blocked, {pattern: 0.9 for pattern in blocked if pattern not in others}, others, scale)
