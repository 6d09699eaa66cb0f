"""Retention: what is due is told with its reason and nothing is destroyed; a legal hold always wins, follows the person, and another lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carehub.feeds.message import Submission
from carehub.governance.retention import shipped
from carehub.hub.hold_feed import FEED
from carehub.hub.retaining import Retaining
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.moments import iso
from hub.desk_cast import GP_DOCTOR
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

OFFICER = replace(NURSE, user="ivy", name="Ivy Lund", role="privacy-officer", purpose="HCOMPL")
OTHER = replace(OFFICER, user="noor", name="Noor Aziz")
OLD = "2016-03-01T08:00:00.000Z"
HOLD = {"holder": "The Northvale Inquiry", "reason": "Rule 9 request", "review": "2027-06-01"}


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(at=OLD, records=[PENICILLIN]))
    submit(made, ada("acute", "A1", kind="acute", at=OLD))
    submit(made, ada("council", "C1", kind="local_authority", at="2026-01-01T08:00:00.000Z"))
    made.drain()
    return made


def retaining(hub):
    return Retaining(hub, shipped())


def report(hub, **more):
    return retaining(hub).report(OFFICER, **more).value


def person(hub):
    return hub.store.links.persons()[0]


def falling(hub, **more):
    return [(one.class_, one.state, one.day) for one in report(hub, **more).falling]


def test_what_is_due_is_told_with_why_and_nothing_is_changed(hub):
    before, last = hub.record_hash(), hub.log.last_position()
    told = report(hub)
    assert [(one.class_, one.state, one.day, one.source) for one in told.falling] == [("health", "due", "2024-03-01", "acute")]
    assert told.falling[0].why.startswith("8 years after the last contact. Adult health records")
    assert (told.falling[0].messages, told.falling[0].with_others) == (1, 0)
    assert told.counts == (("gp", "kept", 1), ("health", "due", 1), ("social-care", "kept", 1))
    assert (hub.record_hash(), hub.log.last_position()) == (before, last)
    assert falling(hub, on=date(2024, 2, 29)) == []
    assert falling(hub, on=date(2034, 1, 1)) == [("health", "due", "2024-03-01"), ("social-care", "due", "2034-01-01")]


def test_who_died_and_who_is_not_confirmed_to_have(hub):
    submit(hub, ada(at="2016-04-01T08:00:00.000Z", records=[PENICILLIN], extra={"deceasedDateTime": "2016-03-20"}))
    hub.drain()
    plan = hub.disclosing.person_record(NURSE, person(hub), "x").value.plan
    expected = [] if plan.identity.deceased == "unconfirmed" else [("gp", "due", "2026-03-20")]
    assert [one for one in falling(hub) if one[0] == "gp"] == expected


def test_a_message_whose_bytes_hold_others_records_is_counted(hub):
    two = [
        ada("acute", "A1", kind="acute", at=OLD, change="update"),
        ada("acute", "A9", kind="acute", nhs="", given="Bo", family="Berg", at=OLD),
    ]
    submit(hub, *two)
    hub.drain()
    assert sorted((one.messages, one.with_others) for one in report(hub).falling) == [(1, 1), (2, 1)]


@pytest.mark.parametrize(("scope", "of"), [("person", None), ("feed", "toy/feed"), ("class", "health")])
def test_a_hold_wins_until_another_lifts_it_and_a_rebuild_knows_it(hub, scope, of):
    held = retaining(hub).hold(OFFICER, scope, of or person(hub), **HOLD)
    assert [(one.state, one.holds) for one in report(hub).falling] == [("held", (held,))]
    assert hub.rebuild().same
    assert [(one.state, one.holds) for one in report(hub).falling] == [("held", (held,))]
    with pytest.raises(Rejected) as caught:
        retaining(hub).lift(OFFICER, held, "Over")
    assert caught.value.issues[0].number == "GOV-002"
    assert report(hub).falling[0].state == "held"
    retaining(hub).lift(OTHER, held, "The inquiry reported")
    assert report(hub).falling[0].state == "due"
    with pytest.raises(Overtaken):
        retaining(hub).lift(OTHER, held, "again")
    (one,) = retaining(hub).holds(OFFICER).value
    assert (one.placed.holder, one.lifted.by.user, one.lifted.reason) == ("The Northvale Inquiry", "noor", "The inquiry reported")
    assert hub.rebuild().same
    assert report(hub).falling[0].state == "due"


def test_a_hold_on_a_person_holds_what_is_linked_with_them_later_and_nobody_else(hub):
    retaining(hub).hold(OFFICER, "person", person(hub), **HOLD)
    submit(hub, ada("mission", "M1", kind="community", at=OLD))
    submit(hub, ada("acute", "B2", kind="acute", nhs="9990000026", given="Bo", family="Berg", born="1950-02-02", at=OLD))
    hub.drain()
    assert sorted((one.source, one.state) for one in report(hub).falling) == [("acute", "due"), ("acute", "held"), ("mission", "held")]


def test_a_hold_outlasts_its_day_of_review_which_is_asked_for(hub):
    held = retaining(hub).hold(OFFICER, "class", "health", **HOLD)
    assert report(hub).to_be_reviewed == ()
    later = report(hub, on=date(2027, 6, 1))
    assert [one.id for one in later.to_be_reviewed] == [held]
    assert [one.state for one in later.falling if one.class_ == "health"] == ["held"]


@pytest.mark.parametrize(
    ("scope", "of", "wrong"),
    [
        ("person", None, {"holder": " "}),
        ("person", None, {"reason": ""}),
        ("person", None, {"review": "2026-11-22"}),
        ("person", None, {"review": "2027"}),
        ("person", None, {"review": "never"}),
        ("feed", "toy/nothing", {}),
        ("class", "nothing", {}),
        ("planet", "x", {}),
    ],
)
def test_a_hold_that_lacks_something_is_not_placed(hub, scope, of, wrong):
    with pytest.raises(Rejected):
        retaining(hub).hold(OFFICER, scope, of or person(hub), **{**HOLD, **wrong})
    assert retaining(hub).holds(OFFICER).value == ()


def test_only_a_privacy_officer_asks_and_every_asking_is_written_down(hub):
    verbs = retaining(hub)
    for ask in (
        lambda: verbs.report(GP_DOCTOR),
        lambda: verbs.holds(NURSE),
        lambda: verbs.hold(GP_DOCTOR, "class", "health", **HOLD),
        lambda: verbs.lift(NURSE, "x", "y"),
    ):
        with pytest.raises(Refused):
            ask()
    for ask in (lambda: verbs.lift(OTHER, "nothing", "y"), lambda: verbs.hold(OFFICER, "person", "nobody", **HOLD)):
        with pytest.raises(Missing):
            ask()
    before = len(list(hub.store.audit.chain()))
    verbs.report(OFFICER)
    verbs.hold(OFFICER, "person", person(hub), **HOLD)
    assert len(list(hub.store.audit.chain())) == before + 2
    assert "legal hold" in str(hub.store.audit.about(person(hub), 1)[0].event)


def test_a_message_that_is_no_word_of_a_hold_waits_and_ends_none(hub):
    held = retaining(hub).hold(OFFICER, "class", "health", **HOLD)
    for body in (b"{}", b"[", b'{"lifted": {"of": "x"}}'):
        hub.receive([Submission(FEED, body, iso(hub.clock()), "x")])
    hub.drain()
    assert report(hub).falling[0].holds == (held,)
