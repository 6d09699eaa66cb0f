"""How outcomes add up to what a feed brought: one reckoning for every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from carehub.store.stored import MapOutcome
from carehub.store.tally import Tally

_UNTRANSLATED = frozenset({"MAP-006"})
_NOT_MAPPED = frozenset({"MAP-005", "MAP-017"})


def tallied(outcomes: Iterable[MapOutcome], before: Iterable[MapOutcome]) -> dict[tuple[str, str, str], Tally]:
    """What to add for these outcomes, of which those in `before` replace earlier ones: counts may be negative, times and positions only rise."""
    sums: dict[tuple[str, str, str], list[Any]] = {}
    for outcome in before:
        _count(sums, outcome, -1)
    for outcome in outcomes:
        _count(sums, outcome, 1)
    days = {key: Tally(*key, *sum) for key, sum in sums.items()}
    ever: dict[tuple[str, str, str], Tally] = {}
    for (feed, source, _), tally in days.items():
        key = (feed, source, "")
        ever[key] = added(ever[key], tally) if key in ever else replace(tally, day="")
    return days | ever


def added(held: Tally, more: Tally) -> Tally:
    """Both together."""
    return replace(
        held,
        messages=held.messages + more.messages,
        partly=held.partly + more.partly,
        rejected=held.rejected + more.rejected,
        untranslated=held.untranslated + more.untranslated,
        not_mapped=held.not_mapped + more.not_mapped,
        last=max(held.last, more.last),
        last_good=max(held.last_good, more.last_good),
        good_position=max(held.good_position, more.good_position),
        dead_position=max(held.dead_position, more.dead_position),
    )


def _count(sums: dict[tuple[str, str, str], list[Any]], outcome: MapOutcome, sign: int) -> None:
    """Add one outcome to the numbers and times of its day, in the order of Tally's fields."""
    key = (outcome.feed, outcome.source.code if outcome.source else "", outcome.received[:10])
    sum = sums.get(key)
    if sum is None:
        sum = sums[key] = [0, 0, 0, 0, 0, "", "", 0, 0]
    dead = outcome.verdict == "rejected"
    sum[0] += sign
    sum[1] += sign * (outcome.verdict == "partly_quarantined")
    sum[2] += sign * dead
    for found in outcome.issues:
        if found.number in _UNTRANSLATED:
            sum[3] += sign * found.count
        elif found.number in _NOT_MAPPED:
            sum[4] += sign * found.count
    if sign > 0:
        received, position = outcome.received, outcome.position
        sum[5] = max(sum[5], received)
        if dead:
            sum[8] = max(sum[8], position)
        else:
            sum[6] = max(sum[6], received)
            sum[7] = max(sum[7], position)
