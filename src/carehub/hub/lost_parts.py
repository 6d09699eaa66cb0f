"""The parts of messages that did not become records, one by one: what is counted of them in a plan, and what is listed of them to a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from carehub.store.stored import MapOutcome


class LostPart(NamedTuple):
    """Something of a message that did not become a record. kind, number, about: as of careplan.plan.Notice, times: its count. at: where it is in the
    message, "" where that is not known. by: how mapping the message ended."""

    kind: Literal["unreadable", "not_mapped"]
    number: str
    about: str
    times: int
    at: str
    by: MapOutcome


def lost_parts(outcomes: Sequence[MapOutcome], closers: Sequence[MapOutcome] = ()) -> Iterator[LostPart]:
    """What the messages that still count could not turn into records. A newer whole snapshot makes older messages of its feed moot.

    closers: messages about nobody that withdrew records of this source; what they could not read may be why. A part that is quarantined and
    that the adapter also complains of counts once.
    """
    counting: list[MapOutcome] = []
    for outcome in outcomes:
        if outcome.snapshot:
            counting = [earlier for earlier in counting if earlier.feed != outcome.feed]
        counting.append(outcome)
    for outcome in (*counting, *closers):
        places = {part.at for part in outcome.quarantined if part.at}
        for part in outcome.quarantined:
            yield LostPart("unreadable", part.issues[0].number, part.about, 1, part.at, outcome)
        for found in outcome.issues:
            if found.number == "MAP-005":
                yield LostPart("not_mapped", found.number, found.about, found.count, found.at, outcome)
            elif found.severity in ("error", "fatal") and not _within(found.at, places):
                yield LostPart("unreadable", found.number, found.about, found.count, found.at, outcome)


def _within(at: str, places: Collection[str]) -> bool:
    """Whether a place is one of these or lies inside one: "Bundle.entry[3].resource.code" in "Bundle.entry[3].resource"."""
    return any(at == place or (at.startswith(place) and at[len(place)] in ".[") for place in places)
