"""A hub held against the truth of a town: who is who, messages, merges, conflicts. Counts only; no value of anybody is printed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carehub.careplan.plan import UnifiedCarePlan
from carehub.caseload.criteria import Criteria
from carehub.fhir.canonical import restore
from carehub.hub.hub import Hub
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.caseload_criteria import load_criteria
from carehub.wiring.identity_bench.feeding import answered, judged
from carehub.wiring.identity_bench.run import write as write_json
from carehub.wiring.neighbourhood.caseload_check import caseload_figures
from carehub.wiring.neighbourhood.loading import refuse_production
from carehub.wiring.neighbourhood.printing import show
from carehub.wiring.neighbourhood.truth import Planted, Truth, read_truth
from carehub.wiring.settings import Settings

Figures = dict[str, Any]
_AT_ONCE = 500


def check(truth: Path, *, as_json: bool, write: Path | None) -> bool:
    """Measure the hub of the settings and say so; whether no message was lost. Raises UnsafeSettings: production, or no whole truth."""
    settings = Settings()
    refuse_production(settings)
    figures = measured(build_hub(settings), read_truth(truth), load_criteria(settings.caseload))
    if write:
        write_json(write, figures)
    if as_json:
        print(json.dumps(figures))
    else:
        show(figures)
    return bool(figures["messages"]["lost"] == 0)


def measured(hub: Hub, truth: Truth, criteria: Criteria) -> Figures:
    """All figures of a hub that holds this town and nothing else."""
    person_of = _persons(hub, truth.records)
    return {
        "people": truth.residents,
        "identity": _identity(hub, truth, person_of),
        "merges": {
            "told": len(truth.merges),
            "joined": sum(kept in person_of and person_of.get(kept) == person_of.get(gone) for kept, gone in truth.merges),
        },
        "messages": _messages(hub, truth),
        "conflicts": _conflicts(hub, truth, person_of),
        "caseload": caseload_figures(hub, truth, person_of, criteria),
    }


def _persons(hub: Hub, records: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for n in range(0, len(records), _AT_ONCE):
        found |= hub.store.links.person_of(records[n : n + _AT_ONCE])
    return found


def _identity(hub: Hub, truth: Truth, person_of: dict[str, str]) -> Figures:
    """Pairs and clusters over the records the hub has; and the same had somebody answered every open question rightly."""
    held = [n for n, record in enumerate(truth.records) if record in person_of]
    numbers: dict[str, int] = {}
    clusters = [numbers.setdefault(person_of[truth.records[n]], len(numbers)) for n in held]
    people = [truth.people[n] for n in held]
    place = {truth.records[n]: at for at, n in enumerate(held)}
    asked = [(place[one.a], place[one.b]) for one in hub.store.links.reviews() if one.a in place and one.b in place]
    same = sum(people[a] == people[b] for a, b in asked)
    told, between = judged(clusters, people), [(clusters[a], clusters[b]) for a, b in asked]
    return {
        "records": len(truth.records),
        "records_missing": len(truth.records) - len(held),
        **told,
        "twins_in_one": _twins(truth, clusters, people),
        "questions": {"open": len(asked), "same_person": same, "different_people": len(asked) - same},
        "when_answered": judged(answered(clusters, people, between), people)["pairs"],
        "by_feed": _by_feed(truth, held, clusters, people),
    }


def _twins(truth: Truth, clusters: list[int], people: list[str]) -> int:
    """Clusters that hold a twin and somebody else."""
    members: dict[int, set[str]] = defaultdict(set)
    for cluster, person in zip(clusters, people, strict=True):
        members[cluster].add(person)
    return sum(len(found) > 1 and not truth.twins.isdisjoint(found) for found in members.values())


def _by_feed(truth: Truth, held: list[int], clusters: list[int], people: list[str]) -> Figures:
    """For each feed: records, and how many of them stand with at least one other record of their person, of those that have another."""
    of_person, together = Counter(people), Counter(zip(clusters, people, strict=True))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for at, n in enumerate(held):
        told = counts[truth.feeds[n]]
        told["records"] += 1
        if of_person[people[at]] > 1:
            told["could_join"] += 1
            told["joined"] += together[clusters[at], people[at]] > 1
    return {feed: dict(told) for feed, told in sorted(counts.items())}


def _messages(hub: Hub, truth: Truth) -> Figures:
    """Every message of the log: has it an outcome, and the one it should have. lost: sent and not in the log, or in it without an outcome."""
    held: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    waiting = 0
    rejected: dict[str, Counter[str]] = defaultdict(Counter)
    for heads in _log(hub):
        outcomes = hub.store.records.outcomes([head.id for head in heads])
        for head in heads:
            held[head.feed] += 1
            outcome = outcomes.get(head.id)
            if outcome is None:
                waiting += 1
                continue
            verdicts[outcome.verdict] += 1
            if outcome.verdict == "rejected":
                rejected[head.feed][outcome.issues[0].number] += 1
    missing = truth.messages - Counter({feed: held[feed] for feed in truth.messages})
    planted, found = _flat(truth.rejected), _flat(rejected)
    return {
        "sent": truth.messages.total(),
        "held": sum(held[feed] for feed in truth.messages),
        "without_outcome": waiting,
        "lost": missing.total() + waiting,
        "verdicts": dict(verdicts),
        "rejected_as_planted": (planted & found).total(),
        "planted_not_rejected": dict(planted - found),
        "rejected_not_planted": dict(found - planted),
    }


def _log(hub: Hub) -> Iterator[list[Any]]:
    after = 0
    while heads := hub.log.heads(after, _AT_ONCE):
        yield heads
        after = heads[-1].position


def _flat(told: dict[str, Counter[str]]) -> Counter[str]:
    return Counter({f"{feed} {number}": times for feed, found in told.items() for number, times in found.items()})


def _conflicts(hub: Hub, truth: Truth, person_of: dict[str, str]) -> Figures:
    """For each type: planted, found in the plan of somebody who has one of the records, apart (the sides are not one person here), missed.

    not_planted: shown by plans of which no record has such a contradiction; of the same types and subjects only.
    """
    kinds = sorted({(one.type, one.about) for one in truth.conflicts})
    shown = _shown(hub, kinds)
    told = {f"{type} {about}": Counter(planted=0, found=0, apart=0, missed=0, not_planted=0) for type, about in kinds}
    # A death that all report is still unconfirmed where the hub has not joined them.
    explained = {("C8", "death", person_of[record]) for record in truth.told_dead if record in person_of}
    for one in truth.conflicts:
        count, here = told[f"{one.type} {one.about}"], [{person_of[r] for r in side if r in person_of} for side in one.sides]
        everywhere: set[str] = set().union(*here)
        explained.update((one.type, one.about, person) for person in everywhere)
        count["planted"] += 1
        if any((one.type, one.about, person) in shown for person in everywhere):
            count["found"] += 1
        else:
            count["missed" if _together(one, here) else "apart"] += 1
    for type, about, _ in shown - explained:
        told[f"{type} {about}"]["not_planted"] += 1
    return {name: dict(count) for name, count in told.items()}


def _together(one: Planted, here: list[set[str]]) -> bool:
    """Whether some person of the hub has records of two sides, so that the contradiction is there to be seen."""
    return any(a & b for n, a in enumerate(here) for b in here[n + 1 :])


def _shown(hub: Hub, kinds: list[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """(type, about, person) of every conflict of these kinds in any plan."""
    found: set[tuple[str, str, str]] = set()
    for person in hub.store.links.persons():
        stored = hub.store.plans.get(person)
        if stored is None or not stored.conflicts:
            continue
        for conflict in restore(stored.plan, UnifiedCarePlan).conflicts:
            for type, about in kinds:
                if conflict.type == type and (about == conflict.section or about in conflict.about):
                    found.add((type, about, person))
    return found
