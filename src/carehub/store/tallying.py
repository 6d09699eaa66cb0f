"""How outcomes add up to what a feed brought: one reckoning for every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from carehub.store.stored import MapOutcome, Tally

_UNTRANSLATED = frozenset({"MAP-006"})
_NOT_MAPPED = frozenset({"MAP-005", "MAP-017"})


def tallied(outcomes: Iterable[MapOutcome], before: Iterable[MapOutcome]) -> dict[tuple[str, str, str], Tally]:
    """What to add for these outcomes, of which those in `before` replace earlier ones: counts may be negative, times and positions only rise."""
    sums: dict[tuple[str, str, str], Tally] = {}
    for outcome in before:
        _count(sums, outcome, -1)
    for outcome in outcomes:
        _count(sums, outcome, 1)
    return sums


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


def _count(sums: dict[tuple[str, str, str], Tally], outcome: MapOutcome, sign: int) -> None:
    source = outcome.source.code if outcome.source else ""
    dead = outcome.verdict == "rejected"
    new = sign > 0
    untranslated = not_mapped = 0
    for found in outcome.issues:
        if found.number in _UNTRANSLATED:
            untranslated += found.count
        elif found.number in _NOT_MAPPED:
            not_mapped += found.count
    for day in (outcome.received[:10], ""):
        one = Tally(
            feed=outcome.feed,
            source=source,
            day=day,
            messages=sign,
            partly=sign * (outcome.verdict == "partly_quarantined"),
            rejected=sign * dead,
            untranslated=sign * untranslated,
            not_mapped=sign * not_mapped,
            last=outcome.received if new else "",
            last_good=outcome.received if new and not dead else "",
            good_position=outcome.position if new and not dead else 0,
            dead_position=outcome.position if new and dead else 0,
        )
        key = (outcome.feed, source, day)
        sums[key] = added(sums[key], one) if key in sums else one
