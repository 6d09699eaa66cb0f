"""Persons whose records changed: linked records in, one unified plan out, written with the lane position it reflects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

from carehub.careplan.assembly import assemble
from carehub.careplan.plan import ExpectedSource, Notice, SourceView, UnifiedCarePlan
from carehub.careplan.protection import protect
from carehub.caseload.evidence import marks
from carehub.feeds.catalogue import Catalogue
from carehub.fhir.canonical import dumps
from carehub.hub import about_me_feed, action_feed, note_feed
from carehub.hub.caseload_evidence import evidence_of
from carehub.hub.hiding import hidden_records
from carehub.hub.lost_parts import lost_parts
from carehub.hub.sharing import Unshared
from carehub.hub.source_records import source_records
from carehub.identity.links import Link, Review, StandingMerge
from carehub.identity.merging import in_force
from carehub.store.planning import Plans
from carehub.store.ports import Links, Records
from carehub.store.stored import MapOutcome, StoredPlan, StoredRecord
from carehub.terms.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Assembled:
    """persons: how many plans were brought up to date. failed: persons whose plan could not be made (a bug, for the alarm); they stay due.
    more: whether others may be due, because as many were as are made at once."""

    persons: int
    failed: tuple[str, ...]
    more: bool = False


class Made(NamedTuple):
    """A new plan, as it will be kept and as it is, and the one before, which is of an earlier moment of the records."""

    stored: StoredPlan
    plan: UnifiedCarePlan
    before: StoredPlan | None


Noticing = Callable[[Sequence[Made]], None]


def assemble_plans(
    *,
    records: Records,
    links: Links,
    plans: Plans,
    catalogue: Catalogue,
    now: str,
    noticing: Noticing = lambda made: None,
    passed_over: Collection[str] = (),
    limit: int = 64,
) -> Assembled:
    """Bring up to `limit` out-of-date plans up to date. now: ISO UTC. passed_over: persons to leave for now, because they failed before.
    noticing: told of new plans, a few at a time, before they are written.

    A person whose plan cannot be made costs nobody else theirs. Raises StoreBusy; then nothing was written.
    """
    due = [(person, position) for person, position in plans.dirty(limit + len(passed_over)) if person not in passed_over][:limit]
    written: list[StoredPlan] = []
    emptied: list[tuple[str, int]] = []
    failed: list[str] = []
    groups = [due[n : n + _READ_TOGETHER] for n in range(0, len(due), _READ_TOGETHER)]
    while groups:
        group = groups.pop(0)
        try:
            # Before the records are, so that it is never newer than they are, whoever else assembles this person meanwhile.
            before = plans.get_each([person for person, _ in group])
            held = _read([person for person, _ in group], records, links)
        except Unavailable:
            raise
        except Exception:  # what cannot be read is one person's; it is found by reading each alone
            groups = [*([one] for one in group), *groups] if len(group) > 1 else groups
            failed += [person for person, _ in group] if len(group) == 1 else []
            continue
        made: list[Made] = []
        for person, position in group:
            if not held.links.get(person):
                emptied.append((person, position))
                continue
            try:
                plan = assembled(person, held, catalogue)
                stored = _stored(plan, position, now)
            except Exception:  # one person's plan must not hold up the neighbourhood's; the caller raises the alarm
                failed.append(person)
                continue
            made.append(Made(stored, plan, before.get(person)))
        if made:
            noticing(made)
            written += [one.stored for one in made]
    if written or emptied:
        plans.put(written, emptied)
    return Assembled(len(written) + len(emptied), tuple(failed), len(due) == limit)


def _stored(plan: UnifiedCarePlan, position: int, now: str) -> StoredPlan:
    conflicts = sum(not one.difference for one in plan.conflicts)
    return StoredPlan(plan.person, plan.content_hash, conflicts, len(plan.gaps), position, dumps(plan), now, marks(evidence_of(plan)))


# What is written in carehub stands beside a source's record and is none of its words: feed, and why it is the person's.
_BESIDE = {about_me_feed.FEED: about_me_feed.BECAUSE, action_feed.FEED: action_feed.BECAUSE, note_feed.FEED: note_feed.BECAUSE}
_NOBODYS = (about_me_feed.SOURCE, action_feed.SOURCE)
_SHOWN = Unshared()

# Few, because a person may have a thousand records; several, because each question to the store costs as much as a small person's answer.
_READ_TOGETHER = 16


class Held(NamedTuple):
    """What the store holds of a few persons. links: by person. records and outcomes: by patient record. closers: outcomes of the messages that
    withdrew records. checking: the feed of each patient record that awaits review with one of theirs. hidden: when each patient record that
    is not to be shown was reported."""

    links: Mapping[str, Sequence[Link]]
    records: Mapping[str, Sequence[StoredRecord]]
    outcomes: Mapping[str, Sequence[MapOutcome]]
    closers: Mapping[str, MapOutcome]
    merges: Sequence[StandingMerge]
    reviews: Sequence[Review]
    checking: Mapping[str, str]
    hidden: Mapping[str, str]


def _read(persons: Sequence[str], records: Records, links: Links) -> Held:
    standing = links.links_of_each(persons)
    patients = [link.patient for held in standing.values() for link in held]
    of_patient: dict[str, list[StoredRecord]] = {}
    for record in records.of_patients(patients):
        of_patient.setdefault(record.patient, []).append(record)
    withdrew = {record.message for held in of_patient.values() for record in held if record.withdrawn}
    reviews = links.reviews(patients)
    checking = records.in_brief({patient for review in reviews for patient in (review.a, review.b)}) if reviews else {}
    return Held(
        standing,
        of_patient,
        records.outcomes_of(patients),
        records.outcomes(withdrew) if withdrew else {},
        links.merges_of(patients),
        reviews,
        {patient: brief.feed for patient, brief in checking.items()},
        hidden_records({link.patient: link.person for held in standing.values() for link in held}, links),
    )


def plan_now(
    person: str, records: Records, links: Links, catalogue: Catalogue, unshared: Mapping[str, Unshared] = MappingProxyType({})
) -> UnifiedCarePlan | None:
    """A person's plan as it would be assembled at this moment, kept nowhere; None for a person without records.

    unshared: what of a patient record may not be shown (hub.sharing), by its id.
    """
    held = _read([person], records, links)
    return assembled(person, held, catalogue, unshared) if held.links.get(person) else None


def assembled(
    person: str, held: Held, catalogue: Catalogue, unshared: Mapping[str, Unshared] = MappingProxyType({}), *, closed: bool = False
) -> UnifiedCarePlan:
    """closed: addresses are covered whatever these records say of it (careplan.protection)."""
    standing = held.links[person]
    patients = {link.patient for link in standing}
    touching = [merge for merge in held.merges if merge.surviving in patients or merge.subsumed in patients]
    merges = {subsumed: merge for subsumed, merge in in_force(touching).items() if merge.surviving in patients}
    recorded = {outcome.message: outcome.recorded for patient in patients for outcome in held.outcomes.get(patient, ())}
    # Who withdrew a record by telling its scope without it is about nobody, or about somebody else.
    withdrew = {record.message for patient in patients for record in held.records.get(patient, ()) if record.withdrawn}
    others = {message: held.closers[message] for message in withdrew - recorded.keys() if message in held.closers}
    recorded.update({message: outcome.recorded for message, outcome in others.items()})
    views: list[SourceView | None] = []
    for link in standing:
        stored, outcomes = held.records.get(link.patient, ()), held.outcomes.get(link.patient, ())
        rest = [record for record in stored if record.feed not in _BESIDE]
        told_by = [outcome for outcome in outcomes if outcome.feed not in _BESIDE]
        views.append(_view(link, rest, told_by, others, merges, recorded, catalogue))
        for feed, because in _BESIDE.items():
            if own := [record for record in stored if record.feed == feed]:
                said = [outcome for outcome in outcomes if outcome.feed == feed]
                views.append(_view(replace(link, because=because), own, said, others, {}, recorded, catalogue))
    told = [_hidden(view, held.hidden, unshared) for view in views if view is not None]
    awaiting = {r.b if r.a in patients else r.a for r in held.reviews if (r.a in patients) != (r.b in patients)}
    checking = Counter(held.checking[other] for other in awaiting if other in held.checking)
    return assemble(person, protect(told, closed=closed), _expected(told, checking, catalogue), len(awaiting))


def _hidden(view: SourceView, hidden: Mapping[str, str], unshared: Mapping[str, Unshared]) -> SourceView:
    patient = view.patient.removeprefix("Patient/")
    at, kept = hidden.get(patient, ""), unshared.get(patient, _SHOWN) if view.source not in _NOBODYS else _SHOWN
    if at or kept.why:
        return replace(view, records=(), notices=(), hidden=at, unshared=kept.why)
    return replace(view, held_back=tuple(sorted(kept.classes.items()))) if kept.classes else view


def _view(
    link: Link,
    stored: Sequence[StoredRecord],
    outcomes: Sequence[MapOutcome],
    closers: Mapping[str, MapOutcome],
    merges: dict[str, StandingMerge],
    recorded: dict[str, str],
    catalogue: Catalogue,
) -> SourceView | None:
    told = [outcome for outcome in outcomes if outcome.source is not None]
    if not stored:
        return None
    newest = told[-1] if told else None
    feed = newest.feed if newest else stored[0].feed
    feeds = tuple(sorted({outcome.feed for outcome in told} | {feed}))
    declared = catalogue.feed(feed)
    merge = merges.get(link.patient)
    return SourceView(
        source=newest.source if newest and newest.source else stored[0].source,
        patient=f"Patient/{link.patient}",
        feeds=feeds,
        sections=tuple(
            sorted({key for name in feeds for key in catalogue.feed(name).sections or catalogue.adapter(name).manifest.sections})
        ),
        received=max((outcome.received for outcome in told), default=stored[0].received),
        recorded=newest.recorded if newest else "",
        expected_every=declared.expected_every,
        stale_after=declared.stale_after,
        records=source_records(link.patient, feed, stored, recorded),
        notices=_notices(told, [closers[message] for message in sorted({r.message for r in stored if r.withdrawn} & closers.keys())]),
        linked_because=link.because,
        merged_into=f"Patient/{merge.surviving}" if merge else "",
    )


def _notices(outcomes: Sequence[MapOutcome], closers: Sequence[MapOutcome]) -> tuple[Notice, ...]:
    """What the messages that still count could not turn into records, counted: see hub.lost_parts."""
    counted: Counter[tuple[Literal["unreadable", "not_mapped"], str, str]] = Counter()
    for part in lost_parts(outcomes, closers):
        counted[part.kind, part.number, part.about] += part.times
    return tuple(Notice(*key, n) for key, n in sorted(counted.items()))


def _expected(views: Sequence[SourceView], checking: Mapping[str, int], catalogue: Catalogue) -> tuple[ExpectedSource, ...]:
    """The feeds that told of the person, and for each connected source that told nothing its first expected feed under the source's name.

    Each carries the number of its records that may be this person's and are being checked. checking: that number by feed.
    """
    heard = {feed for view in views for feed in view.feeds}
    listed: dict[str, ExpectedSource] = {}
    for adapter in catalogue.every():
        manifest = adapter.manifest
        feeds = {f"{manifest.name}/{feed.name}": feed for feed in manifest.feeds}
        for name in feeds.keys() & heard:
            listed[name] = ExpectedSource(name, feeds[name].title, manifest.source_kind.badge, checking.get(name, 0))
        silent = [name for name, feed in feeds.items() if name not in heard and (feed.expected or checking.get(name))]
        waiting = sum(checking.get(name, 0) for name in silent)
        if silent and (waiting or feeds.keys().isdisjoint(heard)):
            listed[silent[0]] = ExpectedSource(silent[0], manifest.title, manifest.source_kind.badge, waiting)
    return tuple(listed[name] for name in sorted(listed))
