"""A parsed plan is kept for its very bytes only: what another process hides, or another role may not see, is not shown from it."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Why
from carehub.store.sql.migrating import upgrade
from carehub.store.sql.store import SqlStore
from hub.test_report_match import ACUTE, assert_hidden, person
from hub.toy_hub import NURSE, PENICILLIN, ada, submit, toy_hub


def opened(url: str) -> Hub:
    return toy_hub(store=SqlStore(url))  # type: ignore[arg-type]


def hide(url: str) -> None:
    hub = opened(url)
    Stewards(hub).report(NURSE, Doubt(person(hub), ACUTE, Why.OTHER_PERSON, "Not hers.", True))
    hub.store.close()


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
