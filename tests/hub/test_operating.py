"""What trying again would do is what trying again then does, and nothing is written by asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carehub.feeds.message import Message
from carehub.governance.requester import Requester
from carehub.hub.hub import Hub
from carehub.hub.operating import Operating, Trial
from carehub.terms.errors import Missing, Refused, Rejected
from hub.scoped_feed import day, mend
from hub.toy_hub import NURSE, PENICILLIN, ada, map_message, submit, toy_adapter, toy_hub

KIT = Requester("kit", "Kit Brook", "integration-engineer", "X99001", "Northvale Community", "HOPERAT")
SHELLFISH = {**PENICILLIN, "id": "a2"}


def told(hub: Hub) -> tuple[list[str], Hub]:
    """Two messages that wait, of which the first tells older news of Ada than one that was taken; and the hub with its adapter mended."""
    first = submit(hub, ada(at=day(1), records=[PENICILLIN, SHELLFISH], bug=True))
    other = submit(hub, ada(patient="2", nhs="9990000026", given="Grace", at=day(1), bug=True))
    submit(hub, ada(at=day(3), records=[{**PENICILLIN, "criticality": "high"}]))
    hub.drain()
    return [*first, *other], mend(hub)


def test_a_trial_tells_what_the_replay_then_does_and_writes_nothing() -> None:
    hub = toy_hub()
    ids, mended = told(hub)
    as_it_stood, versions = hub.record_hash(), hub.store.records.version_count()
    assert Operating(hub).trial(KIT, ids).value == Trial(2, 0, {"MAP-012": 2})  # with the adapter that fails
    found = Operating(mended).trial(KIT, ids).value
    assert (found.messages, found.usable, dict(found.still)) == (2, 2, {})
    assert (found.records, found.new, found.newer, found.before_newer) == (4, 2, 2, 1)
    assert found.people == 1  # of the other nobody has been matched yet
    assert (hub.record_hash(), hub.store.records.version_count()) == (as_it_stood, versions)
    assert {hub.waiting_entry(id).outcome.attempts for id in ids} == {1}
    assert hub.store.records.told_by(ids) == {}
    done = Operating(mended).replay(KIT, list(reversed(ids))).value
    assert (done.tried, done.closed) == (tuple(ids), tuple(ids))
    told_again = hub.store.records.current(hub.store.records.told_by(ids[:1])[ids[0]]).values()
    assert [b'"criticality":"high"' in one.body for one in told_again if one.type == "AllergyIntolerance"].count(True) == 1


def test_bytes_are_opened_for_a_reason_that_is_written_down_against_the_person() -> None:
    hub = toy_hub()
    (id,) = submit(hub, ada(records=[PENICILLIN, {**PENICILLIN, "id": "bad", "resourceType": "Nonsense"}]))
    hub.drain()
    desk, person = Operating(hub), hub.store.links.persons()[0]
    for why in ("", "curious", "Find"):
        with pytest.raises(Rejected):
            desk.opened(KIT, id, why)
    assert hub.store.audit.about(person, 10) == []
    assert desk.opened(KIT, id, "answer").value == hub.message_body(id)
    [row] = hub.store.audit.about(person, 10)
    assert b"To answer the organisation that sent it" in row.event


def test_only_who_runs_the_hub_may_and_only_for_some_known_messages() -> None:
    hub = toy_hub()
    ids, _ = told(hub)
    desk = Operating(hub)
    for verb in (lambda: desk.feeds(NURSE), lambda: desk.waiting(NURSE), lambda: desk.trial(NURSE, ids), lambda: desk.replay(NURSE, ids)):
        with pytest.raises(Refused):
            verb()
    for few in ([], [str(n) for n in range(201)]):
        for act in (desk.trial, desk.replay):
            with pytest.raises(Rejected):
                act(KIT, few)
    for act in (desk.trial, desk.replay):
        with pytest.raises(Missing):
            act(KIT, [*ids, "unknown"])
    with pytest.raises(Missing):
        desk.waiting(KIT, feed="no/such")
    assert {hub.waiting_entry(id).outcome.attempts for id in ids} == {1}


def test_an_adapter_that_no_longer_fails_is_asked_and_not_the_words_of_the_first_failure() -> None:
    hub = toy_hub()
    ids, _ = told(hub)

    def half(message: Message):
        return (
            map_message(replace(message, body=message.body.replace(b'"bug": true', b'"bug": false')))
            if b"Grace" in message.body
            else map_message(message)
        )

    found = Operating(toy_hub(toy_adapter(mapper=half), hub.store)).trial(KIT, ids).value
    assert (found.usable, dict(found.still)) == (1, {"MAP-012": 1})
