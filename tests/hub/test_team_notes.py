"""Notes to the care plan: signed, never erased, one for a key, of two at once one, governed as the plan is, and the same after a rebuild."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from carehub.feeds.message import Submission
from carehub.fhir.canonical import loads
from carehub.governance.policy import TABLE
from carehub.hub.note_feed import FEED
from carehub.hub.team_notes import TeamNotes
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected
from carehub.terms.moments import iso
from hub.desk_cast import GP_DOCTOR
from hub.test_team_actions import GOAL, NEED, PLAN, person, plan
from hub.toy_hub import NURSE, ada, submit, toy_hub

WORDS = "Agreed at the meeting: the nurse visits on Mondays"
SECOND = replace(NURSE, user="ola", name="Ola Berg")
COORDINATOR = replace(NURSE, user="cory", role="care-coordinator")


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(records=[NEED]), ada("acute", "A1", kind="acute", records=[GOAL, PLAN]))
    made.drain()
    return made


def write(hub, words=WORDS, who=NURSE, **more):
    return TeamNotes(hub).write(who, person(hub), words, **more)


def lines(hub, who=NURSE):
    return [(one.status, one.lines) for one in plan(hub, who).joint.notes]


def test_it_stands_in_the_plan_signed_and_is_no_agencys_plan(hub):
    kept = write(hub)
    ((status, (line,)),) = lines(hub)
    assert status == "Active"
    assert line.startswith(f"{WORDS} – Jo Adeyemi, District nurse, Northvale Community, 22-Nov-2026 09:0")
    assert [one.title for one in plan(hub).joint.plans] == ["Support plan"]
    (note,) = loads(kept.record.body)["note"]
    assert (note["text"], note["authorString"]) == (WORDS, "Jo Adeyemi, District nurse, Northvale Community")
    entry = next(one for one in plan(hub).section("plan").entries if one.title == "Note of the team")
    assert entry.attributions[0].source.kind.badge == "Entered here"


def test_what_is_revised_and_withdrawn_stays_to_be_read(hub):
    kept, verbs = write(hub), TeamNotes(hub)
    verbs.revise(SECOND, kept.record.id, "The nurse visits on Tuesdays", 1)
    ((_, (now, before)),) = lines(hub)
    assert now.startswith("The nurse visits on Tuesdays – Ola Berg, ")
    assert before.startswith(WORDS)
    verbs.withdraw(NURSE, kept.record.id, "Written in the wrong record", 2)
    ((status, said),) = lines(hub)
    assert status == "Withdrawn"
    assert [line.partition(" – ")[0] for line in said] == [
        "Withdrawn: Written in the wrong record",
        "The nurse visits on Tuesdays",
        WORDS,
    ]
    with pytest.raises(Rejected):
        verbs.revise(NURSE, kept.record.id, "again", 3)


def test_only_the_organisation_that_wrote_it_changes_it(hub):
    kept = write(hub)
    for verb in (TeamNotes(hub).revise, TeamNotes(hub).withdraw):
        with pytest.raises(Refused):
            verb(replace(GP_DOCTOR, organisation="X99002"), kept.record.id, "x", 1)
    assert lines(hub)[0][1][0].startswith(WORDS)


def test_whoever_saw_an_older_version_stores_nothing(hub):
    kept, verbs = write(hub), TeamNotes(hub)
    verbs.revise(NURSE, kept.record.id, "second", 1)
    for seen in (1, 3):
        with pytest.raises(Overtaken) as caught:
            verbs.withdraw(NURSE, kept.record.id, "x", seen)
        assert caught.value.issues[0].number == "ACT-003"
    assert len(lines(hub)[0][1]) == 2


def test_of_many_at_once_one_is_taken(hub):
    kept, verbs = write(hub), TeamNotes(hub)

    def revise(n):
        try:
            return verbs.revise(NURSE, kept.record.id, f"try {n}", 1)
        except Overtaken:
            return None

    with ThreadPoolExecutor(6) as pool:
        done = [one for one in pool.map(revise, range(6)) if one is not None]
    assert len(done) == 1
    hub.drain()  # six at once make the toy clock go so fast that whoever wrote may have stopped waiting for the plan
    assert len(lines(hub)[0][1]) == 2


def test_a_key_is_good_for_one_note(hub):
    first, again = write(hub, once="k"), write(hub, once="k")
    assert (first.written, again.written) == (True, False)
    assert first.record == again.record
    with pytest.raises(Overtaken) as caught:
        write(hub, "other words", once="k")
    assert caught.value.issues[0].number == "ACT-005"
    assert write(hub, who=SECOND, once="k").written
    assert write(hub).written


def test_a_rebuild_has_the_same_notes_and_a_message_that_is_no_note_waits(hub):
    kept = write(hub)
    TeamNotes(hub).revise(NURSE, kept.record.id, "second", 1)
    before = lines(hub)
    assert hub.rebuild().same
    assert lines(hub) == before
    for body in (b"{}", b"[]", b"no"):
        hub.receive([Submission(FEED, body, iso(hub.clock()), "x")])
    hub.drain()
    assert lines(hub) == before


@pytest.mark.parametrize("words", ["", " \n", "x" * 4001, "\x00", "a\x00b", "a\x1bb", "..."])
def test_no_words_or_too_many_are_no_note(hub, words):
    with pytest.raises(Rejected):
        write(hub, words)
    assert lines(hub) == []


def test_a_way_into_the_home_is_for_those_alone_who_may_read_it(hub):
    with pytest.raises(Rejected):
        write(hub, "The key safe is at the back", COORDINATOR)
    assert write(hub, "The key safe is at the back").written
    assert lines(hub, COORDINATOR) == []
    assert "key safe" in lines(hub)[0][1][0]


def test_who_may_not_see_the_plan_writes_nothing_and_reads_nothing(hub):
    kept, row = write(hub), TABLE["district-nurse", "TREAT"]
    masked = {**TABLE, ("district-nurse", "TREAT"): replace(row, masked_sections=frozenset({"plan"}))}
    object.__setattr__(hub.disclosing, "policy", masked)
    with pytest.raises(Refused):
        write(hub)
    with pytest.raises(Refused):
        TeamNotes(hub).revise(NURSE, kept.record.id, "x", 1)
    assert lines(hub) == []
    with pytest.raises(Missing):
        TeamNotes(hub).one(GP_DOCTOR, "nothing")
