"""About Me: the person's own words, entered as a message. Every version stays, no system's words replace it, and a rebuild has it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.careplan.about_me import ELEMENTS, NOT_WRITTEN
from carehub.governance.agreements import Agreements, SharingAgreement
from carehub.hub.sharing import Sharing
from carehub.hub.write_about_me import WriteAboutMe
from carehub.terms.errors import Missing, Refused, Rejected
from carehub.terms.organisations import SourceKind
from hub.toy_hub import NURSE, ada, submit, toy_hub

WORDS = {"important": "Stay in my own house with the cat.", "communication": "Speak to my left side."}
PLAN = {
    "type": "CarePlan",
    "id": "p",
    "status": "active",
    "intent": "plan",
    "title": "Support plan",
    "created": "2026-11-23",
    "note": [{"text": "What is important to me: Going to church."}],
}


@pytest.fixture
def hub():
    made = toy_hub()
    submit(made, ada(), ada("acute", "A1", kind="acute"))
    made.drain()
    return made


def person(hub) -> str:
    return hub.store.links.persons()[0]


def write(hub, told=WORDS, **more):
    return WriteAboutMe(hub).write(NURSE, person(hub), told, **more).value


def entries(record):
    return record.plan.section("about_me").entries


def test_the_nine_elements_are_one_entry_with_what_is_not_written_yet_said_so(hub):
    (entry,) = entries(write(hub, supported_by="Her daughter Ruth"))
    told = {fact.label: fact.value for fact in entry.facts}
    assert [fact.label for fact in entry.facts][:9] == list(ELEMENTS)
    assert told["What is important to me"] == WORDS["important"]
    assert told["My wellness"] == NOT_WRITTEN
    assert told["Supported to write this by"] == "Her daughter Ruth"
    assert told["Entered in carehub by"] == "Jo Adeyemi (Northvale Community)"
    assert (entry.status, entry.attributions[0].source.kind.badge) == ("Current", "Person")
    assert all(fact.value for fact in entry.facts)


def test_every_version_stays_and_only_the_newest_is_current(hub):
    write(hub)
    record = write(hub, {"important": "My cat has died. I want to see my sister."})
    assert [(entry.status, entry.active) for entry in entries(record)] == [("Current", True), ("Earlier version", False)]
    assert entries(record)[0].fact("What is important to me") == "My cat has died. I want to see my sister."
    assert entries(record)[1].fact("What is important to me") == WORDS["important"]


def test_a_newer_statement_of_a_source_stands_beside_it_and_changes_no_word(hub):
    """REC-17."""
    before = entries(write(hub))[0]
    submit(hub, ada(at="2026-11-23T08:00:00.000Z", records=[PLAN]))
    hub.drain()
    record = hub.disclosing.person_record(NURSE, person(hub), "about_me").value
    (mine,) = [entry for entry in entries(record) if entry.attributions[0].source.kind is SourceKind.PERSON]
    (theirs,) = [entry for entry in entries(record) if entry.attributions[0].source.kind is SourceKind.GP]
    assert mine == before
    assert theirs.fact("What is important to me") == "Going to church."


def test_a_rebuild_has_every_version_again(hub):
    write(hub)
    told = entries(write(hub, {"wellness": "Breathless on the stairs."}))
    rebuilt = hub.rebuild()
    assert rebuilt.before == rebuilt.after
    assert entries(hub.disclosing.person_record(NURSE, person(hub), "about_me").value) == told


def test_it_is_not_taken_for_words_of_the_source_it_was_written_beside(hub):
    record = write(hub)
    assert {report.source.kind for report in record.plan.sources} == {SourceKind.GP, SourceKind.ACUTE, SourceKind.PERSON}
    assert {state.code for state in record.source_states} == {"current"} or all(state.sentence for state in record.source_states)
    assert record.plan.identity.values == hub.disclosing.person_record(NURSE, person(hub), "x").value.plan.identity.values
    gp = SharingAgreement("gp", "Elmfield Surgery", SourceKind.GP, True, False)
    object.__setattr__(hub.disclosing, "sharing", Sharing(Agreements((gp,))))
    assert entries(hub.disclosing.person_record(NURSE, person(hub), "x").value) == entries(record)


def test_it_never_alters_the_allergy_label(hub):
    """UI-31."""
    before = hub.disclosing.person_record(NURSE, person(hub), "x").value.allergy_label
    assert write(hub, {"worth-knowing": "I am allergic to plasters and to penicillin."}).allergy_label == before


@pytest.mark.parametrize("told", [{}, {"important": "  "}, {"hobby": "Chess"}, {"important": "x" * 10_001}])
def test_no_words_or_words_under_no_heading_are_refused(hub, told):
    with pytest.raises(Rejected):
        write(hub, told)
    assert entries(hub.disclosing.person_record(NURSE, person(hub), "x").value) == ()


def test_who_may_not_write_one_stores_nothing(hub):
    length = len(hub.log.heads(0, 100))
    with pytest.raises(Refused):
        WriteAboutMe(hub).write(replace(NURSE, role="integration-engineer", purpose="HOPERAT"), person(hub), WORDS)
    with pytest.raises(Missing):
        WriteAboutMe(hub).write(NURSE, "nobody", WORDS)
    assert len(hub.log.heads(0, 100)) == length
