"""Record merges taken together."""

from __future__ import annotations

import random

import pytest

from carehub.identity.links import StandingMerge
from carehub.identity.merging import in_force, roots


def _merge(words: str, position: int = 0) -> StandingMerge:
    """ "B into A at 2" or "B out of A at 3"."""
    subsumed, *how, surviving, _, at = words.split()
    return StandingMerge(surviving, subsumed, words, position, at, how != ["into"])


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        (["B into A at 1"], {"B": "A"}),
        (["B into A at 1", "B out of A at 2"], {}),
        (["B into A at 2", "B out of A at 1"], {"B": "A"}),
        (["B into A at 1", "B out of A at 1"], {}),
        (["B into A at 1", "B into C at 2"], {"B": "C"}),
        (["B into A at 1", "B into C at 2", "B out of C at 3"], {"B": "A"}),
        (["B out of A at 1"], {}),
        (["A into A at 1"], {}),
    ],
)
def test_the_latest_word_of_the_source_stands_whatever_the_order(told: list[str], stands: dict[str, str]) -> None:
    for seed in range(4):
        order = list(told)
        random.Random(seed).shuffle(order)
        rows = [_merge(words, position) for position, words in enumerate(order)]
        assert {subsumed: row.surviving for subsumed, row in in_force(rows).items()} == stands


@pytest.mark.parametrize(
    ("told", "known", "fixed", "of", "cycles"),
    [
        (["C into B at 1", "B into A at 2"], "ABC", "", "AAA", ()),
        (["C into B at 1", "B into A at 2"], "AC", "", "A-A", ()),
        (["C into B at 1", "B into A at 2"], "BC", "", "-BB", ()),
        (["C into B at 1", "B into A at 2"], "ABC", "B", "ABB", ()),
        (["B into A at 1", "A into B at 2"], "ABC", "", "ABC", (("A", "B"),)),
        (["B into A at 1", "A into B at 2", "C into B at 3"], "ABC", "", "ABB", (("A", "B"),)),
        (["B into A at 1", "A into B at 2", "C into B at 3"], "BC", "", "-BB", ()),
        (["B into A at 1", "A into B at 2"], "AB", "A", "AA", ()),
        (["A into B at 1", "C into D at 1", "D into C at 2"], "ABCD", "", "BBCD", (("C", "D"),)),
    ],
)
def test_chains_rings_and_records_never_received(
    told: list[str], known: str, fixed: str, of: str, cycles: tuple[tuple[str, ...], ...]
) -> None:
    found = roots(known, [_merge(words) for words in told], set(known), set(fixed))
    assert found.of == {record: root for record, root in zip("ABCD", of, strict=False) if root != "-"}
    assert found.cycles == cycles
