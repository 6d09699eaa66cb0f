"""What the person disputes: beside the entry for everybody who is shown it, until it is withdrawn; nothing of what a source said changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carehub.careplan.disputes import CHANGED, LABEL
from carehub.careplan.plan import Entry
from carehub.feeds.message import Submission
from carehub.governance.requester import Requester
from carehub.hub.dispute_feed import FEED, read
from carehub.hub.disputes_told import Disputes
from carehub.hub.disputing import Disputing, rows_of
from carehub.hub.hub import Hub
from carehub.hub.subject_access import SubjectAccess
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected, StoreBusy
from carehub.terms.issue_catalogue import issue
from carehub.terms.moments import iso
from carehub.terms.refs import RecordRef
from hub.toy_hub import CLOSED, NURSE, PENICILLIN, START, ada, submit, toy_hub

IVY = Requester("ivy", "Ivy Stone", "privacy-officer", "X99001", "Northvale Community", "HCOMPL")
LINK = replace(NURSE, user="lee", role="link-worker")
COORDINATOR = replace(NURSE, user="cat", role="care-coordinator")
WORDS = "I never had a rash from it in all my life"
SENTENCE = f"Disputed by the person on 22-Nov-2026, said to District nurse of Northvale Community: “{WORDS}”."
ACTIVE = "http://terminology.hl7.org/CodeSystem/condition-clinical"
RECORD = f"AllergyIntolerance/{RecordRef('gp', '1', 'AllergyIntolerance', 'a1').id}"


def held(**more) -> tuple[Hub, str]:
    hub = toy_hub()
    submit(hub, ada(records=[{**PENICILLIN, **more}]), ada("acute", "A1", kind="acute"))
    hub.drain()
    return hub, hub.store.links.persons()[0]


def entries(hub: Hub, person: str, who: Requester = NURSE) -> list[Entry]:
    return [row for row in rows_of(hub.disclosing.person_record(who, person, "test").value.plan) if row.attributions[0].record == RECORD]


def said(hub: Hub, person: str, who: Requester = NURSE) -> set[str]:
    return {row.fact(LABEL) for row in entries(hub, person, who)}


def test_every_reader_of_the_entry_is_told_and_no_word_of_a_source_changes():
    hub, person = held()
    plan = hub.store.plans.get(person)
    Disputing(hub).dispute(NURSE, person, RECORD, WORDS)
    hub.drain()
    assert said(hub, person) == said(hub, person, COORDINATOR) == {SENTENCE}
    assert hub.store.plans.get(person) == plan
    others = [row for row in rows_of(hub.disclosing.person_record(NURSE, person, "t").value.plan) if row.attributions[0].record != RECORD]
    assert {row.fact(LABEL) for row in others} == {""}


def test_who_is_not_shown_the_entry_is_not_told_and_may_not_say_it():
    hub = toy_hub()
    problem = {
        "type": "Condition",
        "id": "c",
        "code": {"text": "QXgout"},
        "clinicalStatus": {"coding": [{"system": ACTIVE, "code": "active"}]},
    }
    submit(hub, ada(records=[problem, {**PENICILLIN, **CLOSED}]))
    hub.drain()
    person = hub.store.links.persons()[0]
    gout = f"Condition/{RecordRef('gp', '1', 'Condition', 'c').id}"
    for record, blind in ((gout, LINK), (RECORD, COORDINATOR)):
        mine = f"{WORDS} {record}"
        Disputing(hub).dispute(NURSE, person, record, mine)
        told = hub.disclosing.person_record(blind, person, "test").value
        assert mine not in repr(told)
        with pytest.raises(Missing):
            Disputing(hub).dispute(blind, person, record, WORDS)
        with pytest.raises(Missing):
            Disputing(hub).of_entry(blind, person, record)
        assert mine in repr(hub.disclosing.person_record(NURSE, person, "test").value)


def test_it_stands_until_withdrawn_and_once_at_a_time():
    hub, person = held()
    verb = Disputing(hub)
    id = verb.dispute(NURSE, person, RECORD, WORDS)
    with pytest.raises(Overtaken) as twice:
        verb.dispute(COORDINATOR, person, RECORD, WORDS)
    assert twice.value.issues[0].number == "RGT-002"
    with pytest.raises(Rejected):
        verb.withdraw(NURSE, person, id, "too short")
    verb.withdraw(COORDINATOR, person, id, "She says now that she remembers it")
    assert said(hub, person) == {""}
    with pytest.raises(Missing):
        verb.withdraw(NURSE, person, id, "She says now that she remembers it")
    assert verb.dispute(NURSE, person, RECORD, WORDS) != id
    assert said(hub, person) == {SENTENCE}


def test_a_later_word_of_the_source_says_so_by_itself_and_an_earlier_one_does_not():
    hub, person = held()
    Disputing(hub).dispute(NURSE, person, RECORD, WORDS)
    submit(hub, ada(at="2026-11-01T08:00:00.000Z", records=[{**PENICILLIN, "note": [{"text": "an old word that came late"}]}]))
    hub.drain()
    assert hub.store.records.record(*RECORD.split("/")).version == 2
    assert said(hub, person) == {SENTENCE}
    submit(hub, ada(at="2026-11-21T08:00:00.000Z", records=[{**PENICILLIN, "note": [{"text": "looked at again"}]}]))
    hub.drain()
    assert said(hub, person) == {f"{SENTENCE} {CHANGED}"}
    Disputing(hub).dispute(NURSE, person, RECORD, f"{WORDS} at all")
    assert said(hub, person) == {SENTENCE.replace("life", "life at all")}


def test_a_privacy_officer_says_it_for_the_person_without_reading_the_record():
    hub, person = held()
    id = Disputing(hub).dispute(IVY, person, RECORD, WORDS)
    assert said(hub, person) == {SENTENCE.replace("District nurse", "Privacy officer")}
    submit(hub, ada("gp", "other", nhs="9990000026", given="Ida", records=[{**PENICILLIN, "id": "x"}]))
    hub.drain()
    theirs = f"AllergyIntolerance/{RecordRef('gp', 'other', 'AllergyIntolerance', 'x').id}"
    for nothing in (theirs, "AllergyIntolerance/none", "rubbish", ""):
        with pytest.raises(Missing):
            Disputing(hub).dispute(IVY, person, nothing, WORDS)
    with pytest.raises(Refused):
        Disputing(hub).of_entry(IVY, person, RECORD)
    Disputing(hub).withdraw(IVY, person, id, "The person wrote that it is right after all")
    assert said(hub, person) == {""}


@pytest.mark.parametrize("words", ["", "no", "." * 40, "x" * 2001])
def test_without_words_nothing_is_stored(words):
    hub, person = held()
    before = hub.store.log.last_position()
    with pytest.raises(Rejected) as refused:
        Disputing(hub).dispute(NURSE, person, RECORD, words)
    assert (refused.value.issues[0].number, hub.store.log.last_position()) == ("RGT-001", before)


def test_who_may_not_is_refused_and_what_is_not_written_down_is_not_done(monkeypatch):
    hub, person = held()
    before = hub.store.log.last_position()
    for asks in (replace(NURSE, purpose="HRESCH"), replace(NURSE, role="identity-steward", purpose="PATADMIN")):
        with pytest.raises(Refused):
            Disputing(hub).dispute(asks, person, RECORD, WORDS)
    entry = json.loads(hub.store.audit.about(person, 1)[0].event)
    assert (entry["outcome"], entry["action"]) == ("4", "U")

    def no_room(rows: object) -> None:
        raise StoreBusy(issue("STORE-007"))

    monkeypatch.setattr(hub.store.audit, "append", no_room)
    with pytest.raises(StoreBusy):
        Disputing(hub).dispute(NURSE, person, RECORD, WORDS)
    assert hub.store.log.last_position() == before


def test_a_rebuild_and_another_process_tell_the_same_and_the_past_what_stood_then():
    hub, person = held()
    verb = Disputing(hub)
    verb.dispute(NURSE, person, RECORD, WORDS)
    between = hub.clock()
    second = verb.dispute(NURSE, person, f"Patient/{RecordRef('acute', 'A1', 'Patient').id}", "That is not how my name is written")
    verb.withdraw(NURSE, person, second, "It was only the printer that cut it")
    assert hub.rebuild().same
    for told in (hub, _another_process(hub)):
        assert said(told, person) == {SENTENCE}
    then = hub.disclosing.record_then(NURSE, person, between, "test").value.plan
    assert {row.fact(LABEL) for row in rows_of(then)} == {"", SENTENCE}
    before = hub.disclosing.record_then(NURSE, person, START.replace(minute=0, second=8), "test").value.plan
    assert {row.fact(LABEL) for row in rows_of(before)} <= {""}


def _another_process(hub: Hub) -> Hub:
    anew = Disputes(hub.store.records, hub.store.links, hub.store.log)
    return replace(hub, disclosing=replace(hub.disclosing, disputes=anew))


def test_a_word_that_is_none_waits_in_quarantine():
    hub, person = held()
    for body in (b"{}", b"[]", b'{"dispute": null, "withdrawal": null}', b'{"withdrawal": {"of": "", "words": "", "by": null, "at": ""}}'):
        with pytest.raises(ValueError):  # noqa: PT011 - which field is missing says nothing
            read(body)
        hub.receive([Submission(FEED, body, iso(hub.clock()), "somebody")])
    hub.drain()
    assert len(hub.store.records.unsettled("rejected", 0, 10, FEED)) == 4
    assert said(hub, person) == {""}


def test_it_is_part_of_what_the_person_is_given():
    hub, person = held()
    Disputing(hub).dispute(NURSE, person, RECORD, WORDS)
    told = SubjectAccess(hub).export(IVY, person).value
    assert [json.loads(one.body)["words"] for one in told.statements if one.kind == "what the person disputes"] == [WORDS]
