"""Random work done to two stores leaves them saying the same, and leaves no bytes behind that nothing refers to."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import text

from carehub.identity.links import LinkSource, MatchResult, StandingMerge
from carehub.store.memory import MemoryStore
from carehub.store.ports import Store
from carehub.store.sql.store import SqlStore
from carehub.store.stored import LaneBatch, MappingBatch, StoredPlan
from contracts.stores import AT, lane_batch, link, mapping, member, named, opened, outcome, review, stored, telling

RECORDS, MESSAGES, PATIENTS, PERSONS = ([named(kind, str(n)) for n in range(6)] for kind in ("record", "message", "patient", "person"))
BODIES = [b"", *(b'{"code":"%d","note":"' % n + b"n" * 90 + b'","resourceType":"Condition"}' for n in range(4))]


def some(dice: random.Random, from_: list[str], most: int = 3) -> list[str]:
    return dice.sample(from_, dice.randint(0, most))


def mapping_step(dice: random.Random) -> MappingBatch:
    said: list[Any] = []
    remapped = tuple(some(dice, MESSAGES, 2)) if dice.random() < 0.3 else ()
    for record in some(dice, RECORDS, 4):
        for message in some(dice, MESSAGES, 2):
            at = f"2026-11-2{dice.randint(0, 9)}T00:00:00.000Z"
            said.append(
                telling(record, message, dice.choice(BODIES), told_at=at, position=MESSAGES.index(message) + 1, patient=PATIENTS[0])
            )
        if dice.random() < 0.7:
            told = dice.choice(BODIES)
            served = told.replace(b'"resourceType"', b'"meta":{"source":"urn:carehub:gp/structured-record#x"},"resourceType"') or b"{}"
            patient = dice.choice(PATIENTS)
            said.append(stored(record, served, patient=patient, version=dice.randint(1, 4), message=dice.choice(MESSAGES)))
    for message in some(dice, MESSAGES):
        verdict = dice.choice(["accepted", "rejected"])
        said.append(outcome(message, MESSAGES.index(message) + 1, verdict=verdict, patient=dice.choice([*PATIENTS, ""])))
    told_about = {one.id for one in said if hasattr(one, "stamp")}
    removed = tuple(record for record in some(dice, RECORDS, 1) if record not in told_about)
    return mapping(*said, remapped=remapped, removed=removed)


def lane_step(dice: random.Random, position: int) -> LaneBatch:
    members = tuple(
        member(p, dice.choice(PERSONS), *some(dice, ["a", "b", "c"]), match_key=dice.choice("xy")) for p in some(dice, PATIENTS)
    )
    results = [MatchResult.MATCH] * 4 + [MatchResult.NO_MATCH]
    links = tuple(
        link(p, dice.choice(PERSONS), result=dice.choice(results), source=dice.choice(list(LinkSource))) for p in some(dice, PATIENTS, 4)
    )
    pairs = [sorted(dice.sample(PATIENTS, 2)) for _ in range(2)]
    subsumed, surviving = dice.sample(PATIENTS, 2)
    merge = StandingMerge(surviving, subsumed, dice.choice(MESSAGES), position, AT, dice.random() < 0.5)
    return lane_batch(
        position,
        members=members,
        links=links,
        reviewed=tuple(some(dice, PATIENTS)),
        reviews=tuple(review(a, b, dice.choice(["Alike.", "The dates agree."])) for a, b in pairs),
        merges=(merge,),
        redirects=tuple((p, dice.choice(PERSONS)) for p in some(dice, PERSONS, 1)),
        dirty=tuple(some(dice, PERSONS)),
    )


def work(stores: list[Store], dice: random.Random, steps: int) -> None:
    position = 0
    for _ in range(steps):
        kind = dice.random()
        if kind < 0.55:
            batch = mapping_step(dice)
            for store in stores:
                store.records.apply(batch)
        elif kind < 0.85:
            position += dice.randint(0, 2)
            decided = lane_step(dice, position)
            for store in stores:
                with store.links.lane() as lane:
                    lane.commit(decided)
        else:
            plans = [StoredPlan(p, named(p), 1, 2, dice.randint(0, position), b"{}", AT) for p in some(dice, PERSONS)]
            emptied = [(p, dice.randint(0, position)) for p in some(dice, PERSONS, 1)]
            for store in stores:
                store.plans.put(plans, emptied)


def everything(store: Store) -> dict[str, Any]:
    records, links = store.records, store.links
    with links.lane() as lane:
        held = {
            "members": lane.members(PATIENTS),
            "sharing": lane.sharing(["a", "x"]),
            "of_persons": lane.of_persons(PERSONS[:3]),
            "standing": lane.links(PATIENTS),
            "position": lane.position(),
        }
    return held | {
        "tellings": records.tellings(RECORDS),
        "told_by": records.told_by(MESSAGES),
        "current": records.current(RECORDS),
        "of_patients": records.of_patients(PATIENTS[:4]),
        "goals": records.of_patients(PATIENTS, ["Condition"]),
        "outcomes": records.outcomes(MESSAGES),
        "outcomes_of": records.outcomes_of(PATIENTS),
        "unsettled": records.unsettled("rejected", 1, 3),
        "counts": records.counts(),
        "totals": (records.totals(), records.version_count(), store.plans.totals()),
        "history": [links.history(p) for p in PATIENTS],
        "reviews": (links.reviews(), links.reviews(PATIENTS[:2])),
        "merges": links.merges_of(PATIENTS[:3]),
        "persons": (
            links.persons(),
            [links.current_person(p) for p in PERSONS],
            [links.links_of(p) for p in PERSONS],
            links.links_of_each(PERSONS),
        ),
        "dirty": store.plans.dirty(99),
        "plans": [store.plans.get(p) for p in PERSONS],
    }


@pytest.mark.parametrize("seed", range(8))
def test_two_stores_given_the_same_work_say_the_same(store_url: str, seed: int) -> None:
    with opened(store_url) as store:
        other = MemoryStore()
        work([store, other], random.Random(seed), 60)
        assert everything(store) == everything(other)
        assert isinstance(store, SqlStore)
        unused = (
            "SELECT count(*) FROM states s WHERE NOT EXISTS (SELECT 1 FROM tellings t WHERE t.state = s.id)"
            " AND NOT EXISTS (SELECT 1 FROM records r WHERE r.state = s.id)"
        )
        assert store.places["record"].ask(lambda connection: connection.execute(text(unused)).scalar_one()) == 0
