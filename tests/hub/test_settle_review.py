"""A steward's ruling is a message before it takes effect; a rebuild hears it again; taken back it leaves the record as if it never was."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from carehub.feeds.message import Submission
from carehub.governance.requester import Requester
from carehub.hub import worklist
from carehub.hub.hub import Hub
from carehub.hub.rulings_feed import FEED
from carehub.hub.settle_review import Given
from carehub.hub.stewards import Stewards
from carehub.identity.links import LinkSource
from carehub.identity.rulings import Answer
from carehub.store.memory import MemoryStore
from carehub.terms.errors import CarehubError, Missing, Overtaken, Refused, Rejected
from carehub.terms.refs import RecordRef
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

JO = Requester("jo", "Jo Adeyemi", "identity-steward", "X99001", "Northvale", "PATADMIN")
SAM = replace(JO, user="sam", name="Sam Reed")
KIT = replace(JO, user="kit", name="Kit Lowe", role="senior-identity-steward")
GP, ACUTE, COUNCIL = (RecordRef(source, local, "Patient").id for source, local in (("gp", "1"), ("acute", "A1"), ("council", "C1")))


def rule(hub: Hub, answer: Answer, record: str, other: str = "", by: Requester = JO, **more: Any) -> str:
    heard = Stewards(hub).rule(by, Given(answer, record, other, "Seen with the letter.", **more)).value
    assert heard.in_effect
    return heard.message


def take_back(hub: Hub, ruling: str, by: Requester = JO) -> None:
    assert Stewards(hub).take_back(by, ruling, "A second look.").value.in_effect


def together(hub: Hub, a: str, b: str) -> bool:
    return len(set(hub.store.links.person_of([a, b]).values())) == 1


@pytest.fixture
def hub() -> Hub:
    """Two who agree (gp, acute), and the council's record of her without a number."""
    hub = toy_hub()
    submit(hub, ada("gp"), ada("acute", "A1", kind="acute"), ada("council", "C1", nhs="", kind="local_authority", records=[PENICILLIN]))
    hub.drain()
    return hub


def test_a_ruling_is_in_the_log_before_it_takes_effect(hub: Hub) -> None:
    before = hub.log.last_position()
    ruling = rule(hub, Answer.SAME, COUNCIL, GP)
    assert hub.log.position(ruling) == before + 1
    body = json.loads(hub.log.read([ruling])[ruling].body)
    assert body["ruling"]["by"]["user"] == "jo"
    assert body["ruling"]["reason"] == "Seen with the letter."
    assert set(body["ruling"]["others"]) == {GP, ACUTE}
    assert together(hub, COUNCIL, GP)
    link = next(link for link in hub.store.links.links_of(hub.store.links.person_of([GP])[GP]) if link.patient == COUNCIL)
    assert (link.source, link.rule, link.ruling) == (LinkSource.MANUAL, "steward-same", ruling)


def test_a_rebuild_hears_every_ruling_again_and_gives_the_same_persons(hub: Hub) -> None:
    rule(hub, Answer.SAME, COUNCIL, GP)
    for who in (JO, SAM):
        rule(hub, Answer.UNLINK, ACUTE, by=who)
    take_back(hub, rule(hub, Answer.NEVER_LINK, ACUTE, COUNCIL))
    persons = hub.store.links.person_of([GP, ACUTE, COUNCIL])
    rulings, hashed = hub.store.links.rulings(), hub.record_hash()
    assert hub.rebuild().after == hashed
    assert hub.store.links.person_of([GP, ACUTE, COUNCIL]) == persons
    assert hub.store.links.rulings() == rulings


@pytest.mark.parametrize(
    "given",
    [
        Given(Answer.UNLINK, ACUTE, "", "Another Ada."),
        Given(Answer.DIFFERENT, ACUTE, GP, "Another Ada."),
        Given(Answer.NEVER_LINK, ACUTE, GP, "Another Ada."),
        Given(Answer.LINK, ACUTE, COUNCIL, "The council's Ada."),
    ],
    ids=lambda given: given.answer,
)
def test_a_record_is_taken_out_of_a_person_by_two_stewards_and_never_by_one(hub: Hub, given: Given) -> None:
    first = Stewards(hub).rule(JO, given).value.message
    assert together(hub, ACUTE, GP)
    with pytest.raises((Refused, Overtaken)) as caught:
        Stewards(hub).rule(JO, given)
    assert caught.value.issues[0].number == "IDN-001"
    assert together(hub, ACUTE, GP)
    Stewards(hub).rule(SAM, given)
    assert not together(hub, ACUTE, GP)
    hub.rebuild()
    assert not together(hub, ACUTE, GP)
    take_back(hub, first)
    assert together(hub, ACUTE, GP)


def test_taken_back_it_leaves_the_record_of_a_world_in_which_it_never_was(hub: Hub) -> None:
    ruling = rule(hub, Answer.SAME, COUNCIL, GP)
    for n in range(20):
        submit(
            hub,
            ada(
                "council", "C1", nhs="", kind="local_authority", at=f"2026-11-21T08:{n:02}:00.000Z", records=[{**PENICILLIN, "id": f"a{n}"}]
            ),
        )
    hub.drain()
    take_back(hub, ruling)
    assert hub.record_hash() == _world_without(hub).record_hash()
    assert not together(hub, COUNCIL, GP)


def _world_without(hub: Hub) -> Hub:
    """The same deliveries in the same order, and no steward."""
    without = toy_hub()
    for head in hub.log.heads(0, 100_000):
        said = hub.log.read([head.id])[head.id]
        if head.feed != FEED:
            without.receive([Submission(head.feed, said.body, said.received_at, "test", head.id)])
    without.drain()
    return without


@pytest.mark.parametrize("seed", range(12))
def test_any_rulings_and_arrivals_undone_leave_nothing_and_replay_to_the_same_ids(seed: int) -> None:
    dice = random.Random(seed)
    hub = toy_hub()
    known: list[str] = []
    for turn in range(30):
        if turn < 4 or dice.random() < 0.5:
            source, local = dice.choice(["gp", "acute", "council"]), str(dice.randrange(3))
            number = dice.choice(["", "9990000018", "9990000026"])
            merge = {"merge": str(dice.randrange(3)), "undone": dice.random() < 0.3} if dice.random() < 0.2 else {}
            at = f"2026-11-20T{dice.randrange(24):02}:00:00.000Z"
            submit(hub, ada(source, local, nhs=number, given=dice.choice(["Ada", "Bea"]), at=at, **merge), key=str(turn))
            hub.drain()
            known = sorted(link.patient for person in hub.store.links.persons() for link in hub.store.links.links_of(person))
        elif dice.random() < 0.7:
            answer = dice.choice(list(Answer))
            record, other = dice.choice(known), "" if answer is Answer.UNLINK else dice.choice(known)
            try:
                rule(hub, answer, record, other, by=dice.choice([JO, SAM, KIT]))
            except (Rejected, Overtaken, Refused):
                continue
        else:
            standing = [r.id for r in hub.store.links.rulings() if r.taken_back is None]
            if standing:
                take_back(hub, dice.choice(standing))
    persons = {p: hub.store.links.person_of([p])[p] for p in known}
    hashed = hub.record_hash()
    assert hub.rebuild().after == hashed
    assert hub.store.links.person_of(known) == persons
    for ruling in hub.store.links.rulings():
        if ruling.taken_back is None:
            take_back(hub, ruling.id)
    assert hub.record_hash() == _world_without(hub).record_hash()


def test_two_stewards_must_agree_where_the_birth_dates_do_not(hub: Hub) -> None:
    submit(hub, ada("council", "C1", nhs="", kind="local_authority", born="1944-05-11", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    rule(hub, Answer.SAME, COUNCIL, GP)
    assert not together(hub, COUNCIL, GP)
    with pytest.raises(Refused) as caught:
        rule(hub, Answer.SAME, COUNCIL, GP)
    assert caught.value.issues[0].number == "IDN-001"
    rule(hub, Answer.SAME, GP, COUNCIL, by=SAM)
    assert together(hub, COUNCIL, GP)


def test_two_stewards_who_disagree_leave_it_to_a_senior(hub: Hub) -> None:
    submit(hub, ada("council", "C1", nhs="", kind="local_authority", born="1944-05-11", at="2026-11-21T08:00:00.000Z"))
    hub.drain()
    rule(hub, Answer.SAME, COUNCIL, GP)
    rule(hub, Answer.DIFFERENT, COUNCIL, GP, by=SAM)
    assert not together(hub, COUNCIL, GP)
    with pytest.raises(Refused) as caught:
        rule(hub, Answer.SAME, COUNCIL, GP, by=replace(JO, user="lou"))
    assert caught.value.issues[0].number == "IDN-006"
    rule(hub, Answer.SAME, COUNCIL, GP, by=KIT)
    assert together(hub, COUNCIL, GP)


def test_a_flag_or_a_plan_that_would_move_needs_two_stewards(hub: Hub) -> None:
    flag = {"type": "Flag", "id": "f1", "status": "active", "code": {"text": "Two to visit"}}
    submit(hub, ada("council", "C1", nhs="", kind="local_authority", at="2026-11-21T08:00:00.000Z", records=[flag]))
    hub.drain()
    rule(hub, Answer.SAME, COUNCIL, GP)
    assert not together(hub, COUNCIL, GP)


@pytest.mark.parametrize(
    ("given", "error", "number"),
    [
        (Given(Answer.SAME, GP, GP, "why"), Rejected, "IDN-004"),
        (Given(Answer.SAME, GP, COUNCIL, " "), Rejected, "IDN-004"),
        (Given(Answer.SAME, GP, "", "why"), Rejected, "IDN-004"),
        (Given(Answer.UNLINK, GP, ACUTE, "why"), Rejected, "IDN-004"),
        (Given(Answer.SAME, GP, "nobody", "why"), Missing, "API-003"),
        (Given(Answer.SAME, COUNCIL, ACUTE, "why"), Overtaken, "IDN-002"),
        (Given(Answer.LINK, COUNCIL, GP, "why"), Overtaken, "IDN-003"),
    ],
)
def test_a_ruling_that_cannot_be_is_refused_with_its_reason_and_nothing_is_stored(
    hub: Hub, given: Given, error: type[CarehubError], number: str
) -> None:
    rule(hub, Answer.NEVER_LINK, COUNCIL, ACUTE)
    before = hub.log.last_position()
    with pytest.raises(error) as caught:
        Stewards(hub).rule(JO, given)
    assert [found.number for found in caught.value.issues] == [number]
    assert hub.log.last_position() == before


def test_a_ruling_against_a_standing_one_is_refused_until_that_is_taken_back(hub: Hub) -> None:
    first = rule(hub, Answer.NEVER_LINK, COUNCIL, GP)
    with pytest.raises(Overtaken) as caught:
        rule(hub, Answer.LINK, COUNCIL, ACUTE)
    assert caught.value.issues[0].number == "IDN-003"
    take_back(hub, first)
    rule(hub, Answer.LINK, COUNCIL, ACUTE)
    with pytest.raises(Overtaken) as caught:
        rule(hub, Answer.UNLINK, COUNCIL)
    assert caught.value.issues[0].number == "IDN-003"
    with pytest.raises(Missing) as gone:
        take_back(hub, first)
    assert gone.value.issues[0].number == "IDN-005"


def test_only_a_steward_may_rule_and_each_word_is_written_down_for_both_persons(hub: Hub) -> None:
    before = hub.log.last_position()
    with pytest.raises(Refused):
        Stewards(hub).rule(NURSE, Given(Answer.SAME, GP, COUNCIL, "why"))
    assert hub.log.last_position() == before
    persons = hub.store.links.person_of([GP, COUNCIL])
    rule(hub, Answer.SAME, COUNCIL, GP)
    for person in persons.values():
        event = json.loads(hub.store.audit.about(person, 1)[0].event)
        assert event["agent"][0]["who"]["identifier"]["value"] == "jo"
        assert event["entity"][0]["detail"][0]["valueString"] == f"ruling same on {COUNCIL} {GP}"


def test_no_door_takes_a_ruling_from_outside_and_no_list_shows_the_feed(hub: Hub) -> None:
    with pytest.raises(Missing):
        hub.catalogue.full_name("carehub")
    assert FEED not in hub.catalogue.feeds()
    rule(hub, Answer.SAME, COUNCIL, GP)
    assert FEED not in {health.feed for health in hub.feed_health()}


def test_a_message_that_is_no_word_waits_and_holds_nothing_up(hub: Hub) -> None:
    hub.receive([Submission(FEED, b'{"ruling": {"answer": "perhaps"}}', "2026-11-22T09:00:00.000Z", "test")])
    submit(hub, ada("gp", "2", given="Bea", nhs="9990000026"))
    hub.drain()
    assert hub.store.links.lane_position() == hub.log.last_position()
    assert [outcome.feed for outcome in hub.waiting().page] == [FEED]


def test_a_store_of_its_own_is_told_the_same(hub: Hub) -> None:
    rule(hub, Answer.SAME, COUNCIL, GP)
    other = toy_hub(store=MemoryStore())
    for head in hub.log.heads(0, 100):
        said = hub.log.read([head.id])[head.id]
        other.receive([Submission(head.feed, said.body, said.received_at, "test", head.id)])
    other.drain()
    assert other.record_hash() == hub.record_hash()


def test_however_many_wait_those_shown_are_a_seniors_first_and_then_the_oldest(hub: Hub) -> None:
    for n in range(3):
        flag = {"type": "Flag", "id": "f1", "status": "active", "code": {"text": "Falls"}}
        submit(hub, ada("council", f"C{n + 2}", nhs="", kind="local_authority", records=[flag]))
        hub.drain()
    links, records = hub.store.links, hub.store.records
    whole = worklist.worklist("jo", links, records)
    assert whole.total == len(whole.pairs) > 3
    assert [one.since for one in whole.pairs] == sorted(one.since for one in whole.pairs)
    last = whole.pairs[-1]
    assert last.needs_two
    for answer, who in ((Answer.SAME, JO), (Answer.DIFFERENT, SAM)):
        rule(hub, answer, last.review.a, last.review.b, by=who)
    first = worklist.worklist("jo", links, records, most=1)
    assert first.total == whole.total
    assert [(one.id, one.stage, one.mine) for one in first.pairs] == [(last.id, "senior", True)]


def test_a_record_that_waits_beside_two_of_a_person_is_one_possible_record_of_theirs(hub: Hub) -> None:
    person = hub.store.links.person_of([GP])[GP]
    assert len(hub.store.links.reviews([GP, ACUTE])) == 2
    assert hub.disclosing.person_record(NURSE, person, "overview").value.plan.reviews == 1
