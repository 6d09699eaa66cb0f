"""What PDS told of NHS numbers, as the lane meets it: which records a message of PDS concerns, and what a record counts as having."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from carehub.hub.pds_feed import FEED, named
from carehub.identity import traced_numbers
from carehub.identity.demographics import Demographics
from carehub.identity.links import StandingMerge
from carehub.identity.traced_numbers import PDS, TracedReads, keys_of
from carehub.store.ports import MessageLog
from carehub.store.stored import MapOutcome


class Tracing:
    """For one batch of the lane. Where PDS told nothing of any of its records, that costs one question to the lane.

    said: what the records of the batch say of themselves now. log: where an answer is read again that told something once and nothing now.
    """

    def __init__(self, lane: TracedReads, said: Mapping[str, Demographics], log: MessageLog) -> None:
        self._lane, self._log = lane, log
        keys = {patient: keys_of(patient, d) for patient, d in said.items() if d.source != PDS.code}
        led = {merge.subsumed for merge in lane.merges({key for mine in keys.values() for key in mine})} if keys else set[str]()
        self._as_they_say = {patient: d for patient, d in said.items() if led.isdisjoint(keys.get(patient, ()))}
        self._told = False

    def concerned(self, outcome: MapOutcome | None, merges: Sequence[StandingMerge]) -> set[str]:
        """Records, not PDS's own, that a message is about only because it is an answer of PDS. merges: what it tells, or told once."""
        if outcome is None or outcome.feed != FEED or not merges:
            return set()
        self._told = True
        sides = [side for merge in outcome.merges for side in (merge.subsumed, merge.surviving)]
        return traced_numbers.concerned(merges, sides or named(self._log.read([outcome.message])[outcome.message].body), self._lane)

    def resolved(
        self, told: dict[str, Demographics], outcome: MapOutcome | None, merges: Sequence[StandingMerge], gone: Collection[str] = ()
    ) -> dict[str, Demographics]:
        """These records with the numbers PDS gives them, after what this message tells. Those it gives none are the same objects."""
        if not self._told and all(self._as_they_say.get(patient) is d for patient, d in told.items()):
            return told
        mine = [m for m in merges if outcome is not None and outcome.feed == FEED]
        return traced_numbers.resolved(told, mine, self._lane, gone)
