"""A parsed plan is kept for its very bytes only: what another process hides, or another role may not see, is not shown from it."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from carehub.careplan.disagreement.steps import Step
from carehub.careplan.plan import UnifiedCarePlan
from carehub.fhir import canonical
from carehub.fhir.canonical import restore
from carehub.governance.audit import shown_hash
from carehub.governance.decision import decide
from carehub.governance.redaction import redact
from carehub.hub.agreement_changes import AgreementChanges
from carehub.hub.changing_agreements import ChangingAgreements
from carehub.hub.hub import Hub
from carehub.hub.in_hand import redacted
from carehub.hub.sharing import Sharing
from carehub.identity.links import Link, Review
from carehub.identity.rulings import Report, Ruling, TakingBack
from carehub.store.group_commit import GroupedLooks
from carehub.store.memory import MemoryStore
from carehub.store.sql.migrating import upgrade
from carehub.store.stored import AuditRow, StoredRecord
from carehub.terms.errors import Missing, Refused
from faults.processes import until
from hub.elsewhere import hide, opened
from hub.test_changing_agreements import IVY, SOL, SUSPENDING
from hub.test_report_match import assert_hidden, person
from hub.test_sharing import REFUSED
from hub.test_simulating import drafted
from hub.toy_hub import CLOSED, NURSE, PENICILLIN, ada, submit, toy_hub


def titles(hub: Hub) -> list[str]:
    record = hub.disclosing.person_record(NURSE, person(hub), "overview").value
    return [entry.title for entry in record.plan.section("allergies").entries]


def test_what_another_process_hides_is_hidden_from_the_next_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    hub = opened(url)
    submit(hub, ada("gp"), ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    hub.drain()
    assert titles(hub) == titles(hub) == ["Allergy to penicillin"]
    other = multiprocessing.get_context("spawn").Process(target=hide, args=(url,))
    other.start()
    other.join()
    assert other.exitcode == 0
    assert_hidden(hub)
    hub.store.close()


def test_what_another_store_is_told_acts_on_the_next_read_by_id(tmp_path: Path) -> None:
    """A restriction before its plan is made anew, agreements as soon as they are approved, an objection with its plan."""
    url = f"sqlite:///{tmp_path / 'carehub.db'}"
    upgrade(url)
    here, there = opened(url), opened(url)
    for hub in (here, there):
        object.__setattr__(hub.disclosing, "sharing", Sharing(drafted(), AgreementChanges(hub.store.records, hub.log)))
    where = {"address": [{"text": "12 Oak Street"}]}
    submit(here, ada(records=[PENICILLIN], extra=where), ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    here.drain()
    kept = here.store.records.of_patients([link.patient for link in here.store.links.links_of(person(here))])
    patient, allergy, other = (
        next(one for one in kept if (one.type, one.source.code) == of)
        for of in (("Patient", "gp"), ("AllergyIntolerance", "gp"), ("AllergyIntolerance", "acute"))
    )

    def told(record: StoredRecord) -> bytes:
        return here.disclosing.resource(NURSE, record.type, record.id).value.body

    assert b"Oak Street" in told(patient)
    assert b"penicillin" in told(allergy)
    there.map(submit(there, ada("acute", "A1", kind="acute", at="2026-11-21T08:00:00.000Z", extra=CLOSED)))
    assert b"Oak Street" not in told(patient)
    changing = ChangingAgreements(there)
    changing.answer(SOL, changing.propose(IVY, SUSPENDING, "asked"), "approved")
    with pytest.raises(Refused):
        told(allergy)
    assert b"penicillin" in told(other)
    submit(there, ada("acute", "A1", kind="acute", at="2026-11-21T09:00:00.000Z", records=[PENICILLIN, REFUSED]))
    there.drain()
    with pytest.raises(Refused):
        told(other)
    for hub in (here, there):
        hub.store.close()


def test_a_record_linked_after_the_plan_was_made_leaves_by_no_door_before_it_was_asked_whether_it_may() -> None:
    """Its source's agreement is suspended, which the plan of before could not say of it."""
    hub = toy_hub()
    object.__setattr__(hub.disclosing, "sharing", Sharing(drafted(), AgreementChanges(hub.store.records, hub.log)))
    changing = ChangingAgreements(hub)
    changing.answer(SOL, changing.propose(IVY, SUSPENDING, "asked"), "approved")
    submit(hub, ada("acute", "A1", kind="acute"))
    hub.drain()
    who = hub.store.links.persons()[0]
    hub.map(submit(hub, ada(records=[PENICILLIN])))
    hub.reconcile()
    late = [
        one for one in hub.store.records.of_patients([link.patient for link in hub.store.links.links_of(who)]) if one.source.code == "gp"
    ]
    assert {one.type for one in late} == {"Patient", "AllergyIntolerance"}
    assert [report.source.code for report in hub.disclosing.everything(NURSE, who).value[0].sources] == ["acute"]
    for record in late:
        with pytest.raises(Missing):
            hub.disclosing.resource(NURSE, record.type, record.id)
    told = hub.disclosing.everything(NURSE, who).value[1]
    assert {body.attribution.source.code for body in told} == {"acute"}


def test_a_restriction_that_a_newly_linked_record_brings_holds_before_the_plan_is_made_anew() -> None:
    hub = toy_hub()
    submit(hub, ada("acute", "A1", kind="acute", records=[PENICILLIN], extra={"address": [{"text": "12 Oak Street"}]}))
    hub.drain()
    who = hub.store.links.persons()[0]

    def told() -> bytes:
        bodies = hub.disclosing.everything(NURSE, who).value[1]
        return b"".join(body.body + hub.disclosing.resource(NURSE, body.type, body.id).value.body for body in bodies)

    assert told().count(b"Oak Street") == 2
    hub.map(submit(hub, ada(extra=CLOSED)))
    hub.reconcile()
    assert len(hub.store.links.links_of(who)) == 2
    assert b"penicillin" in told()
    assert b"Oak Street" not in told()


def test_looks_at_one_time_share_a_commit_and_each_is_written_before_it_goes_on() -> None:
    trail = MemoryStore().audit
    begun, go_on, commits = threading.Event(), threading.Event(), list[int]()

    class Slow:
        def append(self, rows: Sequence[AuditRow]) -> None:
            commits.append(len(rows))
            begun.set()
            assert go_on.wait(60)
            trail.append(rows)

    looks = GroupedLooks(Slow())  # type: ignore[arg-type]
    found: list[bool] = []

    def look(n: int) -> None:
        looks.append([AuditRow(str(n), "2026-11-22T09:00:00.000Z", "p", b"{}")])
        found.append(trail.entry(str(n)) is not None)

    threads = [threading.Thread(target=look, args=(n,)) for n in range(8)]
    threads[0].start()
    assert begun.wait(60)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(looks._together._waiting) == 7, "the others wait")
    assert found == []
    go_on.set()
    for thread in threads:
        thread.join()
    assert (found, commits) == ([True] * 8, [1, 7])


def test_a_policy_that_changed_masks_the_next_read_of_a_plan_that_was_kept() -> None:
    hub = toy_hub()
    submit(hub, ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    hub.drain()
    who = hub.store.links.persons()[0]
    before = hub.disclosing.person_record(NURSE, who, "overview").value
    narrowed = {key: replace(row, masked_sections=frozenset({"allergies"})) for key, row in hub.disclosing.policy.items()}
    after = replace(hub.disclosing, policy=narrowed).person_record(NURSE, who, "overview").value
    assert before.plan.section("allergies").entries
    assert not after.plan.section("allergies").entries


def test_what_may_leave_is_worked_out_once_for_a_plan_and_a_decision_and_never_for_another() -> None:
    hub = toy_hub()
    submit(hub, ada("acute", "A1", kind="acute", records=[PENICILLIN]))
    hub.drain()
    stored = hub.store.plans.get(hub.store.links.persons()[0])
    assert stored is not None
    plan, equal = (restore(stored.plan, UnifiedCarePlan) for _ in range(2))
    sees = decide(NURSE, "read_record", plan.person, hub.disclosing.policy)
    masked = replace(sees, masked_sections=frozenset({"allergies"}))
    for decision in (sees, masked, sees, masked):
        released, shown = redacted(plan, decision)
        assert (released, shown) == (redact(plan, decision), shown_hash(redact(plan, decision).value))
    assert redacted(plan, sees) is redacted(plan, replace(sees))
    assert redacted(equal, sees) is not redacted(plan, sees)
    with pytest.raises(Refused):
        redacted(plan, replace(sees, permitted=False))
    for number in range(50):  # plans that come and go, some of them at the address of one before
        other = replace(plan, person=f"p{number}")
        assert redacted(other, sees)[0].value.person == f"p{number}"
        del other


def test_what_threads_read_back_is_known_before_any_of_them_asks() -> None:
    """Several threads that ask msgspec for a class it has not yet looked at can end the process."""
    assert {UnifiedCarePlan, Link, Report, Review, Ruling, TakingBack, Step} <= canonical._readers.keys()
