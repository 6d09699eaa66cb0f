"""The identity lane: mapped messages in strict log order, stopping at the first not yet mapped, decided one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from carehub.feeds.catalogue import Catalogue
from carehub.fhir.canonical import loads
from carehub.hub.lane_earlier import Earlier
from carehub.hub.lane_tracing import Tracing
from carehub.hub.lane_view import LaneView
from carehub.hub.proposals_feed import proposals
from carehub.hub.rules_in_force import activates, decide_anew, first_rules, in_force
from carehub.hub.rulings_feed import rulings, spoken_of, words
from carehub.identity import demographics, linking
from carehub.identity.links import Member, StandingMerge
from carehub.identity.scales import Scales
from carehub.store.ports import Links, MessageLog, Records
from carehub.store.stored import Brief, MapOutcome, Revisit


@dataclass(frozen=True, slots=True)
class Reconciled:
    """messages: how many the lane moved past or looked at once more. more: whether mapped messages may be waiting behind."""

    messages: int
    more: bool


def reconcile_records(
    *, log: MessageLog, records: Records, links: Links, catalogue: Catalogue, now: str, limit: int = 256, scales: Scales | None = None
) -> Reconciled:
    """Move the lane past up to `limit` messages, and look once more at messages behind it that were mapped again. now: ISO UTC. scales: what
    evidence is weighed with; without them records link by keys, merges and rulings only.

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
            if activates(outcome, log):
                if not ready:
                    lane.commit(decide_anew(outcome, lane, links, log, position))
                    return Reconciled(1, True)
                break
            ready.append(outcome)
        scales = in_force(lane.rules(), log, scales)
        reached = ready[-1].position if ready else position
        revisits = lane.revisits(reached, limit)
        if not ready and not revisits:
            return Reconciled(0, False)
        view = LaneView(lane)
        _decide(ready, view, records, catalogue, log, scales)
        again = _decide_again(revisits, view, records, log, reached, now, scales) if revisits else ()
        view.ask_proposed(proposals([*ready, *again], log), links, scales)
        batch = view.batch(reached, now, revisits)
        lane.commit(replace(batch, rules=first_rules(lane, scales)))
        more = limit in (len(ready), len(revisits)) or (len(ready) < len(heads) and heads[len(ready)].id in mapped)
        return Reconciled(len(ready) + len({r.message for r in revisits}), more)


def _decide(
    ready: list[MapOutcome], view: LaneView, records: Records, catalogue: Catalogue, log: MessageLog, scales: Scales | None
) -> None:
    heard = words(ready, log)
    concerned = [outcome.patients for outcome in ready]
    said = _said({patient for patients in concerned for patient in patients}, records)
    members = view.members(said)
    new = _new(said, members, scales)
    if new:
        # Most records say now what they will still say at the end, so this is what will be asked about them.
        view.foresee(new.values(), scales)
    persons = {member.patient: member.person for member in members.values()}
    tracing = Tracing(view, {patient: read for patient, (_, read) in said.items()}, log)
    seen = {patient: members[patient].demographics if patient in new else read for patient, (_, read) in said.items() if patient in members}
    earlier = Earlier(ready, said, records, catalogue)
    for outcome, patients in zip(ready, concerned, strict=True):
        touched = []
        merges = _merges(outcome)
        traced = sorted(tracing.concerned(outcome, merges).difference(patients))
        if unread := set(traced) - said.keys():
            said.update(_said(unread, records))
            seen.update({patient: member.demographics for patient, member in view.members(unread).items()})
        saying: dict[str, demographics.Demographics] = {}
        for patient in (*patients, *traced):
            if patient not in said:
                continue
            now, read = said[patient]
            told = read if now.last_position <= outcome.position else earlier(patient, outcome.position, said)
            if told is not None:
                saying[patient] = told
        for patient, told in tracing.resolved(saying, outcome, merges).items():
            if (before := seen.get(patient)) is not told and before != told:
                touched.append(new[patient] if patient in new and told is said[patient][1] else linking.Touched(patient, told))
                seen[patient] = told
        ruled = rulings(heard.get(outcome.message), view) if heard else ()
        if touched or merges or ruled:
            settlement = linking.settle(touched, merges, view, (), ruled, scales)
            view.take(settlement, outcome.position, outcome.received)
            persons.update({member.patient: member.person for member in settlement.members})
        view.touch([persons[patient] for patient in patients if patient in persons])
        if heard:
            view.touch([member.person for member in view.members(spoken_of(heard.get(outcome.message))).values()])


def _new(
    said: dict[str, tuple[Brief, demographics.Demographics]], members: dict[str, Member], scales: Scales | None
) -> dict[str, linking.Touched]:
    """The records that are new, or say something new of themselves."""
    new = {id: read for id, (_, read) in said.items() if id not in members or members[id].demographics != read}
    return {id: linking.Touched(id, read, scales.keys(id, read) if scales else ()) for id, read in new.items()}


def _decide_again(
    revisits: Sequence[Revisit], view: LaneView, records: Records, log: MessageLog, reached: int, at: str, scales: Scales | None
) -> Collection[MapOutcome]:
    """By the records as they stand: whoever they speak of now or spoke of before, and the merges the message tells now or told before. The outcomes.

    What changes so took effect now, and not when the message came.
    """
    before: dict[str, list[str]] = {}
    for revisit in revisits:
        before.setdefault(revisit.message, []).append(revisit.patient)
    outcomes = records.outcomes(before)
    heard = words(outcomes.values(), log)
    patients = {m: [p for p in dict.fromkeys([*told, *(outcomes[m].patients if m in outcomes else ())]) if p] for m, told in before.items()}
    said = _said({patient for told in patients.values() for patient in told}, records)
    tracing = Tracing(view, {patient: read for patient, (_, read) in said.items()}, log)
    for message, concerned in patients.items():
        outcome = outcomes.get(message)
        merges = _merges_now(message, outcome, view.merges(concerned))
        traced = sorted(tracing.concerned(outcome, merges).difference(concerned))
        if unread := set(traced) - said.keys():
            said.update(_said(unread, records))
        members = view.members([*concerned, *traced])
        raw = {patient: said[patient][1] for patient in (*concerned, *traced) if patient in said}
        gone = [patient for patient in concerned if patient in members and patient not in said]
        saying = tracing.resolved(raw, outcome, merges, gone)
        touched = [linking.Touched(p, d) for p, d in saying.items() if p not in members or members[p].demographics != d]
        ruled = rulings(heard.get(message), view)
        if touched or merges or gone or ruled:
            view.take(linking.settle(touched, merges, view, gone, ruled, scales), reached, at)
        view.touch(member.person for member in (*members.values(), *view.members(concerned).values()))
    return outcomes.values()


def _merges_now(message: str, outcome: MapOutcome | None, standing: Iterable[StandingMerge]) -> list[StandingMerge]:
    """What the message says of merges now; and for each pair it does not speak of any more, a word older than all others, which counts for none."""
    now = {(merge.surviving, merge.subsumed): merge for merge in (_merges(outcome) if outcome else ())}
    held = {(merge.surviving, merge.subsumed): merge for merge in standing if merge.message == message}
    unsaid = [replace(merge, told_at="", undone=True) for pair, merge in held.items() if pair not in now]
    return [merge for merge in (*now.values(), *unsaid) if held.get((merge.surviving, merge.subsumed)) != merge]


# Demographics by the content they were read from, and whose it is. A hospital sends the same patient again and again within days, seldom with
# anything new about who it is: then not even the body is fetched.
_READ: dict[tuple[str, str, str], demographics.Demographics] = {}
_MOST_READ = 4096


def forget_read() -> None:
    """Keep nothing in this process of what was read of people."""
    _READ.clear()


def _said(patients: Iterable[str], records: Records) -> dict[str, tuple[Brief, demographics.Demographics]]:
    """How these Patient records stand, with what they say now."""
    found: dict[str, tuple[Brief, demographics.Demographics]] = {}
    unread = []
    for patient, brief in records.in_brief(patients).items():
        read = _READ.get((brief.content, brief.source.kind.value, brief.source.code))
        if read is None:
            unread.append(patient)
        else:
            found[patient] = brief, read
    for patient, stored in (records.current(unread) if unread else {}).items():
        kind, source = stored.source.kind.value, stored.source.code
        read = demographics.read(loads(stored.body), kind=kind, source=source)
        if len(_READ) >= _MOST_READ:
            _READ.clear()
        _READ[stored.content, kind, source] = read
        found[patient] = Brief(stored.source, stored.feed, stored.content, stored.last_position), read
    return found


def _merges(outcome: MapOutcome) -> list[StandingMerge]:
    if not outcome.merges:
        return []
    return [
        StandingMerge(merge.surviving.id, merge.subsumed.id, outcome.message, outcome.position, outcome.told_at, merge.undone)
        for merge in outcome.merges
    ]
