"""Agreements are changed by two: proposed, approved by another, in force with the very next reading, and again after a rebuild."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.hub.agreement_changes import AgreementChanges
from carehub.hub.agreements_feed import ADAPTER, Change, message_of, read
from carehub.hub.changing_agreements import ChangingAgreements
from carehub.hub.hub import Hub
from carehub.hub.sharing import Sharing
from carehub.hub.simulating import Simulating
from carehub.terms.errors import Missing, Overtaken, Refused, Rejected, StoreBusy
from hub.test_clauses import ASTHMA, IVY, SENTENCE, sources
from hub.test_simulating import HEAD, drafted, row
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub

SOL = replace(IVY, user="sol", name="Sol Mensah")
SUSPENDING = HEAD + row("gp", 'id = "S1"\nclasses = ["allergies"]')


@pytest.fixture
def hub() -> Hub:
    made = toy_hub()
    submit(made, ada(records=[PENICILLIN, ASTHMA]), ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    made.drain()
    object.__setattr__(made.disclosing, "sharing", Sharing(drafted(), AgreementChanges(made.store.records, made.log)))
    return made


def numbered(error, act) -> str:
    with pytest.raises(error) as caught:
        act()
    return caught.value.issues[0].number


def test_it_takes_two_and_is_in_force_with_the_next_reading_and_after_a_rebuild(hub):
    verb = ChangingAgreements(hub)
    proposal = verb.propose(IVY, SUSPENDING, "The practice asked on 20-Nov.")
    assert sources(hub, "allergies") == {"acute", "gp"}
    assert numbered(Rejected, lambda: verb.answer(IVY, proposal, "approved")) == "GOV-002"
    assert sources(hub, "allergies") == {"acute", "gp"}
    verb.answer(SOL, proposal, "approved")
    assert sources(hub, "allergies") == {"acute"}
    assert (hub.rebuild().same, sources(hub, "allergies")) == (True, {"acute"})
    told = verb.show(SOL).value
    assert (told.text, told.by.id, told.by.answered.by.user) == (SUSPENDING, proposal, "sol")
    assert [
        one.section
        for one in hub.disclosing.person_record(NURSE, hub.store.links.persons()[0], "x").value.plan.gaps
        if one.sentence == SENTENCE.format("S1")
    ] == ["allergies"]
    said = [entry.event for entry in hub.store.audit.about("", 1000)]
    assert [sum(what in event for event in said) for what in (b"agreements: proposed", b"agreements: approved")] == [1, 2]


def test_during_a_rebuild_what_was_suspended_is_not_shown(hub):
    verb = ChangingAgreements(hub)
    verb.answer(SOL, verb.propose(IVY, SUSPENDING, "why"), "approved")
    seen = []

    def look(done: int) -> None:
        fresh = Sharing(drafted(), AgreementChanges(hub.store.records, hub.log))
        seen.append(bool(fresh.in_force(hub.clock()).listed))

    hub.rebuild(look)
    assert seen
    assert all(seen)


def test_who_proposed_may_take_it_back_and_it_is_answered_once(hub):
    verb = ChangingAgreements(hub)
    proposal = verb.propose(IVY, SUSPENDING, "why")
    assert numbered(Rejected, lambda: verb.answer(IVY, proposal, "declined")) == "GOV-001"
    verb.answer(IVY, proposal, "declined", "A mistake.")
    assert numbered(Overtaken, lambda: verb.answer(SOL, proposal, "approved")) == "GOV-003"
    assert sources(hub, "allergies") == {"acute", "gp"}


def test_an_old_draft_does_not_undo_what_came_into_force_since(hub):
    verb = ChangingAgreements(hub)
    old, new = verb.propose(IVY, HEAD, "all again"), verb.propose(IVY, SUSPENDING, "why")
    verb.answer(SOL, new, "approved")
    assert numbered(Overtaken, lambda: verb.answer(SOL, old, "approved")) == "GOV-003"
    verb.answer(SOL, verb.propose(IVY, HEAD, "all again"), "approved")
    assert sources(hub, "allergies") == {"acute", "gp"}


def test_a_draft_is_tried_against_what_is_in_force(hub):
    verb, person = ChangingAgreements(hub), hub.store.links.persons()[0]
    verb.answer(SOL, verb.propose(IVY, SUSPENDING, "why"), "approved")
    assert Simulating(hub).at(IVY, person, agreements=drafted(row("gp", 'id = "S1"\nclasses = ["allergies"]'))).value.changed == ()
    assert all(one.before and not one.after for one in Simulating(hub).at(IVY, person, agreements=drafted()).value.changed)


def test_what_is_no_change_is_refused(hub):
    verb = ChangingAgreements(hub)
    assert numbered(Rejected, lambda: verb.propose(IVY, "unlisted = 1", "why")) == "GOV-001"
    assert numbered(Rejected, lambda: verb.propose(IVY, HEAD, " ")) == "GOV-001"
    proposal = verb.propose(IVY, HEAD, "why")
    assert numbered(Rejected, lambda: verb.answer(SOL, proposal, "agreed")) == "GOV-001"
    assert numbered(Missing, lambda: verb.answer(SOL, "none", "approved")) == "API-003"
    for refused in (lambda: verb.propose(NURSE, HEAD, "why"), lambda: verb.answer(NURSE, proposal, "approved"), lambda: verb.show(NURSE)):
        with pytest.raises(Refused):
            refused()
    for body in (b"{}", b"[]", b"no", b'{"answered": {"of": "x"}}'):
        with pytest.raises((ValueError, TypeError, KeyError)):
            read(body)
    [said] = [one for one in verb.show(SOL).value.proposals if one.id == proposal]
    assert read(message_of(Change(proposed=said.proposed)).body) == Change(proposed=said.proposed)
    assert ADAPTER.manifest.title == "Sharing agreements"


def test_hazard_agreements_in_force_that_cannot_be_read_show_nothing_by_other_ones(hub):
    verb = ChangingAgreements(hub)
    proposal = verb.propose(IVY, SUSPENDING, "why")
    verb.answer(SOL, proposal, "approved")
    changes = AgreementChanges(hub.store.records, hub.log)
    changes.all()
    changes._heard[proposal] = Change(proposed=replace(changes._heard[proposal].proposed, text="unlisted = 1"))
    object.__setattr__(hub.disclosing, "sharing", Sharing(drafted(), changes))
    with pytest.raises(StoreBusy):
        sources(hub, "allergies")


def test_a_proposal_that_this_version_cannot_read_is_not_approved(hub):
    verb = ChangingAgreements(hub)
    proposal = verb.propose(IVY, HEAD, "asked")
    [kept] = verb.show(SOL).value.proposals
    older = hub.tell(message_of(Change(proposed=replace(kept.proposed, text='unlisted = "shown"\n'))))
    assert older != proposal
    assert numbered(Rejected, lambda: verb.answer(SOL, older, "approved")) == "GOV-001"
    assert verb.show(SOL).value.by is None
    verb.answer(SOL, older, "declined", "It lacks a key.")
