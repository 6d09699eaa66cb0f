"""The lane goes in log order and stops at the first unmapped message; a rebuild and a shuffle prove the same record."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir.canonical import restore
from carehub.hub.hub import Hub
from carehub.identity.links import Link
from carehub.terms.refs import RecordRef
from hub.toy_hub import PENICILLIN, ada, submit, toy_hub


def table(hub: Hub) -> list[tuple[str, ...]]:
    """Who is with whom: one tuple a person, of source/patient keys, found through the records."""
    rows = []
    for person in hub.store.links.persons():
        patients = [link.patient for link in hub.store.links.links_of(person)]
        records = hub.store.records.of_patients(patients, ["Patient"])
        rows.append(tuple(sorted(f"{r.source.code}:{json.loads(r.body)['name'][0]['family']}" for r in records)))
    return sorted(rows)


def plan(hub: Hub, person: str) -> UnifiedCarePlan:
    stored = hub.store.plans.get(person)
    assert stored is not None
    return restore(stored.plan, UnifiedCarePlan)


def _link_of(hub: Hub, patient: str) -> Link:
    id = RecordRef("acute", patient, "Patient").id
    links = hub.store.links.links_of(hub.store.links.person_of([id])[id])
    return next(link for link in links if link.patient == id)


def test_two_sources_with_one_number_date_and_name_are_one_person():
    hub = toy_hub()
    submit(hub, ada("gp"), ada("acute", "A55", kind="acute"))
    hub.drain()
    assert table(hub) == [("acute:Okafor", "gp:Okafor")]


def test_the_lane_stops_at_the_first_message_not_yet_mapped():
    hub = toy_hub()
    first, second, third = submit(hub, ada(), ada("acute", "A1"), ada("council", "C1"))
    hub.map([first, third])
    hub.settle()
    assert hub.store.links.lane_position() == 1
    hub.map([second])
    hub.settle()
    assert hub.store.links.lane_position() == 3


def test_a_rejected_message_does_not_hold_the_lane():
    hub = toy_hub()
    submit(hub, ada(bug=True), ada("acute", "A1"))
    hub.drain()
    assert hub.store.links.lane_position() == 2
    assert len(hub.store.links.persons()) == 1


def test_a_placeholder_shared_by_nine_people_links_nobody():
    hub = toy_hub()
    for n in range(9):
        submit(hub, ada(patient=str(n), nhs="1234567890", given=f"Name{n}", family=f"Family{n}", born=f"19{40 + n}-01-02"))
    hub.drain()
    assert len(hub.store.links.persons()) == 9


def test_a_record_merge_is_obeyed_and_can_be_taken_back():
    hub = toy_hub()
    submit(hub, ada("acute", "A1"), ada("acute", "A2", nhs="9990000026", given="Ada", born="1944-05-02"))
    hub.drain()
    assert len(hub.store.links.persons()) == 2
    before = hub.record_hash()
    founded = _link_of(hub, "A2").person
    submit(hub, ada("acute", "A1", merge="A2", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    assert len(hub.store.links.persons()) == 1
    submit(hub, ada("acute", "A1", merge="A2", undone=True, at="2026-11-22T08:00:00.000Z"))
    hub.drain()
    assert len(hub.store.links.persons()) == 2
    [second] = [
        link
        for p in hub.store.links.persons()
        for link in hub.store.links.links_of(p)
        if link.patient == RecordRef("acute", "A2", "Patient").id
    ]
    assert (
        hub.store.links.current_person(founded) == second.person
    )  # an old address leads to the record that founded it, not to the survivor
    assert hub.record_hash() != before  # the hospital's record now says inactive; who is who is as before


def test_rebuild_gives_the_same_hash_and_the_same_persons():
    hub = toy_hub()
    submit(hub, ada(records=[PENICILLIN]), ada("acute", "A1"), ada("council", "C9", nhs=""))
    submit(hub, ada("gp", "2", nhs="9990000026", given="Bo", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    persons = hub.store.links.persons()
    rebuilt = hub.rebuild()
    assert rebuilt.same
    assert rebuilt.messages == 4
    assert hub.store.links.persons() == persons


def test_a_changed_message_changes_the_hash():
    one, other = toy_hub(), toy_hub()
    submit(one, ada(records=[PENICILLIN]))
    submit(other, ada(records=[{**PENICILLIN, "criticality": "high"}]))
    one.drain()
    other.drain()
    assert one.record_hash() != other.record_hash()


def _messages() -> list[dict]:
    told = []
    for n, nhs in enumerate(["9990000018", "9990000026", "9990000034"]):
        for source, kind in (("gp", "gp"), ("acute", "acute")):
            for day in (18, 19, 20):
                told.append(
                    ada(
                        source,
                        f"{source}{n}",
                        kind=kind,
                        nhs="" if (n, source) == (2, "acute") else nhs,
                        given=["Ada", "Bo", "Cy"][n],
                        family=f"Okafor{'-Jones' if day == 20 else ''}",
                        at=f"2026-11-{day}T08:00:00.000Z",
                        records=[{**PENICILLIN, "id": f"a{day}", "criticality": "high" if day == 20 else "low"}],
                    )
                )
    told.append(ada("acute", "acute0", kind="acute", merge="acute1", at="2026-11-21T09:00:00.000Z", given="Ada"))
    return told


@given(st.integers(min_value=0, max_value=10_000))
def test_messages_in_any_order_give_the_same_record(seed):
    straight, shuffled = toy_hub(), toy_hub()
    messages = _messages()
    for message in messages:
        submit(straight, message)
    straight.drain()
    dice = random.Random(seed)
    dice.shuffle(messages)
    for message in messages:
        submit(shuffled, message)
        if dice.random() < 0.3:
            shuffled.drain()
    shuffled.drain()
    assert table(shuffled) == table(straight)
    assert shuffled.record_hash() == straight.record_hash()


def test_fifty_submissions_of_one_new_person_yield_one_person():
    hub = toy_hub()
    for n in range(50):
        submit(hub, ada(f"source{n}", str(n)))
    hub.drain()
    assert len(hub.store.links.persons()) == 1
    assert len(plan(hub, hub.store.links.persons()[0]).sources) == 50


def test_a_plan_that_cannot_be_made_costs_nobody_else_theirs(monkeypatch):
    hub = toy_hub()
    submit(hub, ada(), ada("gp", "2", nhs="9990000026", given="Bo"))
    from carehub.hub import assemble_plan

    whole = assemble_plan.assemble

    def fails_for_one(person, views, expected, reviews):
        if b"9990000026" in json.dumps([r.resource for r in views[0].records], default=str).encode():
            raise RuntimeError("a bug")
        return whole(person, views, expected, reviews)

    monkeypatch.setattr(assemble_plan, "assemble", fails_for_one)
    done = hub.drain()
    assert (len(done.failed), hub.store.plans.totals()[0]) == (1, 1)
    monkeypatch.setattr(assemble_plan, "assemble", whole)
    assert hub.drain().failed == ()
    assert hub.store.plans.totals()[0] == 2
