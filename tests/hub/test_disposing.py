"""Disposal: proposed by one, approved by another, and what is destroyed is gone from every place while everybody else's record stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from carehub.feeds.message import Submission
from carehub.hub import note_feed
from carehub.hub.disposal_feed import FEED, Approved, DisposalWord, message_of
from carehub.hub.team_notes import TeamNotes
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from contracts.stores import opened, postgresql_schema
from hub.desk_cast import GP_DOCTOR
from hub.disposing_cast import (
    BO,
    CY,
    HOLD,
    LATELY,
    OFFICER,
    OTHER,
    ZEB,
    cast_hub,
    disposing,
    others,
    person,
    proposed,
    retaining,
    told,
    zeb,
)
from hub.toy_hub import NURSE, submit


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def hub(request, tmp_path):
    if request.param == "postgresql":
        with postgresql_schema() as url, opened(url) as store:
            yield cast_hub(store)
    else:
        with opened("" if request.param == "memory" else f"sqlite:///{tmp_path / 'carehub.db'}") as store:
            yield cast_hub(store)


def messages_of(hub, patient):
    return [one.message for one in hub.store.records.outcomes_of([patient]).get(patient, [])]


def test_what_is_proposed_is_exactly_what_is_due_and_changes_nothing(hub):
    before, zebs = hub.record_hash(), messages_of(hub, ZEB)
    said = told(hub, proposed(hub)).proposed
    assert {one.person: (one.patients, one.classes, one.messages) for one in said.leaving} == {
        person(hub, ZEB): ((ZEB,), ("health",), tuple(zebs)),
        person(hub, BO): ((BO,), ("health",), tuple(messages_of(hub, BO))),
    }
    assert (said.version, said.counts, said.left) == (retaining(hub).schedule.version, (("health", 2),), (("kept", 1),))
    assert len(zebs) == 2
    assert hub.record_hash() == before


def test_what_is_destroyed_is_gone_and_everybody_else_is_as_before_and_a_rebuild_agrees(hub):
    before, places = others(hub, ZEB, BO), [(head.id, head.feed, head.position) for head in hub.log.heads(0, 100)]
    zebs, bos, cys = messages_of(hub, ZEB), messages_of(hub, BO), messages_of(hub, CY)
    zeb_id, digests = person(hub, ZEB), {hub.log.read([one])[one].submission for one in messages_of(hub, ZEB)}
    receipts = {submission: hub.log.receipt(submission) for submission in digests}
    done = disposing(hub).apply(OTHER, id := proposed(hub))
    assert (done.state(""), done.begun.left, done.begun.kept, len(done.begun.submissions)) == ("done", (), 1, 2)
    for again in (False, True):
        assert not again or hub.rebuild().same
        assert others(hub) == before
        assert (messages_of(hub, ZEB), messages_of(hub, BO), person(hub, ZEB)) == ([], [], "")
        assert hub.store.records.of_patients([ZEB, BO]) == []
        assert (hub.store.plans.get(zeb_id), hub.store.links.history(ZEB), hub.store.links.members([ZEB])) == (None, [], {})
        assert hub.store.links.current_person(zeb_id) is None
    held = hub.log.read([*zebs, *bos, *cys])
    assert {(held[one].body, held[one].disposed) for one in [*zebs, *bos]} == {(b"", id)}
    assert b"Crane" in held[cys[0]].body
    assert [(head.id, head.feed, head.position) for head in hub.log.heads(0, len(places))] == places
    stones = hub.store.disposal.tombstones(digests)
    assert {one: (stone.sha256, stone.received_at) for one, stone in stones.items()} == {
        one: (receipt.sha256, receipt.received_at) for one, receipt in receipts.items()
    }
    assert {stone.order.proposal for stone in stones.values()} == {id}
    with pytest.raises(Missing):
        hub.message_body(zebs[0])


def test_a_file_of_two_people_keeps_its_bytes_until_the_last_of_them_is_due(hub):
    file = hub.log.read(messages_of(hub, CY))[messages_of(hub, CY)[0]].submission
    disposing(hub).apply(OTHER, proposed(hub))
    assert b"Berg" in hub.log.submission_body(file)
    assert hub.rebuild().same
    assert person(hub, BO) == ""
    later = timedelta(days=9 * 366)
    hub.clock.now += later
    second = disposing(hub).propose(OFFICER, "Now the rest")
    assert person(hub, CY) in [one.person for one in told(hub, second).proposed.leaving]
    assert disposing(hub).apply(OTHER, second).begun.kept == 0
    assert hub.log.submission_body(file) == b""
    assert hub.rebuild().same
    assert person(hub, CY) == ""


def test_the_officer_who_proposed_it_does_not_approve_it(hub):
    before, id = others(hub), proposed(hub)
    with pytest.raises(Rejected) as caught:
        disposing(hub).apply(OFFICER, id)
    assert caught.value.issues[0].number == "GOV-002"
    hub.tell(message_of(DisposalWord(approved=Approved(id, OFFICER, iso(hub.clock())))))
    with pytest.raises(Rejected):
        disposing(hub).apply(OFFICER, id)
    assert told(hub, id).state("2026-11-23") == "proposed"
    assert others(hub) == before


@pytest.mark.parametrize(("scope", "of"), [("person", None), ("feed", "toy/feed"), ("class", "health")])
def test_a_hold_placed_after_the_proposal_wins(hub, scope, of):
    before, id = others(hub, BO), proposed(hub)
    zebs = person(hub, ZEB)
    retaining(hub).hold(OFFICER, scope, of or zebs, **HOLD)
    done = disposing(hub).apply(OTHER, id)
    assert dict(done.begun.left)[zebs] == "held"
    assert others(hub, BO) == before
    assert b"Canarywhistle" in hub.message_body(messages_of(hub, ZEB)[0])


def test_a_hold_that_nobody_has_read_yet_wins_too(hub, monkeypatch):
    id, zebs, officer = proposed(hub), person(hub, ZEB), retaining(hub)
    with monkeypatch.context() as busy:
        busy.setattr(type(hub), "map", lambda *_, **__: None)
        officer.hold(OFFICER, "person", zebs, **HOLD)
    with pytest.raises(StoreBusy):
        disposing(hub).apply(OTHER, id)
    assert b"Canarywhistle" in hub.message_body(messages_of(hub, ZEB)[0])
    hub.drain()
    assert dict(disposing(hub).apply(OTHER, id).begun.left)[zebs] == "held"


def test_what_stopped_being_due_is_left_out_and_said(hub):
    id, zebs = proposed(hub), person(hub, ZEB)
    submit(hub, zeb(at=LATELY))
    hub.drain()
    done = disposing(hub).apply(OTHER, id)
    assert done.begun.left == ((zebs, "changed"),)
    assert person(hub, ZEB) == zebs
    assert person(hub, BO) == ""


def test_what_came_since_is_not_what_was_approved(hub):
    id, zebs = proposed(hub), person(hub, ZEB)
    submit(hub, zeb(at="2016-05-01T08:00:00.000Z"))
    hub.drain()
    assert disposing(hub).apply(OTHER, id).begun.left == ((zebs, "changed"),)


def test_who_is_seen_again_after_it_begins_anew_and_the_same_delivery_again_brings_nothing_back(hub):
    disposing(hub).apply(OTHER, proposed(hub))
    submit(hub, zeb(), key="canary-key")
    hub.drain()
    assert person(hub, ZEB) == ""
    submit(hub, zeb(at=LATELY))
    hub.drain()
    live = person(hub, ZEB)
    assert live
    assert len(hub.store.records.of_patients([ZEB])) == 1
    assert hub.rebuild().same
    assert person(hub, ZEB) == live


def test_a_proposal_expires_and_another_schedule_does_not_carry_it_out(hub):
    id = proposed(hub)
    other = replace(disposing(hub), schedule=replace(disposing(hub).schedule, version="ours-2"))
    with pytest.raises(Overtaken):
        other.apply(OTHER, id)
    hub.clock.now += timedelta(days=31)
    with pytest.raises(Overtaken):
        disposing(hub).apply(OTHER, id)
    assert person(hub, ZEB)


def test_nobody_goes_who_is_bound_to_somebody_else(hub):
    submit(hub, {**zeb(), "patient": "Z2"})
    submit(hub, zeb(merge="Z2"))
    hub.drain()
    said = told(hub, proposed(hub)).proposed
    assert person(hub, ZEB) not in [one.person for one in said.leaving]
    assert ("question", 1) in said.left


def test_what_the_team_wrote_beside_the_record_goes_with_it(hub):
    TeamNotes(hub).write(NURSE, person(hub, ZEB), "Canary words about him")
    hub.drain()
    note = next(head.id for head in hub.log.heads(0, 100) if head.feed == note_feed.FEED)
    assert note in messages_of(hub, ZEB)
    before = others(hub, ZEB, BO)
    assert disposing(hub).apply(OTHER, proposed(hub)).begun.left == ()
    assert (hub.log.read([note])[note].body, person(hub, ZEB)) == (b"", "")
    assert hub.rebuild().same
    assert others(hub) == before


@pytest.mark.parametrize("bind", ["review", "dispute", "report"])
def test_nobody_goes_of_whom_somebody_said_something(hub, bind, monkeypatch):
    if bind == "dispute":
        monkeypatch.setattr(type(hub.disclosing.disputes), "of_record", lambda self, record: ["one"])
    elif bind == "review":
        monkeypatch.setattr(type(hub.store.links), "reviews", lambda self, patients=None: ["one"])
    else:
        monkeypatch.setattr(type(hub.store.links), "reports", lambda self, records=None: ["one"])
    with pytest.raises(Missing):
        proposed(hub)


def test_a_proposal_needs_a_reason_a_day_that_came_and_somebody(hub):
    verbs = disposing(hub)
    for wrong in ({"reason": " "}, {"reason": "x", "on": date(2027, 1, 1)}):
        with pytest.raises(Rejected):
            verbs.propose(OFFICER, **wrong)
    with pytest.raises(Missing):
        verbs.propose(OFFICER, "x", date(2020, 1, 1))
    with pytest.raises(Missing):
        verbs.apply(OTHER, "nothing")
    for ask in (lambda: verbs.propose(GP_DOCTOR, "x"), lambda: verbs.disposals(GP_DOCTOR), lambda: verbs.apply(GP_DOCTOR, proposed(hub))):
        with pytest.raises(Refused):
            ask()


def test_the_audit_trail_keeps_a_row_of_what_was_destroyed_and_by_whom(hub):
    zebs, id = person(hub, ZEB), proposed(hub)
    disposing(hub).apply(OTHER, id)
    rows = [row.event for row in hub.store.audit.about(zebs, 10)]
    destroyed = [row for row in rows if b"destroyed under disposal" in row]
    assert len(destroyed) == 1
    assert all(word in destroyed[0] for word in (id.encode(), b"noor", b"carehub-1"))


def test_where_the_trail_takes_no_row_nothing_is_destroyed(hub, monkeypatch):
    id = proposed(hub)
    with monkeypatch.context() as full:
        full.setattr(type(hub.store.audit), "append", lambda *_: (_ for _ in ()).throw(StoreBusy(issue("STORE-001"))))
        with pytest.raises(StoreBusy):
            disposing(hub).apply(OTHER, id)
    assert hub.message_body(messages_of(hub, ZEB)[0])


def test_a_message_that_is_no_word_of_a_disposal_waits_and_destroys_nothing(hub):
    id = proposed(hub)
    for body in (b"{}", b"[", b'{"begun": {"of": "x"}}', b'{"approved": 1}'):
        hub.receive([Submission(FEED, body, iso(hub.clock()), "x")])
    hub.drain()
    assert told(hub, id).state("2026-11-23") == "proposed"
