"""The identity lane: mapped messages in strict log order, stopping at the first not yet mapped, decided one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from carehub.feeds.catalogue import Catalogue
from carehub.feeds.revision import fold
from carehub.fhir.canonical import loads
from carehub.hub.lane_view import LaneView
from carehub.identity import blocking, demographics, linking, rules
from carehub.identity.links import Member, StandingMerge
from carehub.store.ports import Links, MessageLog, Records
from carehub.store.stored import MapOutcome, Revisit, StoredRecord


@dataclass(frozen=True, slots=True)
class Reconciled:
    """messages: how many the lane moved past or looked at once more. more: whether mapped messages may be waiting behind."""

    messages: int
    more: bool


def reconcile_records(*, log: MessageLog, records: Records, links: Links, catalogue: Catalogue, now: str, limit: int = 256) -> Reconciled:
    """Move the lane past up to `limit` messages, and look once more at messages behind it that were mapped again. now: ISO UTC.

    Replays give the same persons: each message is judged by what its patient's record said at that place in the log, whatever has been
    mapped since. One looked at once more is judged by the records as they stand. Raises StoreBusy; then nothing moved.
    """
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
        reached = ready[-1].position if ready else position
        revisits = lane.revisits(reached, limit)
        if not ready and not revisits:
            return Reconciled(0, False)
        view = LaneView(lane)
        _decide(ready, view, records, catalogue)
        if revisits:
            _decide_again(revisits, view, records)
        lane.commit(view.batch(reached, now, revisits))
        return Reconciled(len(ready) + len({r.message for r in revisits}), limit in (len(ready), len(revisits)))


def _decide(ready: list[MapOutcome], view: LaneView, records: Records, catalogue: Catalogue) -> None:
    current = records.current({patient for outcome in ready for patient in outcome.patients})
    members = view.members(current)
    _foresee(current, members, view)
    persons = {member.patient: member.person for member in members.values()}
    seen = {member.patient: member.demographics for member in members.values()}
    for outcome in ready:
        touched = []
        for patient in outcome.patients:
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
        view.touch(persons[patient] for patient in outcome.patients if patient in persons)


def _foresee(current: dict[str, StoredRecord], members: dict[str, Member], view: LaneView) -> None:
    """What will be asked about records that are new, or say something new of themselves. Most say now what they will still say at the end."""
    said = {id: _read(stored.body, stored.source.kind.value, stored.source.code) for id, stored in current.items()}
    new = {id: one for id, one in said.items() if id not in members or members[id].demographics != one}
    if new:
        view.foresee(new, {key for one in new.values() for key in (rules.match_key(one), *blocking.keys(one)) if key})


def _decide_again(revisits: Sequence[Revisit], view: LaneView, records: Records) -> None:
    """By the records as they stand: whoever they speak of now or spoke of before, and the merges the message tells now or told before."""
    before: dict[str, list[str]] = {}
    for revisit in revisits:
        before.setdefault(revisit.message, []).append(revisit.patient)
    outcomes = records.outcomes(before)
    patients = {m: [p for p in dict.fromkeys([*told, *(outcomes[m].patients if m in outcomes else ())]) if p] for m, told in before.items()}
    current = records.current({patient for told in patients.values() for patient in told})
    for message, concerned in patients.items():
        members = view.members(concerned)
        touched = []
        for patient in concerned:
            stored = current.get(patient)
            if stored is not None:
                read = _read(stored.body, stored.source.kind.value, stored.source.code)
                if patient not in members or members[patient].demographics != read:
                    touched.append(linking.Touched(patient, read))
        gone = [patient for patient in members if patient not in current]
        merges = _merges_now(message, outcomes.get(message), view.merges(concerned))
        if touched or merges or gone:
            view.take(linking.settle(touched, merges, view, gone))
        view.touch(member.person for member in (*members.values(), *view.members(concerned).values()))


def _merges_now(message: str, outcome: MapOutcome | None, standing: Iterable[StandingMerge]) -> list[StandingMerge]:
    """What the message says of merges now; and for each pair it does not speak of any more, a word older than all others, which counts for none."""
    now = {(merge.surviving, merge.subsumed): merge for merge in (_merges(outcome) if outcome else ())}
    held = {(merge.surviving, merge.subsumed): merge for merge in standing if merge.message == message}
    unsaid = [replace(merge, told_at="", undone=True) for pair, merge in held.items() if pair not in now]
    return [merge for merge in (*now.values(), *unsaid) if held.get((merge.surviving, merge.subsumed)) != merge]


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
