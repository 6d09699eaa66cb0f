"""What PDS told of NHS numbers, as the lane meets it: which records a message of PDS concerns, and what a record counts as having."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from carehub.hub.pds_feed import FEED
from carehub.identity import traced_numbers
from carehub.identity.demographics import Demographics
from carehub.identity.links import StandingMerge
from carehub.identity.traced_numbers import PDS, TracedReads, key_of
from carehub.store.stored import MapOutcome


class Tracing:
    """For one batch of the lane. Where PDS told nothing of any of its records, that costs one question to the lane.

    said: what the records of the batch say of themselves now.
    """

    def __init__(self, lane: TracedReads, said: Mapping[str, Demographics]) -> None:
        self._lane = lane
        keys = {patient: key_of(patient, d).id for patient, d in said.items() if d.source != PDS.code}
        led = {merge.subsumed for merge in lane.merges(keys.values())} if keys else set[str]()
        self._as_they_say = {patient: d for patient, d in said.items() if keys.get(patient) not in led}
        self._told = False

    def concerned(self, outcome: MapOutcome | None, merges: Sequence[StandingMerge]) -> set[str]:
        """Records, not PDS's own, that a message is about only because it is an answer of PDS. merges: what it tells, or told once."""
        if outcome is None or outcome.feed != FEED or not merges:
            return set()
        self._told = True
        return traced_numbers.concerned(
            merges, [side for merge in outcome.merges for side in (merge.subsumed, merge.surviving)], self._lane
        )

    def resolved(
        self, told: dict[str, Demographics], outcome: MapOutcome | None, merges: Sequence[StandingMerge], gone: Collection[str] = ()
    ) -> dict[str, Demographics]:
        """These records with the numbers PDS gives them, after what this message tells. Those it gives none are the same objects."""
        if not self._told and all(self._as_they_say.get(patient) is d for patient, d in told.items()):
            return told
        mine = [m for m in merges if outcome is not None and outcome.feed == FEED]
        return traced_numbers.resolved(told, mine, self._lane, gone)
