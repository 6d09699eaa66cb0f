"""The identity lane: mapped messages in strict log order, stopping at the first not yet mapped, decided one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.revision import fold
from carehub.fhir.canonical import loads
from carehub.hub.lane_view import LaneView
from carehub.identity import demographics, linking
from carehub.identity.links import StandingMerge
from carehub.store.ports import Links, MessageLog, Records
from carehub.store.stored import MapOutcome, StoredRecord


@dataclass(frozen=True, slots=True)
class Reconciled:
    """messages: how many the lane moved past. more: whether mapped messages may be waiting behind."""

    messages: int
    more: bool


def reconcile_records(*, log: MessageLog, records: Records, links: Links, catalogue: Catalogue, now: str, limit: int = 256) -> Reconciled:
    """Move the lane past up to `limit` messages. now: ISO UTC. Replays give the same persons: each message is judged by what its patient's
    record said at that place in the log, whatever has been mapped since. Raises StoreBusy; then nothing moved."""
    with links.lane() as lane:
        position = lane.position()
        heads = log.heads(position, limit)
        mapped = records.outcomes([head.id for head in heads])
        ready: list[MapOutcome] = []
        for head in heads:
            outcome = mapped.get(head.id)
            if outcome is None:
                break
            ready.append(outcome)
        if not ready:
            return Reconciled(0, False)
        view = LaneView(lane)
        _decide(ready, view, records, catalogue)
        lane.commit(view.batch(ready[-1].position, now))
        return Reconciled(len(ready), len(ready) == limit)


def _decide(ready: list[MapOutcome], view: LaneView, records: Records, catalogue: Catalogue) -> None:
    current = records.current({patient for outcome in ready for patient in _patients(outcome)})
    members = view.members(current)
    persons = {member.patient: member.person for member in members.values()}
    seen = {member.patient: member.demographics for member in members.values()}
    for outcome in ready:
        touched = []
        for patient in _patients(outcome):
            stored = current.get(patient)
            read = _as_told(patient, outcome.position, stored, records, catalogue) if stored else None
            if read is None:
                continue
            if seen.get(patient) != read:
                touched.append(linking.Touched(patient, read))
                seen[patient] = read
        merges = _merges(outcome)
        if touched or merges:
            settlement = linking.settle(touched, merges, view)
            view.take(settlement)
            persons.update({member.patient: member.person for member in settlement.members})
        view.touch(persons[patient] for patient in _patients(outcome) if patient in persons)


def _patients(outcome: MapOutcome) -> list[str]:
    """Patient record ids a message is about, without repeats: its own, and both sides of the merges it reports."""
    sides = [side.id for merge in outcome.merges for side in (merge.surviving, merge.subsumed)]
    return list(dict.fromkeys([outcome.patient, *sides])) if outcome.patient else []


def _as_told(patient: str, position: int, stored: StoredRecord, records: Records, catalogue: Catalogue) -> demographics.Demographics | None:
    """What the Patient resource said as the log had it at this position; None before it was told of."""
    kind, source = stored.source.kind.value, stored.source.code
    if stored.last_position <= position:
        return _read(stored.body, kind, source)
    until = [t for t in records.tellings([patient]).get(patient, []) if t.position <= position]
    state = fold(until, catalogue.adapter(stored.feed).revise)
    return demographics.read(state.resource, kind=kind, source=source) if state else None


# A hospital sends the same patient again and again within days, seldom with anything new about who it is.
@lru_cache(maxsize=4096)
def _read(body: bytes, kind: str, source: str) -> demographics.Demographics:
    return demographics.read(loads(body), kind=kind, source=source)


def _merges(outcome: MapOutcome) -> list[StandingMerge]:
    return [
        StandingMerge(merge.surviving.id, merge.subsumed.id, outcome.message, outcome.position, outcome.told_at, merge.undone)
        for merge in outcome.merges
    ]
